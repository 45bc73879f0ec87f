"""The index of an advisory archive: what it says of each package, looked up by name.

Reading an archive of some hundred thousand records takes a minute; what it says is therefore kept
beside it once, by its digest, in a file that has its name only when it is whole. As long as the
archive's file is the very same (device, inode, size, times) its digest is not computed again.

Straight on sqlite3, as `verdicts`: it is no part of the registry's database. No MAC: whoever may
write beside the archive may change the archive.
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from io import BufferedReader
    from pathlib import Path

SHAPE: Final = 1
"""Of the rows; an index of another shape is made anew."""
MAX_ARCHIVE_BYTES: Final = 4 * 1024**3
SUFFIX: Final = ".imprint-index"
CODE = "malformed-advisory-archive"
_ROWS_AT_ONCE = 5_000
_FLAW = msgspec.msgpack.Decoder(Flaw)
_TABLES = (
    "CREATE TABLE about (shape INTEGER, file TEXT, digest TEXT, records INTEGER, broken INTEGER)",
    "CREATE TABLE flaws (name TEXT NOT NULL, flaw BLOB NOT NULL)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """What an archive says of the packages that were asked about."""

    flaws: Mapping[str, tuple[Flaw, ...]]
    """By name; a name that is not in here has none."""
    records: int
    """Of the whole archive."""
    broken: int
    """How many more could not be read: any could be of a package that was asked about."""
    digest: str
    """Of the archive: 64 hex digits."""
    notes: tuple[str, ...] = field(default=())


def look_up(archive: Path, names: Iterable[str], *, folder: Path | None = None) -> Advised:
    """Return what the archive says of `names`, by its index, which is made where there is none.

    The index is kept in `folder`, else beside the archive; where nothing can be written the whole
    archive is read each time. Raises Malformed (`malformed-advisory-archive`).
    """
    wanted = frozenset(names)
    try:
        with archive.open("rb") as opened:
            return _looked_up(archive, opened, wanted, folder or archive.parent)
    except OSError as err:
        reason = (err.strerror or type(err).__name__).lower()
        message = f"the advisory archive {quoted(str(archive))} cannot be read: {reason}"
        raise Malformed(CODE, message) from err


def _looked_up(archive: Path, opened: BufferedReader, wanted: frozenset[str], folder: Path) -> Advised:
    index = folder / (archive.name + SUFFIX)
    stat = os.fstat(opened.fileno())
    if stat.st_size > MAX_ARCHIVE_BYTES:
        raise Malformed(CODE, f"the archive has {stat.st_size} bytes: at most {MAX_ARCHIVE_BYTES}")
    times = (stat.st_mtime_ns, stat.st_ctime_ns)
    file = ":".join(map(str, (stat.st_dev, stat.st_ino, stat.st_size, *times)))
    found = _read(index, wanted, file=file, digest=None)
    if found is not None:
        return found
    digest = hashlib.file_digest(opened, "sha256").hexdigest()
    found = _read(index, wanted, file=file, digest=digest)
    if found is not None:
        return found
    opened.seek(0)
    counts = Counts()
    kept: dict[str, list[Flaw]] = {}
    rows = _remembered(flaws_in(opened, counts), wanted, kept)
    try:
        _write(index, rows, counts, file=file, digest=digest)
        notes: tuple[str, ...] = ()
    except (OSError, sqlite3.Error):
        for _ in rows:
            pass  # What is left of the archive: `kept` takes what is asked for.
        notes = ("no index of the advisory archive can be kept: it is read as a whole each time",)
    _check_counts(counts)
    return Advised(
        flaws={name: tuple(flaws) for name, flaws in kept.items()},
        records=counts.records,
        broken=counts.broken,
        digest=digest,
        notes=notes,
    )


def _check_counts(counts: Counts) -> None:
    if counts.records == 0:
        why = f", as the first says: {counts.examples[0]}" if counts.examples else ""
        raise Malformed(
            CODE,
            f"the archive has no advisory that can be read, of {counts.broken} files{why}",
            hint="it is the `all.zip` of the ecosystem npm, as OSV offers it",
        )


def _remembered(
    rows: Iterator[tuple[str, Flaw]], wanted: frozenset[str], kept: dict[str, list[Flaw]]
) -> Iterator[tuple[str, Flaw]]:
    for name, flaw in rows:
        if name in wanted:
            kept.setdefault(name, []).append(flaw)
        yield name, flaw


def _read(index: Path, wanted: frozenset[str], *, file: str, digest: str | None) -> Advised | None:
    """Return what the index says; None where there is none for this very archive.

    It is known by `file`, or by `digest`, which is then written down under its new `file`.
    """
    try:
        if not index.is_file():
            return None
        with contextlib.closing(_connected(index)) as connection:
            about = connection.execute("SELECT * FROM about").fetchone()
            if about is None or about[0] != SHAPE:
                return None
            _, known_file, known_digest, records, broken = about
            if known_file != file and known_digest != digest:
                return None
            flaws = _flaws_of(connection, wanted)
            if known_file != file:
                with contextlib.suppress(sqlite3.Error), connection:
                    connection.execute("UPDATE about SET file = ?", (file,))
            return Advised(flaws=flaws, records=records, broken=broken, digest=known_digest)
    except (sqlite3.Error, OSError, ValueError, msgspec.MsgspecError):
        return None


def _flaws_of(
    connection: sqlite3.Connection, wanted: frozenset[str]
) -> dict[str, tuple[Flaw, ...]]:
    found: dict[str, tuple[Flaw, ...]] = {}
    for name in wanted:
        rows = connection.execute("SELECT flaw FROM flaws WHERE name = ?", (name,)).fetchall()
        if rows:
            found[name] = tuple(_FLAW.decode(row[0]) for row in rows)
    return found


def _write(
    index: Path, rows: Iterator[tuple[str, Flaw]], counts: Counts, *, file: str, digest: str
) -> None:
    """Write the index, whole before it has its name. Raises OSError and sqlite3.Error."""
    made = index.with_name(f".{index.name}-{uuid.uuid4().hex}")
    try:
        with contextlib.closing(_connected(made)) as connection:
            for statement in _TABLES:
                connection.execute(statement)
            encode = msgspec.msgpack.Encoder().encode
            batch: list[tuple[str, bytes]] = []
            for name, flaw in rows:
                batch.append((name, encode(flaw)))
                if len(batch) == _ROWS_AT_ONCE:
                    connection.executemany("INSERT INTO flaws VALUES (?, ?)", batch)
                    batch.clear()
            connection.executemany("INSERT INTO flaws VALUES (?, ?)", batch)
            connection.execute("CREATE INDEX by_name ON flaws (name)")
            about = (SHAPE, file, digest, counts.records, counts.broken)
            connection.execute("INSERT INTO about VALUES (?, ?, ?, ?, ?)", about)
            connection.commit()
        if counts.records:
            made.replace(index)
    finally:
        made.unlink(missing_ok=True)


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=2.0)
    connection.execute("PRAGMA synchronous = OFF")  # what is lost is made again
    connection.execute("PRAGMA journal_mode = MEMORY")
    return connection
