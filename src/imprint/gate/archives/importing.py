"""Taking an archive into a gate's folder: checked as a whole first, then taken piece by piece.

(1) nothing of an archive is taken before all of it was read, and every digest is right
(2) it is of this gate's upstreams, and of no name that is ours: those are never an upstream's
(3) what is kept already and was confirmed as late stays
(4) each piece is there whole or not at all, whatever ends the process: who was interrupted takes
    the archive again
(5) what is derived is derived here: projections are made anew of the packuments' own bytes

An archive is believed as its upstream would be, so it is taken from a gate of one's own alone; its
sha256 tells that it is the one. Not here: what a gate makes of it, which judges by its own policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec

from imprint.evidence.documents import speaks_of
from imprint.gate.archives.layout import (
    CODE,
    ArchivedPackument,
    Manifest,
    Member,
    attestations_member,
    decode_manifest,
    keys_member,
    members_of,
    packument_member,
)
from imprint.gate.archives.tar import (
    PIECE_BYTES,
    read_end,
    read_header,
    read_manifest,
    read_padding,
)
from imprint.history.projection import encode, project
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.storage import gate_documents, gate_proofs
from imprint.storage.gate_documents import KeptDocument
from imprint.storage.gate_proofs import KeptKeys
from imprint.storage.gate_snapshot import inflated
from imprint.storage.gate_tarballs import TarballDigest
from imprint.storage.projections import AttestedVersion

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from imprint.storage.gate_index import GateIndex
    from imprint.storage.gate_tarballs import IncomingTarball, TarballStore

T = TypeVar("T")

Progress: TypeAlias = Callable[[str, int, int], None]
MOST_TOTAL_RATIO: Final = 100
"""What all documents together may be inflated to, for each byte of the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An archive that may be taken."""

    manifest: Manifest = field(repr=False)
    sha256: str
    """Of the whole file, hex."""
    skipped: frozenset[str]
    """Packages whose names are ours."""


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """Where it goes."""

    index: GateIndex
    proofs: GateIndex
    tarballs: TarballStore


class Imported(msgspec.Struct, kw_only=True):
    """What was taken."""

    packuments: int = 0
    newer: int = 0
    """Packuments that were kept already, as late or later."""
    attestations: int = 0
    tarballs: int = 0
    tarballs_known: int = 0


def check_archive(
    file: Path,
    *,
    upstreams: Collection[str],
    quota_bytes: int,
    are_ours: Callable[[Collection[PackageName]], Collection[str]] = lambda _: (),
    sha256: str | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> Checked:
    """Read the whole archive, and return that it may be taken. Nothing is written.

    `upstreams` are the addresses of this gate's; `are_ours` gives those of some names that are
    ours. Raises Malformed: `gate-archive` for what is none, is damaged, or is not of `sha256`,
    `gate-archive-upstream` for one of another upstream, `gate-archive-too-large`.
    """
    with _opened(file) as archive:
        manifest = decode_manifest(read_manifest(archive))
        _check_upstreams(manifest, upstreams)
        _check_sizes(manifest, archive, quota_bytes)
        for _ in _documents(manifest, archive, lambda _: None, progress, "checked"):
            pass
        found = archive.sha256.hexdigest()
    if sha256 is not None and found != sha256.lower():
        raise Malformed(
            CODE,
            f"the archive {quoted(file.name)} has the sha256 `{found}`, expected {quoted(sha256)}",
        )
    names = {PackageName.parse_existing(one.name) for one in manifest.packuments}
    return Checked(manifest=manifest, sha256=found, skipped=frozenset(are_ours(names)))


def take_archive(
    file: Path,
    checked: Checked,
    folder: Folder,
    *,
    now: float,
    progress: Progress = lambda _what, _done, _of: None,
) -> Imported:
    """Put what is in a checked archive into a gate's folder; `now` in Unix seconds.

    Raises Malformed (`gate-archive`) where the file is another by now, Unavailable
    (`gate-folder-unwritable`) where something could not be kept.
    """
    taking = _Taking(checked, folder, now)
    with _opened(file) as archive:
        manifest = decode_manifest(read_manifest(archive))
        if manifest != checked.manifest:
            raise Malformed(CODE, f"the archive {quoted(file.name)} changed while it was read")
        for member, data in _documents(manifest, archive, taking.tarball, progress, "taken"):
            taking.document(member, data)
    folder.tarballs.make_room()
    return taking.imported


class _Archive:
    """The archive, hashed while it is read."""

    def __init__(self, file: BinaryIO, size_bytes: int) -> None:
        self._file = file
        self.size_bytes = size_bytes
        self.sha256 = hashlib.sha256()

    def read(self, size_bytes: int) -> bytes:
        data = self._file.read(size_bytes)
        self.sha256.update(data)
        return data


class _Taking:
    """Puts the pieces where they belong."""

    def __init__(self, checked: Checked, folder: Folder, now: float) -> None:
        manifest = checked.manifest
        self.imported = Imported()
        self._folder = folder
        self._now = now
        self._skipped = checked.skipped
        self._keys = {keys_member(one).path: one for one in manifest.keys}
        self._packuments = _by_path(packument_member, manifest.packuments)
        self._attestations = _by_path(attestations_member, manifest.attestations)

    def document(self, member: Member, data: bytes) -> None:
        """Put a document: of one file there may be several records."""
        if (keys := self._keys.get(member.path)) is not None:
            kept = KeptKeys(document=data, confirmed_at=min(keys.confirmed_at, self._now))
            gate_proofs.keep_keys(self._folder.proofs, keys.upstream, kept)
        for packument in self._packuments.get(member.path, ()):
            if packument.name not in self._skipped:
                self._put_packument(packument, data)
        attested = {
            AttestedVersion(one.name, one.version, one.integrity): data
            for one in self._attestations.get(member.path, ())
            if one.name not in self._skipped
        }
        if attested:
            gate_proofs.keep_attestations(self._folder.proofs, attested, now=self._now)
            self.imported.attestations += len(attested)
        for index in (self._folder.index, self._folder.proofs):
            if index.failure is not None:
                raise _unwritable(index.failure)

    def _put_packument(self, one: ArchivedPackument, body: bytes) -> None:
        kept = KeptDocument(
            digest=one.digest,
            etag=one.etag,
            last_modified=one.last_modified,
            # A clock that was wrong must not make it current for longer.
            confirmed_at=min(one.confirmed_at, self._now),
            projection=encode(project(body, one.name)),
        )
        is_new = gate_documents.put_if_newer(
            self._folder.index, one.upstream, one.name, kept, body, now=self._now
        )
        self.imported.packuments += is_new
        self.imported.newer += not is_new

    def tarball(self, member: Member) -> _Receiving | None:
        """Return what takes the bytes of a tarball; None: it is there already."""
        store = self._folder.tarballs
        digest = TarballDigest(algorithm=member.algorithm, hexadecimal=member.digest)
        if store.look(digest) is not None:
            self.imported.tarballs_known += 1
            return None
        incoming = store.receive()
        if incoming is None:
            raise _unwritable(store.failure or "")
        self.imported.tarballs += 1
        return _Receiving(store, incoming, digest)


class _Receiving(msgspec.Struct, frozen=True):
    """A tarball on its way into the folder."""

    store: TarballStore
    incoming: IncomingTarball
    digest: TarballDigest

    def write(self, piece: bytes) -> None:
        try:
            is_written = self.incoming.write(piece) == len(piece)
        except OSError as err:
            self.store.fail(err)
            is_written = False
        if not is_written:
            raise _unwritable(self.store.failure or "the disk is full")

    def keep(self) -> None:
        if self.store.keep(self.incoming, self.digest) is None:
            raise _unwritable(self.store.failure or "")


def _documents(
    manifest: Manifest,
    archive: _Archive,
    tarball: Callable[[Member], _Receiving | None],
    progress: Progress,
    what: str,
) -> Iterator[tuple[Member, bytes]]:
    """Yield the documents, each with its right bytes; put tarballs where `tarball` says.

    A tarball is kept only when its digest is right. Raises Malformed.
    """
    members = list(members_of(manifest))
    reading = _Reading(manifest)
    for done, member in enumerate(members, start=1):
        read_header(archive, member.path, member.stored_bytes)
        if member.path.startswith("tarballs/"):
            _read_tarball(archive, member, tarball(member))
        else:
            yield member, reading.document(archive, member)
        read_padding(archive, member.path, member.stored_bytes)
        progress(f"files {what}", done, len(members))
    read_end(archive)


class _Reading:
    """Reads documents, and looks at each as the gate would when it comes from its upstream."""

    def __init__(self, manifest: Manifest) -> None:
        self._packuments = _by_path(packument_member, manifest.packuments)
        self._attestations = _by_path(attestations_member, manifest.attestations)

    def document(self, archive: _Archive, member: Member) -> bytes:
        stored = archive.read(member.stored_bytes)
        if len(stored) != member.stored_bytes:
            raise Malformed(CODE, f"the archive ends within `{member.path}`")
        data: bytes | None = stored
        if member.is_compressed:
            data = inflated(stored, size_bytes=member.size_bytes)
        if data is None or len(data) != member.size_bytes:
            raise Malformed(
                CODE,
                f"`{member.path}` is damaged, or does not inflate to {member.size_bytes} bytes",
            )
        if hashlib.sha256(data).hexdigest() != member.digest:
            raise _wrong(member)
        for packument in self._packuments.get(member.path, ()):
            try:
                project(data, packument.name)
            except Malformed as err:
                raise Malformed(
                    CODE, f"`{member.path}` is no packument of {quoted(packument.name)}"
                ) from err
        for one in self._attestations.get(member.path, ()):
            if not speaks_of(data, one.integrity):
                what = quoted(f"{one.name}@{one.version}")
                raise Malformed(CODE, f"`{member.path}` has no attestations of {what}")
        return data


def _read_tarball(archive: _Archive, member: Member, into: _Receiving | None) -> None:
    hashed = hashlib.new(member.algorithm, usedforsecurity=False)
    left = member.stored_bytes
    try:
        while left:
            piece = archive.read(min(left, PIECE_BYTES))
            if not piece:
                raise Malformed(CODE, f"the archive ends within `{member.path}`")
            left -= len(piece)
            hashed.update(piece)
            if into is not None:
                into.write(piece)
        if hashed.hexdigest() != member.digest:
            raise _wrong(member)
        if into is not None:
            into.keep()
    finally:
        if into is not None:
            into.incoming.discard()


def _check_upstreams(manifest: Manifest, upstreams: Collection[str]) -> None:
    others = [url for url in manifest.upstreams if url not in upstreams]
    if others:
        known = ", ".join(f"`{url}`" for url in sorted(upstreams))
        raise Malformed(
            "gate-archive-upstream",
            f"the archive is of the upstream {quoted(others[0])}, expected {known}",
            hint="a package is its registry's: name the same upstream here, also while it is away",
        )


def _check_sizes(manifest: Manifest, archive: _Archive, quota_bytes: int) -> None:
    """Refuse what is cut off, too large, or would be inflated to more than could be meant."""
    members = list(members_of(manifest))
    tarballs = sum(one.size_bytes for one in manifest.tarballs)
    if tarballs > quota_bytes:
        raise Malformed(
            "gate-archive-too-large",
            f"the archive has {tarballs} bytes of tarballs, and the gate keeps up to {quota_bytes}",
            hint="raise `gate_quota_bytes`",
        )
    inflates_to = sum(one.size_bytes for one in members if one.is_compressed)
    if inflates_to > MOST_TOTAL_RATIO * archive.size_bytes:
        raise Malformed(
            CODE, f"the archive inflates to {inflates_to} bytes, {MOST_TOTAL_RATIO} times its size"
        )


def _by_path(member_of: Callable[[T], Member], records: list[T]) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = {}
    for one in records:
        found.setdefault(member_of(one).path, []).append(one)
    return found


@contextmanager
def _opened(file: Path) -> Iterator[_Archive]:
    """Yield the archive; an error of the disk is told of the file. Raises Malformed."""
    try:
        if not file.is_file() and file.exists():
            raise Malformed(CODE, f"the archive {quoted(str(file))} is no plain file")
        with file.open("rb") as opened:
            yield _Archive(opened, file.stat().st_size)
    except OSError as err:
        reason = (err.strerror or "it cannot be").lower()
        raise Malformed(CODE, f"the archive {quoted(str(file))} cannot be read: {reason}") from err


def _wrong(member: Member) -> Malformed:
    return Malformed(CODE, f"`{member.path}` is not what its digest says")


def _unwritable(reason: str) -> Unavailable:
    return Unavailable(
        "gate-folder-unwritable",
        f"the gate's folder does not take the archive: {reason}",
        hint="what was taken is whole: mend the folder, and import again",
    )
