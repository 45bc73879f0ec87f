"""`imprint audit`: the kept result of the same files, else a run."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.cli.audit.remembered import (
    Remembered,
    Result,
    key_of,
    open_remembered,
)
from imprint.cli.session import current

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.cli.audit.options import Wish
    from imprint.npm.npmrc import NpmrcLayer
    from imprint.upstream.revision_files import RevisionFiles

_LOCKFILES = (
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
)
_BESIDE = ("imprint.toml", "imprint.lock", "imprint-baseline.json", ".npmrc")
"""Looked for in the lockfile's folder and above it."""


def audit(
    path: Path, wish: Wish, *, is_piped: bool, writes_pins: bool, base: str | None = None
) -> int:
    """Audit what `path` names, by the policy of the revision `base`; returns the exit code."""
    asks_more = wish.repositories is not None or wish.forge
    at = None if base is None else revision_of(path, base)
    if is_piped or writes_pins or asks_more or not wish.cache:
        return _run(path, wish, is_piped=is_piped, writes_pins=writes_pins, at=at)
    remembered = open_remembered()
    if remembered is None:
        return _run(path, wish, at=at)
    try:
        return _remembering(path, wish, remembered, at)
    finally:
        remembered.close()


def revision_of(path: Path, name: str) -> RevisionFiles:
    """Return the files of a revision of the repository that a lockfile, or its folder, lies in.

    Raises Malformed (`unknown-revision`), Unavailable (`git-failed`).
    """
    from imprint.upstream.revision_files import revision_files

    return revision_files(_folder(path), name)


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _remembering(path: Path, wish: Wish, remembered: Remembered, at: RevisionFiles | None) -> int:
    from imprint.cli.audit.shown import write

    now = time.time()
    key = key_for(path, wish, at)
    kept = remembered.get(key, now=now)
    if kept is None:
        return _run(path, wish, remembered=remembered, key=key, at=at)
    write(kept.text)
    return kept.exit_code


def _run(
    path: Path,
    wish: Wish,
    *,
    is_piped: bool = False,
    writes_pins: bool = False,
    remembered: Remembered | None = None,
    key: bytes = b"",
    at: RevisionFiles | None = None,
) -> int:
    from imprint.audit.lockfiles import find_lockfile
    from imprint.cli.audit.asked import Asked
    from imprint.cli.audit.leaving import is_decided, record, stands_until, write_pins
    from imprint.cli.audit.running import UNDECIDED, exit_code, rendered, run
    from imprint.cli.audit.shown import write

    if is_piped:
        from imprint.audit.piped import read_piped

        found = read_piped(sys.stdin.buffer)
    else:
        found = find_lockfile(path)
    done, loaded = run(Asked(found=found, at=at), wish)
    text, code = rendered(done, wish), exit_code(done, wish)
    write(text)
    if writes_pins:
        write_pins([done], loaded)
    if wish.cache and not is_piped:
        record(done, found)
    if remembered is not None and code != UNDECIDED and is_decided(done):
        until = stands_until(done, loaded, wish)
        remembered.put(key, Result(text=text, exit_code=code, until=until))
    return code


def key_for(path: Path, wish: Wish, at: RevisionFiles | None) -> bytes:
    """Return the key of a run: another as soon as anything is another that it rests on."""
    folder = _folder(path).resolve()
    lockfiles = [folder / name for name in _LOCKFILES] if path.is_dir() else [path.resolve()]
    above = [place / name for place in (folder, *folder.parents) for name in _BESIDE]
    trust = sorted(wish.trust.rglob("*.json")) if wish.trust.is_dir() else []
    files = [file for file in (*lockfiles, *above, *trust) if file.is_file()]
    archive = None if wish.advisories in {"off", "registry"} else Path(wish.advisories)
    parts = [str(path), current().format, str(current().verbosity), _configured(folder, at)]
    parts.append("" if at is None else f"{at.name} {at.commit}")
    parts += [repr(wish), _screen(), "" if archive is None else _stated(archive)]
    # Without `--reach` too: every package.json says what is asked for, and what is overridden.
    return key_of(parts, [*files, wish.policy, wish.keys], folder)


def _configured(folder: Path, at: RevisionFiles | None) -> str:
    """Return the digest of npm's configuration: it names the registries, and holds tokens."""
    from imprint.publish.configuration import Surroundings, read_configuration

    around = Surroundings(folder=folder, home=Path.home(), environment=os.environ, at=at)
    configuration = read_configuration(around, registry=current().registry)
    said = "\n".join(_settings(configuration.layers))
    return hashlib.sha256(f"{current().registry}\n{said}".encode()).hexdigest()


def _settings(layers: tuple[NpmrcLayer, ...]) -> Iterator[str]:
    for layer in layers:
        yield layer.origin
        yield from (f"{name}={value}" for name, value in sorted(layer.values.items()))


def _screen() -> str:
    """Return what the report for people is laid out by."""
    if current().format != "plain":
        return ""
    size = shutil.get_terminal_size((100, 40)) if sys.stdout.isatty() else (100, 40)
    environment = [os.environ.get(name, "") for name in ("NO_COLOR", "TERM")]
    return repr((sys.stdout.isatty(), tuple(size), sys.stdout.encoding, environment))


def _stated(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "none"
    return f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
