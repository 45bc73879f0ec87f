"""A man in the middle of plain HTTP: a proxy that changes what a registry answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from tests.support.serving import served

DIRECT = build_opener(ProxyHandler({}))
PASSED_ON = ("accept", "authorization", "content-type")
"""Nothing conditional, and nothing that asks for compressed answers."""


@dataclass(slots=True)
class Meddler:
    """What is changed: a function of the body, for each ending of a path."""

    address: str = ""
    changes: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Return what puts it between a client and a registry on loopback.

        npm takes its own setting for requests to registries, plain ones too, and the variable for
        all others.
        """
        return {
            "HTTP_PROXY": self.address,
            "NO_PROXY": "",
            "npm_config_https_proxy": self.address,
        }

    def change(self, ending: str, how: Callable[[Any], Any]) -> None:
        """Change the JSON of answers to paths with this ending."""
        self.changes[ending] = lambda body: json.dumps(how(json.loads(body))).encode()

    def changed(self, path: str, body: bytes) -> bytes:
        """Return a body as it is passed on."""
        for ending, how in self.changes.items():
            if unquote(path).endswith(ending):
                return how(body)
        return body


@contextmanager
def meddling() -> Iterator[Meddler]:
    """Run a proxy that changes nothing yet."""
    meddler = Meddler()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name: text for name in PASSED_ON if (text := self.headers.get(name))}
            sent = self.rfile.read(length) if length else None
            request = Request(self.path, data=sent, headers=headers, method=self.command)
            try:
                with DIRECT.open(request, timeout=30) as found:
                    status, kind, body = (
                        found.status,
                        found.headers.get_content_type(),
                        found.read(),
                    )
            except HTTPError as err:
                with err:
                    status, kind, body = err.code, err.headers.get_content_type(), err.read()
            body = meddler.changed(urlsplit(self.path).path, body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  (http.server's names)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    meddler.address = f"http://127.0.0.1:{server.server_port}"
    with served(server):
        yield meddler
