"""The gate's tarballs before a loopback upstream: real documents, flights and store.

What policy says is what a test states; how an answer ended is told apart: whole, or broken off.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imprint.gate.metrics import Metrics
from imprint.gate.model import Effect, VersionVerdict
from imprint.gate.tarballs.downloads import Downloads
from imprint.gate.tarballs.serving import Tarballs
from imprint.gate.upstream.documents import Documents
from imprint.gate.upstream.upstreams import Upstreams
from imprint.http.pool import Pool
from imprint.http.requests import Request
from imprint.npm.names import PackageName
from imprint.policy.decisions import Admitted, Level, Reason, Refused, Undecided
from imprint.policy.model import Mode
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_tarballs import TarballDigest, TarballStore
from imprint.upstream.bodies import Pace
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import Retries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

    from imprint.gate.model import Recorded, Upstream, UpstreamDocument
    from imprint.http.asgi import Message
    from imprint.storage.events import Event
    from tests.support.upstream_registry import UpstreamStandIn

NAME = "@acme/widget"
PUBLIC_URL = "https://gate.example.test"
LARGE = 3 * 1024 * 1024
SENTENCE = "`@acme/widget@1.0.0` was published with a token, and all before it by a workflow"
QUICK = Retries(most=2, first_seconds=0.001)


def random_bytes(size: int, *, seed: int = 1) -> bytes:
    """Bytes that nothing compresses, the same on every run."""
    return random.Random(seed).randbytes(size)


def sri(data: bytes, algorithm: str = "sha512") -> str:
    """The integrity of data."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def digest_of(data: bytes, algorithm: str = "sha512") -> TarballDigest:
    """What the store knows it by."""
    return TarballDigest(algorithm=algorithm, hexadecimal=hashlib.new(algorithm, data).hexdigest())


@dataclass
class StatedJudging:
    """Serves every version but those that are withheld."""

    withheld: dict[str, str] = field(default_factory=dict)
    """Version, or integrity, to the sentence."""
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    policy_digest: str = "stated"
    mode: Mode = Mode.ENFORCE
    undecided: dict[str, str] = field(default_factory=dict)
    """Version to the sentence."""

    def expect(self, upstream: Upstream, name: str, version: str) -> None:
        """Nothing has to be asked for."""

    async def judge_tarball(
        self, document: UpstreamDocument, version: str, integrity: str | None
    ) -> VersionVerdict:
        """Say what was stated."""
        self.asked.append((document.name, version, integrity))
        sentence = (
            self.withheld.get(version)
            or self.withheld.get(integrity or "")
            or self.undecided.get(version)
        )
        if sentence is None:
            return VersionVerdict(
                version=version, decision=Admitted(), effect=Effect.SERVE, sentence=""
            )
        reason = Reason(
            code="auth-regressed", message=sentence, level=Level.BLOCK, fingerprint="0" * 12
        )
        decision: Refused | Undecided = Refused(reasons=(reason,))
        if version in self.undecided:
            decision = Undecided(reasons=(reason,))
        return VersionVerdict(
            version=version,
            decision=decision,
            effect=Effect.SERVE if self.mode is not Mode.ENFORCE else Effect.WITHHOLD,
            sentence=sentence,
        )


@dataclass
class Answered:
    """What one client got."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_whole: bool = False
    """Whether it came to its end; else the server closes the connection."""
    path: str | None = None
    """The file that the server itself sends."""
    pieces: list[int] = field(default_factory=list)


class TarballWorld:
    """The parts, and a way to ask."""

    def __init__(
        self, upstream: UpstreamStandIn, folder: Path, *, quota_bytes: int, pace: Pace
    ) -> None:
        self.upstream = upstream
        self.now = upstream.now + 7200.0
        self.judging = StatedJudging()
        self.told: list[Recorded] = []
        self.asked: list[tuple[str, list[tuple[str, str]]]] = []
        self.events: list[Event] = []
        self.metrics = Metrics()
        self.fetcher = Fetcher(connections_per_host=32)
        self.upstreams = Upstreams.parse(upstream.url, ())
        self.index = GateIndex(folder / "index.sqlite3")
        self.documents = Documents(
            fetcher=self.fetcher,
            upstreams=self.upstreams,
            index=self.index,
            clock=self.clock,
            retries=QUICK,
        )
        self.pool = Pool(2)
        self.store = TarballStore(folder / "tarballs", quota_bytes=quota_bytes, clock=self.clock)
        self.downloads = Downloads(self.fetcher, self.store, self.pool, retries=QUICK, pace=pace)
        self.tarballs = Tarballs(
            documents=self.documents,
            judging=self.judging,  # type: ignore[arg-type]  # it says what a test states
            upstreams=self.upstreams,
            downloads=self.downloads,
            store=self.store,
            pool=self.pool,
            clock=self.clock,
            told=self.told.append,
            happened=self.events.append,
            public_url=PUBLIC_URL,
            asked=lambda client, versions: self.asked.append((client, list(versions))),
            metrics=self.metrics,
        )

    def clock(self) -> float:
        """The time, which tests set."""
        return self.now

    def publish(
        self, data: bytes, version: str = "1.0.0", *, name: str = NAME, **dist: object
    ) -> str:
        """Serve a version whose tarball is `data`; returns the path that it has upstream."""
        self.upstream.publish(name, version, attested=False, signed=False)
        self.upstream.change(name, version, integrity=sri(data), **dist)
        path = f"/{name}/-/{version}.tgz"
        self.upstream.answers[path] = (200, data)
        return path

    def misbehave(self, path: str, behaviour: Callable[[BaseHTTPRequestHandler], None]) -> None:
        """Let something else answer at a path."""
        self.upstream.behaviours[path] = behaviour

    def times_asked(self, ending: str = ".tgz") -> int:
        """How often the upstream was asked for tarballs."""
        return sum(one.path.endswith(ending) for one in self.upstream.asked)

    async def ask(
        self,
        version: str = "1.0.0",
        *,
        name: str = NAME,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
        each: Callable[[Message], Any] | None = None,
    ) -> Answered:
        """Ask for a tarball as one client."""
        answered = Answered()
        package = PackageName.parse(name)

        async def send(message: Message) -> None:
            match message["type"]:
                case "http.response.start":
                    answered.status = message["status"]
                    answered.headers = {
                        key.decode(): value.decode() for key, value in message["headers"]
                    }
                case "http.response.pathsend":
                    answered.path, answered.is_whole = message["path"], True
                case _:
                    assert not answered.is_whole
                    answered.body += message.get("body", b"")
                    answered.pieces.append(len(message.get("body", b"")))
                    answered.is_whole = not message.get("more_body", False)
            if each is not None:
                waiting = each(message)
                if waiting is not None:
                    await waiting

        path = f"/{name}/-/{package.file_stem}-{version}.tgz"
        scope = {"type": "http", "method": method, "extensions": dict(extensions or {})}
        upstream = self.upstreams.of(package)
        assert upstream is not None
        await self.tarballs.answer(
            scope,
            send,
            package=package,
            version=version,
            upstream=upstream,
            request=Request(
                method=method,
                raw_path=path,
                query="",
                headers={"user-agent": "npm/11.19.1", **(headers or {})},
                address="192.0.2.10",
            ),
        )
        return answered

    async def settled(self) -> None:
        """Return when no flight is under way any more."""
        await asyncio.gather(*self.downloads._tasks)

    async def close(self) -> None:
        """Close everything."""
        await self.downloads.close()
        await self.documents.close()
        await self.fetcher.close()
        self.pool.close()
        self.index.close()


@asynccontextmanager
async def tarball_world(
    upstream: UpstreamStandIn,
    folder: Path,
    *,
    quota_bytes: int = 1024 * 1024 * 1024,
    pace: Pace | None = None,
) -> AsyncIterator[TarballWorld]:
    """Open one."""
    world = TarballWorld(
        upstream, folder, quota_bytes=quota_bytes, pace=pace or Pace(stall_seconds=10.0)
    )
    try:
        yield world
    finally:
        await world.close()
