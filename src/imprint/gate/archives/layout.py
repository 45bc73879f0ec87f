"""What an archive of a gate's cache holds: its manifest, and the members that follow from it.

The manifest comes first and says of everything what it is, how large, and with which digest. Paths
in the archive follow from digests alone, so that no path that somebody wrote is ever used. Pure.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.npm.integrity import parse_sri
from imprint.npm.names import PackageName
from imprint.npm.published import MAX_PACKUMENT_BYTES
from imprint.refusals import Malformed, quoted
from imprint.storage.gate_proofs import MOST_DOCUMENT_BYTES
from imprint.storage.gate_tarballs import ALGORITHMS
from imprint.upstream.registries import MAX_TARBALL_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODE: Final = "gate-archive"
KIND: Final = "imprint-gate-cache"
SCHEMA: Final = 1
MANIFEST: Final = "manifest.json"
MOST_MANIFEST_BYTES: Final = 256 * 1024 * 1024
MOST_RECORDS: Final = 1_000_000
MOST_UPSTREAMS: Final = 256
MOST_TEXT_CHARACTERS: Final = 512
_SIZES: Final = {"sha512": 128, "sha384": 96, "sha256": 64, "sha1": 40}
_HALF: Final = 64
"""Hex digits that one part of a path holds: the archive's format takes 100."""
_HEX: Final = re.compile(r"[0-9a-f]*\Z")
_SENDABLE: Final = re.compile(r"[\x20-\x7e]*\Z")


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is kept."""


class ArchivedPackument(_Record, frozen=True, kw_only=True):
    """An upstream's packument, and by what its upstream knows it again."""

    upstream: str
    name: str
    digest: str
    """sha256 of its bytes as they came, hex."""
    size_bytes: int
    stored_bytes: int
    """In the archive: it is compressed there."""
    etag: str
    last_modified: str
    confirmed_at: float
    """When the upstream last said so, Unix seconds."""


class ArchivedAttestations(_Record, frozen=True, kw_only=True):
    """The attestations of one version."""

    name: str
    version: str
    integrity: str
    digest: str
    size_bytes: int
    stored_bytes: int


class ArchivedKeys(_Record, frozen=True, kw_only=True):
    """What an upstream said are its keys."""

    upstream: str
    digest: str
    size_bytes: int
    confirmed_at: float


class ArchivedTarball(_Record, frozen=True, kw_only=True):
    """A tarball."""

    algorithm: str
    digest: str
    size_bytes: int


class Manifest(_Record, frozen=True, kw_only=True):
    """Everything."""

    kind: str
    schema: int
    upstreams: list[str]
    """Addresses of the registries that it came from, with a slash at their ends."""
    keys: list[ArchivedKeys]
    packuments: list[ArchivedPackument]
    attestations: list[ArchivedAttestations]
    tarballs: list[ArchivedTarball]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the archive."""

    path: str
    stored_bytes: int
    algorithm: str
    digest: str
    """Of what is in it, hex: once it is inflated, where it is compressed."""
    size_bytes: int
    is_compressed: bool


def members_of(manifest: Manifest) -> Iterator[Member]:
    """Yield the files behind the manifest, in their order, each once."""
    seen: set[str] = set()
    records: tuple[Iterable[Member], ...] = (
        map(keys_member, manifest.keys),
        map(packument_member, manifest.packuments),
        map(attestations_member, manifest.attestations),
        map(tarball_member, manifest.tarballs),
    )
    for kind in records:
        for member in kind:
            if member.path not in seen:
                seen.add(member.path)
                yield member


def keys_member(one: ArchivedKeys) -> Member:
    """Return the file of an upstream's keys."""
    return _document("keys", one.digest, one.size_bytes, None)


def packument_member(one: ArchivedPackument) -> Member:
    """Return the file of a packument."""
    return _document("packuments", one.digest, one.size_bytes, one.stored_bytes)


def attestations_member(one: ArchivedAttestations) -> Member:
    """Return the file of a version's attestations."""
    return _document("attestations", one.digest, one.size_bytes, one.stored_bytes)


def tarball_member(one: ArchivedTarball) -> Member:
    """Return the file of a tarball."""
    halves = [one.digest[at : at + _HALF] for at in range(0, len(one.digest), _HALF)]
    return Member(
        path="/".join(("tarballs", one.algorithm, *halves)),
        stored_bytes=one.size_bytes,
        algorithm=one.algorithm,
        digest=one.digest,
        size_bytes=one.size_bytes,
        is_compressed=False,
    )


def encode_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as it is written: the same for the same content."""
    return msgspec.json.encode(manifest)


def decode_manifest(raw: bytes) -> Manifest:
    """Return a manifest of which every word was looked at; raises Malformed (`gate-archive`)."""
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(CODE, f"the archive's manifest cannot be read: {quoted(str(err))}") from err
    if manifest.kind != KIND or manifest.schema != SCHEMA:
        found = quoted(f"{manifest.kind} {manifest.schema}")
        raise Malformed(
            CODE,
            f"the archive is of kind {found}, expected `{KIND} {SCHEMA}`",
            hint="export it anew by the version of imprint that takes it in",
        )
    count = len(manifest.keys) + len(manifest.packuments)
    count += len(manifest.attestations) + len(manifest.tarballs)
    if count > MOST_RECORDS:
        raise Malformed(CODE, f"the archive's manifest names more than {MOST_RECORDS} things")
    if len(manifest.upstreams) > MOST_UPSTREAMS:
        raise Malformed(CODE, f"the archive is of more than {MOST_UPSTREAMS} upstreams")
    _check_keys(manifest)
    _check_packuments(manifest)
    _check_attestations(manifest)
    for one in manifest.tarballs:
        _check_digest(one.algorithm, one.digest)
        _check_size(one.digest, one.size_bytes, MAX_TARBALL_BYTES)
    _check_once("tarball", (f"{one.algorithm}-{one.digest}" for one in manifest.tarballs))
    _check_members(manifest)
    return manifest


def check_packument(one: ArchivedPackument) -> None:
    """Let a record pass that can be taken by itself; raises Malformed (`gate-archive`)."""
    _check_name(one.name)
    _check_digest("sha256", one.digest)
    _check_size(one.name, one.size_bytes, MAX_PACKUMENT_BYTES)
    _check_size(one.name, one.stored_bytes, MAX_PACKUMENT_BYTES)
    _check_moment(one.name, one.confirmed_at)
    for text in (one.etag, one.last_modified):
        # Both are sent to the upstream, and to clients.
        if len(text) > MOST_TEXT_CHARACTERS or not _SENDABLE.match(text):
            raise Malformed(CODE, f"the entity tag of {quoted(one.name)} cannot be sent")


def check_attestations(one: ArchivedAttestations) -> None:
    """Let a record pass that can be taken by itself; raises Malformed (`gate-archive`)."""
    what = quoted(f"{one.name}@{one.version}")
    if max(len(one.version), len(one.integrity)) > MOST_TEXT_CHARACTERS:
        raise Malformed(CODE, f"the attestations of {what} are of no version")
    try:
        parse_sri(one.integrity)
    except Malformed as err:
        raise Malformed(CODE, f"the attestations of {what} are of no bytes") from err
    _check_digest("sha256", one.digest)
    _check_size(one.name, one.size_bytes, MOST_DOCUMENT_BYTES)
    _check_size(one.name, one.stored_bytes, MOST_DOCUMENT_BYTES)


def _document(folder: str, digest: str, size_bytes: int, stored_bytes: int | None) -> Member:
    return Member(
        path=f"{folder}/{digest}.json" + ("" if stored_bytes is None else ".zlib"),
        stored_bytes=size_bytes if stored_bytes is None else stored_bytes,
        algorithm="sha256",
        digest=digest,
        size_bytes=size_bytes,
        is_compressed=stored_bytes is not None,
    )


def _check_keys(manifest: Manifest) -> None:
    _check_once("address of an upstream", manifest.upstreams)
    for one in manifest.keys:
        _check_upstream(manifest, one.upstream)
        _check_digest("sha256", one.digest)
        _check_size(one.digest, one.size_bytes, MOST_DOCUMENT_BYTES)
        _check_moment(one.upstream, one.confirmed_at)
    _check_once("key list", (one.upstream for one in manifest.keys))


def _check_packuments(manifest: Manifest) -> None:
    for one in manifest.packuments:
        _check_upstream(manifest, one.upstream)
        check_packument(one)
    _check_once("packument", (f"{one.name} of {one.upstream}" for one in manifest.packuments))


def _check_attestations(manifest: Manifest) -> None:
    names = {one.name for one in manifest.packuments}
    for one in manifest.attestations:
        if one.name not in names:
            what = quoted(f"{one.name}@{one.version}")
            raise Malformed(CODE, f"the archive has attestations of {what}, and no packument of it")
        check_attestations(one)
    keys = (f"{one.name}@{one.version} {one.integrity}" for one in manifest.attestations)
    _check_once("attestations", keys)


def _check_members(manifest: Manifest) -> None:
    """Refuse two records that say different things of the same file."""
    found: dict[str, Member] = {}
    records: tuple[Iterable[Member], ...] = (
        map(packument_member, manifest.packuments),
        map(attestations_member, manifest.attestations),
    )
    for kind in records:
        for member in kind:
            if found.setdefault(member.path, member) != member:
                raise Malformed(CODE, f"the archive's manifest says two sizes of `{member.path}`")


def _check_upstream(manifest: Manifest, url: str) -> None:
    if url not in manifest.upstreams:
        raise Malformed(CODE, f"the archive does not name {quoted(url)} among its upstreams")


def _check_name(text: str) -> None:
    try:
        is_one = str(PackageName.parse_existing(text)) == text
    except Malformed:
        is_one = False
    if not is_one:
        raise Malformed(CODE, f"the archive has a packument of {quoted(text)}, which is no name")


def _check_digest(algorithm: str, digest: str) -> None:
    if algorithm not in ALGORITHMS or len(digest) != _SIZES[algorithm] or not _HEX.match(digest):
        raise Malformed(CODE, f"{quoted(f'{algorithm} {digest}')} is no digest")


def _check_size(what: str, size: int, most: int) -> None:
    if not 0 <= size <= most:
        raise Malformed(CODE, f"the size of {quoted(what)} is {size} bytes, expected up to {most}")


def _check_moment(what: str, at: float) -> None:
    if not (math.isfinite(at) and at >= 0):
        raise Malformed(CODE, f"the time of {quoted(what)} is none")


def _check_once(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise Malformed(CODE, f"the archive has the {what} {quoted(key)} twice")
        seen.add(key)
