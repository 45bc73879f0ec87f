"""NAME@VERSION lines as a lockfile: for whoever resolves by itself, as a security scanner does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imprint.audit.lockfiles import FoundLockfile
from imprint.npm.lockfiles.model import (
    Edge,
    EdgeKind,
    LockedPackage,
    Lockfile,
    LockfileFormat,
    Project,
    SourceKind,
)
from imprint.npm.names import PackageName
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BYTES = 16 * 1024 * 1024
NAME = "stdin"


def read_piped(stream: BinaryIO) -> FoundLockfile:
    """Return the packages that `stream` names, one a line; empty lines are none.

    Raises Malformed (`malformed-lockfile`, with the line; `no-lockfile` for none at all).
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Malformed("malformed-lockfile", f"stdin has more than {MAX_BYTES} bytes")
    packages: dict[str, LockedPackage] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if line.strip():
            package = _package(line.strip(), number)
            packages.setdefault(package.key, package)
    if not packages:
        raise Malformed(
            "no-lockfile", "stdin names no package", hint="it takes lines such as `express@5.1.0`"
        )
    edges = tuple(
        Edge(name=one.name, kind=EdgeKind.PROD, target=one.key) for one in packages.values()
    )
    lockfile = Lockfile(
        format=LockfileFormat.LIST,
        version="1",
        packages=packages,
        projects=(Project(path="", name=None, edges=edges),),
    )
    return FoundLockfile(
        path=Path(NAME),
        data=data,
        filename=NAME,
        manifests={},
        lockfile=lockfile,
        folder=Path(),
    )


def _package(text: str, line: int) -> LockedPackage:
    name, _, version = text.rpartition("@")
    try:
        parsed = PackageName.parse_existing(name)
        Version.parse(version)
    except Malformed as err:
        raise Malformed(
            "malformed-lockfile",
            f"line {line} of stdin is {quoted(text)}, expected a name and a version",
            hint="as `express@5.1.0` or `@acme/widget@1.0.0`",
        ) from err
    return LockedPackage(
        key=text, name=str(parsed), version=version, source=SourceKind.REGISTRY, line=line
    )
