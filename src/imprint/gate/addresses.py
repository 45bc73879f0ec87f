"""Addresses of a version on the gate, and putting them in the place of the upstream's.

Exactly two values of a version are addresses that clients follow: `dist.tarball` and
`dist.attestations.url`. Every other byte stays as it is, whatever it looks like.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from imprint.npm.names import PackageName

_HTTP = b'"http'
_MEMBERS = (b'"tarball"', b'"attestations"', b'"url"')
_DIST = re.compile(rb'"dist"\s*:')
_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class GateAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where the versions of one package are on the gate."""

    base_url: str
    """The gate's address, without a slash at its end."""
    package: PackageName

    def tarball(self, version: str) -> str:
        """Return the address of a tarball: of name and version, whatever the upstream calls it."""
        file = f"{self.package.file_stem}-{quote(version, safe='+')}.tgz"
        return f"{self.base_url}/{self.package}/-/{file}"

    def attestations(self, version: str) -> str:
        """Return the address of a version's attestations."""
        place = "/-/npm/v1/attestations/"
        return f"{self.base_url}{place}{self.package.escaped}@{quote(version, safe='+')}"


class _Version(msgspec.Struct, gc=False):
    dist: msgspec.Raw = msgspec.Raw()


class _Dist(msgspec.Struct, gc=False):
    tarball: msgspec.Raw = msgspec.Raw()
    attestations: msgspec.Raw = msgspec.Raw()


class _Attestations(msgspec.Struct, gc=False):
    url: msgspec.Raw = msgspec.Raw()


_read_version = msgspec.json.Decoder(_Version).decode
_read_dist = msgspec.json.Decoder(_Dist).decode
_read_attestations = msgspec.json.Decoder(_Attestations).decode
_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_write = msgspec.json.encode


def rewritten(entry: bytes, version: str, addresses: GateAddresses) -> bytes:
    """Return an entry of `versions` with the gate's addresses; itself, where it has none.

    Raises Malformed (`malformed-packument`), as `rewritten_dist` does.
    """
    try:
        dist = _read_version(entry).dist
    except _WRONG:
        return entry  # no object: there is no address in it
    return _with_addresses(entry, dist, version, addresses)


def rewritten_dist(dist: msgspec.Raw, version: str, addresses: GateAddresses) -> bytes:
    """Return a `dist` with the gate's addresses; as it is, where it has none."""
    raw = bytes(dist)
    changes = _changes(raw, version, addresses)
    if changes is None:
        return raw
    return _replaced(raw, changes, lambda: _rebuilt_dist(raw, changes), repeats=_repeats(raw))


class _Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Values as they stand, and what takes their place."""

    tarball: tuple[bytes, bytes] | None
    attestations: tuple[bytes, bytes] | None


def _repeats(dist: bytes) -> bool:
    """Whether a member with an address is there twice.

    The last one counts for us and for npm; bun takes the first.
    """
    may = b"\\u" in dist or any(dist.count(member) > 1 for member in _MEMBERS)
    return may and has_repeats(dist)


def has_repeats(raw: bytes) -> bool:
    """Return whether some member of an object in it is there twice, or nobody can tell."""
    found = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len(dict(pairs)) != len(pairs)

    try:
        json.loads(raw, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return True
    return found


def _changes(dist: bytes, version: str, addresses: GateAddresses) -> _Changes | None:
    try:
        found = _read_dist(dist)
    except _WRONG:
        return None
    tarball = _change(bytes(found.tarball), addresses.tarball(version))
    attestations = None
    if found.attestations:
        try:
            url = bytes(_read_attestations(found.attestations).url)
        except _WRONG:
            url = b""
        attestations = _change(url, addresses.attestations(version))
    return _Changes(tarball=tarball, attestations=attestations)


def _change(old: bytes, address: str) -> tuple[bytes, bytes] | None:
    new = _write(address)
    return (old, new) if old[:1] == b'"' and old != new else None


def _with_addresses(
    entry: bytes, dist: msgspec.Raw, version: str, addresses: GateAddresses
) -> bytes:
    changes = _changes(bytes(dist), version, addresses) if dist else None
    may_repeat = b"\\u" in entry or len(_DIST.findall(entry)) > 1
    if changes is None:
        repeats = may_repeat and has_repeats(entry)
        return _anew(lambda: object_of(_read_members(entry))) if repeats else entry

    def rebuilt() -> bytes:
        members = {name: bytes(value) for name, value in _read_members(entry).items()}
        return object_of(members | {"dist": _rebuilt_dist(bytes(dist), changes)})

    repeats = has_repeats(entry) if may_repeat else _repeats(bytes(dist))
    return _replaced(entry, changes, rebuilt, repeats=repeats)


def _replaced(
    raw: bytes, changes: _Changes, rebuilt: Callable[[], bytes], *, repeats: bool
) -> bytes:
    """Return `raw` with each value replaced where it stands, or put together anew.

    What `repeats` a member is always put together anew. Raises Malformed where that cannot be.

    A value that occurs once in the bytes can only be the one that was read. That nothing overlaps
    it either, takes that it begins with a letter: behind the quote that ends a text comes none.
    """
    found = raw
    if repeats:
        return _anew(rebuilt)
    for change in (changes.tarball, changes.attestations):
        if change is None:
            continue
        old, new = change
        if not old.startswith(_HTTP) or found.count(old) != 1:
            return _anew(rebuilt)
        found = found.replace(old, new)
    return found


def _anew(rebuilt: Callable[[], bytes]) -> bytes:
    try:
        return rebuilt()
    except _WRONG as err:  # as it is, it would send clients past the gate
        raise Malformed(
            "malformed-packument", f"a version cannot be taken apart: {quoted(str(err))}"
        ) from err


def _rebuilt_dist(dist: bytes, changes: _Changes) -> bytes:
    members = {name: bytes(value) for name, value in _read_members(dist).items()}
    if changes.tarball is not None:
        members["tarball"] = changes.tarball[1]
    if changes.attestations is not None:
        inner = _read_members(members["attestations"])
        told = {name: bytes(value) for name, value in inner.items()}
        members["attestations"] = object_of(told | {"url": changes.attestations[1]})
    return object_of(members)


def object_of(members: Mapping[str, bytes | msgspec.Raw]) -> bytes:
    """Return the JSON object of members whose values are JSON already."""
    return b"".join(pieces_of(members))


def pieces_of(members: Mapping[str, bytes | msgspec.Raw]) -> Iterator[bytes | msgspec.Raw]:
    """Yield what such an object is put together of."""
    mark = b"{"
    for name, raw in members.items():
        yield mark
        yield _write(name)
        yield b":"
        yield raw
        mark = b","
    yield b"}" if members else b"{}"
