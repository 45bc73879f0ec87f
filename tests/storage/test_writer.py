"""SQLite's one writer: blocks that wait for each other share a commit, and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DatabaseError

from imprint.refusals import Unavailable
from imprint.storage.database import Database
from imprint.storage.schema import metadata, users
from imprint.storage.writer import Writer


@pytest.fixture
def database(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/imprint.sqlite3")
    metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture
def commits(database):
    """A list that grows by one at each commit."""
    counted = []
    with database.writing() as connection:
        driver = connection.connection.driver_connection
        driver.set_trace_callback(lambda text: counted.append(text) if text == "COMMIT" else None)
    counted.clear()
    return counted


def add(connection, name):
    connection.execute(insert(users).values(name=name, is_admin=False, created_at=0.0))


def names(database):
    with database.reading() as connection:
        return sorted(row.name for row in connection.execute(select(users.c.name)))


def lose(database):
    """A block in which SQLite rolls everything back, as it does when the disk is full."""
    with database.writing() as connection:
        connection.connection.driver_connection.execute("ROLLBACK")
        raise LookupError


class Held:
    """A block that is held open until it is let go, and others that wait behind it."""

    def __init__(self, database, pool):
        self.database, self.pool = database, pool
        self.is_open, self.may_end = threading.Event(), threading.Event()
        self.first = pool.submit(self._hold)
        self.is_open.wait(timeout=20)

    def _hold(self):
        with self.database.writing() as connection:
            add(connection, "first")
            self.is_open.set()
            self.may_end.wait(timeout=20)

    def behind(self, *blocks):
        futures = [self.pool.submit(block) for block in blocks]
        while self.database._one_writer._waiting < len(blocks):
            pass
        self.may_end.set()
        wait([self.first, *futures])
        return futures


def test_a_block_alone_is_committed_when_it_is_left(database, commits):
    with database.writing() as connection:
        add(connection, "wile")

    assert names(database) == ["wile"]
    assert commits == ["COMMIT"]


def test_blocks_that_wait_share_one_commit(database, pool, commits):
    def block(name):
        with database.writing() as connection:
            add(connection, name)

    Held(database, pool).behind(*(lambda n=n: block(n) for n in ("a", "b", "c")))

    assert names(database) == ["a", "b", "c", "first"]
    assert commits == ["COMMIT"]


def test_a_block_is_not_left_before_what_it_wrote_is_durable(database, pool):
    seen = []

    def block(name):
        with database.writing() as connection:
            add(connection, name)
        seen.append(name in names(database))

    Held(database, pool).behind(*(lambda n=n: block(n) for n in ("a", "b", "c")))

    assert seen == [True, True, True]


def test_a_block_that_fails_is_undone_alone(database, pool):
    def fails():
        with database.writing() as connection:
            add(connection, "never")
            raise LookupError

    def block():
        with database.writing() as connection:
            add(connection, "kept")

    failed, kept = Held(database, pool).behind(fails, block)

    assert isinstance(failed.exception(), LookupError)
    assert kept.exception() is None
    assert names(database) == ["first", "kept"]


def test_a_block_sees_what_the_block_before_it_wrote(database, pool):
    def block():
        with database.writing() as connection:
            return connection.execute(select(func.count()).select_from(users)).scalar_one()

    (counted,) = Held(database, pool).behind(block)

    assert counted.result() == 1


def test_when_the_whole_transaction_is_lost_every_block_is_told(database, pool):
    held = Held(database, pool)
    (lost,) = held.behind(lambda: lose(database))

    assert isinstance(lost.exception(), LookupError)
    assert isinstance(held.first.exception(), DatabaseError)
    assert names(database) == []


def test_after_a_lost_transaction_the_next_block_writes(database):
    with pytest.raises(LookupError):
        lose(database)

    with database.writing() as connection:
        add(connection, "wile")

    assert names(database) == ["wile"]


def test_a_block_does_not_wait_for_ever(database):
    writer = Writer(database.engine, wait_seconds=0.05)

    with writer.block(), pytest.raises(Unavailable) as caught, writer.block():
        pass

    assert caught.value.code == "storage-busy"


def test_many_blocks_at_once_are_all_kept(database, pool):
    def block(number):
        with database.writing() as connection:
            add(connection, f"user-{number}")

    list(pool.map(block, range(50)))

    assert len(names(database)) == 50
