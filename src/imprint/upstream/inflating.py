"""One compressed member, inflated as it comes, piece by piece. Not here: how much is too much."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from isal import isal_zlib
from isal.igzip_lib import IsalError

from imprint.upstream.failures import FetchFailed, FetchReason

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE_BYTES: Final = 1_048_576
_GZIP_ONLY: Final = 31
"""zlib's `wbits` for a gzip member of any window, and nothing else."""
_WINDOW_LOG: Final = 23
"""Who sends zstd may count on 8 MB, and on no more (RFC 9659 §3)."""


class GzipInflater:
    """One gzip member; raises FetchFailed."""

    def __init__(self, shown: str) -> None:
        """Inflate what `shown`, an address for people, answered."""
        self._shown = shown
        self._inflater = isal_zlib.decompressobj(_GZIP_ONLY)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out, in pieces of at most `PIECE_BYTES`."""
        pending, piece = chunk, b""
        # A full piece may leave more inside of zlib, even when all input is taken.
        while pending or len(piece) == PIECE_BYTES:
            if self._inflater.eof:
                break
            try:
                piece = self._inflater.decompress(pending, PIECE_BYTES)
            except IsalError as err:  # type: ignore[misc]  # its stubs call it an instance
                raise _damaged(self._shown, "is not gzip data, or is damaged") from err
            yield piece
            pending = self._inflater.unconsumed_tail
        if self._inflater.eof and (pending or self._inflater.unused_data):
            raise _damaged(self._shown, "goes on behind its gzip data")

    def end(self) -> None:
        """Raise where the member is not whole."""
        if not self._inflater.eof:
            raise _damaged(self._shown, "is cut off")


class ZstdInflater:
    """One zstd frame; raises FetchFailed."""

    def __init__(self, shown: str) -> None:
        """Inflate what `shown`, an address for people, answered."""
        self._shown = shown
        # Loaded for who is answered so: commands that ask for nothing start without it.
        if sys.version_info >= (3, 14):
            from compression import zstd  # noqa: PLC0415 - as the line above says
        else:
            from backports import zstd  # noqa: PLC0415 - as above
        self._error = zstd.ZstdError
        largest: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        self._inflater = zstd.ZstdDecompressor(options=largest)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what comes out, in pieces of at most `PIECE_BYTES`."""
        pending = chunk
        while not self._inflater.eof:
            try:
                piece = self._inflater.decompress(pending, PIECE_BYTES)
            except self._error as err:
                raise _damaged(self._shown, "is not zstd data, or is damaged") from err
            yield piece
            pending = b""
            if self._inflater.needs_input and not self._inflater.eof:
                return
        if pending or self._inflater.unused_data:
            raise _damaged(self._shown, "goes on behind its zstd data")

    def end(self) -> None:
        """Raise where the frame is not whole."""
        if not self._inflater.eof:
            raise _damaged(self._shown, "is cut off")


def inflater_for(encoding: str, shown: str) -> GzipInflater | ZstdInflater | None:
    """Return what inflates a `Content-Encoding`; None: nothing does."""
    match encoding:
        case "gzip" | "x-gzip":
            return GzipInflater(shown)
        case "zstd":
            return ZstdInflater(shown)
        case _:
            return None


def _damaged(shown: str, fault: str) -> FetchFailed:
    return FetchFailed(FetchReason.ENCODING, f"{shown} {fault}")
