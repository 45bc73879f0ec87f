"""Upstream packuments as the gate keeps them: the very bytes, compressed, with their projection.

Not here: asking upstreams (`gate.upstream.documents`), and what is served (`gate.packuments`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec
from isal import isal_zlib
from isal.igzip_lib import IsalError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from imprint.storage.gate_index import GateIndex

MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Of the whole index: what was not used for longest goes first."""
USED_EVERY_SECONDS: Final = 3600.0
"""How exactly it is known when a document was last used: a read that writes is a slow one."""
_GET: Final = (
    "SELECT etag, last_modified, confirmed_at, used_at, digest, projection FROM documents"
    " WHERE upstream = ? AND name = ?"
)
_GET_BODY: Final = "SELECT body FROM documents WHERE upstream = ? AND name = ? AND digest = ?"
_ROOM: Final = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)


class KeptDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A packument that is kept, without its body. Times are Unix seconds."""

    digest: str
    """sha256 of the body as it came, uncompressed, hex."""
    etag: str
    last_modified: str
    confirmed_at: float
    """When the upstream last said so."""
    projection: bytes
    """What `history.projection.encode` made of it."""


def get(index: GateIndex, upstream: str, name: str, *, now: float) -> KeptDocument | None:
    """Return what is kept of `name` from the upstream at that address; None: nothing."""

    def work(connection: sqlite3.Connection) -> tuple[object, ...] | None:
        row: tuple[object, ...] | None = connection.execute(_GET, (upstream, name)).fetchone()
        if row is not None and isinstance(row[3], float) and row[3] < now - USED_EVERY_SECONDS:
            statement = "UPDATE documents SET used_at = ? WHERE upstream = ? AND name = ?"
            connection.execute(statement, (now, upstream, name))
        return row

    row = index.done(work, None)
    return None if row is None else _kept(row)


def get_body(index: GateIndex, upstream: str, name: str, digest: str) -> bytes | None:
    """Return the body of the document of this digest, whole; None: it is not kept, or damaged."""

    def work(connection: sqlite3.Connection) -> tuple[object, ...] | None:
        row: tuple[object, ...] | None = connection.execute(
            _GET_BODY, (upstream, name, digest)
        ).fetchone()
        return row

    row = index.done(work, None)
    if row is None or not isinstance(row[0], bytes):
        return None
    try:
        body = isal_zlib.decompress(row[0])
    except IsalError:  # type: ignore[misc]  # its stubs call it an instance
        return None
    return body if hashlib.sha256(body).hexdigest() == digest else None


def has(index: GateIndex, name: str) -> bool:
    """Return whether something of `name` is kept, of whatever upstream."""

    def work(connection: sqlite3.Connection) -> bool:
        found = connection.execute("SELECT 1 FROM documents WHERE name = ? LIMIT 1", (name,))
        return found.fetchone() is not None

    return index.done(work, otherwise=False)


def put(
    index: GateIndex,
    upstream: str,
    name: str,
    document: KeptDocument,
    body: bytes,
    *,
    most_bytes: int = MOST_BYTES,
) -> None:
    """Keep a document and its body, in place of an earlier one.

    Where the index is too large then, what was not used for longest goes.
    """
    row = (
        upstream,
        name,
        document.etag,
        document.last_modified,
        document.confirmed_at,
        document.confirmed_at,
        document.digest,
        document.projection,
        isal_zlib.compress(body, 1),
    )

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row
        )
        _make_room(connection, most_bytes)

    index.done(work, None)


def put_if_newer(
    index: GateIndex, upstream: str, name: str, document: KeptDocument, body: bytes, *, now: float
) -> bool:
    """Keep a document and its body, unless what is kept was confirmed as late, or later.

    Returns whether it is kept; it counts as used at `now`, Unix seconds.
    """
    row = (
        upstream,
        name,
        document.etag,
        document.last_modified,
        document.confirmed_at,
        now,
        document.digest,
        document.projection,
        isal_zlib.compress(body, 1),
    )

    def work(connection: sqlite3.Connection) -> bool:
        statement = (
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (upstream, name) DO UPDATE SET etag = excluded.etag,"
            " last_modified = excluded.last_modified, confirmed_at = excluded.confirmed_at,"
            " used_at = excluded.used_at, digest = excluded.digest,"
            " projection = excluded.projection, body = excluded.body"
            " WHERE excluded.confirmed_at > documents.confirmed_at"
        )
        is_kept = connection.execute(statement, row).rowcount > 0
        _make_room(connection, MOST_BYTES)
        return is_kept

    return index.done(work, otherwise=False)


def confirm(
    index: GateIndex,
    upstream: str,
    name: str,
    *,
    digest: str,
    etag: str,
    last_modified: str,
    confirmed_at: float,
) -> None:
    """Keep that the document of this digest, which is there, was said to be current then."""

    def work(connection: sqlite3.Connection) -> None:
        # Where another process has put a later one meanwhile, that one stays as it is.
        connection.execute(
            "UPDATE documents SET etag = ?, last_modified = ?, confirmed_at = ?, used_at = ?"
            " WHERE upstream = ? AND name = ? AND digest = ?",
            (etag, last_modified, confirmed_at, confirmed_at, upstream, name, digest),
        )

    index.done(work, None)


def drop(index: GateIndex, upstream: str, name: str, *, digest: str | None = None) -> None:
    """Forget a document; with a `digest`, that one alone."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM documents WHERE upstream = ? AND name = ? AND digest = ifnull(?, digest)",
            (upstream, name, digest),
        )

    index.done(work, None)


def names(index: GateIndex, upstream: str) -> tuple[str, ...]:
    """Return the names of which something is kept."""

    def work(connection: sqlite3.Connection) -> tuple[str, ...]:
        found = connection.execute(
            "SELECT name FROM documents WHERE upstream = ? ORDER BY name", (upstream,)
        )
        return tuple(row[0] for row in found)

    return index.done(work, ())


def used_last(index: GateIndex, upstream: str, *, since: float, most: int) -> tuple[str, ...]:
    """Return the names whose documents were confirmed since then (Unix seconds).

    Those that were used last, and first; up to `most`.
    """

    def work(connection: sqlite3.Connection) -> tuple[str, ...]:
        found = connection.execute(
            "SELECT name FROM documents WHERE upstream = ? AND confirmed_at >= ?"
            " ORDER BY used_at DESC LIMIT ?",
            (upstream, since, most),
        )
        return tuple(row[0] for row in found)

    return index.done(work, ())


def projections(index: GateIndex, upstream: str, names: Sequence[str]) -> tuple[bytes, ...]:
    """Return the projections of those of `names` that are kept; none of them counts as used."""

    def work(connection: sqlite3.Connection) -> tuple[bytes, ...]:
        statement = "SELECT projection FROM documents WHERE upstream = ? AND name = ?"
        rows = (connection.execute(statement, (upstream, name)).fetchone() for name in names)
        return tuple(row[0] for row in rows if row is not None and isinstance(row[0], bytes))

    return index.done(work, ())


def confirmed_later(
    index: GateIndex, known: Mapping[tuple[str, str], float]
) -> tuple[tuple[str, str], ...]:
    """Return the documents that are kept and were confirmed later than is known.

    `known` are moments, Unix seconds, by the upstream's address and the package's name.
    """

    def work(connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
        rows = connection.execute("SELECT upstream, name, confirmed_at FROM documents")
        return tuple(
            (upstream, name)
            for upstream, name, confirmed_at in rows
            if (upstream, name) in known and confirmed_at > known[upstream, name]
        )

    return index.done(work, ())


def _kept(row: tuple[object, ...]) -> KeptDocument | None:
    etag, last_modified, confirmed_at, _, digest, projection = row
    if not (
        isinstance(etag, str)
        and isinstance(last_modified, str)
        and isinstance(confirmed_at, float)
        and isinstance(digest, str)
        and isinstance(projection, bytes)
    ):
        return None
    return KeptDocument(
        digest=digest,
        etag=etag,
        last_modified=last_modified,
        confirmed_at=confirmed_at,
        projection=projection,
    )


def _make_room(connection: sqlite3.Connection, most_bytes: int) -> None:
    """Drop what was not used for longest, an eighth at a time; what is left is at least one."""
    while connection.execute(_ROOM).fetchone()[0] > most_bytes:
        oldest = (
            "SELECT rowid FROM documents ORDER BY used_at"
            " LIMIT (SELECT (count(*) + 7) / 8 FROM documents WHERE"
            " (SELECT count(*) FROM documents) > 1)"
        )
        if not connection.execute(f"DELETE FROM documents WHERE rowid IN ({oldest})").rowcount:  # noqa: S608 - a constant
            return
