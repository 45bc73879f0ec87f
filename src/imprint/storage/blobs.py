"""Blobs, addressed by the sha256 of their bytes: a folder, or S3, GCS or Azure by address.

A blob is first received under a name of its own and put in its place only while the transaction
that refers to it is about to commit, so that a refused publication leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from obstore.store import ObjectStore

_INCOMING = "incoming"


class IncomingBlob(msgspec.Struct, frozen=True, kw_only=True):
    """A blob that is stored but not yet in its place."""

    key: str
    sha256: str


class Blobs:
    """The blob store. All methods but the last are synchronous and may block."""

    def __init__(self, store: ObjectStore, *, folder: Path | None = None) -> None:
        """Use `store`; `folder` is its place on disk where it has one."""
        self._store = store
        self._folder = folder

    @classmethod
    def open(cls, address: str) -> Blobs:
        """Open a folder by path, or `s3://…`, `gs://…`, `az://…`; raises Malformed."""
        if "://" not in address:
            folder = Path(address)
            (folder / _INCOMING).mkdir(parents=True, exist_ok=True)
            return cls(LocalStore(prefix=folder, mkdir=True), folder=folder)
        return cls(_store_at(address))

    def receive(self, data: bytes) -> IncomingBlob:
        """Store `data`, durably, without putting it in its place."""
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"{_INCOMING}/{uuid.uuid4().hex}"
        try:
            if self._folder is None:
                obstore.put(self._store, key, data, mode="overwrite")
            else:
                _write(self._folder / key, data)
        except (BaseError, OSError) as err:
            raise _unreachable() from err
        return IncomingBlob(key=key, sha256=sha256)

    def keep(self, blob: IncomingBlob) -> None:
        """Put a received blob in its place; the same bytes may be there already."""
        try:
            if self._folder is None:
                obstore.rename(self._store, blob.key, _place(blob.sha256), overwrite=True)
            else:
                _move(self._folder / blob.key, self._folder / _place(blob.sha256))
        except (BaseError, OSError) as err:
            raise _unreachable() from err

    def discard(self, blob: IncomingBlob) -> None:
        """Forget a received blob; one that was kept or never came is no error."""
        try:
            if self._folder is None:
                obstore.delete(self._store, blob.key)
            else:
                (self._folder / blob.key).unlink()
        except FileNotFoundError:
            return
        except (BaseError, OSError) as err:
            raise _unreachable() from err

    def read(self, sha256: str) -> bytes:
        """Return the bytes; raises Unavailable where they cannot be had."""
        try:
            return bytes(obstore.get(self._store, _place(sha256)).bytes())
        except (BaseError, OSError) as err:
            raise _unreachable() from err

    def path(self, sha256: str) -> Path | None:
        """Return the file that holds the blob, for stores that are folders of this machine."""
        return None if self._folder is None else self._folder / _place(sha256)

    def probe(self) -> None:
        """Return when the store answers; raises Unavailable when it does not."""
        if self._folder is not None:
            if not self._folder.is_dir():
                raise _unreachable()
            return
        try:
            obstore.head(self._store, f"{_INCOMING}/probe")
        except FileNotFoundError:
            return
        except (BaseError, OSError) as err:
            raise _unreachable() from err

    async def stream(self, sha256: str) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces; raises Unavailable where they cannot be had."""
        try:
            result = await obstore.get_async(self._store, _place(sha256))
            async for piece in result.stream(min_chunk_size=256 * 1024):
                yield bytes(piece)
        except (BaseError, OSError) as err:
            raise _unreachable() from err


def check_address(address: str) -> None:
    """Return where `Blobs.open` can open an address, as far as it says itself; nothing is made.

    Raises Malformed (`blobs-address`).
    """
    if "://" in address:
        _store_at(address)


def _store_at(address: str) -> ObjectStore:
    try:
        return from_url(address)
    except (BaseError, ValueError) as err:
        raise Malformed(
            "blobs-address",
            "the blob address is none that imprint knows: it takes a folder,"
            " `s3://BUCKET/PREFIX`, `gs://…` or `az://…`",
        ) from err


def _place(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"


# A folder's files are written here: obstore takes 0.1 ms more for each of a publication's three
# steps, one of them while every other writer waits.


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _move(path: Path, place: Path) -> None:
    try:
        path.replace(place)
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        _sync(place.parent.parent)
    # The new name must be on the disk before the row that refers to it is.
    _sync(place.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreachable() -> Unavailable:
    return Unavailable("blobs-unavailable", "the blob store does not answer")
