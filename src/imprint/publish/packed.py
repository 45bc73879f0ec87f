"""One version of a package, read from its tarball. Not here: how a tarball is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imprint.npm.integrity import Digests
from imprint.npm.names import PackageName
from imprint.npm.tarball import inspect
from imprint.npm.versions import Version
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.npm.strict_json import Json
    from imprint.npm.tarball import Tarball

MAX_TARBALL_BYTES: Final = 70 * 1024 * 1024
"""As base64 it has to fit into the 100 MiB that a registry takes of a request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """One version of a package as it will be published."""

    name: PackageName
    version: Version
    data: bytes = field(repr=False)
    """The tarball."""
    digests: Digests
    tarball: Tarball = field(repr=False)

    def __str__(self) -> str:
        """Return `name@version`."""
        return f"{self.name}@{self.version}"

    def setting(self, name: str) -> str | None:
        """Return what `publishConfig` of its package.json says, where that is a text."""
        given: Json = self.tarball.package_json.get("publishConfig")
        value = given.get(name) if isinstance(given, dict) else None
        return value if isinstance(value, str) and value else None


def read_packed(path: Path) -> Packed:
    """Return the package in a tarball.

    Raises Malformed `unreadable-file`, `tarball-too-large`, `private-package`, and what `inspect`
    and the parsers of names and versions raise.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TARBALL_BYTES + 1)
    except OSError as err:
        raise Malformed(
            "unreadable-file", f"the tarball {quoted(str(path))} cannot be read"
        ) from err
    if len(data) > MAX_TARBALL_BYTES:
        raise Malformed(
            "tarball-too-large", f"the tarball is larger than {MAX_TARBALL_BYTES} bytes"
        )
    tarball = inspect(data)
    name, version = (_text(tarball, member) for member in ("name", "version"))
    if tarball.package_json.get("private") is True:
        raise Malformed(
            "private-package",
            f"package {quoted(name)} says `private` in its package.json: it is never published",
            hint="take `private` out of package.json, if it is meant to be published",
        )
    return Packed(
        name=PackageName.parse(name.strip()),
        version=Version.clean(version),
        data=data,
        digests=Digests.of(data),
        tarball=tarball,
    )


def _text(tarball: Tarball, member: str) -> str:
    value = tarball.package_json.get(member)
    if not isinstance(value, str):
        raise Malformed("malformed-package-json", f"package.json has no `{member}` that is a text")
    return value
