"""What the gate told clients, and which client asked for what: bounded, the oldest goes.

Kept in a file of its own beside the gate's index (`gate_index`), written in batches. Who a client
is, is its own claim: an address as far as the server can tell, and a user agent.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.storage.gate_index import GateIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FORMAT: Final = 1
MOST_DECISIONS: Final = 100_000
MOST_INVENTORY: Final = 500_000
INVENTORY_SECONDS: Final = 180 * 86_400.0
"""How long it is kept that a client asked for something."""
MOST_CLIENT_CHARACTERS: Final = 364
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, version TEXT NOT NULL,
        integrity TEXT, verdict TEXT NOT NULL, effect TEXT NOT NULL, codes TEXT NOT NULL,
        sentence TEXT NOT NULL, client TEXT NOT NULL, channel TEXT NOT NULL,
        policy_digest TEXT NOT NULL, first_at REAL NOT NULL, last_at REAL NOT NULL,
        times INTEGER NOT NULL,
        UNIQUE (name, version, channel, client, effect, codes, policy_digest))""",
    "CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (last_at)",
    "CREATE TABLE IF NOT EXISTS clients (id INTEGER PRIMARY KEY, client TEXT NOT NULL UNIQUE)",
    """CREATE TABLE IF NOT EXISTS inventory (
        name TEXT NOT NULL, version TEXT NOT NULL, client INTEGER NOT NULL,
        first_at REAL NOT NULL, last_at REAL NOT NULL,
        PRIMARY KEY (name, version, client)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS inventory_by_time ON inventory (last_at)",
)
_TELL: Final = """INSERT INTO decisions (name, version, integrity, verdict, effect, codes, sentence,
    client, channel, policy_digest, first_at, last_at, times)
    VALUES (:name, :version, :integrity, :verdict, :effect, :codes, :sentence, :client, :channel,
            :policy_digest, :at, :at, 1)
    ON CONFLICT (name, version, channel, client, effect, codes, policy_digest)
    DO UPDATE SET last_at = max(last_at, excluded.last_at), times = times + 1,
                  verdict = excluded.verdict, sentence = excluded.sentence,
                  integrity = coalesce(excluded.integrity, integrity)"""
_ASK: Final = """INSERT INTO inventory (name, version, client, first_at, last_at)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name, version, client) DO UPDATE SET last_at = max(last_at, excluded.last_at)"""
_DECISIONS: Final = """SELECT id, name, version, integrity, verdict, effect, codes, sentence,
    client, channel, policy_digest, first_at, last_at, times FROM decisions
    WHERE (last_at, id) > (:at, :id) AND (:name IS NULL OR name = :name)
    AND (:effect IS NULL OR effect = :effect)"""
_OLDEST: Final = " ORDER BY last_at, id LIMIT :limit"
_NEWEST: Final = " ORDER BY last_at DESC, id DESC LIMIT :limit"
_INVENTORY: Final = """SELECT name, version, clients.client, first_at, last_at
    FROM inventory JOIN clients ON clients.id = inventory.client
    WHERE last_at > :since AND (:name IS NULL OR name = :name)
    AND (:version IS NULL OR version = :version)
    ORDER BY last_at DESC, name, version LIMIT :limit"""


class KeptDecision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, and to whom it was told. Times are Unix seconds."""

    id: int
    name: str
    version: str
    integrity: str | None
    verdict: str
    effect: str
    codes: tuple[str, ...]
    sentence: str
    client: str
    """The client's claim."""
    channel: str
    policy_digest: str
    first_at: float
    last_at: float
    times: int
    """How often it was told, as far as it is kept."""

    @property
    def cursor(self) -> tuple[float, int]:
        """Its place in the order in which decisions were told last."""
        return self.last_at, self.id


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A client asked for a version. Times are Unix seconds."""

    name: str
    version: str
    client: str
    """The client's claim."""
    first_at: float
    last_at: float


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one decision when it is told."""

    at: float
    name: str
    version: str
    integrity: str | None
    verdict: str
    effect: str
    codes: tuple[str, ...]
    sentence: str
    client: str
    channel: str
    policy_digest: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How much is kept."""

    decisions: int = 0
    withheld: int = 0
    """Versions that are withheld, or were, by what is kept."""
    inventory: int = 0
    clients: int = 0


def open_records(file: Path) -> GateIndex:
    """Return the file of records, made if need be; where that cannot be, nothing is kept."""
    return GateIndex(file, tables=_TABLES, version=FORMAT)


def is_there(file: Path) -> bool:
    """Whether there are records that this version of imprint reads; nothing is written for it."""
    if not file.is_file():
        return False
    address = f"{file.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone() == (FORMAT,))
    except sqlite3.Error:
        return False


def tell(index: GateIndex, rows: Sequence[DecisionRow], *, most_rows: int = MOST_DECISIONS) -> None:
    """Keep decisions; one that was told to the same client before is counted, and not repeated."""
    values = [
        {
            "at": row.at,
            "name": row.name,
            "version": row.version,
            "integrity": row.integrity,
            "verdict": row.verdict,
            "effect": row.effect,
            "codes": " ".join(row.codes),
            "sentence": row.sentence,
            "client": row.client[:MOST_CLIENT_CHARACTERS],
            "channel": row.channel,
            "policy_digest": row.policy_digest,
        }
        for row in rows
    ]

    def work(connection: sqlite3.Connection) -> None:
        connection.executemany(_TELL, values)
        _bound(connection, "decisions", most_rows)

    index.done(work, None)


def ask(
    index: GateIndex,
    client: str,
    versions: Iterable[tuple[str, str]],
    *,
    now: float,
    most_rows: int = MOST_INVENTORY,
) -> None:
    """Keep that `client` asked for these names and versions."""
    who = client[:MOST_CLIENT_CHARACTERS]

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR IGNORE INTO clients (client) VALUES (?)", (who,))
        found = connection.execute("SELECT id FROM clients WHERE client = ?", (who,)).fetchone()
        rows = ((name, version, found[0], now, now) for name, version in versions)
        connection.executemany(_ASK, rows)
        connection.execute("DELETE FROM inventory WHERE last_at < ?", (now - INVENTORY_SECONDS,))
        if _bound(connection, "inventory", most_rows):
            connection.execute("DELETE FROM clients WHERE id NOT IN (SELECT client FROM inventory)")

    index.done(work, None)


def forget_inventory(index: GateIndex) -> None:
    """Delete everything that is kept of who asked for what."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM inventory")
        connection.execute("DELETE FROM clients")

    index.done(work, None)


def decisions(
    index: GateIndex,
    *,
    since: tuple[float, int] = (0.0, 0),
    name: str | None = None,
    effect: str | None = None,
    limit: int = 100,
    newest: bool = False,
) -> tuple[KeptDecision, ...]:
    """Return decisions that were told after `since`, those that were told longest ago first.

    `since` is a moment and the id of a decision of that moment: `KeptDecision.cursor`.
    `newest`: those that were told last, the last first.
    """
    statement = _DECISIONS + (_NEWEST if newest else _OLDEST)
    values = {"at": since[0], "id": since[1], "name": name, "effect": effect, "limit": limit}

    def work(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
        return connection.execute(statement, values).fetchall()

    names = KeptDecision.__struct_fields__
    rows: list[tuple[object, ...]] = index.done(work, [])
    return tuple(_decision(dict(zip(names, row, strict=True))) for row in rows)


def inventory(
    index: GateIndex,
    *,
    since: float = 0.0,
    name: str | None = None,
    version: str | None = None,
    limit: int = 100,
) -> tuple[Asked, ...]:
    """Return who asked for what after `since`, the latest first."""
    values = {"since": since, "name": name, "version": version, "limit": limit}

    def work(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
        return connection.execute(_INVENTORY, values).fetchall()

    names = Asked.__struct_fields__
    rows: list[tuple[object, ...]] = index.done(work, [])
    return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Asked) for row in rows)


def versions_asked(index: GateIndex, *, limit: int) -> dict[str, tuple[str, ...]]:
    """Return the versions that somebody asked for, by name, of the names that were asked last."""
    query = """SELECT name, version FROM inventory WHERE name IN
        (SELECT name FROM inventory GROUP BY name ORDER BY max(last_at) DESC LIMIT ?)
        GROUP BY name, version"""

    def work(connection: sqlite3.Connection) -> list[tuple[str, str]]:
        return connection.execute(query, (limit,)).fetchall()

    found: dict[str, list[str]] = {}
    rows: list[tuple[str, str]] = index.done(work, [])
    for name, version in rows:
        found.setdefault(name, []).append(version)
    return {name: tuple(versions) for name, versions in found.items()}


def counts(index: GateIndex) -> Counts:
    """Return how much is kept."""
    query = """SELECT (SELECT count(*) FROM decisions),
        (SELECT count(*) FROM (SELECT DISTINCT name, version FROM decisions
                               WHERE effect = 'withhold')),
        (SELECT count(*) FROM inventory), (SELECT count(*) FROM clients)"""

    def work(connection: sqlite3.Connection) -> Counts:
        told, withheld, asked, clients = connection.execute(query).fetchone()
        return Counts(decisions=told, withheld=withheld, inventory=asked, clients=clients)

    return index.done(work, Counts())


def _decision(values: dict[str, object]) -> KeptDecision:
    return msgspec.convert({**values, "codes": str(values["codes"]).split()}, KeptDecision)


def _bound(connection: sqlite3.Connection, table: str, most_rows: int) -> bool:
    """Drop the oldest rows, a sixteenth more than there are too many; returns whether any went."""
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a constant
    if count <= most_rows:
        return False
    surplus = count - most_rows + most_rows // 16
    if table == "decisions":
        connection.execute(
            "DELETE FROM decisions WHERE id IN"
            " (SELECT id FROM decisions ORDER BY last_at, id LIMIT ?)",
            (surplus,),
        )
        return True
    connection.execute(
        "DELETE FROM inventory WHERE (name, version, client) IN"
        " (SELECT name, version, client FROM inventory ORDER BY last_at LIMIT ?)",
        (surplus,),
    )
    return True
