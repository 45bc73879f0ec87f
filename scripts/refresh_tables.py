"""Rewrite the data tables of `imprint.workflows.tables` from sources that are given.

    python scripts/refresh_tables.py node SOURCE      release index of Node (JSON), file or address
    python scripts/refresh_tables.py pins FOLDER…     repositories whose workflows pin actions

`pins` takes what `# v1.2.3` behind a commit says, where nobody says otherwise: each such row is a
majority of comments, to be looked at in the diff before it is committed.
"""  # noqa: INP001  (a script, not a package)

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from urllib.request import urlopen

from imprint.workflows.github.model import RemoteUse
from imprint.workflows.reading import read_repository
from imprint.workflows.tables.pins import pins
from imprint.workflows.tables.releases import release_of
from imprint.workflows.tables.runtimes import node_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.repository import Repository

_TABLES = Path(__file__).parent.parent / "src" / "imprint" / "workflows" / "tables"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FIRST_LINE = 16
"""Lines of Node before it brought npm 7 or older."""


class _Entry(TypedDict, total=False):
    """One release in Node's index."""

    version: str
    npm: str
    date: str
    lts: str | bool


def refresh_node(source: str) -> None:
    """Rewrite `node_npm.json` from Node's release index."""
    entries: list[_Entry] = json.loads(_read(source))
    table = node_table()
    lines, npm = dict(table.lts), dict(table.npm)
    for entry in entries:
        release = release_of(entry["version"])
        if release is None or release[0] < _FIRST_LINE or "npm" not in entry:
            continue
        npm[".".join(map(str, release))] = entry["npm"]
        if isinstance(name := entry.get("lts"), str):
            lines[name.lower()] = release[0]
    dates = [entry["date"] for entry in entries if "date" in entry]
    _write(
        "node_npm",
        {
            "source": table.source,
            "as_of": max([table.as_of, *dates]),
            "lts": dict(sorted(lines.items(), key=lambda row: row[1])),
            "kept": table.kept,
            "floors": table.floors,
            "images": table.images,
            "images_as_of": table.images_as_of,
            "npm": dict(sorted(npm.items(), key=lambda row: release_of(row[0]) or (0, 0, 0))),
        },
    )


def refresh_pins(folders: list[str]) -> None:
    """Add to `pins.json` what the comments of these repositories agree upon."""
    said: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for folder in folders:
        for use in _uses(_repository(Path(folder))):
            if not _COMMIT.fullmatch(use.ref.lower()) or use.version_comment is None:
                continue
            if (release := release_of(use.version_comment)) is not None:
                name = f"{use.owner}/{use.repository}".lower()
                said[name][use.ref.lower()]["v" + ".".join(map(str, release))] += 1
    table = {name: dict(tags) for name, tags in pins().items()}
    for name, commits in said.items():
        for commit, tags in commits.items():
            (tag, count), *others = tags.most_common()
            if not others or count > sum(other for _, other in others):
                table.setdefault(name, {}).setdefault(commit, tag)
    ordered = {
        name: dict(sorted(tags.items(), key=lambda row: (release_of(row[1]) or (0, 0, 0), row[0])))
        for name, tags in sorted(table.items())
    }
    _write("pins", ordered)


def _uses(repository: Repository) -> Iterator[RemoteUse]:
    steps = [
        step for workflow in repository.workflows for job in workflow.jobs for step in job.steps
    ]
    steps += [step for action in repository.actions.values() for step in action.steps]
    for step in steps:
        if isinstance(step.uses, RemoteUse):
            yield step.uses


def _repository(folder: Path) -> Repository:
    paths = [*folder.rglob("*.yml"), *folder.rglob("*.yaml")]
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()
    }
    return read_repository(files)


def _read(source: str) -> bytes:
    if not source.startswith("https://"):
        return Path(source).read_bytes()
    with urlopen(source, timeout=60) as answer:  # noqa: S310  (https only, see above)
        content: bytes = answer.read()
    return content


def _write(name: str, table: object) -> None:
    text = json.dumps(table, indent=1, ensure_ascii=False)
    (_TABLES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("node").add_argument("source")
    commands.add_parser("pins").add_argument("folders", nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "node":
        refresh_node(arguments.source)
    else:
        refresh_pins(arguments.folders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
