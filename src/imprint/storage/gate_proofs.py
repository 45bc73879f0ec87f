"""What upstreams hand out to prove their packages: attestations and keys, as the gate keeps them.

One SQLite file beside the gate's index (`gate_index`). Nothing in it is believed for being there:
attestations are verified whenever they count, and keys are what an upstream said last. Not here:
what was verified before (`verdicts`).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import msgspec
from isal import isal_zlib

from imprint.storage.gate_index import GateIndex
from imprint.storage.projections import AttestedVersion

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

FORMAT: Final = 1
FILE_NAME: Final = "proofs.sqlite3"
MOST_ATTESTATIONS: Final = 65_536
"""Documents, of some 14 KB each before they are compressed; those had longest ago go first."""
MOST_OF_PACKAGE: Final = 256
"""The last ones had of one package, which are read at a time."""
MOST_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
MOST_READ_BYTES: Final = 32 * 1024 * 1024
"""Of one package, inflated: whoever publishes it chooses how large they are."""
MOST_FILE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Of the whole file: as many documents as may be kept, were they twice as large as they are."""
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS attestations (
        name TEXT NOT NULL, version TEXT NOT NULL, integrity TEXT NOT NULL, had_at REAL NOT NULL,
        document BLOB NOT NULL, PRIMARY KEY (name, version, integrity))""",
    "CREATE INDEX IF NOT EXISTS attestations_by_time ON attestations (had_at)",
    """CREATE TABLE IF NOT EXISTS keys (
        upstream TEXT PRIMARY KEY, confirmed_at REAL NOT NULL, document BLOB NOT NULL)""",
)
_ROOM: Final = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)
_OF_PACKAGE: Final = (
    "SELECT version, integrity, document FROM attestations WHERE name = ?"
    " ORDER BY had_at DESC LIMIT ?"
)


class KeptKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What an upstream said are its keys."""

    document: bytes
    confirmed_at: float
    """When it said so, Unix seconds."""


def open_proofs(file: Path) -> GateIndex:
    """Return the file of proofs, made if need be; where that cannot be, nothing is kept."""
    return GateIndex(file, tables=_TABLES, version=FORMAT)


def attestations_of(index: GateIndex, name: str) -> Mapping[AttestedVersion, bytes]:
    """Return the documents that are kept of a package, whole; a damaged one is none.

    The last ones had, up to `MOST_READ_BYTES`.
    """

    def work(connection: sqlite3.Connection) -> dict[AttestedVersion, bytes]:
        found, left = {}, MOST_READ_BYTES
        for version, integrity, compressed in connection.execute(
            _OF_PACKAGE, (name, MOST_OF_PACKAGE)
        ):
            document = inflated(compressed)
            left -= 0 if document is None else len(document)
            if left < 0:
                break
            if document is not None:
                found[AttestedVersion(name, version, integrity)] = document
        return found

    return index.done(work, {})


def attestation(index: GateIndex, name: str, version: str) -> bytes | None:
    """Return the last document that was had of a version; None: there is none."""

    def work(connection: sqlite3.Connection) -> tuple[bytes] | None:
        statement = (
            "SELECT document FROM attestations WHERE name = ? AND version = ?"
            " ORDER BY had_at DESC LIMIT 1"
        )
        row: tuple[bytes] | None = connection.execute(statement, (name, version)).fetchone()
        return row

    row = index.done(work, None)
    return None if row is None else inflated(row[0])


def keep_attestations(
    index: GateIndex,
    documents: Mapping[AttestedVersion, bytes],
    *,
    now: float,
    most_documents: int = MOST_ATTESTATIONS,
    most_bytes: int = MOST_FILE_BYTES,
) -> None:
    """Keep documents, in place of earlier ones of the same bytes; `now` in Unix seconds."""
    rows = [
        (*version, now, isal_zlib.compress(document, 1))
        for version, document in documents.items()
        if len(document) <= MOST_DOCUMENT_BYTES
    ]

    def work(connection: sqlite3.Connection) -> None:
        connection.executemany("INSERT OR REPLACE INTO attestations VALUES (?, ?, ?, ?, ?)", rows)
        # The count by the index of times: half a millisecond for all that there can be.
        count = connection.execute("SELECT count(*) FROM attestations").fetchone()[0]
        if count > most_documents:
            count -= _drop_oldest(connection, count - most_documents + most_documents // 8)
        while count and connection.execute(_ROOM).fetchone()[0] > most_bytes:
            count -= _drop_oldest(connection, (count + 7) // 8)

    index.done(work, None)


def _drop_oldest(connection: sqlite3.Connection, count: int) -> int:
    statement = (
        "DELETE FROM attestations WHERE rowid IN"
        " (SELECT rowid FROM attestations ORDER BY had_at LIMIT ?)"
    )
    return connection.execute(statement, (count,)).rowcount


def keys_of(index: GateIndex, upstream: str) -> KeptKeys | None:
    """Return what the upstream at that address said last of its keys; None: nothing is kept."""

    def work(connection: sqlite3.Connection) -> tuple[float, bytes] | None:
        statement = "SELECT confirmed_at, document FROM keys WHERE upstream = ?"
        row: tuple[float, bytes] | None = connection.execute(statement, (upstream,)).fetchone()
        return row

    row = index.done(work, None)
    return None if row is None else KeptKeys(document=row[1], confirmed_at=row[0])


def keep_keys(index: GateIndex, upstream: str, keys: KeptKeys) -> None:
    """Keep what an upstream says of its keys, unless it said something later."""

    def work(connection: sqlite3.Connection) -> None:
        statement = (
            "INSERT INTO keys VALUES (:upstream, :at, :document) ON CONFLICT (upstream) DO UPDATE"
            " SET confirmed_at = :at, document = :document WHERE confirmed_at <= :at"
        )
        values = {"upstream": upstream, "at": keys.confirmed_at, "document": keys.document}
        connection.execute(statement, values)

    index.done(work, None)


def drop_keys(index: GateIndex, upstream: str) -> None:
    """Forget them: the upstream says that it has none."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM keys WHERE upstream = ?", (upstream,))

    index.done(work, None)


def inflated(compressed: bytes) -> bytes | None:
    """Return a document as it came; None: it is damaged, or larger than any that is kept."""
    inflater = zlib.decompressobj()
    try:
        document = inflater.decompress(compressed, MOST_DOCUMENT_BYTES + 1)
    except zlib.error:
        return None
    return document if inflater.eof and len(document) <= MOST_DOCUMENT_BYTES else None
