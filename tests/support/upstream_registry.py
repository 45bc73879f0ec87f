"""Another registry on loopback: packuments, keys, attestations and tarballs, all of our own making.

What it signs, and what the runs that publish there sign, is made anew for each test, so that a test
can take any of it away, or put something else in its place.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from imprint.npm.names import PackageName
from tests.authority import bundles, documents, statements
from tests.authority.authority import Authority
from tests.authority.bundles import CertificateSigner, KeySigner
from tests.authority.cases.case import identity
from tests.authority.keys import fingerprint, sign, spki, text64
from tests.support.serving import served
from tests.support.tarballs import tarball

if TYPE_CHECKING:
    from pathlib import Path

    from tests.authority.identities import Identity

HOUR = 3600.0


@dataclass
class Asked:
    """One request."""

    path: str
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class UpstreamStandIn:
    """What it answers, by path, and what it was asked."""

    url: str = ""
    """With a slash at its end."""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """More headers of an answer, by path; an `ETag` that is asked with again gets a 304."""
    behaviours: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """What answers in its own way, by path."""
    asked: list[Asked] = field(default_factory=list)
    authority: Authority = field(default_factory=Authority)
    key: KeySigner = field(default_factory=KeySigner)
    packuments: dict[str, dict[str, Any]] = field(default_factory=dict)
    now: float = field(default_factory=lambda: float(int(time.time())) - HOUR)
    """When everything was published."""

    def serve_keys(self) -> None:
        """Say which key is the registry's."""
        key = self.key.key.public_key()
        entry = {
            "expires": None,
            "keyid": fingerprint(key),
            "keytype": "ecdsa-sha2-nistp256",
            "scheme": "ecdsa-sha2-nistp256",
            "key": text64(spki(key)),
        }
        self.put("-/npm/v1/keys", {"keys": [entry]})

    def publish(
        self,
        name: str = "@acme/widget",
        version: str = "1.0.0",
        *,
        attested: bool = True,
        signed: bool = True,
        run: Identity | None = None,
        **package_json: object,
    ) -> bytes:
        """Serve a version, with everything that proves it; returns its tarball."""
        who = run or identity()
        repository = {"type": "git", "url": f"git+{who.extensions[12]}.git"}
        described = {"repository": repository, **package_json}
        data = tarball(name, version, files=None, **described)
        integrity = f"sha512-{text64(hashlib.sha512(data).digest())}"
        escaped = PackageName.parse(name).escaped
        path = f"{name}/-/{version}.tgz"
        dist: dict[str, Any] = {"integrity": integrity, "tarball": self.url + path}
        if signed:
            message = f"{name}@{version}:{integrity}".encode()
            key_id = fingerprint(self.key.key.public_key())
            dist["signatures"] = [{"keyid": key_id, "sig": text64(sign(self.key.key, message))}]
        if attested:
            attestations = f"-/npm/v1/attestations/{escaped}@{version}"
            dist["attestations"] = {
                "url": self.url + attestations,
                "provenance": {"predicateType": statements.PROVENANCE},
            }
            self.put(attestations, self.document(name, version, data, who))
        document = self.packuments.setdefault(
            name, {"name": name, "dist-tags": {}, "versions": {}, "time": {}}
        )
        document["versions"][version] = {
            "name": name,
            "version": version,
            **described,
            "dist": dist,
            "_npmUser": {"name": "wile"},
        }
        document["dist-tags"]["latest"] = version
        moment = datetime.fromtimestamp(self.now, UTC).isoformat().replace("+00:00", "Z")
        document["time"][version] = moment
        self.put(escaped, document)
        self.answers["/" + path] = (200, data)
        return data

    def document(self, name: str, version: str, data: bytes, run: Identity) -> dict[str, Any]:
        """Return the attestations of a version: the run's and the registry's."""
        sha512 = hashlib.sha512(data).hexdigest()
        registry = self.url.rstrip("/")
        stated = (
            (
                statements.PUBLISH,
                statements.publish_predicate(name, version, registry=registry),
                self.key,
                bundles.PUBLISH,
            ),
            (
                statements.PROVENANCE,
                statements.github_predicate(run.extensions),
                CertificateSigner(identity=run),
                bundles.CURRENT,
            ),
        )
        return bundles.document_of(
            *(
                bundles.bundle_of(
                    self.authority,
                    statements.statement(
                        name, version, sha512=sha512, predicate_type=kind, predicate=predicate
                    ),
                    signer,
                    generation=generation,
                    now=self.now,
                )
                for kind, predicate, signer, generation in stated
            )
        )

    def change(self, name: str, version: str, **dist: object) -> None:
        """Change members of a version's `dist`; None takes one away."""
        document = self.packuments[name]
        found = document["versions"][version]["dist"] | dist
        document["versions"][version]["dist"] = {k: v for k, v in found.items() if v is not None}
        self.put(PackageName.parse(name).escaped, document)

    def put(self, path: str, document: object) -> None:
        """Serve a JSON document."""
        self.answers["/" + path] = (200, json.dumps(document).encode())

    def write_root(self, folder: Path) -> Path:
        """Write the authority's trusted root, and return the file."""
        path = folder / "trusted_root.json"
        path.write_text(json.dumps(documents.trusted_root(self.authority)))
        return path

    def paths(self) -> list[str]:
        """Return what it was asked for, in order of the alphabet."""
        return sorted(one.path for one in self.asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: whoever asked has gone, having heard enough."""


@contextmanager
def upstream_registry() -> Iterator[UpstreamStandIn]:
    """Start one; it has keys, and no packages."""
    state = UpstreamStandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def answer(self) -> None:
            path = self.path.replace("%2F", "%2f")
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = self.rfile.read(int(headers.get("content-length", 0)))
            state.asked.append(Asked(path, headers, self.command, sent))
            if path in state.behaviours:
                state.behaviours[path](self)
                return
            status, body = state.answers.get(path, (404, b'{"error":"not_found"}'))
            more = state.headers.get(path, {})
            if "ETag" in more and headers.get("if-none-match") == more["ETag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  (http.server's names)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    state.serve_keys()
    with served(server):
        yield state


def decoded(answer: tuple[int, bytes]) -> Any:
    """Return what is served at a path, to be changed."""
    return json.loads(answer[1])


def payload_of(bundle: dict[str, Any]) -> bytes:
    """Return what a bundle's envelope holds."""
    return base64.b64decode(bundle["dsseEnvelope"]["payload"])
