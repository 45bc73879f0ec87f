"""An upstream that goes wrong: behaviours for `UpstreamStandIn.behaviours`, one for each fault.

Each takes what would have been right, and does one thing wrong with it; what a behaviour keeps (how
often it was asked, what it waits for) is its own. `clean` answers rightly, to be put back after.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import TypeAlias

Behaviour: TypeAlias = Callable[[BaseHTTPRequestHandler], None]

PATIENCE_SECONDS = 30.0
"""No behaviour keeps its thread for longer than this, whoever has been forgotten."""
NO_HEADERS: Mapping[str, str] = {}


def clean(body: bytes, *, status: int = 200, headers: Mapping[str, str] = NO_HEADERS) -> Behaviour:
    """Answer as one should."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, status, {"content-length": str(len(body)), **headers})
        handler.wfile.write(body)

    return answer


def killed_after(body: bytes, sent: int, *, headers: Mapping[str, str] = NO_HEADERS) -> Behaviour:
    """Promise all of `body`, send its first `sent` bytes, and reset the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"content-length": str(len(body)), **headers})
        handler.wfile.write(body[:sent])
        handler.wfile.flush()
        _reset(handler)

    return answer


def killed_before_any_answer() -> Behaviour:
    """Reset the connection as soon as the request is there."""
    return _reset


def closed_early(body: bytes, sent: int) -> Behaviour:
    """Promise all of `body`, send its first `sent` bytes, and close in an orderly way."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"content-length": str(len(body))})
        handler.wfile.write(body[:sent])
        handler.close_connection = True

    return answer


def chunked_without_end(body: bytes, sent: int) -> Behaviour:
    """Send the first `sent` bytes as a chunk, and close without the chunk that ends it all."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"transfer-encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%b\r\n" % (sent, body[:sent]))
        handler.close_connection = True

    return answer


def chunked(body: bytes, *, piece_bytes: int = 16_384) -> Behaviour:
    """Answer rightly, without saying how long it will be."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"transfer-encoding": "chunked"})
        for at in range(0, len(body), piece_bytes):
            piece = body[at : at + piece_bytes]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def said_longer(body: bytes, *, by: int = 1) -> Behaviour:
    """Say that it is `by` bytes longer than it is, and close after the last there is."""
    return closed_early(body + b"\0" * by, len(body))


def said_shorter(body: bytes, *, by: int = 1) -> Behaviour:
    """Say that it is `by` bytes shorter than it is, and send all of it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"content-length": str(len(body) - by)})
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def two_lengths(body: bytes) -> Behaviour:
    """State two content lengths, the right one and another."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.send_header("content-length", str(len(body) + 1))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def truncated_gzip(body: bytes, *, missing: int = 12) -> Behaviour:
    """Compress, and leave the last bytes out; the length is that of what is sent."""
    packed = gzip.compress(body, mtime=0)[:-missing]
    return clean(packed, headers={"content-encoding": "gzip"})


def damaged_gzip(body: bytes) -> Behaviour:
    """Compress, and change a byte of the checksum at the end."""
    packed = bytearray(gzip.compress(body, mtime=0))
    packed[-8] ^= 0xFF
    return clean(bytes(packed), headers={"content-encoding": "gzip"})


def gzip_bomb(size_bytes: int) -> Behaviour:
    """Answer a few bytes that become `size_bytes` of zeros."""
    return clean(
        gzip.compress(bytes(size_bytes), mtime=0),
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    )


def other_bytes(body: bytes, *, at: int = -1) -> Behaviour:
    """Answer bytes of which one is another: the last, if nothing else is said."""
    changed = bytearray(body)
    changed[at] ^= 0x01
    return clean(bytes(changed))


def redirected(to: str, *, status: int = 302) -> Behaviour:
    """Send whoever asks to another address."""
    return clean(b"", status=status, headers={"location": to})


def silent(*, seconds: float = PATIENCE_SECONDS) -> Behaviour:
    """Take the request, and say nothing."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _wait_for_its_end(handler, seconds)
        handler.close_connection = True

    return answer


def slow(
    body: bytes, *, piece_bytes: int = 1, pause_seconds: float = 0.05, first: int = 0
) -> Behaviour:
    """Send a little at a time (slow-loris): `first` bytes at once, then a piece after each pause.

    It stops when whoever asked goes away.
    """

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, {"content-length": str(len(body))})
        handler.wfile.write(body[:first])
        handler.wfile.flush()
        for at in range(first, len(body), piece_bytes):
            if _wait_for_its_end(handler, pause_seconds):
                break
            with contextlib.suppress(OSError):
                handler.wfile.write(body[at : at + piece_bytes])
                handler.wfile.flush()
        handler.close_connection = True

    return answer


def slow_head(*, pause_seconds: float = 0.05) -> Behaviour:
    """Send headers without an end, one after each pause."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        until = int(PATIENCE_SECONDS / pause_seconds)
        for number in range(until):
            if _wait_for_its_end(handler, pause_seconds):
                break
            with contextlib.suppress(OSError):
                handler.connection.sendall(b"x-%d: still here\r\n" % number)
        handler.close_connection = True

    return answer


class Storm:
    """Errors, `times` of them (None: for ever), and then what would have been right."""

    def __init__(self, then: Behaviour, *, times: int | None = None, status: int = 500) -> None:
        self.asked = 0
        """How many requests came, also those that were answered rightly."""
        self._then = then
        self._times = times
        self._error = clean(b'{"error":"internal server error"}', status=status)
        self._lock = threading.Lock()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        with self._lock:
            self.asked += 1
            is_over = self._times is not None and self.asked > self._times
        (self._then if is_over else self._error)(handler)


class Held:
    """What would have been right, but only after `release`: for everybody who asked by then."""

    def __init__(self, then: Behaviour) -> None:
        self.asked = 0
        """How many requests came."""
        self.came = threading.Event()
        """Set when the first request is there."""
        self._released = threading.Event()
        self._then = then
        self._lock = threading.Lock()

    def release(self) -> None:
        """Answer all of them, and everybody later."""
        self._released.set()

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, when it is time."""
        with self._lock:
            self.asked += 1
        self.came.set()
        self._released.wait(PATIENCE_SECONDS)
        self._then(handler)


def _begin(handler: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


def _reset(handler: BaseHTTPRequestHandler) -> None:
    """Close so that the other side gets a reset, as where a process was killed or a router died."""
    handler.close_connection = True
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # The server would shut it down first, which ends it in order: so it is closed here, by its
    # number, for the files over it would keep it open.
    socket.close(handler.connection.detach())


def _wait_for_its_end(handler: BaseHTTPRequestHandler, seconds: float) -> bool:
    """Wait, at most `seconds`; return whether the other side has closed by then."""
    handler.connection.settimeout(seconds)
    try:
        return not handler.connection.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return False
    except OSError:
        return True
    finally:
        with contextlib.suppress(OSError):
            handler.connection.settimeout(None)
