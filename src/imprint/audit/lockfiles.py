"""The lockfile that an audit is of, on the disk or in a git revision, and its package.json files.

Not here: what it says (npm/lockfiles).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.audit.lockfile_places import lockfiles_below, words_of
from imprint.audit.project_manifests import (
    MAX_MANIFEST_BYTES,
    MAX_MANIFESTS,
    manifests_of_folder,
    manifests_of_projects,
    workspace_patterns,
)
from imprint.npm.lockfiles.model import Lockfile
from imprint.npm.lockfiles.read import LOCKFILE_NAMES, MAX_LOCKFILE_BYTES, read_lockfile
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.revisions import open_revision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.upstream.revisions import Revision

_OLD_NAMES = ("bun.lockb",)
_SAME_MANAGER = (("npm-shrinkwrap.json", "package-lock.json"), ("bun.lock", "bun.lockb"))
"""Of each pair the manager itself reads the first and not the second."""


class FoundLockfile(msgspec.Struct, frozen=True, kw_only=True):
    """A lockfile, read, and what lies beside it."""

    path: Path
    data: bytes
    filename: str
    """Its base name."""
    manifests: Mapping[str, bytes]
    """package.json files by their path below the folder, `/` between segments."""
    lockfile: Lockfile
    folder: Path
    revision: str | None = None
    """The git revision that it is of; None: as it is on the disk."""


def find_lockfile(path: Path) -> FoundLockfile:
    """Read the lockfile at `path`, or the one in the folder `path`.

    Raises Malformed (`no-lockfile`, `several-lockfiles` of several package managers, and what
    reading raises: `malformed-lockfile`, `unknown-lockfile-version`, `unknown-lockfile`,
    `malformed-manifest`), Unavailable (`lockfile-unreadable`).
    """
    if path.is_dir():
        names = [name for name in (*LOCKFILE_NAMES, *_OLD_NAMES) if (path / name).is_file()]
        if not names and (below := lockfiles_below(path)):
            told = [each.relative_to(path).as_posix() for each in below]
            raise Malformed(
                "no-lockfile",
                f"{quoted(str(path))} has no lockfile",
                f"folders below it have: {words_of(told)}; name one of them",
            )
        path /= _only(names, where=str(path))
    elif not path.is_file():
        raise _none(f"{quoted(str(path))} is not there")
    data = _read(path)
    manifests = manifests_of_folder(path.parent)
    lockfile = read_lockfile(data, filename=path.name, manifests=manifests)
    return FoundLockfile(
        path=path,
        data=data,
        filename=path.name,
        manifests={**manifests_of_projects(path.parent, lockfile), **manifests},
        lockfile=lockfile,
        folder=path.parent,
    )


def read_before(revision: str, found: FoundLockfile) -> FoundLockfile:
    """Read what `found` was at a git revision: by its name, else the one lockfile of its folder.

    Where its folder has none there, the project is new, and so is everything in it. Raises what
    `find_lockfile` does, and Malformed (`unknown-revision`, `git-refused`), Unavailable
    (`git-failed`).
    """
    files = open_revision(found.folder, revision)
    name = found.filename
    if name not in files.blobs:
        names = [each for each in (*LOCKFILE_NAMES, *_OLD_NAMES) if each in files.blobs]
        if not names:
            return _nothing_before(revision, found)
        name = _only(names, where=f"{found.folder} at {revision}")
    if files.sizes[name] > MAX_LOCKFILE_BYTES:
        raise _too_large(name)
    data = files.read(name)
    manifests = _manifests_at(files)
    try:
        lockfile = read_lockfile(data, filename=name, manifests=manifests)
    except Malformed as err:
        said = f"{quoted(name)} at revision {quoted(revision)}: {err.message}"
        raise Malformed(err.code, said, err.hint) from err
    return FoundLockfile(
        path=found.folder / name,
        data=data,
        filename=name,
        manifests=manifests,
        lockfile=lockfile,
        folder=found.folder,
        revision=revision,
    )


def _nothing_before(revision: str, found: FoundLockfile) -> FoundLockfile:
    lockfile = found.lockfile
    return FoundLockfile(
        path=found.path,
        data=b"",
        filename=found.filename,
        manifests={},
        lockfile=Lockfile(
            format=lockfile.format, version=lockfile.version, packages={}, projects=()
        ),
        folder=found.folder,
        revision=revision,
    )


def _manifests_at(files: Revision) -> dict[str, bytes]:
    if "package.json" not in files.blobs:
        return {}
    found = {"package.json": files.read("package.json")}
    patterns = workspace_patterns(found["package.json"])
    for path in files.blobs:
        folder, _, name = path.rpartition("/")
        is_one = name == "package.json" and folder and patterns.match(folder)
        if is_one and files.sizes[path] <= MAX_MANIFEST_BYTES and len(found) < MAX_MANIFESTS:
            found[path] = files.read(path)
    return found


def _only(names: Iterable[str], *, where: str) -> str:
    found = list(names)
    for first, second in _SAME_MANAGER:
        if first in found and second in found:
            found.remove(second)
    if not found:
        raise _none(f"{quoted(where)} has no lockfile")
    if len(found) > 1:
        listed = ", ".join(f"`{name}`" for name in found)
        raise Malformed(
            "several-lockfiles",
            f"{quoted(where)} has lockfiles of several package managers: {listed}",
            f"name the one that is meant, as in `imprint audit {found[0]}`",
        )
    return found[0]


def _none(what: str) -> Malformed:
    known = ", ".join(LOCKFILE_NAMES)
    return Malformed("no-lockfile", what, f"what is read here: {known}")


def _too_large(name: str) -> Malformed:
    return Malformed(
        "malformed-lockfile",
        f"{quoted(name)} is too large: at most {MAX_LOCKFILE_BYTES} bytes are read",
    )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LOCKFILE_BYTES + 1)
    except OSError as err:
        raise Unavailable(
            "lockfile-unreadable", f"{quoted(str(path))} cannot be read: {err.strerror}"
        ) from err
    if len(data) > MAX_LOCKFILE_BYTES:
        raise _too_large(path.name)
    return data
