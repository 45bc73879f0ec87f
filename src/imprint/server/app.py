"""The one ASGI application: npm's routes and our own, with the lifespan of both."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING

from imprint.refusals import Unavailable
from imprint.registry.app import RegistryApp
from imprint.registry.cleanup import clean_up
from imprint.registry.signing.resigning import resign
from imprint.server.attestations import entry_writer
from imprint.upstream.fetch import Fetcher
from imprint.upstream.keysets import KeySets
from imprint.web.app import PREFIX, build_web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from imprint.http.asgi import Message, Receive, Scope, Send
    from imprint.registry.context import Registry
    from imprint.server.gate import OpenedGate
    from imprint.server.gate_settings import Chosen
    from imprint.settings import Settings

    Handler: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("imprint.server")

CLEAN_UP_SECONDS = 300.0
ATTEST_SECONDS = 60.0
"""How long a publish attestation waits until it is tried again."""
BODY_WAIT_SECONDS = 30.0
"""How long a request body may stand still before its sender is taken for gone."""
BODY_BYTES_PER_SECOND = 4096
"""How fast a body must come all in all: whoever sends a byte at a time holds a connection too."""


class ServerApp:
    """Everything that one process serves. Start it inside its event loop, and stop it there."""

    def __init__(
        self,
        registry: Registry,
        *,
        threads: int = 8,
        trusted_proxies: frozenset[str] = frozenset(),
        clean_up_seconds: float = CLEAN_UP_SECONDS,
        attest_seconds: float = ATTEST_SECONDS,
        gated_by: tuple[Settings, Chosen] | None = None,
    ) -> None:
        """Serve `registry`; stopping closes its database, and its archive of advisories.

        `gated_by` are the settings of the gate before it, and what was read of them (`chosen_of`);
        None: there is none.
        """
        self.registry = registry
        self._fetcher = Fetcher()
        self._keysets = KeySets(self._fetcher, now=registry.clock)
        self._npm = RegistryApp(
            registry,
            self._keysets,
            threads=threads,
            trusted_proxies=trusted_proxies,
            write_entry=entry_writer(registry.attestation_policy, self._fetcher),
        )
        self._gate: OpenedGate | None = None
        if gated_by is not None:
            settings, chosen = gated_by
            self._gate = opened_gate(
                settings, chosen, registry, self._npm, trusted_proxies=trusted_proxies
            )
        self._packages: Handler = self._npm if self._gate is None else self._gate.app
        self._web = build_web(
            self._npm,
            trusted_proxies=trusted_proxies,
            gate=None if self._gate is None else self._gate.app.gate,
            clients=None if self._gate is None else self._gate.app.clients,
        )
        self._clean_up_seconds = clean_up_seconds
        self._cleaning: asyncio.Task[None] | None = None
        self._signing: asyncio.Task[None] | None = None
        self._attest_seconds = attest_seconds
        self._attesting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin what runs beside requests."""
        self._cleaning = asyncio.create_task(self._clean_up_forever(), name="clean-up")
        self._signing = asyncio.create_task(self._sign_unsigned(), name="sign-unsigned")
        self._attesting = asyncio.create_task(self._attest_forever(), name="attest")
        if self._gate is not None:
            self._gate.start()

    def reload(self) -> None:
        """Read the gate's policy again, now; requests under way keep the one they began with."""
        if self._gate is not None:
            self._gate.reload()

    async def stop(self) -> None:
        """End what runs beside requests, let use cases end, close every connection."""
        for task in (self._cleaning, self._signing, self._attesting):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._gate is not None:
            await self._gate.close()
        await self._keysets.close()
        await self._fetcher.close()
        self._npm.close()
        if self.registry.advisories is not None:
            self.registry.advisories.close()
        self.registry.database.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection of any kind that ASGI knows."""
        if scope["type"] == "http":
            handler = self._handler(scope["path"])
            if log.isEnabledFor(logging.DEBUG):
                handler = _noting(handler)
            await handler(scope, _impatient(receive), send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    def _handler(self, path: str) -> Handler:
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return self._web
        return self._packages

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _sign_unsigned(self) -> None:
        """Sign, once, what an older version or a registry without signatures left unsigned."""
        signing, database = self.registry.signing, self.registry.database
        if signing is None:
            return
        now, signed = self.registry.clock(), 0
        batches = resign(database, signing, now=now, only_unsigned=True)
        try:
            while (batch := await self._npm.pool.run(next, batches, None)) is not None:
                signed += len(batch.signed)
                if batch.refused:
                    log.error("altered-versions", extra={"versions": list(batch.refused)})
        except Unavailable as err:
            log.warning("versions-unsigned", extra={"code": err.code, "reason": err.message})
        except Exception:  # serving goes on; `imprint admin check` counts what is left
            log.exception("versions-unsigned")
        if signed:
            log.info("versions-signed", extra={"versions": signed})

    async def _attest_forever(self) -> None:
        """Sign and log what publications left waiting: the log was away, or a server died."""
        while True:
            try:
                swept = await self._npm.transparency.sweep()
            except Exception:  # the next round may succeed; serving goes on meanwhile
                log.exception("attesting-failed")
            else:
                self._npm.forget(swept.changed)
                if swept.logged or swept.waiting:
                    counts = {"logged": swept.logged, "waiting": swept.waiting}
                    log.info("attestations-swept", extra=counts)
            await asyncio.sleep(self._attest_seconds)

    async def _clean_up_forever(self) -> None:
        while True:
            await asyncio.sleep(self._clean_up_seconds)
            try:
                done = await self._npm.pool.run(clean_up, self.registry)
            except Exception:  # the next round may succeed; serving goes on meanwhile
                log.exception("clean-up-failed")
                continue
            counts = {name: getattr(done, name) for name in done.__struct_fields__}
            level = logging.INFO if any(counts.values()) else logging.DEBUG
            log.log(level, "clean-up", extra=counts)


def chosen_of(settings: Settings, *, public_url: str) -> Chosen:
    """Return what `settings` say of a gate, its policy read; nothing is made, nothing opened.

    Raises Malformed for a setting that cannot be, Unavailable for a policy that extends what cannot
    be had.
    """
    # A registry without a gate does not wait for what one is made of.
    from imprint.server.gate_settings import Chosen  # noqa: PLC0415 - for a server with a gate alone

    return Chosen.of(settings, public_url=public_url, clock=time.time)


def opened_gate(
    settings: Settings,
    chosen: Chosen,
    registry: Registry,
    own: Handler,
    *,
    trusted_proxies: frozenset[str],
) -> OpenedGate:
    """Return the gate that `settings` describe, before `own`."""
    from imprint.server.gate import OpenedGate  # noqa: PLC0415  (as above)

    return OpenedGate.of(settings, registry, own, chosen=chosen, trusted_proxies=trusted_proxies)


def _noting(handler: Handler) -> Handler:
    """Return `handler`, each of whose answers makes a line in the log."""

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await handler(scope, receive, sending)
        log.debug(
            "request",
            extra={
                "method": scope["method"],
                "path": scope["raw_path"].decode("latin-1"),
                "status": status,
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )

    return noting


def _impatient(receive: Receive) -> Receive:
    """Return `receive`, which says that the client is gone when its body comes too slowly."""
    now = asyncio.get_running_loop().time
    started: float | None = None
    size = 0

    async def within() -> Message:
        nonlocal started, size
        started = started or now()
        end = started + BODY_WAIT_SECONDS + size / BODY_BYTES_PER_SECOND
        try:
            async with asyncio.timeout_at(min(end, now() + BODY_WAIT_SECONDS)):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        size += len(message.get("body", b""))
        return message

    return within
