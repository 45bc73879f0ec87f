"""Writing what a gate keeps of its upstreams into one archive, whole or not at all.

What is kept is read as it was at one moment, also while the gate serves. Everything is looked at
twice: once for the manifest, which comes first, and again while it is written. What is damaged is
left out, as the gate would have it anew. The same content makes the same archive.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import msgspec

from imprint.gate.archives.layout import (
    KIND,
    MANIFEST,
    SCHEMA,
    ArchivedAttestations,
    ArchivedKeys,
    ArchivedPackument,
    ArchivedTarball,
    Manifest,
    Member,
    attestations_member,
    check_attestations,
    check_packument,
    encode_manifest,
    keys_member,
    members_of,
    packument_member,
    tarball_member,
)
from imprint.gate.archives.tar import END, PIECE_BYTES, header_of, padding_of
from imprint.gate.digests import stated_digest
from imprint.history.projection import PackumentHistory, project
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.storage.gate_snapshot import inflated, snapshot, whole
from imprint.storage.gate_tarballs import TarballDigest, place_of, whole_size_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from imprint.storage.gate_snapshot import PackumentRow, Snapshot

T = TypeVar("T")

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told what is done, how much of it, and of how much."""
TARBALLS: Final = "tarballs"
"""The folder of tarballs in a gate's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """An archive that was written."""

    manifest: Manifest = field(repr=False)
    size_bytes: int
    sha256: str
    """Of the whole file, hex."""
    damaged: int
    """Packuments and attestations that are damaged, or that no gate takes, and are left out."""


def export_cache(
    folder: Path,
    target: Path,
    *,
    upstreams: Collection[str] = (),
    progress: Progress = lambda _what, _done, _of: None,
) -> Exported:
    """Write what is kept in a gate's `folder` to `target`, which is there whole in the end.

    `upstreams` are the addresses that are meant; none: all. Raises Malformed (`no-gate-cache`)
    where nothing is kept of them, Unavailable: `gate-archive-unwritable`, `gate-cache`.
    """
    with snapshot(folder) as found:
        gathering = _Gathering(found, folder / TARBALLS, frozenset(upstreams))
        manifest = gathering.manifest(progress)
        if not manifest.packuments:
            raise Malformed(
                "no-gate-cache",
                f"no packument is kept in {quoted(str(folder))} of any upstream that is meant",
                hint="`imprint gate prefetch LOCKFILE` fetches what a project needs",
            )
        try:
            with _new_file(target) as file:
                writer = _Writer(file)
                writer.file(header_of(MANIFEST, len(raw := encode_manifest(manifest))), raw)
                gathering.write(manifest, writer, progress)
                writer.put(END)
        except OSError as err:
            reason = (err.strerror or "it cannot be").lower()
            raise Unavailable(
                "gate-archive-unwritable",
                f"the archive {quoted(str(target))} cannot be written: {reason}",
                hint="nothing is left of it: name a place with room for what the gate keeps",
            ) from err
    return Exported(
        manifest=manifest,
        size_bytes=writer.size_bytes,
        sha256=writer.sha256.hexdigest(),
        damaged=gathering.damaged,
    )


class _Writer:
    """A file that is hashed while it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0

    def put(self, data: bytes) -> None:
        self._file.write(data)
        self.sha256.update(data)
        self.size_bytes += len(data)

    def file(self, header: bytes, data: bytes) -> None:
        for piece in (header, data, padding_of(len(data))):
            self.put(piece)


class _Gathering:
    """What is kept, looked through for the manifest, then written in its order."""

    def __init__(self, found: Snapshot, tarballs: Path, upstreams: frozenset[str]) -> None:
        self._found = found
        self._tarballs = tarballs
        self._upstreams = upstreams
        self._rows: dict[str, tuple[int, int]] = {}
        """Of compressed documents, by their path: the row, and how many bytes it has."""
        self._keys: dict[str, bytes] = {}
        self.damaged = 0

    def manifest(self, progress: Progress) -> Manifest:
        rows = [one for one in self._found.packuments() if self._is_meant(one.upstream)]
        packuments: list[ArchivedPackument] = []
        attestations: dict[str, list[ArchivedAttestations]] = {}
        digests: dict[TarballDigest, None] = {}
        for done, row in enumerate(rows, start=1):
            packument = self._packument(row, digests)
            if packument is not None:
                packuments.append(packument)
                if row.name not in attestations:
                    attestations[row.name] = list(self._attestations(row.name))
            progress("packuments looked through", done, len(rows))
        return Manifest(
            kind=KIND,
            schema=SCHEMA,
            upstreams=sorted({one.upstream for one in packuments}),
            keys=self._signing_keys({one.upstream for one in packuments}),
            packuments=packuments,
            attestations=[one for name in sorted(attestations) for one in attestations[name]],
            tarballs=self._of_tarballs(digests, progress),
        )

    def write(self, manifest: Manifest, writer: _Writer, progress: Progress) -> None:
        members = list(members_of(manifest))
        for done, member in enumerate(members, start=1):
            if member.is_compressed:
                read = self._found.packument if _is_packument(member) else None
                row, _ = self._rows[member.path]
                data = self._found.document(row) if read is None else read(row)[1]
                writer.file(header_of(member.path, member.stored_bytes), data)
            elif member.path in self._keys:
                writer.file(header_of(member.path, member.stored_bytes), self._keys[member.path])
            else:
                self._write_tarball(member, writer)
            progress("files written", done, len(members))

    def _is_meant(self, upstream: str) -> bool:
        return not self._upstreams or upstream in self._upstreams

    def _packument(
        self, row: PackumentRow, digests: dict[TarballDigest, None]
    ) -> ArchivedPackument | None:
        """Return what the manifest says of a packument; add the tarballs that it speaks of."""
        projection, stored = self._found.packument(row.row)
        body = whole(stored, row.digest)
        history = None if body is None else _history(projection, body, row.name)
        if body is None or history is None:
            self.damaged += 1
            return None
        for publication in filter(None, map(history.publication, history.moments)):
            digest = stated_digest(publication)
            if digest is not None:
                digests[digest] = None
        found = ArchivedPackument(
            upstream=row.upstream,
            name=row.name,
            digest=row.digest,
            size_bytes=len(body),
            stored_bytes=len(stored),
            etag=row.etag,
            last_modified=row.last_modified,
            confirmed_at=row.confirmed_at,
        )
        if not self._may_be_taken(check_packument, found):
            return None
        path = packument_member(found).path
        _, stored_bytes = self._rows.setdefault(path, (row.row, len(stored)))
        return msgspec.structs.replace(found, stored_bytes=stored_bytes)

    def _attestations(self, name: str) -> Iterator[ArchivedAttestations]:
        for row in self._found.attestations(name):
            stored = self._found.document(row.row)
            document = inflated(stored)
            if document is None:
                self.damaged += 1
                continue
            found = ArchivedAttestations(
                name=name,
                version=row.version,
                integrity=row.integrity,
                digest=hashlib.sha256(document).hexdigest(),
                size_bytes=len(document),
                stored_bytes=len(stored),
            )
            if not self._may_be_taken(check_attestations, found):
                continue
            path = attestations_member(found).path
            _, stored_bytes = self._rows.setdefault(path, (row.row, len(stored)))
            yield msgspec.structs.replace(found, stored_bytes=stored_bytes)

    def _may_be_taken(self, check: Callable[[T], None], found: T) -> bool:
        """Whether a gate takes it: whoever publishes must not make it refuse all the rest."""
        try:
            check(found)
        except Malformed:
            self.damaged += 1
            return False
        return True

    def _signing_keys(self, upstreams: Collection[str]) -> list[ArchivedKeys]:
        found = []
        for row in self._found.signing_keys():
            if row.upstream in upstreams:
                one = ArchivedKeys(
                    upstream=row.upstream,
                    digest=hashlib.sha256(row.document).hexdigest(),
                    size_bytes=len(row.document),
                    confirmed_at=row.confirmed_at,
                )
                self._keys[keys_member(one).path] = row.document
                found.append(one)
        return found

    def _of_tarballs(
        self, digests: dict[TarballDigest, None], progress: Progress
    ) -> list[ArchivedTarball]:
        there = [one for one in digests if Path(place_of(self._tarballs, one)).is_file()]
        found = []
        for done, digest in enumerate(there, start=1):
            size_bytes = whole_size_of(self._tarballs, digest)
            if size_bytes is not None:
                found.append(
                    ArchivedTarball(
                        algorithm=digest.algorithm,
                        digest=digest.hexadecimal,
                        size_bytes=size_bytes,
                    )
                )
            progress("tarballs hashed", done, len(there))
        return sorted(found, key=lambda one: tarball_member(one).path)

    def _write_tarball(self, member: Member, writer: _Writer) -> None:
        digest = TarballDigest(algorithm=member.algorithm, hexadecimal=member.digest)
        hashed = hashlib.new(member.algorithm, usedforsecurity=False)
        try:
            source = Path(place_of(self._tarballs, digest)).open("rb")  # noqa: SIM115 - closed below; what fails from there on is the archive
        except OSError as err:
            raise _changed() from err
        with source:
            writer.put(header_of(member.path, member.stored_bytes))
            while piece := source.read(PIECE_BYTES):
                hashed.update(piece)
                writer.put(piece)
        if hashed.hexdigest() != member.digest:
            raise _changed()
        writer.put(padding_of(member.stored_bytes))


def _history(projection: bytes, body: bytes, name: str) -> PackumentHistory | None:
    try:
        return PackumentHistory(projection)
    except Malformed:  # of another version of imprint
        pass
    try:
        return PackumentHistory.of(project(body, name))
    except Malformed:
        return None


def _is_packument(member: Member) -> bool:
    return member.path.startswith("packuments/")


@contextmanager
def _new_file(target: Path) -> Iterator[BinaryIO]:
    """Yield a new file, which has its name once it is whole and on the disk."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _changed() -> Unavailable:
    return Unavailable(
        "gate-cache",
        "a tarball went from the gate's folder while it was exported",
        hint="export again: the gate drops what was not used for longest when its quota is full",
    )
