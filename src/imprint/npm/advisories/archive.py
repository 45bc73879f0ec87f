"""An archive of OSV records (`all.zip` of the ecosystem), read record by record, within bounds.

The archive comes in as an open file, so nothing is read here that was not asked for. A broken
record costs that record, and is counted; what is no archive is Malformed.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Final

import msgspec

from imprint.npm.advisories.osv import MAX_RECORD_BYTES, read_record
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.npm.advisories.flaws import Flaw

CODE = "malformed-advisory-archive"
MAX_ENTRIES: Final = 2_000_000
MAX_INFLATED_BYTES: Final = 16 * 1024**3
_SUFFIX = ".json"
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    NotImplementedError,
    ValueError,
)


class Counts(msgspec.Struct):
    """How much of an archive was read so far."""

    records: int = 0
    """Those of npm packages, or of none any more (withdrawn)."""
    broken: int = 0
    examples: list[str] = msgspec.field(default_factory=list)
    """Why, of the first few."""

    def note(self, err: Malformed) -> None:
        """Count a broken record."""
        self.broken += 1
        if len(self.examples) < 3:  # noqa: PLR2004  (a few)
            self.examples.append(err.message)


def flaws_in(archive: IO[bytes], counts: Counts) -> Iterator[tuple[str, Flaw]]:
    """Yield names with what the archive says of them; `counts` grows on the way.

    Raises Malformed (`malformed-advisory-archive`).
    """
    try:
        opened = zipfile.ZipFile(archive)
    except _BROKEN as err:
        raise Malformed(
            CODE,
            "the archive is no zip file, or is cut off",
            hint="it is the `all.zip` of the ecosystem npm, as OSV offers it",
        ) from err
    with opened:
        entries = opened.infolist()
        if len(entries) > MAX_ENTRIES:
            raise Malformed(
                CODE, f"the archive has {len(entries)} entries: at most {MAX_ENTRIES} are read"
            )
        yield from _read_entries(opened, entries, counts)


def _read_entries(
    opened: zipfile.ZipFile, entries: list[zipfile.ZipInfo], counts: Counts
) -> Iterator[tuple[str, Flaw]]:
    total = 0
    for entry in entries:
        if entry.is_dir() or not entry.filename.endswith(_SUFFIX):
            continue
        try:
            raw = _inflated(opened, entry)
            total += len(raw)
            found = read_record(raw)
        except Malformed as err:
            counts.note(err)
            continue
        if total > MAX_INFLATED_BYTES:
            raise Malformed(CODE, f"the archive holds more than {MAX_INFLATED_BYTES} bytes")
        counts.records += 1
        yield from found


def _inflated(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return an entry's bytes, whatever size it says of itself."""
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise Malformed(CODE, "an entry of the archive is encrypted, or packed in an unusual way")
    try:
        with opened.open(entry) as stream:
            raw = stream.read(MAX_RECORD_BYTES + 1)
    except _BROKEN as err:
        raise Malformed(CODE, "an entry of the archive is damaged") from err
    if len(raw) > MAX_RECORD_BYTES:
        raise Malformed(CODE, f"an entry of the archive is larger than {MAX_RECORD_BYTES} bytes")
    return raw
