"""Verdicts that were reached before, on this machine: looked up by everything they rest on.

Straight on sqlite3: a run that finds every verdict here takes some tens of milliseconds, and
importing SQLAlchemy alone takes more (architecture, stack: hot point reads). It is a cache of one
user, no part of the registry's database.

A row carries a MAC under a key that is not kept beside it, so that a cache which somebody else
filled (restored in CI, shared, unpacked) cannot plant a verdict: a row that fails it is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import sqlite3
import uuid
from typing import TYPE_CHECKING, Self

from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

KEY_BYTES = 32
MOST_ROWS = 1_000_000
BUSY_SECONDS = 2.0
_PURPOSE = b"imprint verdict 1\0"
_TABLE = "verdicts (key BLOB PRIMARY KEY, verdict BLOB NOT NULL, mac BLOB NOT NULL) WITHOUT ROWID"
_CREATE = f"CREATE TABLE IF NOT EXISTS {_TABLE}"
_OURS: tuple[list[tuple[str]], ...] = ([], [(f"CREATE TABLE {_TABLE}",)])
"""All that may be in such a file, as SQLite keeps it: a view or a trigger could have no end."""
MOST_BYTES = 1_048_576
"""Of one verdict."""
_SELECT = "SELECT verdict, mac FROM verdicts WHERE key = ?"


def verdict_key(*parts: str) -> bytes:
    """Return the key of a verdict that rests on `parts`, each set off from the next by its length.

    They are name, version, integrity, digest of the evidence, digest of the trust, version of the
    verifier: where one of them is another, so is the key.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = part.encode()
        digest.update(b"%d:%b," % (len(text), text))
    return digest.digest()


class VerdictCache:
    """The verdicts in one file. What cannot be read or written is as if it were not there."""

    def __init__(self, file: Path, *, secret: bytes) -> None:
        """Keep verdicts in `file`, which is made with the first; `secret` signs the rows."""
        self._file = file
        self._secret = secret
        self._connection = self._opened()
        self._uncounted = 0
        """How many rows may be added before they are counted again."""

    def __enter__(self) -> Self:
        """Close when left."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Return the verdicts that are kept for `keys`."""
        if self._connection is None:
            return {}
        found: dict[bytes, bytes] = {}
        try:
            execute = self._connection.execute
            for key in keys:
                row = execute(_SELECT, (key,)).fetchone()
                if row is not None and self._is_ours(key, *row):
                    found[key] = row[0]
        except sqlite3.Error:
            return {}
        return found

    def put(self, verdicts: Mapping[bytes, bytes]) -> None:
        """Keep verdicts by their keys."""
        if self._connection is None or not verdicts:
            return
        rows = [(key, verdict, self._mac(key, verdict)) for key, verdict in verdicts.items()]
        with contextlib.suppress(sqlite3.Error), self._connection as connection:
            connection.execute(_CREATE)
            if self._uncounted <= 0:
                # Counting reads the whole file.
                count = connection.execute("SELECT count(*) FROM verdicts").fetchone()[0]
                self._uncounted = max(1, (MOST_ROWS - count) // 2)
                if count > MOST_ROWS:
                    # Keys are digests: any half is as good as the other.
                    connection.execute("DELETE FROM verdicts WHERE key < x'80'")
            connection.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", rows)
            self._uncounted -= len(rows)

    def _opened(self) -> sqlite3.Connection | None:
        for _ in range(2):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                return _connected(self._file)
            except sqlite3.OperationalError:
                return None
            except sqlite3.DatabaseError:
                # No such database: somebody's file, or half of one. Nothing in it is worth keeping.
                with contextlib.suppress(OSError):
                    self._file.unlink()
            except OSError:
                return None
        return None

    def _mac(self, key: bytes, verdict: bytes) -> bytes:
        return hmac.digest(self._secret, _PURPOSE + key + verdict, "sha256")

    def _is_ours(self, key: bytes, verdict: object, mac: object) -> bool:
        return (
            isinstance(verdict, bytes)
            and isinstance(mac, bytes)
            and hmac.compare_digest(mac, self._mac(key, verdict))
        )


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        connection.execute("PRAGMA synchronous = OFF")  # what is lost is reached again
        if connection.execute("SELECT sql FROM sqlite_master LIMIT 2").fetchall() not in _OURS:
            raise sqlite3.DatabaseError("it holds something else than verdicts")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def cache_secret(file: Path) -> bytes:
    """Return the secret in `file`, which is made on first use, readable by its owner alone.

    Raises Malformed (`verdict-key`) for a file that holds none or that others can read, and where
    none can be made.
    """
    try:
        if not file.exists():
            _make(file)
        secret, mode = file.read_bytes(), file.stat().st_mode
    except OSError as err:
        reason = (err.strerror or "").lower()
        raise _unusable(file, reason) from err
    if len(secret) != KEY_BYTES:
        raise _unusable(file, f"it has {len(secret)} bytes, expected {KEY_BYTES}")
    if mode & 0o077:
        raise _unusable(file, "others than its owner may read it")
    return secret


def _make(file: Path) -> None:
    """Write a new secret, whole before it has its name: commands that start together share one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = file.with_name(f".{file.name}-{uuid.uuid4().hex}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(os.urandom(KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(made, file)
    finally:
        made.unlink()


def _unusable(file: Path, reason: str) -> Malformed:
    return Malformed(
        "verdict-key",
        f"the key of kept verdicts, `{file}`, cannot be used: {reason}",
        hint="remove the file, and it is made anew, or run with `--no-cache`",
    )
