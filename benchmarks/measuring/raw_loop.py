"""The least that any exchange could do: verify an RS256 signature, keep one row durably."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import jwt


class RawLoop:
    """PyJWT's `decode` and one INSERT in a transaction of its own: WAL, synchronous=FULL."""

    def __init__(self, file: Path, *, key: jwt.PyJWK, audience: str) -> None:
        """Keep rows in `file`, which should lie where the registry's database does."""
        self._key = key
        self._audience = audience
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE used (jti TEXT PRIMARY KEY, at REAL NOT NULL)")

    def run(self, tokens: Sequence[str]) -> tuple[float, float]:
        """Take every token once; returns (tokens in a second, CPU us of one)."""
        execute = self._connection.execute
        started_at, started_cpu = time.perf_counter(), time.process_time()
        for token in tokens:
            claims = jwt.decode(token, self._key, ["RS256"], audience=self._audience)
            execute("BEGIN IMMEDIATE")
            execute("INSERT INTO used (jti, at) VALUES (?, ?)", (claims["jti"], claims["iat"]))
            execute("COMMIT")
        seconds, cpu = time.perf_counter() - started_at, time.process_time() - started_cpu
        return len(tokens) / seconds, cpu / len(tokens) * 1e6

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
