"""A forge's API on loopback: answers by path, 404 for the rest, and a record of what was asked."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.support.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class StandInForge:
    """What it answers, and what it was asked: path and the Authorization header."""

    url: str
    answers: dict[str, object] = field(default_factory=dict)
    """By path with its query: bytes as they are, a status, or values as JSON."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def file(self, repository: str, ref: str, path: str, text: str, *, commit: str) -> None:
        """Have a file of a repository at a ref."""
        tree = {"tree": {"sha": "b" * 40}}
        self.answers[f"/repos/{repository}/commits/{ref}"] = {"sha": commit, "commit": tree}
        self.answers[f"/repos/{repository}/contents/{path}?ref={commit}"] = text.encode()


@contextmanager
def standing_in() -> Iterator[StandInForge]:
    """Run it until left."""
    forge = StandInForge(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            forge.asked.append((self.path, self.headers.get("Authorization")))
            answer = forge.answers.get(self.path, 404)
            status, body = 200, b"{}"
            if isinstance(answer, int):
                status = answer
            else:
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (its own name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forge.url = f"http://127.0.0.1:{server.server_port}"
    with served(server):
        yield forge
