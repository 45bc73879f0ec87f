"""SQLite's one writer of this process: blocks that wait for each other share one commit.

A commit makes everything durable before it returns, and that takes longer than a block's own work.
So a block that ends while others wait leaves the transaction open for the next one, and the last of
them commits for all; none is told that it is done before that. Each block is a savepoint: one that
fails is rolled back alone.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from imprint.refusals import Unavailable
from imprint.storage.statements import run_on_sqlite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MOST_BLOCKS = 32
"""In one transaction: other processes write as well."""


class Writer:
    """Gives the connection to one block at a time."""

    def __init__(self, engine: Engine, *, wait_seconds: float) -> None:
        """Write by the one connection of `engine`; a block waits for its turn so long."""
        self._engine = engine
        self._wait_seconds = wait_seconds
        self._turn = threading.Condition()
        self._is_taken = False
        self._waiting = 0
        self._transaction: _Transaction | None = None

    @contextmanager
    def block(self) -> Iterator[Connection]:
        """Give the connection; what the block wrote is durable, or undone, when it is left.

        Raises Unavailable when other blocks do not end in time.
        """
        transaction = self._enter()
        try:
            transaction.run("SAVEPOINT block")
            yield transaction.connection
            transaction.run("RELEASE block")
        except BaseException:
            transaction.undo_block()
            self._leave(transaction)
            raise
        self._leave(transaction)
        transaction.wait()

    def _enter(self) -> _Transaction:
        with self._turn:
            self._waiting += 1
            try:
                is_free = self._turn.wait_for(lambda: not self._is_taken, self._wait_seconds)
            finally:
                self._waiting -= 1
            if not is_free:
                raise Unavailable(
                    "storage-busy", "the database is busy: another write did not end in time"
                )
            self._is_taken = True
        try:
            if self._transaction is None:
                self._transaction = _Transaction(self._engine)
        except BaseException:
            self._give_turn()
            raise
        return self._transaction

    def _leave(self, transaction: _Transaction) -> None:
        transaction.blocks += 1
        with self._turn:
            # Whoever waits is sure to come, so somebody is sure to commit.
            if self._waiting and transaction.blocks < MOST_BLOCKS and transaction.is_good:
                self._is_taken = False
                self._turn.notify()
                return
        self._transaction = None
        try:
            transaction.end()
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        with self._turn:
            self._is_taken = False
            self._turn.notify()


class _Transaction:
    """A transaction of one or more blocks."""

    def __init__(self, engine: Engine) -> None:
        self.connection = engine.connect()
        self.blocks = 0
        self._ended = threading.Event()
        self._error: Exception | None = None
        self._is_durable = False
        try:
            self._transaction = self.connection.begin()
            self.run("BEGIN IMMEDIATE")
        except BaseException:
            self.connection.close()
            raise

    @property
    def is_good(self) -> bool:
        """Whether it can still be committed."""
        return self._error is None

    def run(self, text: str) -> None:
        """Run a statement without parameters."""
        run_on_sqlite(self.connection, text, {})

    def undo_block(self) -> None:
        """Undo what the block wrote, as if it had never been."""
        try:
            self.run("ROLLBACK TO block")
            self.run("RELEASE block")
        except DBAPIError as err:
            # A full disk, for one, rolls back all of it: then none of its blocks is done.
            self._error = err

    def end(self) -> None:
        """Commit, or where that cannot be let every block know."""
        try:
            if self._error is None:
                self._transaction.commit()
                self._is_durable = True
        except DBAPIError as err:
            self._error = err
        finally:
            self.connection.close()
            self._ended.set()

    def wait(self) -> None:
        """Return when everything is durable; raises what the commit raised."""
        self._ended.wait()
        if not self._is_durable:
            raise self._error or RuntimeError("a commit was broken off")
