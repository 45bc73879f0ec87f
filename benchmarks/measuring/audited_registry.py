"""A registry of finished answers, as a process of its own: `audited_registry.py FOLDER PORT`.

It does nothing but find an answer and hand it over, so that what is measured is whoever asks. The
folder holds `bodies`, and `index.json`: by path the places of the plain and of the compressed body.
Asked for advisories, it knows none.
"""

from __future__ import annotations

import asyncio
import json
import mmap
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_END = b"\r\n\r\n"
_MISSING = b'{"error":"not_found"}'
_BULK = "/-/npm/v1/security/advisories/bulk"
_NO_ADVISORIES = b"{}"
_SIZE = re.compile(rb"content-length: (\d+)")


class Bodies:
    """Every answer there is."""

    def __init__(self, folder: Path) -> None:
        with (folder / "bodies").open("rb") as file:
            self._all = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self._index: Mapping[str, list[int]] = json.loads((folder / "index.json").read_bytes())

    def answer(self, path: str, headers: bytes) -> tuple[bytes, memoryview]:
        """Return head and body for a GET."""
        place = self._index.get(path.replace("%2F", "%2f").replace("%40", "@"))
        if place is None:
            return _head("404 Not Found", len(_MISSING)), memoryview(_MISSING)
        at, size, packed_at, packed_size = place
        etag = b'"%x-%x"' % (at, size)
        more = b"ETag: " + etag + b"\r\nCache-Control: public, max-age=300\r\n"
        if b"if-none-match: " + etag in headers:
            return _head("304 Not Modified", None, more), memoryview(b"")
        if b"gzip" in headers:
            more += b"Content-Encoding: gzip\r\n"
            at, size = packed_at, packed_size
        return _head("200 OK", size, more), self._all[at : at + size]


class Connection(asyncio.Protocol):
    """One connection, which is kept."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there, in order."""
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
            if method == "GET":
                head, body = self._bodies.answer(target.partition("?")[0], headers)
            else:
                head, body = _posted(target)
            self._transport.write(head)
            if body:
                self._transport.write(body)


def _posted(target: str) -> tuple[bytes, memoryview]:
    """Return head and body for what is asked in bulk."""
    if target == _BULK:
        return _head("200 OK", len(_NO_ADVISORIES)), memoryview(_NO_ADVISORIES)
    return _head("404 Not Found", 0), memoryview(b"")


def _lowered(headers: bytes) -> bytes:
    """Return headers with their names in lower case; values stay."""
    lines = (line.partition(b":") for line in headers.split(b"\r\n"))
    return b"\r\n".join(name.lower() + colon + value for name, colon, value in lines)


def _head(status: str, size: int | None, more: bytes = b"") -> bytes:
    length = b"" if size is None else b"Content-Length: %d\r\n" % size
    kind = b"Content-Type: application/json\r\n"
    return b"HTTP/1.1 %b\r\n" % status.encode() + kind + length + more + b"\r\n"


async def main(folder: Path, port: int) -> None:
    """Serve on loopback until somebody ends it."""
    bodies = Bodies(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(bodies), "127.0.0.1", port, backlog=512)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
