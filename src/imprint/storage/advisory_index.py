"""The index of an advisory archive: what it says of each package, looked up by name.

Reading an archive of some hundred thousand records takes half a minute, so what it says is kept, by
the archive's digest: once in a database, and beside that in a seal, which says whose index it is.
As long as the archive's file is the very same (device, inode, size, times), its digest is not
computed again. Straight on sqlite3, as `verdicts`: it is no part of the registry's database.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.npm.advisories.archive import Counts, flaws_in
from imprint.npm.advisories.flaws import Flaw
from imprint.refusals import Malformed, quoted
from imprint.storage.advisory_seals import Seal, read_seal, sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from io import BufferedReader
    from pathlib import Path

MAX_ARCHIVE_BYTES: Final = 4 * 1024**3
SUFFIX: Final = ".imprint-index"
SEAL_SUFFIX: Final = ".imprint-seal"
CODE = "malformed-advisory-archive"
_ROWS_AT_ONCE = 5_000
_FLAW = msgspec.msgpack.Decoder(Flaw)
_ENCODE = msgspec.msgpack.Encoder().encode
_CREATE = "CREATE TABLE flaws (name TEXT NOT NULL, flaw BLOB NOT NULL)"
_INSERT = "INSERT INTO flaws VALUES (?, ?)"
_SELECT = "SELECT flaw FROM flaws WHERE name = ?"
_NO_INDEX = "no index of the advisory archive can be kept: it is read as a whole each time"


class Advised(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of the packages that were asked about."""

    flaws: Mapping[str, tuple[Flaw, ...]]
    """By name; a name that is not in here has none."""
    records: int
    """Of the whole archive."""
    broken: int
    """How many more could not be read: any could be of a package that was asked about."""
    digest: str
    """Of the archive: 64 hex digits."""
    notes: tuple[str, ...] = msgspec.field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPlace:
    """Where an index is kept that is not kept beside its archive."""

    folder: Path
    secret: bytes = field(repr=False)
    """Seals it: a cache that somebody else filled (restored in CI, shared) hides no advisory."""


class Indexed(msgspec.Struct, frozen=True, kw_only=True):
    """The index of an archive as it is now."""

    file: Path
    """A database, to be asked by `flaws_of`."""
    records: int
    """Of the whole archive."""
    broken: int
    """How many more could not be read."""


def indexed(archive: Path, place: IndexPlace) -> Indexed:
    """Return the index of an archive, made where there is none.

    Raises Malformed (`malformed-advisory-archive`), also where no index can be kept in `place`.
    """
    found = look_up(archive, (), place=place)
    if found.notes:
        where = quoted(str(place.folder))
        raise Malformed(CODE, f"no index of the advisory archive can be kept in {where}")
    file = _index_of(archive, place).file
    return Indexed(file=file, records=found.records, broken=found.broken)


def flaws_of(
    connection: sqlite3.Connection, wanted: Iterable[str]
) -> Mapping[str, tuple[Flaw, ...]]:
    """Return what an index says of packages by name; one that is not in it has none."""
    return dict(_flaws_of(connection, wanted))


def look_up(archive: Path, names: Iterable[str], *, place: IndexPlace | None = None) -> Advised:
    """Return what the archive says of `names`, by its index, which is made where there is none.

    The index is kept in `place`, else beside the archive: who may write there may change the
    archive, too. Where nothing can be written the whole archive is read each time. Raises
    Malformed (`malformed-advisory-archive`).
    """
    wanted = frozenset(names)
    try:
        with archive.open("rb") as opened:
            return _looked_up(opened, wanted, _index_of(archive, place))
    except OSError as err:
        reason = (err.strerror or type(err).__name__).lower()
        message = f"the advisory archive {quoted(str(archive))} cannot be read: {reason}"
        raise Malformed(CODE, message) from err


def _index_of(archive: Path, place: IndexPlace | None) -> _Index:
    if place is None:
        return _Index(file=archive.with_name(archive.name + SUFFIX), secret=b"")
    with contextlib.suppress(OSError):
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Archives of several places have one name.
    where = hashlib.sha256(os.fsencode(archive.absolute())).hexdigest()[:12]
    name = f"{archive.name}-{where}{SUFFIX}"
    return _Index(file=place.folder / name, secret=place.secret)


def _looked_up(opened: BufferedReader, wanted: frozenset[str], index: _Index) -> Advised:
    stat = os.fstat(opened.fileno())
    if stat.st_size > MAX_ARCHIVE_BYTES:
        raise Malformed(CODE, f"the archive has {stat.st_size} bytes: at most {MAX_ARCHIVE_BYTES}")
    times = (stat.st_mtime_ns, stat.st_ctime_ns)
    same_file = ":".join(map(str, (stat.st_dev, stat.st_ino, stat.st_size, *times)))
    seal = index.seal()
    if seal is not None and seal.archive_file == same_file:
        found = index.read(wanted, seal)
        if found is not None:
            return found
    digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if seal is not None and seal.archive_sha256 == digest:
        found = index.read(wanted, seal)
        if found is not None:
            index.write_seal(msgspec.structs.replace(seal, archive_file=same_file))
            return found
    opened.seek(0)
    return _read_whole(opened, wanted, index, Seal(archive_file=same_file, archive_sha256=digest))


def _read_whole(
    opened: BufferedReader, wanted: frozenset[str], index: _Index, seal: Seal
) -> Advised:
    counts = Counts()
    kept: dict[str, list[Flaw]] = {}
    rows = _remembered(flaws_in(opened, counts), wanted, kept)
    try:
        index.write(rows, counts, seal)
        notes: tuple[str, ...] = ()
    except (OSError, sqlite3.Error):
        for _ in rows:
            pass  # What is left of the archive: `kept` takes what is asked for.
        notes = (_NO_INDEX,)
    if counts.records == 0:
        why = f", as the first says: {counts.examples[0]}" if counts.examples else ""
        raise Malformed(
            CODE,
            f"the archive has no advisory that can be read, of {counts.broken} files{why}",
            hint="it is the `all.zip` of the ecosystem npm, as OSV offers it",
        )
    return Advised(
        flaws={name: tuple(flaws) for name, flaws in kept.items()},
        records=counts.records,
        broken=counts.broken,
        digest=seal.archive_sha256,
        notes=notes,
    )


def _remembered(
    rows: Iterator[tuple[str, Flaw]], wanted: frozenset[str], kept: dict[str, list[Flaw]]
) -> Iterator[tuple[str, Flaw]]:
    for name, flaw in rows:
        if name in wanted:
            kept.setdefault(name, []).append(flaw)
        yield name, flaw


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    """The database and its seal. Each has its name only when it is whole."""

    file: Path
    secret: bytes

    @property
    def _seal_file(self) -> Path:
        return self.file.with_name(self.file.name.removesuffix(SUFFIX) + SEAL_SUFFIX)

    def seal(self) -> Seal | None:
        """Return the seal; None: there is none of ours."""
        try:
            return read_seal(self._seal_file.read_bytes(), secret=self.secret)
        except OSError:
            return None

    def read(self, wanted: frozenset[str], seal: Seal) -> Advised | None:
        """Return what the database says; None where it is not the one that the seal is of."""
        try:
            with self.file.open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != seal.index_sha256:
                    return None
            with contextlib.closing(_connected(self.file, mode="ro")) as connection:
                flaws = dict(_flaws_of(connection, wanted))
        except (sqlite3.Error, OSError, msgspec.MsgspecError):
            return None
        return Advised(
            flaws=flaws, records=seal.records, broken=seal.broken, digest=seal.archive_sha256
        )

    def write(self, rows: Iterator[tuple[str, Flaw]], counts: Counts, seal: Seal) -> None:
        """Write both, the seal last. Raises OSError, sqlite3.Error."""
        made = self.file.with_name(f".{self.file.name}-{uuid.uuid4().hex}")
        try:
            with contextlib.closing(_connected(made, mode="rwc")) as connection:
                _fill(connection, rows)
            with made.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if counts.records:
                made.replace(self.file)
                self.write_seal(
                    msgspec.structs.replace(
                        seal, index_sha256=digest, records=counts.records, broken=counts.broken
                    )
                )
        finally:
            made.unlink(missing_ok=True)

    def write_seal(self, seal: Seal) -> None:
        """Write the seal; without one the index is made anew the next time."""
        made = self.file.with_name(f".{self.file.name}-{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):
            try:
                made.write_bytes(sealed(seal, secret=self.secret))
                made.replace(self._seal_file)
            finally:
                made.unlink(missing_ok=True)


def _flaws_of(
    connection: sqlite3.Connection, wanted: Iterable[str]
) -> Iterator[tuple[str, tuple[Flaw, ...]]]:
    for name in wanted:
        rows = connection.execute(_SELECT, (name,)).fetchall()
        if rows:
            yield name, tuple(_FLAW.decode(row[0]) for row in rows)


def _fill(connection: sqlite3.Connection, rows: Iterator[tuple[str, Flaw]]) -> None:
    connection.execute("PRAGMA synchronous = OFF")  # what is lost is made again
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute(_CREATE)
    batch: list[tuple[str, bytes]] = []
    for name, flaw in rows:
        batch.append((name, _ENCODE(flaw)))
        if len(batch) == _ROWS_AT_ONCE:
            connection.executemany(_INSERT, batch)
            batch.clear()
    connection.executemany(_INSERT, batch)
    connection.execute("CREATE INDEX by_name ON flaws (name)")
    connection.commit()


def _connected(file: Path, *, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=2.0)
