"""A registry on loopback that answers npm's bulk advisories, and remembers what it was asked."""

from __future__ import annotations

import gzip
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_CONTENT = 204
PATH = "/-/npm/v1/security/advisories/bulk"


@dataclass(slots=True)
class BulkStandIn:
    """What it answers, and what it was asked."""

    url: str = ""
    """With a slash at its end."""
    advisories: dict[str, list[object]] = field(default_factory=dict)
    """By name: entries for those that are asked about."""
    statuses: list[int] = field(default_factory=list)
    """For the next requests, before it answers as it should."""
    body: bytes | None = None
    """Sent in place of an answer."""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def bulk_registry() -> Iterator[BulkStandIn]:
    """Run it until left."""
    state = BulkStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.headers.append({name.lower(): value for name, value in self.headers.items()})
            wanted = json.loads(gzip.decompress(raw))
            state.asked.append(wanted)
            status = state.statuses.pop(0) if state.statuses else 200
            found = {name: state.advisories[name] for name in wanted if name in state.advisories}
            body = json.dumps(found).encode() if state.body is None else state.body
            if status == NO_CONTENT:
                body = b""
            self.send_response(status if self.path == PATH else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    with served(server):
        yield state
