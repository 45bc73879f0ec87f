"""The load generator: a process of its own that sends ready-made requests and counts answers.

It is one thread with a few keep-alive sockets, and says how busy it was itself, so that a reader
sees whether it or the server was the limit. Registries that are compared are loaded by this same
code. Plan and Tally go through pipes, pickled.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self, TypeAlias

CREDENTIAL = b"{credential}"
"""In a request: replaced by the `token` of the answer before it."""
PATIENCE_SECONDS = 30.0
ROOT = Path(__file__).resolve().parents[2]
_SOCKET_BYTES = 1024 * 1024
_SHOWN_BYTES = 600


Talk: TypeAlias = tuple[bytes, ...]
"""Requests that follow each other on one connection."""


class Address(Protocol):
    """Where a server listens."""

    @property
    def host(self) -> str:
        """Its name."""
        ...

    @property
    def port(self) -> int:
        """Its port."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is sent to which server, by how many connections at once."""

    host: str
    port: int
    connections: int
    status: int
    """What every answer must be; another one ends the run with what it says."""
    talks: tuple[Talk, ...]
    seconds: float | None = None
    """Repeat the talks for so long; None: each once."""

    @classmethod
    def for_(
        cls,
        server: Address,
        *,
        connections: int,
        status: int,
        talks: tuple[Talk, ...],
        seconds: float | None = None,
    ) -> Self:
        """Return the plan for a server."""
        return cls(
            host=server.host,
            port=server.port,
            connections=connections,
            status=status,
            talks=talks,
            seconds=seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of it. Times are those of whole talks."""

    talks: int
    seconds: float
    busy: float
    """The generator's own CPU time as a share of the time it took: near 1, it was the limit."""
    p50_ms: float
    p99_ms: float
    body_bytes: int
    """Of the last answer, as it came over the wire without its headers."""
    encoding: str
    """Its content-encoding."""

    @property
    def per_second(self) -> float:
        """Talks in a second."""
        return self.talks / self.seconds


class LoadError(RuntimeError):
    """A server answered something else than it had to, or not at all."""


def run(plan: Plan) -> Tally:
    """Carry `plan` out in a process of its own; raises LoadError."""
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        cwd=ROOT,
        input=pickle.dumps(plan),
        stdout=subprocess.PIPE,
        check=True,
    )
    answer: Tally | str = pickle.loads(done.stdout)
    if isinstance(answer, str):
        raise LoadError(answer)
    return answer


@dataclass(slots=True)
class _Connection:
    """One keep-alive connection and the talk that it is in."""

    socket: socket.socket
    talk: Talk = ()
    step: int = 0
    started_at: float = 0.0
    unsent: memoryview | None = None
    received: bytes = b""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    head: bytes
    body: bytes


@dataclass(slots=True)
class _Generator:
    """Keeps every connection busy until the talks or the time are at their end."""

    plan: Plan
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    times: list[float] = field(default_factory=list)
    last: _Answer | None = None
    waiting: deque[Talk] = field(default_factory=deque)
    ends_at: float = float("inf")
    busy: int = 0

    def run(self) -> Tally:
        plan = self.plan
        connections = [_Connection(_connected(plan)) for _ in range(plan.connections)]
        self.waiting.extend(plan.talks)
        started_at, started_cpu = time.perf_counter(), time.process_time()
        if plan.seconds is not None:
            self.ends_at = started_at + plan.seconds
        for connection in connections:
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
            self._next_talk(connection)
        while self.busy:
            events = self.selector.select(PATIENCE_SECONDS)
            if not events:
                raise LoadError(f"no answer within {PATIENCE_SECONDS:.0f} seconds")
            for key, mask in events:
                if mask & selectors.EVENT_WRITE:
                    self._write(key.data)
                if mask & selectors.EVENT_READ:
                    self._read(key.data)
        seconds = time.perf_counter() - started_at
        busy = (time.process_time() - started_cpu) / seconds
        return self._tally(seconds, busy)

    def _next_talk(self, connection: _Connection) -> None:
        now = time.perf_counter()
        if not self.waiting or now >= self.ends_at:
            return
        talk = self.waiting[0] if self.plan.seconds is not None else self.waiting.popleft()
        if self.plan.seconds is not None:
            self.waiting.rotate(-1)
        connection.talk, connection.step, connection.started_at = talk, 0, now
        self.busy += 1
        self._send(connection, talk[0])

    def _send(self, connection: _Connection, request: bytes) -> None:
        sent = 0
        with contextlib.suppress(BlockingIOError):
            sent = connection.socket.send(request)
        if sent < len(request):
            connection.unsent = memoryview(request)[sent:]
            both = selectors.EVENT_READ | selectors.EVENT_WRITE
            self.selector.modify(connection.socket, both, connection)

    def _write(self, connection: _Connection) -> None:
        assert connection.unsent is not None
        sent = connection.socket.send(connection.unsent)
        connection.unsent = connection.unsent[sent:]
        if not connection.unsent:
            connection.unsent = None
            self.selector.modify(connection.socket, selectors.EVENT_READ, connection)

    def _read(self, connection: _Connection) -> None:
        data = connection.socket.recv(_SOCKET_BYTES)
        if not data:
            raise LoadError("the server closed a keep-alive connection")
        received = connection.received + data if connection.received else data
        answer = _answer(received)
        if answer is None:
            connection.received = received
            return
        connection.received = b""
        if answer.status != self.plan.status:
            shown = (answer.head + b"\r\n\r\n" + answer.body)[:_SHOWN_BYTES]
            raise LoadError(f"expected {self.plan.status}:\n{shown.decode('utf-8', 'replace')}")
        connection.step += 1
        if connection.step < len(connection.talk):
            self._send(connection, _filled(connection.talk[connection.step], answer))
            return
        self.last = answer
        self.times.append(time.perf_counter() - connection.started_at)
        self.busy -= 1
        self._next_talk(connection)

    def _tally(self, seconds: float, busy: float) -> Tally:
        assert self.last is not None
        times = sorted(self.times)
        return Tally(
            talks=len(times),
            seconds=seconds,
            busy=busy,
            p50_ms=times[len(times) // 2] * 1e3,
            p99_ms=times[min(len(times) - 1, len(times) * 99 // 100)] * 1e3,
            body_bytes=len(self.last.body),
            encoding=_header(self.last.head, b"content-encoding").decode(),
        )


def _connected(plan: Plan) -> socket.socket:
    connected = socket.create_connection((plan.host, plan.port), timeout=PATIENCE_SECONDS)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BYTES)
    connected.settimeout(0)
    return connected


def _answer(received: bytes) -> _Answer | None:
    """Return the answer that `received` holds; None while some of it is missing."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    length = _header(head, b"content-length")
    if length:
        if len(received) < end + 4 + int(length):
            return None
        body = received[end + 4 :]
    elif _header(head, b"transfer-encoding") == b"chunked":
        chunks = _unchunked(received, end + 4)
        if chunks is None:
            return None
        body = chunks
    else:
        body = b""
    return _Answer(int(received[9:12]), head, body)


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    stop = head.find(b"\r\n", start)
    return head[start : None if stop < 0 else stop].strip()


def _unchunked(received: bytes, position: int) -> bytes | None:
    chunks: list[bytes] = []
    while True:
        line_end = received.find(b"\r\n", position)
        if line_end < 0:
            return None
        size = int(received[position:line_end].split(b";")[0], 16)
        position = line_end + 2 + size + 2
        if len(received) < position:
            return None
        if size == 0:
            return b"".join(chunks)
        chunks.append(received[line_end + 2 : position - 2])


def _filled(request: bytes, answer: _Answer) -> bytes:
    if CREDENTIAL not in request:
        return request
    token: str = json.loads(answer.body)["token"]
    return request.replace(CREDENTIAL, token.encode(), 1)


def main() -> None:
    """Carry out the plan on stdin."""
    plan: Plan = pickle.load(sys.stdin.buffer)
    answer: Tally | str
    try:
        answer = _Generator(plan).run()
    except (LoadError, OSError) as err:
        answer = str(err)
    except KeyboardInterrupt:
        return  # whoever started this was interrupted as well, and says so
    sys.stdout.buffer.write(pickle.dumps(answer))
