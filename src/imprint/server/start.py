"""Start-up to drain of one server process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from imprint.http.asgi import MAX_HEADER_BYTES
from imprint.refusals import Malformed, quoted
from imprint.server.app import ServerApp, chosen_of
from imprint.server.listener import BACKLOG, Listener
from imprint.server.opening import Planned, open_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from imprint.settings import LoadedSettings, Settings

log = logging.getLogger("imprint.server")

HEADER_WAIT_SECONDS = 10
"""How long a client may take for its headers."""
DRAIN_SECONDS = 30.0
"""How long requests under way may take to end once the server was told to stop."""
CONCURRENT_REQUESTS = 512
"""More wait in the socket's backlog: each holds its body in memory."""
GARBAGE_OBJECTS = 20_000
"""How many more objects there are before cycles among the new ones are looked for."""


def serve(loaded: LoadedSettings, *, announce: Callable[[str], None] | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second signal ends at once.

    `announce` is called with the address once clients can connect; by default it is printed.
    Raises Malformed for a setting that cannot be, Unavailable for what cannot be had.
    """
    settings = loaded.settings
    listener = Listener.bind(settings.listen)
    if listener.is_wildcard and not settings.public_url:
        # Tarballs would be at an address that is no machine's.
        log.warning("public-url-missing", extra={"public_url": listener.url})
    try:
        app = build_app(settings, public_url=settings.public_url or listener.url)
        _run(_serve(app, listener, announce or _print_address))
    finally:
        listener.close()


def build_app(settings: Settings, *, public_url: str) -> ServerApp:
    """Return the ASGI application, for this server or any other; it starts by its lifespan.

    What settings and policy can be refused for is refused before anything is made. Raises Malformed
    for a setting that cannot be, Unavailable for what cannot be had.
    """
    if settings.policy and not settings.has_gate:
        raise Malformed(
            "policy-without-upstream",
            f"there is a policy {quoted(settings.policy)}, and no upstream that it is for",
            hint="name one by `--upstream URL`",
        )
    planned = Planned.of(settings, public_url=public_url)
    chosen = chosen_of(settings, public_url=planned.public_url) if settings.has_gate else None
    registry = open_registry(settings, public_url=public_url, planned=planned)
    try:
        return ServerApp(
            registry,
            threads=max(1, settings.threads),
            trusted_proxies=frozenset(settings.trusted_proxies),
            gated_by=None if chosen is None else (settings, chosen),
        )
    except BaseException:
        registry.database.close()
        raise


class EmbeddedServer(Server):
    """granian in this process and loop, on a socket that was bound before.

    Inherits because granian has no argument for a socket; a test starts it for real.
    """

    def __init__(self, app: ServerApp, listener: Listener) -> None:
        """Serve `app` on `listener`."""
        host, port = listener.socket.getsockname()[:2]
        self._listener = listener
        super().__init__(
            app,
            address=host,
            port=port,
            # The application's start and stop are ours to order: they come around the server's.
            interface=Interfaces.ASGINL,
            # To tell HTTP/2 from it the server would wait for first bytes, and for HTTP/2's frames,
            # without end; no npm client speaks HTTP/2 without TLS.
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=CONCURRENT_REQUESTS,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_WAIT_SECONDS * 1000,
                # The request line and what surrounds each header come on top of our own bound.
                max_buffer_size=2 * MAX_HEADER_BYTES,
            ),
            # Its lines go where ours go, and not to stdout.
            log_level=LogLevels.error,
            log_dictconfig={
                "handlers": {},
                "formatters": {},
                "loggers": {"_granian": {"propagate": True}},
            },
        )

    def stop(self) -> None:
        """Take no more connections, and let requests under way end."""
        super().stop()  # type: ignore[no-untyped-call]  # granian's is not annotated

    def _init_shared_socket(self) -> None:
        holder = SocketHolder(self._listener.release(), False, BACKLOG)  # type: ignore[call-arg]  # noqa: FBT003  (the stub has no arguments; False: no Unix socket)
        # Its own types say None for what it sets here itself.
        self.__dict__.update(_shd=holder, _sfd=holder.get_fd(), _ssp=None)


async def _serve(app: ServerApp, listener: Listener, announce: Callable[[str], None]) -> None:
    server = EmbeddedServer(app, listener)
    told = asyncio.Event()
    _on_signals(server, told, app.reload)
    await app.start()
    # What exists now lives as long as the process, and a request's objects die by themselves:
    # looking for cycles among them every few hundred objects took a tenth of an exchange's time.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    try:
        listener.listen()
        serving = asyncio.create_task(server.serve(), name="granian")
        announce(listener.url)
        log.info("listening", extra={"url": listener.url, "public_url": app.registry.public_url})
        await _until_stopped(serving, told)
    finally:
        await app.stop()
    log.info("stopped")


def _on_signals(server: EmbeddedServer, told: asyncio.Event, reload: Callable[[], None]) -> None:
    def stop(number: signal.Signals) -> None:
        if told.is_set():
            # What the signal does to a process that does not look at it.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        log.info("stopping", extra={"signal": number.name})
        told.set()
        server.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    loop.add_signal_handler(signal.SIGHUP, reload)


async def _until_stopped(serving: asyncio.Task[None], told: asyncio.Event) -> None:
    """Wait for the end: of requests under way once told to stop, or of a server that failed."""
    waiting = asyncio.create_task(told.wait(), name="until-told")
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    _, late = await asyncio.wait({serving}, timeout=DRAIN_SECONDS)
    if late:
        log.warning("drain-cut-short", extra={"duration_s": DRAIN_SECONDS})
        serving.cancel()
        return
    await serving
    if not told.is_set():
        raise RuntimeError("the HTTP server ended by itself")


def _run(main: Coroutine[None, None, None]) -> None:
    try:
        import uvloop  # noqa: PLC0415  (not there on every platform)
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _print_address(url: str) -> None:
    sys.stdout.write(f"listening on {url}\n")
    sys.stdout.flush()
