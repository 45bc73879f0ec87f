"""Kept projections, documents and answers in a PostgreSQL database that many machines share.

Its three tables are its own, made with first use, and no part of a registry's schema. Rows are
sealed as in the file, by a secret that those who share them share too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from isal import isal_zlib
from isal.igzip_lib import IsalError
from sqlalchemy import (
    Column,
    Float,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    func,
    make_url,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from imprint.refusals import Malformed
from imprint.storage.projections import (
    MOST_ROW_BYTES,
    USED_EVERY_SECONDS,
    AttestedVersion,
    KeptAnswer,
    KeptProjection,
    Seal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from typing import TypeVar

    from sqlalchemy import Connection, Engine

    T = TypeVar("T")

AT_ONCE: Final = 500
CONNECT_SECONDS: Final = 5
_METADATA: Final = MetaData()
_PROJECTIONS: Final = Table(
    "imprint_projections",
    _METADATA,
    Column("registry", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("last_modified", Text, nullable=False),
    Column("fetched_at", Float, nullable=False),
    Column("used_at", Float, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
_DOCUMENTS: Final = Table(
    "imprint_documents",
    _METADATA,
    Column("name", Text, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("integrity", Text, primary_key=True),
    Column("used_at", Float, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
_ANSWERS: Final = Table(
    "imprint_answers",
    _METADATA,
    Column("registry", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("fetched_at", Float, nullable=False),
    Column("used_at", Float, nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("data", LargeBinary),
)


class DatabaseProjections:
    """What is kept in one database: `storage.projections.KeptStore`."""

    def __init__(self, address: str, *, secret: bytes, now: float, most_bytes: int) -> None:
        """Keep them at a `postgresql:` address; raises Malformed (`database-address`)."""
        self.failure: str | None = None
        self._seal = Seal(secret)
        self._now = now
        self._most_bytes = most_bytes
        self._has_grown = False
        self._engine: Engine | None = _engine(address)
        self._done(_METADATA.create_all, None)

    def get_many(self, registry: str, names: Collection[str]) -> Mapping[str, KeptProjection]:
        """Return what is kept of `names` at the address `registry`."""
        of, found = _PROJECTIONS.c, {}

        def get(connection: Connection) -> None:
            for some in _some(sorted(names)):
                which = (of.registry == registry) & of.name.in_(some)
                for row in connection.execute(select(_PROJECTIONS).where(which)):
                    kept = KeptProjection(
                        data=row.data,
                        fetched_at=row.fetched_at,
                        etag=row.etag,
                        last_modified=row.last_modified,
                    )
                    if self._seal.is_whole(kept, row.content, row.state, registry, row.name):
                        found[row.name] = kept
                stale = which & (of.used_at < self._now - USED_EVERY_SECONDS)
                connection.execute(update(_PROJECTIONS).where(stale).values(used_at=self._now))

        self._done(get, None)
        return found

    def put(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep projections, all of them or none."""
        rows = []
        for name, kept in sorted(projections.items()):
            if len(kept.data) > MOST_ROW_BYTES:
                continue
            content = self._seal.of_content(kept.data, registry, name)
            rows.append(
                {
                    "registry": registry,
                    "name": name,
                    "etag": kept.etag,
                    "last_modified": kept.last_modified,
                    "fetched_at": kept.fetched_at,
                    "used_at": self._now,
                    "content": content,
                    "state": self._seal.of_state(kept, content),
                    "data": kept.data,
                }
            )
        self._put(_PROJECTIONS, rows)

    def confirm(self, registry: str, projections: Mapping[str, KeptProjection]) -> None:
        """Keep that these, which are there, were said to be current at their `fetched_at`."""
        of = _PROJECTIONS.c

        def confirm(connection: Connection) -> None:
            for name, kept in sorted(projections.items()):
                content = self._seal.of_content(kept.data, registry, name)
                # Where another has put a later one meanwhile, that one stays as it is.
                row = (of.registry == registry) & (of.name == name) & (of.content == content)
                connection.execute(
                    update(_PROJECTIONS)
                    .where(row)
                    .values(
                        etag=kept.etag,
                        last_modified=kept.last_modified,
                        fetched_at=kept.fetched_at,
                        used_at=self._now,
                        state=self._seal.of_state(kept, content),
                    )
                )

        self._done(confirm, None)

    def get_documents(
        self, versions: Collection[AttestedVersion]
    ) -> Mapping[AttestedVersion, bytes]:
        """Return the attestation documents that are kept of `versions`."""
        of, found = _DOCUMENTS.c, {}

        def get(connection: Connection) -> None:
            for some in _some(sorted(versions)):
                which = tuple_(of.name, of.version, of.integrity).in_(some)
                for row in connection.execute(select(_DOCUMENTS).where(which)):
                    version = AttestedVersion(row.name, row.version, row.integrity)
                    if row.content == self._seal.of_content(row.data, *version):
                        found[version] = _inflated(row.data)
                stale = which & (of.used_at < self._now - USED_EVERY_SECONDS)
                connection.execute(update(_DOCUMENTS).where(stale).values(used_at=self._now))

        self._done(get, None)
        return {version: document for version, document in found.items() if document is not None}

    def put_documents(self, documents: Mapping[AttestedVersion, bytes]) -> None:
        """Keep attestation documents, all of them or none."""
        rows = []
        for version, document in sorted(documents.items()):
            data = isal_zlib.compress(document, 1)
            if len(data) <= MOST_ROW_BYTES:
                content = self._seal.of_content(data, *version)
                row = {"used_at": self._now, "content": content, "data": data}
                rows.append({**version._asdict(), **row})
        self._put(_DOCUMENTS, rows)

    def get_answer(self, registry: str, question: str) -> KeptAnswer | None:
        """Return what the registry at an address answered last."""
        of = _ANSWERS.c

        def get(connection: Connection) -> KeptAnswer | None:
            which = (of.registry == registry) & (of.question == question)
            row = connection.execute(select(_ANSWERS).where(which)).one_or_none()
            if row is None:
                return None
            answer = KeptAnswer(data=row.data, fetched_at=row.fetched_at)
            is_ours = row.content == self._seal.of_answer(answer, registry, question)
            return answer if is_ours else None

        return self._done(get, None)

    def put_answer(self, registry: str, question: str, answer: KeptAnswer) -> None:
        """Keep an answer in the place of an earlier one."""
        if len(answer.data or b"") <= MOST_ROW_BYTES:
            row = {
                "registry": registry,
                "question": question,
                "fetched_at": answer.fetched_at,
                "used_at": self._now,
                "content": self._seal.of_answer(answer, registry, question),
                "data": answer.data,
            }
            self._put(_ANSWERS, [row])

    def close(self) -> None:
        """Keep the tables from growing without end, and leave the database."""
        if self._has_grown:
            self._done(self._make_room, None)
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _put(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        self._has_grown = True
        given = insert(table)
        key = [column.name for column in table.primary_key]
        values = {
            column.name: given.excluded[column.name]
            for column in table.columns
            if not column.primary_key
        }
        statement = given.on_conflict_do_update(index_elements=key, set_=values)
        self._done(lambda connection: connection.execute(statement, rows), None)

    def _make_room(self, connection: Connection) -> None:
        """Drop what was not used for longest, a quarter of each table."""
        for table in (_PROJECTIONS, _DOCUMENTS, _ANSWERS):
            size, count = connection.execute(
                select(func.coalesce(func.sum(func.length(table.c.data)), 0), func.count())
            ).one()
            if size > self._most_bytes:
                key = tuple_(*table.primary_key)
                oldest = select(*table.primary_key).order_by(table.c.used_at)
                quarter = oldest.limit((count + 3) // 4)
                connection.execute(delete(table).where(key.in_(quarter)))

    def _done(self, work: Callable[[Connection], T], otherwise: T) -> T:
        if self._engine is None:
            return otherwise
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as err:
            # Its message could show the address, and with it a password.
            self.failure = (
                f"the database of kept projections cannot be used: `{type(err).__name__}`"
            )
            return otherwise


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as err:
        raise _unknown_address() from err
    if url.get_backend_name() != "postgresql":
        raise _unknown_address()
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=1,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )


def _some(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def _inflated(data: bytes) -> bytes | None:
    try:
        return isal_zlib.decompress(data)
    except IsalError:  # type: ignore[misc]  # its stubs call it an instance
        return None


def _unknown_address() -> Malformed:
    return Malformed(
        "database-address",
        "the address of kept projections is none that imprint knows, expected"
        " `postgresql://USER@HOST/NAME`",
    )
