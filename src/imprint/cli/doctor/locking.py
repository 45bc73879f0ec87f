"""`imprint doctor --lock`: fetch the actions that are used, and keep them in the repository."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from imprint.cli.session import say
from imprint.doctor.folders import write_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.doctor.fetching import ActionFetcher
    from imprint.doctor.folders import Folder
    from imprint.doctor.locks import Locked


def lock(folder: Folder) -> None:
    """Write imprint-actions.lock and the files below .imprint/lock, and say what moved."""
    from imprint.doctor.git import origin_of
    from imprint.doctor.locks import read_lock, render_lock
    from imprint.doctor.reading import collect
    from imprint.doctor.selection import LOCK_FILE
    from imprint.workflows.external import LOCK_FOLDER

    files = collect(folder).files
    before = read_lock(files.get(LOCK_FILE, b"").decode(errors="replace"))
    own = {path: raw for path, raw in files.items() if not path.startswith(f"{LOCK_FOLDER}/")}
    fetched = asyncio.run(_fetched(own, origin_of(folder.root).name, origin_of(folder.root).host))
    for note in fetched.notes:
        say(f"warning: {note}")
    for path, content in fetched.files.items():
        write_inside(folder, path, content)
    kept = {**_still_there(before, files, fetched), **{one.name: one for one in fetched.locked}}
    write_inside(folder, LOCK_FILE, render_lock(kept.values()).encode())
    for line in _moved(before, fetched):
        say(line)
    say(f"locked {len(fetched.locked)} actions and workflows in {LOCK_FILE}")


async def _fetched(files: Mapping[str, bytes], name: str | None, host: str | None) -> ActionFetcher:
    from imprint.cli.doctor.forge import api_of, token
    from imprint.doctor.fetching import ActionFetcher
    from imprint.upstream.fetch import Fetcher

    async with Fetcher(by_proxy=True) as fetcher:
        actions = ActionFetcher(fetcher=fetcher, api=api_of(host), token=token())
        await actions.fetch_all(files, name=name)
        return actions


def _still_there(
    before: Mapping[str, Locked], files: Mapping[str, bytes], fetched: ActionFetcher
) -> Mapping[str, Locked]:
    """Return the entries whose file could not be fetched again and still lies there."""
    from imprint.workflows.external import external_name

    names = {external_name(path) for path in files if path not in fetched.files}
    return {name: entry for name, entry in before.items() if name in names}


def _moved(before: Mapping[str, Locked], fetched: ActionFetcher) -> list[str]:
    return [
        f"moved: {one.name} was {before[one.name].commit}, is {one.commit}"
        for one in fetched.locked
        if one.name in before and before[one.name].commit != one.commit
    ]
