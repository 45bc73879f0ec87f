"""An issuer over real HTTP on loopback that does what a test tells it, and a clock that can jump."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from imprint.identity.workload import Provider
from imprint.tokens.issuers import Issuer
from tests.support.issuer_keys import SigningIssuer, dump

DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/keys"


@dataclass(slots=True)
class FakeClock:
    """Unix seconds that pass only when told to, or while somebody sleeps."""

    now: float = 1_795_000_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass(slots=True)
class Answer:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False
    """True: the connection is cut instead."""


class FakeIssuer:
    """Discovery and keys. `answers` may be changed at any time; `gate`, while closed, holds all."""

    def __init__(self, name: str = "github", signer: SigningIssuer | None = None) -> None:
        self.name = name
        self.signer = signer or SigningIssuer.rsa()
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""
        self._runner = web.ServerRunner(web.Server(self._answer))

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.document()
        self.publish(self.signer)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.gate.set()
        await self._runner.cleanup()

    @property
    def issuer(self) -> Issuer:
        """As an administrator registered it."""
        return Issuer(name=self.name, url=self.url, provider=Provider.GITHUB)

    @property
    def fetches(self) -> int:
        """How often the keys, or else the discovery document, were asked for."""
        return max(self.requests.count(DISCOVERY), self.requests.count(KEYS))

    def document(self, **members: object) -> None:
        """Answer discovery with the right document but for these members; None takes one out."""
        whole = {"issuer": self.url, "jwks_uri": self.url + KEYS, **members}
        kept = {name: value for name, value in whole.items() if value is not None}
        self.answers[DISCOVERY] = Answer(dump(kept))

    def publish(self, first: SigningIssuer, *others: SigningIssuer) -> None:
        """Publish exactly these keys."""
        self.answers[KEYS] = Answer(first.jwks(*others))

    def fail(self, path: str = DISCOVERY, status: int = 500) -> None:
        """Answer a path by a status."""
        self.answers[path] = Answer(b"no", status=status)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request.path)
        self.headers.append(dict(request.headers))
        await self.gate.wait()
        answer = self.answers.get(request.path, Answer(status=404))
        if answer.drops and request.transport is not None:
            request.transport.abort()
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)


class FakeResolver(AbstractResolver):
    """Knows the addresses it was given, and no others."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown host")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self.addresses[host]
        ]

    async def close(self) -> None:
        return
