"""The gate's index: one SQLite file in the gate's folder, with what is kept of upstreams.

Straight on sqlite3, as `verdicts` is and for its reason. Everything in it can be had again, so a
file that is damaged, or of another version of imprint, is made anew. It is written ahead (WAL):
whatever ends a process, each row is the earlier one or the later one, whole. Not here: what the
tables hold (`gate_documents`, `gate_tarballs`).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

log = logging.getLogger("imprint.gate")

FORMAT: Final = 1
"""Goes up with every change of a table: a file of another one is made anew."""
BUSY_SECONDS: Final = 5.0
MOST_ROW_BYTES: Final = 512 * 1024 * 1024
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS documents (
        upstream TEXT NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL,
        confirmed_at REAL NOT NULL, used_at REAL NOT NULL, digest TEXT NOT NULL,
        projection BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (upstream, name))""",
    "CREATE INDEX IF NOT EXISTS documents_by_use ON documents (used_at)",
)


class GateIndex:
    """The index in one file. Its methods block, and may be called from any thread."""

    def __init__(
        self, file: Path, *, tables: Sequence[str] = _TABLES, version: int = FORMAT
    ) -> None:
        """Keep it in `file`, which is made if need be; where that cannot be, nothing is kept.

        `tables` makes them where they are not; `version` is that of the tables.
        """
        self._file = file
        self._tables = tables
        self._version = version
        self._one = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False
        self._seen: tuple[sqlite3.Connection, int] | None = None
        """The connection, and what it said of the file's version when it was last asked."""
        self.failure: str | None = None
        """Why nothing is kept just now, one line; None: all is well."""
        with self._one:
            self._connection = self._opened()

    def done(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return what `work` comes to, in one transaction; `otherwise` where nothing can be kept.

        A damaged file is made anew, and is empty then.
        """
        with self._one:
            for _ in range(2):
                if self._connection is None and not self._is_closed:
                    self._connection = self._opened()  # what was in the way may be gone
                if self._connection is None:
                    break
                try:
                    with self._connection:
                        result = work(self._connection)
                except sqlite3.DatabaseError as err:
                    if type(err) is not sqlite3.DatabaseError:
                        # Locked, full, read-only, too large: the file itself is well.
                        self._fail(err)
                        break
                    self._close()
                    self._remove()
                else:
                    self.failure = None
                    return result
        return otherwise

    def was_changed(self) -> bool:
        """Return whether another process has written to the file since this was last asked.

        The first time, and after the file was made anew, it has not.
        """

        def work(connection: sqlite3.Connection) -> tuple[sqlite3.Connection, int]:
            return connection, connection.execute("PRAGMA data_version").fetchone()[0]

        found = self.done(work, None)
        before, self._seen = self._seen, found
        if found is None or before is None or found[0] is not before[0]:
            return False  # what another connection says cannot be compared
        return found[1] != before[1]

    def close(self) -> None:
        """Close the file; nothing is kept from then on."""
        with self._one:
            self._is_closed = True
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                return _connected(self._file, self._tables, self._version)
            except sqlite3.OperationalError as err:
                self._fail(err)
                return None
            except sqlite3.DatabaseError:
                # No such database: half of one, or one of another version.
                self._remove()
            except OSError as err:
                self._fail(err)
                return None
        return None

    def _fail(self, err: sqlite3.Error | OSError) -> None:
        reason = err.strerror if isinstance(err, OSError) else str(err)
        failure = f"the gate keeps nothing in `{self._file}`: {(reason or '').lower()}"
        if failure != self.failure:
            log.warning("gate-index-unusable", extra={"reason": failure})
        self.failure = failure

    def _remove(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                self._file.with_name(self._file.name + ending).unlink()


def _connected(file: Path, tables: Sequence[str], version: int) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_ROW_BYTES)
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, version):
            raise sqlite3.DatabaseError("it is of another version of imprint")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        with connection:
            for table in tables:
                connection.execute(table)
            connection.execute(f"PRAGMA user_version = {version}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
