"""The archive's container: a plain tar (POSIX ustar) of which every byte follows from its manifest.

A header that is not the very one that belongs there ends the reading: no links, no devices, no
other paths, no second file of one name, nothing behind the end. So nothing of a hostile archive is
interpreted at all, and headers are only taken apart to say what is wrong.
"""

from __future__ import annotations

import tarfile
from typing import Final, Protocol

from imprint.gate.archives.layout import CODE, MANIFEST, MOST_MANIFEST_BYTES
from imprint.refusals import Malformed, quoted

BLOCK_BYTES: Final = 512
END: Final = bytes(2 * BLOCK_BYTES)
PIECE_BYTES: Final = 1024 * 1024


class Readable(Protocol):
    """What an archive is read from."""

    def read(self, size_bytes: int, /) -> bytes:
        """Return the next bytes, fewer at the end."""
        ...


def header_of(path: str, size_bytes: int) -> bytes:
    """Return the header of a file: its path and size, and nothing of who wrote it or when."""
    member = tarfile.TarInfo(path)
    member.size, member.mode = size_bytes, 0o644
    return member.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def padding_of(size_bytes: int) -> bytes:
    """Return the zeros that follow a file of this size."""
    return bytes(-size_bytes % BLOCK_BYTES)


def read_manifest(archive: Readable) -> bytes:
    """Return the first file, which says what follows; raises Malformed (`gate-archive`)."""
    block = archive.read(BLOCK_BYTES)
    try:
        found = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as err:
        raise Malformed(CODE, "the file is no archive of a gate's cache", hint=_HINT) from err
    if found.name != MANIFEST or not 0 <= found.size <= MOST_MANIFEST_BYTES:
        raise Malformed(
            CODE,
            f"the archive begins with {quoted(found.name)} of {found.size} bytes,"
            f" expected `{MANIFEST}`",
            hint=_HINT,
        )
    expect(block, MANIFEST, found.size)
    raw = archive.read(found.size)
    if len(raw) != found.size:
        raise Malformed(CODE, f"the archive ends within `{MANIFEST}`")
    read_padding(archive, MANIFEST, found.size)
    return raw


def read_header(archive: Readable, path: str, size_bytes: int) -> None:
    """Read the header of the file that is to follow; raises Malformed (`gate-archive`), OSError."""
    expect(archive.read(BLOCK_BYTES), path, size_bytes)


def read_padding(archive: Readable, path: str, size_bytes: int) -> None:
    """Read what follows a file; raises Malformed (`gate-archive`), OSError."""
    expected = padding_of(size_bytes)
    if archive.read(len(expected)) != expected:
        raise Malformed(CODE, f"the archive has something between `{path}` and what follows it")


def read_end(archive: Readable) -> None:
    """Read the end; raises Malformed (`gate-archive`), OSError."""
    if archive.read(len(END) + 1) != END:
        raise Malformed(CODE, "the archive goes on behind the last file that its manifest names")


def expect(block: bytes, path: str, size_bytes: int) -> None:
    """Let a header pass that is the one of this file; raises Malformed (`gate-archive`)."""
    if block == header_of(path, size_bytes):
        return
    if len(block) < BLOCK_BYTES:
        raise Malformed(CODE, f"the archive ends before `{path}`")
    raise Malformed(CODE, f"the archive has {_shown(block)} where `{path}` was to be")


def _shown(block: bytes) -> str:
    if not any(block):
        return "its end"
    try:
        found = tarfile.TarInfo.frombuf(block, "ascii", "surrogateescape")
    except tarfile.HeaderError:
        return "something that is no file"
    what = quoted(found.name)
    if not found.isreg():
        return f"{what}, which is no plain file,"
    return f"{what} of {found.size} bytes"


_HINT: Final = "`imprint gate export FILE` writes one; it is neither compressed nor packed again"
