"""What a gate's folder holds of upstreams at one moment, also while a gate writes to it.

Read-only: both files are read as they were when the reading began (WAL), and nothing is made. Not
here: tarballs, whose files are found by their digests (`gate_tarballs`).
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

from imprint.npm.published import MAX_PACKUMENT_BYTES
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.storage import gate_index, gate_proofs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX_NAME: Final = "index.sqlite3"
_PACKUMENTS: Final = (
    "SELECT rowid, upstream, name, digest, etag, last_modified, confirmed_at FROM documents"
    " ORDER BY upstream, name"
)
_ATTESTATIONS: Final = (
    "SELECT rowid, version, integrity FROM attestations WHERE name = ? ORDER BY version, integrity"
)


class PackumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A packument that is kept."""

    row: int
    upstream: str
    name: str
    digest: str
    etag: str
    last_modified: str
    confirmed_at: float


class AttestationsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Attestations that are kept."""

    row: int
    name: str
    version: str
    integrity: str


class KeysRow(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that are kept."""

    upstream: str
    confirmed_at: float
    document: bytes


class Snapshot:
    """The two files. Used from one thread. A damaged file raises Unavailable (`gate-cache`)."""

    def __init__(self, index: sqlite3.Connection, proofs: sqlite3.Connection | None) -> None:
        """Read open files."""
        self._index = index
        self._proofs = proofs

    def packuments(self) -> list[PackumentRow]:
        """Return all packuments, without their bytes."""
        return [
            PackumentRow(
                row=row,
                upstream=upstream,
                name=name,
                digest=digest,
                etag=etag,
                last_modified=last_modified,
                confirmed_at=confirmed_at,
            )
            for row, upstream, name, digest, etag, last_modified, confirmed_at in _all(
                self._index, _PACKUMENTS
            )
        ]

    def packument(self, row: int) -> tuple[bytes, bytes]:
        """Return a packument's projection, and its bytes as they are kept: compressed."""
        statement = "SELECT projection, body FROM documents WHERE rowid = ?"
        ((projection, body),) = _all(self._index, statement, row)
        return projection, body

    def attestations(self, name: str) -> list[AttestationsRow]:
        """Return the attestations of a package, without their bytes."""
        if self._proofs is None:
            return []
        return [
            AttestationsRow(row=row, name=name, version=version, integrity=integrity)
            for row, version, integrity in _all(self._proofs, _ATTESTATIONS, name)
        ]

    def document(self, row: int) -> bytes:
        """Return the bytes of attestations as they are kept: compressed."""
        if self._proofs is None:
            return b""
        statement = "SELECT document FROM attestations WHERE rowid = ?"
        ((found,),) = _all(self._proofs, statement, row)
        return bytes(found)

    def signing_keys(self) -> list[KeysRow]:
        """Return the keys of all upstreams."""
        if self._proofs is None:
            return []
        rows = _all(
            self._proofs, "SELECT upstream, confirmed_at, document FROM keys ORDER BY upstream"
        )
        return [KeysRow(upstream=url, confirmed_at=at, document=said) for url, at, said in rows]


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """Open what a gate keeps in `folder`.

    Raises Malformed (`no-gate-cache`) where there is nothing, or nothing that this version reads.
    """
    with contextlib.ExitStack() as stack:
        index = _opened(folder / INDEX_NAME, gate_index.FORMAT)
        if index is None:
            raise Malformed(
                "no-gate-cache",
                f"nothing is kept of any upstream in {quoted(str(folder))}",
                hint="name the data folder of a server with a gate by `--data DIR`",
            )
        stack.callback(index.close)
        proofs = _opened(folder / gate_proofs.FILE_NAME, gate_proofs.FORMAT)
        if proofs is not None:
            stack.callback(proofs.close)
        yield Snapshot(index, proofs)


def inflated(compressed: bytes, *, size_bytes: int = MAX_PACKUMENT_BYTES) -> bytes | None:
    """Return what is kept compressed; None: it is damaged, or has more than so many bytes."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(compressed, size_bytes + 1)
    except zlib.error:
        return None
    is_whole = inflater.eof and not inflater.unused_data and not inflater.unconsumed_tail
    return data if is_whole and len(data) <= size_bytes else None


def whole(compressed: bytes, digest: str) -> bytes | None:
    """Return what is kept compressed, of this sha256; None: it is damaged."""
    data = inflated(compressed)
    return data if data is not None and hashlib.sha256(data).hexdigest() == digest else None


def _opened(file: Path, version: int) -> sqlite3.Connection | None:
    """Return the file, whose reading has begun; None: it is not there, or of another version."""
    if not file.is_file():
        return None
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        connection = sqlite3.connect(
            address, uri=True, timeout=gate_index.BUSY_SECONDS, isolation_level=None
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, gate_index.MOST_ROW_BYTES)
        connection.execute("BEGIN")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as err:
        raise _damaged(file.name, err) from err
    if found != version:
        connection.close()
        return None
    return connection


def _all(connection: sqlite3.Connection, statement: str, *values: object) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(statement, values).fetchall()
    except sqlite3.Error as err:
        raise _damaged("the gate's folder", err) from err


def _damaged(what: str, err: sqlite3.Error) -> Unavailable:
    return Unavailable(
        "gate-cache",
        f"what the gate keeps cannot be read from `{what}`: {quoted(str(err).lower())}",
        hint="`imprint serve` makes a damaged file anew",
    )
