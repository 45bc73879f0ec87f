"""Requests to the stand-in, and those that it gets as a proxy. Not here: what it answers."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.authority.server import AuthorityServer

PUBLIC_HOSTS = ("fulcio.sigstore.dev", "rekor.sigstore.dev", "tuf-repo-cdn.sigstore.dev")
"""Whom the proxy stands in for; it connects to nobody else."""


def handler_of(face: AuthorityServer) -> type[BaseHTTPRequestHandler]:
    """Return what answers each request as `face` says."""

    class Handler(BaseHTTPRequestHandler):
        """Answers requests, and CONNECT by being the host that was asked for. Logs nothing."""

        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            status, kind, body, headers = face.answer(
                self.command, self.path, self.rfile.read(length)
            )
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = answer  # noqa: N815  (http.server's names)

        def do_CONNECT(self) -> None:
            self.close_connection = True
            host = self.path.rpartition(":")[0]
            self.send_response(200 if host in PUBLIC_HOSTS else 403)
            self.end_headers()
            wrapped = face.wrap(self.connection, host)
            if wrapped is None:
                return
            self.connection = wrapped
            self.rfile, self.wfile = wrapped.makefile("rb"), wrapped.makefile("wb")
            self.close_connection = False

        def finish(self) -> None:
            super().finish()
            # Behind CONNECT it is another one than the server closes.
            self.connection.close()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Handler
