"""The registry behind both proxies, as a process of its own, as far away as is asked.

`python -m benchmarks.measuring.gated_upstream FOLDER PORT LATENCY_MS`. The folder holds `bodies`
and `index.json`: by path the kind of the answer, and the places of the plain and the compressed
body. Every answer begins so many milliseconds after its request. It counts what it is asked and
how many bytes it answers, and tells that at `COUNTS`.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import re
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTS: Final = "/-/counts"
"""Answered at once, and not counted."""
_BULK: Final = "/-/npm/v1/security/advisories/bulk"
_END: Final = b"\r\n\r\n"
_MISSING: Final = b'{"error":"not_found"}'
_SIZE = re.compile(rb"content-length: (\d+)")
_KINDS: Final = {"json": b"application/json", "tgz": b"application/octet-stream"}


class Answers:
    """Every answer there is, and how much of them was asked for."""

    def __init__(self, folder: Path) -> None:
        with (folder / "bodies").open("rb") as file:
            self._all = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        index: Mapping[str, list[int | str]] = json.loads((folder / "index.json").read_bytes())
        self._index = index
        self.requests = 0
        self.sent_bytes = 0

    def answer(self, method: str, path: str, headers: bytes) -> tuple[bytes, memoryview]:
        """Return head and body."""
        self.requests += 1
        head, body = self._found(method, path, headers)
        self.sent_bytes += len(body)
        return head, body

    def counts(self) -> tuple[bytes, memoryview]:
        """Return head and body of what was counted until now."""
        told = json.dumps({"requests": self.requests, "bytes": self.sent_bytes}).encode()
        return _head("200 OK", len(told), _KINDS["json"]), memoryview(told)

    def _found(self, method: str, path: str, headers: bytes) -> tuple[bytes, memoryview]:
        if method == "POST" and path == _BULK:
            return _head("200 OK", 2, _KINDS["json"]), memoryview(b"{}")
        entry = self._index.get(path.replace("%2F", "%2f").replace("%40", "@"))
        if entry is None or method not in {"GET", "HEAD"}:
            return _head("404 Not Found", len(_MISSING), _KINDS["json"]), memoryview(_MISSING)
        kind, *places = entry
        at, size, packed_at, packed_size = map(int, places)
        etag = b'"%x-%x"' % (at, size)
        more = b"ETag: " + etag + b"\r\nCache-Control: public, max-age=300\r\n"
        if b"if-none-match: " + etag in headers:
            return _head("304 Not Modified", None, _KINDS[str(kind)], more), memoryview(b"")
        if packed_size and b"gzip" in headers:
            more += b"Content-Encoding: gzip\r\n"
            at, size = packed_at, packed_size
        head = _head("200 OK", size, _KINDS[str(kind)], more)
        return head, self._all[at : at + size] if method == "GET" else memoryview(b"")


class Connection(asyncio.Protocol):
    """One connection, which is kept; answers go out in order, each after the latency."""

    def __init__(self, answers: Answers, latency_seconds: float) -> None:
        self._answers = answers
        self._latency = latency_seconds
        self._came = b""
        self._waiting: deque[tuple[bytes, memoryview]] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take every request that is there."""
        self._came += data
        while _END in self._came:
            request, _, rest = self._came.partition(_END)
            line, _, raw_headers = request.partition(b"\r\n")
            method, target, *_ = line.decode("latin-1").split(" ")
            headers = _lowered(raw_headers)
            stated = _SIZE.search(headers)
            sent = 0 if stated is None else int(stated[1])
            if len(rest) < sent:
                return
            self._came = rest[sent:]
            path = target.partition("?")[0]
            if path == COUNTS:
                self._write(*self._answers.counts())
                continue
            self._waiting.append(self._answers.answer(method, path, headers))
            asyncio.get_running_loop().call_later(self._latency, self._next)

    def _next(self) -> None:
        self._write(*self._waiting.popleft())

    def _write(self, head: bytes, body: memoryview) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(head)
        if body:
            self._transport.write(body)


def _lowered(headers: bytes) -> bytes:
    """Return headers with their names in lower case; values stay."""
    lines = (line.partition(b":") for line in headers.split(b"\r\n"))
    return b"\r\n".join(name.lower() + colon + value for name, colon, value in lines)


def _head(status: str, size: int | None, kind: bytes, more: bytes = b"") -> bytes:
    length = b"" if size is None else b"Content-Length: %d\r\n" % size
    stated = b"Content-Type: " + kind + b"\r\n"
    return b"HTTP/1.1 %b\r\n" % status.encode() + stated + length + more + b"\r\n"


async def main(folder: Path, port: int, latency_ms: float) -> None:
    """Serve on loopback until somebody ends it."""
    answers = Answers(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(answers, latency_ms / 1000), "127.0.0.1", port, backlog=512
    )
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
