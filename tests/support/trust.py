"""Trust as tests need it: a trust domain with a real root, and a TUF repository on loopback."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imprint.attestations.domains import AllowedIssuer, Thresholds
from imprint.identity.workload import Provider
from imprint.upstream.trust.documents import DomainDocument, KeysDocument
from tests.authority.authority import Authority
from tests.authority.documents import client_trust_config, keys_of_registry, trusted_root
from tests.authority.keys import curve_key
from tests.authority.tuf_repository import TufRepository
from tests.support.serving import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NOW = 1_790_000_000.0
ISSUER = AllowedIssuer(url="https://ci.example.test", provider=Provider.GITHUB)
HOST = "registry.example.test"


@cache
def authority(seed: str = "stand-in") -> Authority:
    """An instance of sigstore; its keys depend on the seed alone."""
    return Authority(seed=seed)


def raw_root(seed: str = "stand-in", /, **changes: object) -> bytes:
    """Return the trusted root of that instance."""
    return json.dumps({**trusted_root(authority(seed)), **changes}).encode()


def raw_config(seed: str = "stand-in") -> bytes:
    """Return the client trust configuration of that instance."""
    return json.dumps(client_trust_config(authority(seed), "https://sign.example.test")).encode()


def raw_keys(*seeds: str) -> bytes:
    """Return keys of a registry, in the shape of its TUF target."""
    keys = (curve_key(seed, "registry").public_key() for seed in seeds or ("stand-in",))
    return json.dumps(keys_of_registry(*keys)).encode()


def domain_document(**changes: Any) -> DomainDocument:
    """Return a private trust domain, updated now."""
    values: dict[str, Any] = {
        "name": "private",
        "source": "a test",
        "updated_at": NOW,
        "thresholds": Thresholds(),
        "issuers": (ISSUER,),
        "raw_trusted_root": raw_root(),
    }
    return DomainDocument(**{**values, **changes})


def keys_document(**changes: Any) -> KeysDocument:
    """Return the keys of a registry, updated now."""
    values: dict[str, Any] = {
        "label": HOST,
        "source": "a test",
        "updated_at": NOW,
        "raw_keys": raw_keys(),
    }
    return KeysDocument(**{**values, **changes})


def tuf_repository(
    targets: Mapping[str, bytes] | None = None, *, seed: str = "stand-in", now: float | None = None
) -> TufRepository:
    """Return a repository with these targets, fresh for a week; python-tuf has a clock of its own."""
    moment = datetime.now(UTC) if now is None else datetime.fromtimestamp(now, UTC)
    repository = TufRepository(seed=seed, founded=moment.replace(microsecond=0))
    repository.publish(targets or {"trusted_root.json": raw_root()}, now=moment)
    return repository


def write_repository(repository: TufRepository, folder: Path) -> None:
    """Write every file of the repository as it is now."""
    for path, content in repository.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives its address."""
    with _running(partial(_Quiet, directory=str(folder))) as address:
        yield address


@contextmanager
def breaking_off() -> Iterator[str]:
    """Answer with less than what was promised; gives the address."""
    with _running(_BreakingOff) as address:
        yield address


@contextmanager
def _running(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class _BreakingOff(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Promise a hundred bytes."""
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
