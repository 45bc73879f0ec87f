"""A strict reader of tar archives: what two unpackers could read differently is refused.

Understood are ustar (POSIX.1-1988) with pax headers (POSIX.1-2001), GNU's header with long names,
and the headers of 1979. Nothing is written anywhere. Not here: which paths a package may have.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 512
MAX_EXTENSION_BYTES = 64 * 1024
"""Of one pax header or GNU long name."""

_NO_BLOCK = bytes(BLOCK_BYTES)
_USTAR = b"ustar\x0000"
_GNU = b"ustar  \x00"
_OCTAL = re.compile(rb" *([0-7]+)[ \x00]*")
_DECIMAL = re.compile(r"[0-9]{1,19}")
_PAX_LENGTH = re.compile(rb"[1-9][0-9]{0,5} ")
# What a pax header may say without changing what is unpacked where.
_HARMLESS_PAX = frozenset({"atime", "charset", "comment", "ctime", "gid", "gname"}) | frozenset(
    {"mtime", "uid", "uname", "SCHILY.dev", "SCHILY.ino", "SCHILY.nlink", "LIBARCHIVE.creationtime"}
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A regular file or a folder, as its header names it."""

    path: str
    """Not checked; a folder's has no slash at its end."""
    size: int
    """Bytes; 0 for folders."""
    is_folder: bool


class TarReader:
    """The entries of one archive, in its order, and the beginning of each body."""

    def __init__(self, pieces: Iterator[bytes], *, max_headers: int) -> None:
        """Read the archive that `pieces` make together."""
        self._source = _Source(pieces)
        self._headers_left = max_headers
        self._unread = 0
        self._padding = 0

    def entries(self) -> Iterator[Entry]:
        """Yield every entry.

        Raises Malformed (`malformed-tarball`, `tarball-link`, `tarball-entry-type`,
        `tarball-too-large`) where the fault is.
        """
        extension = _Extension()
        while (block := self._source.take(BLOCK_BYTES)) and block != _NO_BLOCK:
            self._headers_left -= 1
            if self._headers_left < 0:
                raise Malformed("tarball-too-large", "the tarball has too many entries")
            header = _header(block)
            match header.type_flag:
                case b"0" | b"\x00" | b"5":
                    entry = _entry(header, extension)
                    extension = _Extension()
                    self._unread, self._padding = entry.size, -entry.size % BLOCK_BYTES
                    yield entry
                    self._source.skip(self._unread + self._padding)
                case b"x":
                    extension = extension.followed_by(_pax(self._extension(header)))
                case b"L":
                    extension = extension.followed_by(_long_path(self._extension(header)))
                case b"g":
                    if _pax_records(self._extension(header)).keys() - _HARMLESS_PAX:
                        raise _malformed("has a global pax header that changes entries")
                case b"1" | b"2" | b"K":
                    raise Malformed(
                        "tarball-link",
                        f"the tarball has a link, {header.shown_path}: "
                        "packages hold files and folders alone",
                    )
                case _:
                    raise Malformed(
                        "tarball-entry-type",
                        f"the tarball has an entry that is no file, {header.shown_path}, of type "
                        f"{quoted(header.type_flag.decode('latin-1'))}",
                    )
        if extension.is_set:
            raise _malformed("ends behind an extended header")
        self._require_end()

    def beginning(self, most: int) -> bytes:
        """Return up to `most` bytes of the body of the entry just yielded; once for each entry."""
        body = self._source.take(min(most, self._unread))
        self._unread -= len(body)
        return body

    def _extension(self, header: _Header) -> bytes:
        if header.size > MAX_EXTENSION_BYTES:
            raise _malformed(f"has an extended header of more than {MAX_EXTENSION_BYTES} bytes")
        body = self._source.take(header.size)
        if len(body) != header.size:
            raise _malformed("is cut off")
        self._source.skip(-header.size % BLOCK_BYTES)
        return body

    def _require_end(self) -> None:
        # Unpackers disagree on whether entries behind a zero block count.
        while rest := self._source.take(BLOCK_BYTES * BLOCK_BYTES, whole=False):
            if rest.strip(b"\x00"):
                raise _malformed("goes on behind its end")


class _Source:
    """Bytes in order, out of pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._position = 0

    def take(self, size: int, *, whole: bool = True) -> bytes:
        """Return the next `size` bytes; nothing at the end, where the archive may end."""
        start, end = self._position, self._position + size
        if end <= len(self._piece):
            self._position = end
            return self._piece[start:end]
        taken = [self._piece[start:]]
        missing = size - len(taken[0])
        while missing and self._next():
            self._position = min(missing, len(self._piece))
            taken.append(self._piece[: self._position])
            missing -= self._position
        body = b"".join(taken)
        if missing and whole and body:
            raise _malformed("is cut off")
        return body

    def skip(self, size: int) -> None:
        missing = size - (len(self._piece) - self._position)
        if missing <= 0:
            self._position += size
            return
        while missing > 0:
            if not self._next():
                raise _malformed("is cut off")
            self._position = min(missing, len(self._piece))
            missing -= self._position

    def _next(self) -> bool:
        self._piece, self._position = next(self._pieces, b""), 0
        return bool(self._piece)


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    raw_path: bytes
    """Where an extended header has the path, what stands here is cut, also within a character."""
    size: int
    type_flag: bytes

    @property
    def shown_path(self) -> str:
        return quoted(self.raw_path.decode(errors="replace"))


class _Extension(msgspec.Struct, frozen=True, kw_only=True):
    """What extended headers said of the entry that comes next."""

    is_set: bool = False
    path: str | None = None
    size: int | None = None

    def followed_by(self, more: _Extension) -> _Extension:
        """Take another extended header. Two are refused: which one wins is not agreed on."""
        if self.is_set:
            raise _malformed("has two extended headers for one entry")
        return more


def _malformed(fault: str) -> Malformed:
    return Malformed("malformed-tarball", f"the tarball {fault}")


def _header(block: bytes) -> _Header:
    checksum = sum(block) - sum(block[148:156]) + 8 * 0x20
    if _octal(block[148:156]) != checksum:
        raise _malformed("has a header whose checksum is wrong, or is no tar archive")
    path = _before_nul(block[:100])
    type_flag = block[156:157]
    if block[157] and type_flag not in (b"1", b"2"):
        # node-tar leaves out such entries, others unpack them.
        raise _malformed("has an entry with a link's target that is no link")
    magic = block[257:265]
    if magic == _USTAR:
        prefix = _before_nul(block[345:500])
        path = prefix + b"/" + path if prefix else path
    elif any(block[345:500]) or magic not in (_GNU, bytes(8)):
        raise _malformed("has a header of an unknown format")
    size = _octal(block[124:136])
    if size is None:
        raise _malformed("does not say the size of an entry")
    return _Header(raw_path=path, size=size, type_flag=type_flag)


def _octal(field: bytes) -> int | None:
    # GNU's binary numbers are for 8 GiB and more: refused, as every other form.
    found = _OCTAL.fullmatch(field)
    return int(found[1], 8) if found else None


def _before_nul(field: bytes) -> bytes:
    return field.partition(b"\x00")[0]


def _text(path: bytes) -> str:
    try:
        return path.decode()
    except UnicodeDecodeError as err:
        raise _malformed("has a path that is not UTF-8") from err


def _entry(header: _Header, extension: _Extension) -> Entry:
    path = _text(header.raw_path) if extension.path is None else extension.path
    # A pax size that differs would have unpackers disagree on where the next header is.
    if extension.size not in (None, header.size):
        raise _malformed(f"says two sizes of {quoted(path)}")
    # The archives of 1979 mark a folder by a slash at its end.
    is_folder = header.type_flag == b"5" or path.endswith("/")
    if is_folder and header.size:
        raise _malformed(f"has a folder with a body, {quoted(path)}")
    return Entry(
        path=path.removesuffix("/") if is_folder else path, size=header.size, is_folder=is_folder
    )


def _long_path(body: bytes) -> _Extension:
    if body.rstrip(b"\x00").count(b"\x00"):
        raise _malformed("has a long name with a NUL in it")
    return _Extension(is_set=True, path=_text(_before_nul(body)))


def _pax(body: bytes) -> _Extension:
    records = _pax_records(body)
    if "linkpath" in records:
        raise Malformed("tarball-link", "the tarball has a pax header with a link's target")
    if unknown := records.keys() - _HARMLESS_PAX - {"path", "size"}:
        raise _malformed(f"has a pax header that is not understood, {quoted(min(unknown))}")
    said = records.get("size")
    if said is not None and not _DECIMAL.fullmatch(said):
        raise _malformed("has a pax header whose size is no number")
    return _Extension(
        is_set=True, path=records.get("path"), size=None if said is None else int(said)
    )


def _pax_records(body: bytes) -> dict[str, str]:
    """Return the records of a pax header: `<length> <name>=<value>` and a line break each."""
    records: dict[str, str] = {}
    position = 0
    while position < len(body):
        found = _PAX_LENGTH.match(body, position)
        end = position + int(found[0]) if found else 0
        if found is None or not found.end() < end <= len(body) or body[end - 1 : end] != b"\n":
            raise _malformed("has a pax header with a broken record")
        name, equals, value = _text_of(body[found.end() : end - 1]).partition("=")
        # Line breaks: node-tar splits records at them, so that a comment could hide a path.
        if not (name and equals) or name in records or "\n" in value or "\x00" in value:
            raise _malformed("has a pax header with a broken record")
        records[name] = value
        position = end
    return records


def _text_of(record: bytes) -> str:
    try:
        return record.decode()
    except UnicodeDecodeError as err:
        raise _malformed("has a pax header that is not UTF-8") from err
