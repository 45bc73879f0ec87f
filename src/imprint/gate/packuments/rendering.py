"""Packuments as the gate serves them: an upstream's bytes, less what is withheld.

Nothing is parsed further than it has to be: values that stay are copied as they stand. Not here:
what is withheld (`gate.judging`), and how it is sent (`gate.packuments`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.gate.addresses import (
    has_repeats,
    object_of,
    pieces_of,
    rewritten,
    rewritten_dist,
)
from imprint.gate.packuments.dist_tags import admitted_tags, tags_instead
from imprint.history.publications import INSTALL_SCRIPTS
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    from imprint.gate.addresses import GateAddresses

CODE: Final = "malformed-packument"
NOTHING: Final[frozenset[str]] = frozenset()
NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})
_WRONG: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_text = msgspec.json.Decoder(str).decode
_write = msgspec.json.encode


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A document that is served."""

    body: bytes
    removed: int
    """How many versions it is without."""


class Packument:
    """An upstream's packument, taken apart. Making one raises Malformed (`malformed-packument`)."""

    def __init__(self, document: bytes) -> None:
        """Take apart the very bytes that came."""
        self._document = document
        self._members = _members(document, "packument")
        raw = self._members.get("versions")
        self._versions = {} if raw is None else _members(raw, "packument's `versions`")

    @property
    def versions(self) -> Mapping[str, msgspec.Raw]:
        """Every version, withheld or not, and its entry."""
        return self._versions

    def full(
        self,
        *,
        withheld: Collection[str] = NOTHING,
        addresses: GateAddresses,
        telling: Mapping[str, str] = NO_TAGS,
    ) -> Rendered:
        """Return the full document: byte for byte the upstream's, where nothing has to change.

        `telling` are tags of withheld versions that say why they are: in their place stands what is
        admitted.
        """
        kept = {
            version: bytes(raw)
            for version, raw in self._versions.items()
            if version not in withheld
        }
        removed = len(self._versions) - len(kept)
        entries = {version: rewritten(raw, version, addresses) for version, raw in kept.items()}
        is_same = not removed and all(raw is kept[version] for version, raw in entries.items())
        del kept
        changed = self._without(withheld, telling) if withheld else {}
        if is_same and not changed:
            if not has_repeats(self._document):
                return Rendered(body=self._document, removed=0)
            is_same = False  # what was judged is what stands last, and some readers take the first
        # Put together at once: every copy of twenty megabytes is felt.
        pieces: list[bytes | msgspec.Raw] = []
        for name, raw in self._members.items():
            pieces += (b"," if pieces else b"{", _write(name), b":")
            if name == "versions" and not is_same:
                pieces += pieces_of(entries)
            else:
                pieces.append(changed.get(name, raw))
        return Rendered(body=b"".join((*pieces, b"}")), removed=removed)

    def abbreviated(
        self,
        *,
        withheld: Collection[str] = NOTHING,
        addresses: GateAddresses,
        telling: Mapping[str, str] = NO_TAGS,
    ) -> Rendered:
        """Return the abbreviated document, with npm's fields and no others (facts/wire.md §2.8)."""
        entries = {
            version: _abbreviated(raw, version, addresses)
            for version, raw in self._versions.items()
            if version not in withheld
        }
        members: dict[str, bytes | msgspec.Raw] = {"name": self._members.get("name", b'""')}
        tags = self.tags(withheld=withheld) | self._instead(telling, withheld)
        members["dist-tags"] = _write(tags)
        modified = self._time().get("modified")
        if modified is not None:
            members["modified"] = modified
        members["versions"] = object_of(entries)
        return Rendered(body=object_of(members), removed=len(self._versions) - len(entries))

    def manifest(self, version: str, *, addresses: GateAddresses) -> bytes | None:
        """Return the entry of one version; None: there is none."""
        raw = self._versions.get(version)
        return None if raw is None else rewritten(bytes(raw), version, addresses)

    def tags(self, *, withheld: Collection[str] = NOTHING) -> dict[str, str]:
        """Return the dist-tags over what is admitted; a tag that is no text is left out."""
        tags = {name: text for name, raw in self._tags().items() if (text := _text(raw))}
        return admitted_tags(tags, versions=self._versions, withheld=withheld)

    def _instead(self, telling: Mapping[str, str], withheld: Collection[str]) -> dict[str, str]:
        if not telling:
            return {}
        return tags_instead(telling, versions=self._versions, withheld=withheld)

    def _without(self, withheld: Collection[str], telling: Mapping[str, str]) -> dict[str, bytes]:
        """Return the members, beside `versions`, that name what is withheld, without it."""
        changed: dict[str, bytes] = {}
        raw_tags, tags = self._tags(), self.tags(withheld=withheld)
        if telling or any(_text(raw) in withheld for raw in raw_tags.values()):
            changed["dist-tags"] = _write(tags | self._instead(telling, withheld))
        times = self._time()
        if any(version in withheld for version in times):
            left = {name: bytes(raw) for name, raw in times.items() if name not in withheld}
            changed["time"] = object_of(left)
        return changed

    def _tags(self) -> Mapping[str, msgspec.Raw]:
        return _lenient(self._members.get("dist-tags"))

    def _time(self) -> Mapping[str, msgspec.Raw]:
        return _lenient(self._members.get("time"))


class _Installed(msgspec.Struct, gc=False):
    """What installing needs of a version, still encoded; in the order that it is written in."""

    name: msgspec.Raw = msgspec.Raw()
    version: msgspec.Raw = msgspec.Raw()
    deprecated: msgspec.Raw = msgspec.Raw()
    dependencies: msgspec.Raw = msgspec.Raw()
    optionalDependencies: msgspec.Raw = msgspec.Raw()  # noqa: N815 - npm's own names, here and below
    devDependencies: msgspec.Raw = msgspec.Raw()  # noqa: N815
    bundleDependencies: msgspec.Raw = msgspec.Raw()  # noqa: N815
    peerDependencies: msgspec.Raw = msgspec.Raw()  # noqa: N815
    peerDependenciesMeta: msgspec.Raw = msgspec.Raw()  # noqa: N815
    bin: msgspec.Raw = msgspec.Raw()
    directories: msgspec.Raw = msgspec.Raw()
    dist: msgspec.Raw = msgspec.Raw()
    engines: msgspec.Raw = msgspec.Raw()
    os: msgspec.Raw = msgspec.Raw()
    cpu: msgspec.Raw = msgspec.Raw()
    libc: msgspec.Raw = msgspec.Raw()
    funding: msgspec.Raw = msgspec.Raw()
    _hasShrinkwrap: msgspec.Raw = msgspec.Raw()  # noqa: N815
    hasInstallScript: msgspec.Raw = msgspec.Raw()  # noqa: N815
    bundledDependencies: msgspec.Raw = msgspec.Raw()  # noqa: N815
    scripts: msgspec.Raw = msgspec.Raw()


_read_installed = msgspec.json.Decoder(_Installed).decode
_COPIED: Final = tuple(
    (name, b',"%s":' % name.encode())
    for name in _Installed.__struct_fields__
    if name not in {"dist", "hasInstallScript", "bundledDependencies", "scripts"}
)


def _abbreviated(raw: msgspec.Raw, version: str, addresses: GateAddresses) -> bytes:
    try:
        entry = _read_installed(raw)
    except _WRONG:
        return bytes(raw)  # no object, in either document
    pieces: list[bytes | msgspec.Raw] = []
    for name, mark in _COPIED:
        value = getattr(entry, name)
        if value:
            pieces += (mark, value)
    if entry.bundledDependencies and not entry.bundleDependencies:
        # The older of its two spellings.
        pieces += (b',"bundleDependencies":', entry.bundledDependencies)
    if entry.dist:
        pieces += (b',"dist":', rewritten_dist(entry.dist, version, addresses))
    if _runs_scripts(entry):
        pieces.append(b',"hasInstallScript":true')
    return b"{" + b"".join(pieces)[1:] + b"}"


def _runs_scripts(entry: _Installed) -> bool:
    if bytes(entry.hasInstallScript) == b"true":
        return True
    scripts = bytes(entry.scripts)
    if b"install" not in scripts and b"\\u" not in scripts:
        return False
    found = _lenient(entry.scripts)
    return any(_text(found[name]) for name in INSTALL_SCRIPTS if name in found)


def _members(raw: bytes | msgspec.Raw, what: str) -> dict[str, msgspec.Raw]:
    try:
        return _read_members(raw)
    except _WRONG as err:
        raise Malformed(CODE, f"the {what} cannot be taken apart: {quoted(str(err))}") from err


def _lenient(raw: msgspec.Raw | None) -> Mapping[str, msgspec.Raw]:
    """Return the members of an object; of anything else none."""
    try:
        return {} if not raw else _read_members(raw)
    except _WRONG:
        return {}


def _text(raw: msgspec.Raw) -> str:
    try:
        return _read_text(raw)
    except _WRONG:
        return ""
