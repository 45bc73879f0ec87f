"""Upstream tarballs as the gate keeps them: files, named after their digest, in the gate's folder.

The folder is all there is of an index: a name that is there is a whole file, whatever ended the
process that wrote it, and several processes may share it. What another process left is hashed
before it is first sent. When a file was last used is its access time, which is set here. Not here:
where tarballs come from, and to whom they go (`gate.tarballs`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import threading
import uuid
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger("imprint.gate")

ALGORITHMS: Final = ("sha512", "sha384", "sha256", "sha1")
"""The strongest first."""
SENT_WITHIN_SECONDS: Final = 120.0
"""What was asked for since then may still be read by the server itself, and stays."""
USED_EVERY_SECONDS: Final = 30.0
"""How exactly it is known when a file was last used; well below what may still be read."""
ROOM_LEFT: Final = 0.9
"""How much of the quota is filled once room was made, so that it is not made for each file."""
_KNOWN: Final = 100_000
"""Of how many files it is remembered that they are what they are called."""
_HASHED_BYTES: Final = 1024 * 1024
_INCOMING: Final = "incoming"
_MOST_TRIES: Final = 100
"""To make a new file, against whoever removes leftovers at that instant."""


class TarballDigest(msgspec.Struct, frozen=True, kw_only=True):
    """What a tarball is known by."""

    algorithm: str
    """One of `ALGORITHMS`."""
    hexadecimal: str


class KeptTarball(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tarball on the disk, that was hashed."""

    path: str
    size_bytes: int


class TarballStore:
    """The kept tarballs. Where its folder cannot be used nothing is kept, and nothing is raised.

    All methods may be called from any thread; `at_hand` and `has` alone do not block for long.
    """

    def __init__(self, folder: Path, *, quota_bytes: int, clock: Callable[[], float]) -> None:
        """Keep files in `folder`, which is made if need be; `clock` tells Unix seconds."""
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._clock = clock
        self._known: OrderedDict[TarballDigest, tuple[int, int, int]] = OrderedDict()
        self._one = threading.Lock()
        self._size_bytes: int | None = None
        self.failure: str | None = None
        """Why nothing could be kept when it was last tried, one line; None: all is well."""

    @property
    def size_bytes(self) -> int | None:
        """How much there is, about; None: nobody has looked yet."""
        return self._size_bytes

    @property
    def is_over_quota(self) -> bool:
        """Whether room should be made; so too before anybody has looked."""
        return self._size_bytes is None or self._size_bytes > self._quota_bytes

    def at_hand(self, digest: TarballDigest) -> KeptTarball | None:
        """Return a file that this process has hashed; None: there is none, or `look`."""
        place = self._place(digest)
        try:
            found = os.stat(place)  # noqa: PTH116 - a Path takes longer than the look itself
        except OSError:
            return None
        if self._known.get(digest) != _identity(found):
            return None
        now = self._clock()
        if not 0 <= now - found.st_atime <= USED_EVERY_SECONDS:
            try:
                os.utime(place, ns=(int(now * 1e9), found.st_mtime_ns))
            except FileNotFoundError:  # dropped in this very instant
                return None
            except OSError:
                pass  # somebody else's folder: it counts as not used
        return KeptTarball(path=place, size_bytes=found.st_size)

    def has(self, digest: TarballDigest) -> bool:
        """Return whether there is a file of that name: whether it is worth a `look`."""
        return os.path.exists(self._place(digest))  # noqa: PTH110 - as above

    def look(self, digest: TarballDigest) -> KeptTarball | None:
        """Return a file, hashed now if need be; one that is damaged is dropped. Blocks."""
        if (kept := self.at_hand(digest)) is not None:
            return kept
        path = Path(self._place(digest))
        try:
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                is_whole = _digest_of(file.fileno(), digest.algorithm) == digest.hexadecimal
        except OSError:
            return None
        if not is_whole:
            _drop_damaged(path)
            return None
        self._remember(digest, found)
        return self.at_hand(digest)

    def read(self, digest: TarballDigest) -> bytes | None:
        """Return the bytes of a small file, hashed; one that is damaged is dropped. Blocks."""
        path = Path(self._place(digest))
        try:
            data = path.read_bytes()
        except OSError:
            return None
        hashed = hashlib.new(digest.algorithm, data, usedforsecurity=False)
        if hashed.hexdigest() != digest.hexadecimal:
            _drop_damaged(path)
            return None
        return data

    def receive(self) -> IncomingTarball | None:
        """Return a new file to be written; None: there can be none."""
        folder = self._folder / _INCOMING
        try:
            for _ in range(_MOST_TRIES):
                try:
                    return IncomingTarball(folder / uuid.uuid4().hex)
                except FileNotFoundError:  # the first one
                    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                except TakenForLeftover:
                    continue
        except OSError as err:
            self.fail(err)
        return None

    def keep(self, incoming: IncomingTarball, digest: TarballDigest) -> KeptTarball | None:
        """Put a file that was hashed while it came in its place; None: that could not be."""
        place = Path(self._place(digest))
        try:
            found = os.fstat(incoming.descriptor)
            try:
                incoming.path.replace(place)
            except FileNotFoundError:  # the first one of its folder
                place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                incoming.path.replace(place)
            incoming.is_kept = True
        except OSError as err:
            self.fail(err)
            return None
        self._remember(digest, found)
        self.failure = None
        with self._one:
            if self._size_bytes is not None:
                self._size_bytes += found.st_size
        return KeptTarball(path=str(place), size_bytes=found.st_size)

    def make_room(self, wanted_bytes: int = 0) -> int:
        """Drop leftovers, and what was not used for longest; return how many bytes. Blocks.

        `wanted_bytes`: at least so many, where there is so much to drop, for the disk is full.
        """
        self._clear_leftovers()
        files = sorted(self._files())
        size = sum(file[1] for file in files)
        goal = size - wanted_bytes
        if size > self._quota_bytes:
            goal = min(goal, int(self._quota_bytes * ROOM_LEFT))
        dropped, latest = 0, self._clock() - SENT_WITHIN_SECONDS
        for used_at, size_bytes, path in files:
            if size - dropped <= goal or used_at > latest:
                break
            with contextlib.suppress(OSError):
                # They were listed a while ago: what was asked for since then may be on its way.
                if Path(path).stat().st_atime > latest:
                    continue
                Path(path).unlink()
                dropped += size_bytes
        with self._one:
            self._size_bytes = size - dropped
        return dropped

    def fail(self, err: OSError) -> None:
        """Note that the folder cannot be used, once for each reason."""
        failure = f"no tarball is kept in `{self._folder}`: {(err.strerror or '').lower()}"
        if failure != self.failure:
            log.warning("gate-tarballs-unusable", extra={"reason": failure})
        self.failure = failure

    def _clear_leftovers(self) -> None:
        """Remove what processes that died were receiving."""
        with contextlib.suppress(OSError), os.scandir(self._folder / _INCOMING) as found:
            for entry in found:
                _remove_if_nobodys(entry.path)

    def _place(self, digest: TarballDigest) -> str:
        return place_of(self._folder, digest)

    def _remember(self, digest: TarballDigest, found: os.stat_result) -> None:
        with self._one:
            self._known[digest] = _identity(found)
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)

    def _files(self) -> Iterator[tuple[float, int, str]]:
        for algorithm in ALGORITHMS:
            for folder in _entries(str(self._folder / algorithm)):
                for entry in _entries(folder.path):
                    with contextlib.suppress(OSError):
                        found = entry.stat(follow_symlinks=False)
                        yield found.st_atime, found.st_size, entry.path


class TakenForLeftover(Exception):
    """A new file was removed, or is about to be, in the instant before it was locked."""


class IncomingTarball:
    """A file that is being written. It is locked, so that nobody takes it for a leftover."""

    def __init__(self, path: Path) -> None:
        """Make the file; raises OSError, TakenForLeftover."""
        self.path = path
        self.size_bytes = 0
        self.is_kept = False
        """Whether it has another name by now, and stays."""
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = os.fstat(self.descriptor).st_nlink > 0
        except OSError as err:
            self.discard()
            if isinstance(err, BlockingIOError):
                raise TakenForLeftover from None
            raise
        if not is_there:
            self.discard()
            raise TakenForLeftover

    def write(self, data: bytes | bytearray) -> int:
        """Write what can be written of `data`, and return how much; raises OSError where nothing.

        A disk may take a part, and only then be full.
        """
        written = 0
        with memoryview(data) as view:
            while written < len(data):
                try:
                    written += os.write(self.descriptor, view[written:])
                except OSError:
                    if not written:
                        raise
                    break
        self.size_bytes += written
        return written

    def read(self, position: int, size: int) -> bytes:
        """Return what was written there; raises OSError."""
        return os.pread(self.descriptor, size, position)

    def discard(self) -> None:
        """Remove the file, unless it was kept, and close it."""
        if not self.is_kept:
            with contextlib.suppress(OSError):
                self.path.unlink()
        self.close()

    def close(self) -> None:
        """Close the file; twice is no error."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def place_of(folder: Path, digest: TarballDigest) -> str:
    """Return where a tarball is, if it is kept in `folder`."""
    name = digest.hexadecimal
    return f"{folder}/{digest.algorithm}/{name[:2]}/{name}"


def whole_size_of(folder: Path, digest: TarballDigest) -> int | None:
    """Return the size of a tarball in `folder`, hashed now; None: it is not there, or damaged.

    It does not count as used by that.
    """
    try:
        with Path(place_of(folder, digest)).open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            is_whole = _digest_of(file.fileno(), digest.algorithm) == digest.hexadecimal
    except OSError:
        return None
    return size_bytes if is_whole else None


def sha512_of(kept: KeptTarball) -> str:
    """Return the sha512 of a kept tarball, hex, for those known by a weaker one. Raises OSError."""
    with Path(kept.path).open("rb") as file:
        return _digest_of(file.fileno(), ALGORITHMS[0])


def _drop_damaged(path: Path) -> None:
    log.error("kept-tarball-damaged", extra={"path": str(path)})
    with contextlib.suppress(OSError):
        path.unlink()


def _identity(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _digest_of(descriptor: int, algorithm: str) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    while piece := os.read(descriptor, _HASHED_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _remove_if_nobodys(path: str) -> None:
    """Remove a file that no process has locked: the kernel lets go of a dead one's locks."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Path(path).unlink()
        finally:
            os.close(descriptor)
