"""Kept projections, attestation documents and answers in one SQLite file of one user.

Straight on sqlite3, as `verdicts` is and for its reason. The file is written ahead (WAL), so that
whatever ends a process, each row is the earlier one or the later one; a file that is damaged is
made anew, for everything in it can be had again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

from isal import isal_zlib
from isal.igzip_lib import IsalError

from imprint.storage.projections import (
    MOST_ROW_BYTES,
    USED_EVERY_SECONDS,
    AttestedVersion,
    KeptAnswer,
    KeptProjection,
    Seal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path
    from typing import TypeVar

    T = TypeVar("T")
    _Row = tuple[object, ...]

BUSY_SECONDS: Final = 5.0
_PROJECTIONS: Final = (
    "CREATE TABLE projections (registry TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL,"
    " last_modified TEXT NOT NULL, fetched_at REAL NOT NULL, used_at REAL NOT NULL,"
    " content BLOB NOT NULL, state BLOB NOT NULL, data BLOB NOT NULL,"
    " PRIMARY KEY (registry, name))"
)
_DOCUMENTS: Final = (
    "CREATE TABLE documents (name TEXT NOT NULL, version TEXT NOT NULL, integrity TEXT NOT NULL,"
    " used_at REAL NOT NULL, content BLOB NOT NULL, data BLOB NOT NULL,"
    " PRIMARY KEY (name, version, integrity))"
)
_ANSWERS: Final = (
    "CREATE TABLE answers (registry TEXT NOT NULL, question TEXT NOT NULL,"
    " fetched_at REAL NOT NULL, used_at REAL NOT NULL, content BLOB NOT NULL, data BLOB,"
    " PRIMARY KEY (registry, question))"
)
_OURS: Final = {_PROJECTIONS, _DOCUMENTS, _ANSWERS}
"""All that may be in such a file, as SQLite keeps it: a view or a trigger could have no end."""
_GET = (
    "SELECT data, fetched_at, etag, last_modified, content, state, used_at FROM projections"
    " WHERE registry = ? AND name = ?"
)
_GET_DOCUMENT = (
    "SELECT data, content, used_at FROM documents WHERE name = ? AND version = ? AND integrity = ?"
)
_GET_ANSWER = "SELECT data, fetched_at, content FROM answers WHERE registry = ? AND question = ?"
_ROOM = (
    "SELECT (page_count - freelist_count) * page_size"
    " FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)


class FileProjections:
    """What is kept in one file: `storage.projections.KeptStore`."""

    def __init__(self, file: Path, *, secret: bytes, now: float, most_bytes: int) -> None:
        """Keep them in `file`, which is made if need be."""
        self.failure: str | None = None
        self._file = file
        self._seal = Seal(secret)
        self._now = now
        self._most_bytes = most_bytes
        self._has_grown = False
        self._connection = self._opened()

    def get_many(self, registry: str, names: Collection[str]) -> Mapping[str, KeptProjection]:
        """Return what is kept of `names` at the address `registry`."""

        def get(connection: sqlite3.Connection) -> dict[str, KeptProjection]:
            found, stale = {}, []
            for name in names:
                row = connection.execute(_GET, (registry, name)).fetchone()
                kept = None if row is None else self._kept(row, registry, name)
                if kept is not None:
                    found[name] = kept
                    if row[6] < self._now - USED_EVERY_SECONDS:
                        stale.append((self._now, registry, name))
            statement = "UPDATE projections SET used_at = ? WHERE registry = ? AND name = ?"
            self._write(connection, statement, stale)
            return found

        return self._done(get, {})

    def put(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep projections, all of them or none."""
        rows: list[_Row] = []
        for name, kept in projections.items():
            if len(kept.data) > MOST_ROW_BYTES:
                continue
            content = self._seal.of_content(kept.data, registry, name)
            state = self._seal.of_state(kept, content)
            place = (registry, name, kept.etag, kept.last_modified, kept.fetched_at)
            rows.append((*place, self._now, content, state, kept.data))
        self._put("INSERT OR REPLACE INTO projections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def confirm(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep that these, which are there, were said to be current at their `fetched_at`."""
        rows: list[_Row] = []
        for name, kept in projections.items():
            content = self._seal.of_content(kept.data, registry, name)
            state = self._seal.of_state(kept, content)
            current = (kept.etag, kept.last_modified, kept.fetched_at, self._now, state)
            rows.append((*current, registry, name, content))
        # Where another process has put a later one meanwhile, that one stays as it is.
        self._put(
            "UPDATE projections SET etag = ?, last_modified = ?, fetched_at = ?, used_at = ?,"
            " state = ? WHERE registry = ? AND name = ? AND content = ?",
            rows,
        )

    def get_documents(
        self, versions: Collection[AttestedVersion]
    ) -> Mapping[AttestedVersion, bytes]:
        """Return the attestation documents that are kept of `versions`."""

        def get(connection: sqlite3.Connection) -> dict[AttestedVersion, bytes]:
            found, stale = {}, []
            for version in versions:
                row = connection.execute(_GET_DOCUMENT, version).fetchone()
                document = None if row is None else self._document(row[0], row[1], version)
                if document is not None:
                    found[version] = document
                    if row[2] < self._now - USED_EVERY_SECONDS:
                        stale.append((self._now, *version))
            statement = (
                "UPDATE documents SET used_at = ? WHERE name = ? AND version = ? AND integrity = ?"
            )
            self._write(connection, statement, stale)
            return found

        return self._done(get, {})

    def put_documents(self, documents: Mapping[AttestedVersion, bytes]) -> None:
        """Keep attestation documents, all of them or none."""
        rows: list[_Row] = []
        for version, document in documents.items():
            data = isal_zlib.compress(document, 1)
            if len(data) > MOST_ROW_BYTES:
                continue
            rows.append((*version, self._now, self._seal.of_content(data, *version), data))
        self._put("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?)", rows)

    def get_answer(self, registry: str, question: str) -> KeptAnswer | None:
        """Return what the registry at an address answered last."""

        def get(connection: sqlite3.Connection) -> _Row | None:
            row: _Row | None = connection.execute(_GET_ANSWER, (registry, question)).fetchone()
            return row

        row = self._done(get, None)
        if row is None or not isinstance(row[0], bytes | None) or not isinstance(row[1], float):
            return None
        answer = KeptAnswer(data=row[0], fetched_at=row[1])
        return answer if row[2] == self._seal.of_answer(answer, registry, question) else None

    def put_answer(self, registry: str, question: str, answer: KeptAnswer) -> None:
        """Keep an answer in the place of an earlier one."""
        if len(answer.data or b"") <= MOST_ROW_BYTES:
            content = self._seal.of_answer(answer, registry, question)
            row = (registry, question, answer.fetched_at, self._now, content, answer.data)
            self._put("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", [row])

    def close(self) -> None:
        """Keep the file from growing without end, and close it."""
        if self._has_grown:
            self._done(self._make_room, None)
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _kept(self, row: _Row, registry: str, name: str) -> KeptProjection | None:
        data, fetched_at, etag, last_modified, content, state, _ = row
        if not (
            isinstance(data, bytes)
            and isinstance(content, bytes)
            and isinstance(state, bytes)
            and isinstance(fetched_at, float)
            and isinstance(etag, str)
            and isinstance(last_modified, str)
        ):
            return None
        kept = KeptProjection(
            data=data, fetched_at=fetched_at, etag=etag, last_modified=last_modified
        )
        return kept if self._seal.is_whole(kept, content, state, registry, name) else None

    def _document(self, data: object, content: object, version: AttestedVersion) -> bytes | None:
        if not isinstance(data, bytes) or content != self._seal.of_content(data, *version):
            return None
        try:
            return isal_zlib.decompress(data)
        except IsalError:  # type: ignore[misc]  # its stubs call it an instance
            return None

    def _put(self, statement: str, rows: list[_Row]) -> None:
        if rows:
            self._has_grown = True
            self._done(lambda connection: self._write(connection, statement, rows), None)

    def _write(self, connection: sqlite3.Connection, statement: str, rows: Iterable[_Row]) -> None:
        with connection:
            connection.executemany(statement, rows)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Drop what was not used for longest, a quarter at a time."""
        while connection.execute(_ROOM).fetchone()[0] > self._most_bytes:
            dropped = 0
            with connection:
                for table in ("projections", "documents", "answers"):
                    quarter = f"SELECT (count(*) + 3) / 4 FROM {table}"  # noqa: S608 - three names
                    oldest = f"SELECT rowid FROM {table} ORDER BY used_at LIMIT ({quarter})"  # noqa: S608
                    dropped += connection.execute(
                        f"DELETE FROM {table} WHERE rowid IN ({oldest})"  # noqa: S608
                    ).rowcount
            if not dropped:
                return

    def _done(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return what `work` comes to; a damaged file is made anew, and is empty then."""
        for _ in range(2):
            if self._connection is None:
                break
            try:
                return work(self._connection)
            except sqlite3.DatabaseError as err:
                if type(err) is not sqlite3.DatabaseError:
                    # Locked, full, read-only: the file itself is well.
                    self.failure = f"`{self._file}` cannot be used: {err}"
                    break
                self._connection.close()
                self._remove()
                self._connection = self._opened()
        return otherwise

    def _opened(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                return _connected(self._file)
            except sqlite3.OperationalError as err:
                self.failure = f"`{self._file}` cannot be used: {err}"
                return None
            except sqlite3.DatabaseError:
                # No such database: somebody's file, or half of one.
                self._remove()
            except OSError as err:
                self.failure = f"`{self._file}` cannot be used: {(err.strerror or '').lower()}"
                return None
        return None

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                self._file.with_name(self._file.name + ending).unlink()


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW_BYTES + 65_536)
        there = {row[0] for row in connection.execute("SELECT sql FROM sqlite_master LIMIT 9")}
        there.discard(None)  # the indexes of primary keys
        if not there <= _OURS:
            raise sqlite3.DatabaseError("it holds something else than projections")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if there != _OURS:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for table in (_PROJECTIONS, _DOCUMENTS, _ANSWERS):
                    made = table.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
                    connection.execute(made)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
