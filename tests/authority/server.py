"""The HTTP face of the stand-in, on loopback, and a proxy that leads stock clients to it.

npm's clients have the public instance's hosts written into them. `HTTPS_PROXY` set to this
server's address, and `NODE_EXTRA_CA_CERTS` to `tls_root.pem`, brings them here instead.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from imprint.tokens.issuers import Issuer
from imprint.tokens.keysets import KeySet
from imprint.upstream.discovery import fetch_key_set
from imprint.upstream.fetch import Fetcher
from imprint.upstream.sigstore.certificates import audience_of
from tests.authority import documents
from tests.authority.authority import STOCK_AUDIENCE, Authority, Denied, Registrar
from tests.authority.certificates import FOUNDED
from tests.authority.handler import PUBLIC_HOSTS, handler_of
from tests.authority.keys import pem
from tests.authority.proposals import Refused, body_of
from tests.authority.tls import TlsHost
from tests.authority.tuf_repository import TufRepository

JSON = "application/json"
Answer = tuple[int, str, bytes, Mapping[str, str]]


class AuthorityServer:
    """An authority that answers on loopback. A context manager: it serves inside."""

    def __init__(
        self,
        authority: Authority,
        *,
        issuers: Iterable[Issuer] = (),
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take `port`, or a free one; certificates are for ID tokens of `issuers` alone."""
        self.authority = authority
        self.clock = clock
        self.asked: list[str] = []
        """Method and path of every request, in order."""
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler_of(self))
        self._server.daemon_threads = True
        self.registrar = Registrar(
            authority=authority,
            audiences=(STOCK_AUDIENCE, audience_of(self.address)),
            keys_of=_keys_of,
            issuers={issuer.url: issuer for issuer in issuers},
        )
        self._tls = TlsHost(authority.seed, PUBLIC_HOSTS)
        self.tuf = TufRepository(authority.seed, FOUNDED)
        self._targets: dict[str, bytes] = {
            "trusted_root.json": _json(documents.trusted_root(authority)),
            "signing_config.v0.2.json": _json(documents.signing_config(self.address)),
        }
        self._publish()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="authority", daemon=True
        )

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=20)

    def add_registry(self, host: str, keys: Mapping[str, Any]) -> None:
        """Publish a registry's keys by TUF; `host` is `HOST:PORT` as clients are configured."""
        self._targets[f"{host}/keys.json"] = _json(keys)
        self._publish()

    def variables(self, folder: Path) -> dict[str, str]:
        """Return what leads a stock client here; `folder` gets the certificate it needs."""
        certificate = folder / "tls_root.pem"
        certificate.write_bytes(self._tls.root.public_bytes(Encoding.PEM))
        return {
            "HTTPS_PROXY": self.address,
            # npm 12 asks TUF by node's own fetch, which otherwise knows no proxy.
            "NODE_USE_ENV_PROXY": "1",
            "NO_PROXY": "127.0.0.1",
            "NODE_EXTRA_CA_CERTS": str(certificate),
        }

    def seed_cache(self, npm_cache: Path) -> None:
        """Give npm the root of this TUF repository in place of the public one."""
        folder = npm_cache / "_tuf" / "tuf-repo-cdn.sigstore.dev"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.json").write_bytes(self.tuf.root)

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Return status, content type, body and further headers; one request at a time."""
        with self._lock:
            self.asked.append(f"{method} {urlsplit(target).path}")
            return self._answer(method, target, body)

    def wrap(self, connection: Any, host: str) -> ssl.SSLSocket | None:
        """Answer as one of the public instance's hosts; None: that host is none of them."""
        return self._tls.wrap(connection) if host in PUBLIC_HOSTS else None

    def _answer(self, method: str, target: str, body: bytes) -> Answer:
        parts = urlsplit(target)
        match method, parts.path:
            case "POST", "/api/v2/signingCert":
                return self._certify(json.loads(body))
            case "POST", "/api/v1/log/entries":
                return self._log(json.loads(body))
            case "POST", "/api/v1/timestamp":
                stamped = self.authority.timestamps.answer(body, now=self.clock())
                return 201, "application/timestamp-reply", stamped, {}
            case "GET", "/api/v1/log":
                return _answer(200, self._log_info())
            case "GET", "/api/v1/log/publicKey":
                public = pem(self.authority.log.key.public_key())
                return 200, "application/x-pem-file", public, {}
            case "GET", path if path.startswith("/api/v1/log/entries"):
                return self._entry(path, parse_qs(parts.query))
            case "GET", path if path[1:] in self.tuf.files:
                return 200, "application/octet-stream", self.tuf.files[path[1:]], {}
            case _:
                return _answer(404, {"code": 404, "message": "the stand-in has nothing here"})

    def _certify(self, request: dict[str, Any]) -> Answer:
        try:
            leaf = self.registrar.certify(request, now=self.clock())
        except Denied as err:
            return _answer(400, {"code": 3, "message": str(err), "details": []})
        chain = self.authority.chain
        found = (x509.load_der_x509_certificate(leaf), chain.intermediate, chain.root)
        texts = [certificate.public_bytes(Encoding.PEM).decode() for certificate in found]
        return _answer(200, {"signedCertificateEmbeddedSct": {"chain": {"certificates": texts}}})

    def _log(self, proposal: dict[str, Any]) -> Answer:
        log = self.authority.log
        try:
            body = body_of(proposal)
        except (Refused, KeyError, ValueError, TypeError) as err:
            return _answer(400, {"code": 400, "message": f"{type(err).__name__}: {err}"})
        found = log.find(body)
        entry = found or log.append(body, now=self.clock())
        headers = {"location": f"/api/v1/log/entries/{log.uuid(entry)}"}
        if found is not None:
            message = f"an equivalent entry already exists with UUID {log.uuid(entry)}"
            return _answer(409, {"code": 409, "message": message}, headers)
        return _answer(201, log.answer(entry), headers)

    def _entry(self, path: str, query: Mapping[str, list[str]]) -> Answer:
        log = self.authority.log
        index = query.get("logIndex", [""])[0]
        if index.isdigit():
            entry = log.entries[int(index)] if int(index) < len(log.entries) else None
        else:
            entry = log.named(path.rpartition("/")[2])
        if entry is None:
            return _answer(404, {"code": 404, "message": "no such entry"})
        return _answer(200, log.answer(entry))

    def _log_info(self) -> dict[str, Any]:
        log = self.authority.log
        return {
            "rootHash": log.head().hex(),
            "signedTreeHead": log.checkpoint(),
            "treeID": log.origin.rpartition(" ")[2],
            "treeSize": len(log.entries),
        }

    def _publish(self) -> None:
        self.tuf.publish(self._targets, now=datetime.fromtimestamp(self.clock(), UTC))


def _keys_of(issuer: Issuer) -> KeySet:
    async def fetch() -> KeySet:
        async with Fetcher() as fetcher:
            return await fetch_key_set(fetcher, issuer, timeout_seconds=10)

    return asyncio.run(fetch())


def _answer(
    status: int, value: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Answer:
    return status, JSON, _json(value), headers or {}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=1).encode()
