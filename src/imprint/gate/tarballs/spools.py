"""A tarball while it comes: small ones in memory, larger ones in a file, if there can be one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imprint.storage.gate_tarballs import (
        IncomingTarball,
        KeptTarball,
        TarballDigest,
        TarballStore,
    )

SMALL_BYTES: Final = 1024 * 1024
"""Up to here nothing is written while it comes: nearly all tarballs are smaller."""
MOST_MEMORY_BYTES: Final = 256 * 1024 * 1024
"""What all tarballs together may take in memory while no file can take them."""


class NoRoom(Exception):
    """Neither the disk nor the memory that is set aside can take more."""


class Memory:
    """How much of the memory is taken that is set aside for all spools."""

    def __init__(self, most_bytes: int = MOST_MEMORY_BYTES) -> None:
        """Set aside `most_bytes`."""
        self.most_bytes = most_bytes
        self.taken_bytes = 0

    def take(self, size: int) -> None:
        """Take more; raises NoRoom."""
        if self.taken_bytes + size > self.most_bytes:
            raise NoRoom
        self.taken_bytes += size

    def give_back(self, size: int) -> None:
        """Give some of it back."""
        self.taken_bytes -= size


class Spool:
    """The bytes so far. What a full disk did not take follows in memory, behind the file's."""

    def __init__(self, store: TarballStore, memory: Memory) -> None:
        """Begin with nothing."""
        self._store = store
        self._memory = memory
        self._file: IncomingTarball | None = None
        self._in_file = 0
        self._tail = bytearray()
        self._is_file_failed = False
        self._kept: int | None = None
        """Descriptor of the store's file, once it is read from there."""

    def append(self, piece: bytes) -> None:
        """Add to the end; raises NoRoom."""
        self._memory.take(len(piece))
        self._tail += piece
        if len(self._tail) > SMALL_BYTES or self._file is not None:
            self._spill()

    def read(self, position: int, size: int) -> bytes:
        """Return up to `size` bytes from `position` on; raises OSError."""
        if self._kept is not None:
            return os.pread(self._kept, size, position)
        if position < self._in_file and self._file is not None:
            return self._file.read(position, min(size, self._in_file - position))
        start = position - self._in_file
        return bytes(self._tail[start : start + size])

    def keep(self, digest: TarballDigest) -> KeptTarball | None:
        """Put the whole in the store; None: it could not take it. Blocks, and changes no byte.

        Readers read on meanwhile, in another thread.
        """
        if self._is_file_failed:
            return None
        if self._file is not None:
            return self._store.keep(self._file, digest)
        incoming = self._store.receive()
        if incoming is None:
            return None
        try:
            if incoming.write(self._tail) == len(self._tail):
                return self._store.keep(incoming, digest)
        except OSError as err:
            self._store.fail(err)
        finally:
            incoming.discard()
        return None

    def read_on_from(self, kept: KeptTarball) -> None:
        """Read from the store's file from now on, and give the memory back.

        Who reads slowly would hold it for as long; a file that is dropped meanwhile stays readable.
        """
        if self._file is not None or self._kept is not None:
            return
        try:
            self._kept = os.open(kept.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return  # it stays where it is
        self._memory.give_back(len(self._tail))
        self._tail = bytearray()

    def close(self) -> None:
        """Forget the bytes; a file that was kept stays."""
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None
        self._memory.give_back(len(self._tail))
        self._tail = bytearray()
        if self._file is not None:
            self._file.discard()
            self._file, self._in_file, self._is_file_failed = None, 0, True

    def _spill(self) -> None:
        """Move what is in memory to the file, as far as it takes it."""
        if self._is_file_failed:
            return
        if self._file is None:
            self._file = self._store.receive()
            self._is_file_failed = self._file is None
        if self._file is None:
            return
        try:
            written = self._file.write(self._tail)
        except OSError as err:
            self._store.fail(err)
            self._is_file_failed = True
            return
        self._in_file += written
        self._memory.give_back(written)
        del self._tail[:written]
