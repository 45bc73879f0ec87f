"""Projecting packuments: in a second process too, where there are many, and a processor for it.

Projecting holds the interpreter, and is half of what a first audit does. The second process is a
help and no more: it is given what it can take, the rest is done here, and so is everything once it
is gone. Not here: what a projection is (`history.projection`), and the process (`projector`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.evidence.projector import ANSWER, PROJECTED, QUESTION
from imprint.history.projection import CODE, encode, project
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

WORTH_IT: Final = 100
"""Packuments that are worth starting a process, which takes as long as projecting about fifty."""
WAITING_BYTES: Final = 1024 * 1024
"""While so much waits for the other process, this one projects as well."""
LARGE_BYTES: Final = 512 * 1024
"""What is larger waits for the other process: here it would stop everything for as long."""
_PROGRAM: Final = "imprint.evidence.projector"

Project: TypeAlias = Callable[[bytes, str], Awaitable[bytes]]
"""Returns what is kept of a packument of a name. Raises Malformed (`malformed-packument`)."""


@asynccontextmanager
async def projecting(count: int, *, processors: int | None = None) -> AsyncIterator[Project]:
    """Yield what projects `count` packuments, on so many processors; None: all of this machine."""
    is_worth_it = count >= WORTH_IT and (processors or _processors()) > 1
    started = _start() if is_worth_it else None
    if started is None:
        yield _here
        return
    process, connection = started
    beside = _Beside(connection)
    reading = asyncio.create_task(beside.read(), name="projections")
    try:
        yield beside.project
    finally:
        reading.cancel()
        await asyncio.wait([reading])
        connection.close()
        process.kill()
        process.wait()


async def _here(body: bytes, name: str) -> bytes:
    return encode(project(body, name))


class _Beside:
    """The other process, as this one sees it. Used from the event loop alone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._asked: deque[tuple[int, asyncio.Future[tuple[int, bytes] | None]]] = deque()
        self._waiting_bytes = 0
        self._one = asyncio.Lock()
        self._is_gone = False

    async def project(self, body: bytes, name: str) -> bytes:
        """Project there, or here where that is sooner."""
        is_busy = self._waiting_bytes > WAITING_BYTES and len(body) <= LARGE_BYTES
        answer = None if is_busy or self._is_gone else await self._ask(body, name.encode())
        if answer is None:
            return encode(project(body, name))
        kind, said = answer
        if kind != PROJECTED:
            raise Malformed(CODE, said.decode())
        return said

    async def read(self) -> None:
        """Hand out answers in the order of the questions, until the other process is gone."""
        try:
            while True:
                kind, size = ANSWER.unpack(await self._exactly(ANSWER.size))
                said = await self._exactly(size)
                waited, future = self._asked.popleft()
                self._waiting_bytes -= waited
                if not future.done():
                    future.set_result((kind, said))
        except ConnectionError:
            return
        finally:
            self._is_gone = True
            for _, future in self._asked:
                if not future.done():
                    future.set_result(None)

    async def _ask(self, body: bytes, name: bytes) -> tuple[int, bytes] | None:
        """Return what the other process says; None: it is gone."""
        loop = asyncio.get_running_loop()
        self._waiting_bytes += len(body)
        async with self._one:
            if self._is_gone:
                return None
            future: asyncio.Future[tuple[int, bytes] | None] = loop.create_future()
            self._asked.append((len(body), future))
            try:
                # Not by a transport: that would copy what the other side has not read yet.
                head = QUESTION.pack(len(name), len(body)) + name
                await loop.sock_sendall(self._connection, head)
                await loop.sock_sendall(self._connection, body)
            except ConnectionError:
                return None
            except asyncio.CancelledError:
                self._is_gone = True  # what would follow half a question is none
                raise
        return await future

    async def _exactly(self, size: int) -> bytes:
        loop, said = asyncio.get_running_loop(), bytearray()
        while len(said) < size:
            piece = await loop.sock_recv(self._connection, size - len(said))
            if not piece:
                raise ConnectionResetError
            said += piece
        return bytes(said)


def _start() -> tuple[subprocess.Popen[bytes], socket.socket] | None:
    """Start the other process; None: there can be none here."""
    if not hasattr(socket, "AF_UNIX") or not sys.executable or getattr(sys, "frozen", False):
        return None
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with theirs:
        # `-P`: nothing is imported from the folder that this is run in.
        words = (sys.executable, "-P", "-m", _PROGRAM, str(theirs.fileno()))
        try:
            process = subprocess.Popen(
                words,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            return None
    return process, ours


def _processors() -> int:
    """Return how many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
