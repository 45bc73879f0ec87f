"""What `imprint verify` is asked about: versions by name, and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.npm.names import PackageName

LATEST = "latest"
_ARCHIVES = (".tgz", ".tar.gz", ".tar")
_FOLDERS = (".", "/", "~")


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """`NAME@VERSION`."""

    name: PackageName
    version: str
    """Exact, or a dist-tag."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file on this machine."""

    path: Path


Target: TypeAlias = Named | File


def parse_target(text: str) -> Target:
    """Return what `text` names: a file where there is one or where it is spelled like one.

    Without a version the dist-tag `latest` is meant, as everywhere in npm. Raises Malformed
    (`no-such-file`, `invalid-package-name`).
    """
    from imprint.npm.names import PackageName

    path = Path(text)
    if path.is_file():
        return File(path=path)
    if text.startswith(_FOLDERS) or text.endswith(_ARCHIVES):
        raise Malformed("no-such-file", f"there is no file {quoted(text)}")
    name, at, version = text.rpartition("@")
    if not name:  # no version, or the `@` of a scope alone
        name, at, version = text, "", ""
    return Named(name=PackageName.parse_existing(name), version=version if at else LATEST)


def exact(target: Named) -> tuple[str, str]:
    """Return name and version; raises Malformed (`invalid-version`) for a dist-tag."""
    from imprint.npm.versions import Version

    Version.parse(target.version)
    return str(target.name), target.version


def read(path: Path, *, most_bytes: int, what: str) -> bytes:
    """Return a file's bytes; raises Malformed (`unreadable-file`, `file-too-large`)."""
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as err:
        reason = (err.strerror or "").lower()
        raise Malformed(
            "unreadable-file", f"the {what} {quoted(str(path))} cannot be read: {reason}"
        ) from err
    if len(data) > most_bytes:
        raise Malformed(
            "file-too-large",
            f"the {what} {quoted(str(path))} is too large: at most {most_bytes} bytes are read",
        )
    return data
