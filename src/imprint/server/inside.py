"""Asking the server's application in this process, without a socket: for commands at the machine.

Nothing that runs beside requests is started. Not here: serving (`start`).
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote

from imprint.server.start import build_app
from imprint.upstream.fetch import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from imprint.http.asgi import Message, Scope
    from imprint.server.app import ServerApp
    from imprint.settings import Settings


@asynccontextmanager
async def inside(
    settings: Settings, *, public_url: str, headers: Mapping[str, str]
) -> AsyncIterator[Callable[[str], Awaitable[Answer]]]:
    """Yield what answers a GET of a path with `headers`; everything is closed when it is left.

    Raises Malformed for a setting that cannot be, Unavailable where a store does not answer.
    """
    app = build_app(settings, public_url=public_url)
    raw = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
    try:
        yield lambda path: _answer(app, path, raw)
    finally:
        await app.stop()


async def _answer(app: ServerApp, path: str, headers: tuple[tuple[bytes, bytes], ...]) -> Answer:
    status, etag, body = 0, "", bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, etag
        if message["type"] == "http.response.start":
            status = message["status"]
            etag = dict(message["headers"]).get(b"etag", b"").decode("latin-1")
        else:
            body.extend(message.get("body", b""))

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": b"",
        "headers": headers,
        "client": None,
        "extensions": {},
    }
    await app(scope, receive, send)
    return Answer(status=status, location="", body=bytes(body), etag=etag)
