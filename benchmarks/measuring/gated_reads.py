"""Reads of packuments through the proxies: a hot one that is filtered, and large ones by many."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.measuring import packages
from benchmarks.measuring.gated_project import FILTERED, FILTERED_VERSIONS, LARGE
from benchmarks.measuring.load import Plan
from benchmarks.measuring.sampling import loaded, loaded_by_wrk

if TYPE_CHECKING:
    from benchmarks.measuring.peers import Peer
    from benchmarks.measuring.report import Sample

SECONDS: Final = 3.0
CONNECTIONS: Final = 16
CLIENTS_AT_ONCE: Final = 64
LARGE_BYTES: Final = 20_000_000
"""The least that the large packument is."""
_PATIENCE_SECONDS: Final = 300.0
_PIECE_BYTES: Final = 256 * 1024
_EVERY_SECONDS: Final = 0.02
_MEBIBYTE: Final = 1024 * 1024


def filtered_versions(proxy: Peer) -> tuple[int, int]:
    """Return how many versions of the hot packument a proxy serves, and how many there are."""
    request = urllib.request.Request(f"{proxy.url}/{FILTERED}")
    request.add_header("accept", packages.ABBREVIATED)
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read()
        if answer.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
    return len(json.loads(body)["versions"]), FILTERED_VERSIONS


def hot_reads(proxy: Peer, *, by_wrk: bool) -> Sample:
    """Read the hot packument, abbreviated and compressed, as often as the proxy can."""
    if by_wrk:
        return loaded_by_wrk(
            proxy,
            f"/{FILTERED}",
            accept=packages.ABBREVIATED,
            connections=CONNECTIONS,
            seconds=SECONDS,
        )
    talk = (packages.abbreviated(proxy.host, FILTERED),)
    plan = Plan.for_(proxy, connections=CONNECTIONS, status=200, talks=(talk,), seconds=SECONDS)
    return loaded(proxy, plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class LargePulls:
    """What it takes of a proxy that many clients pull a large packument at once."""

    before_mib: float
    peak_mib: float
    """Of the process and its children, proportionally where they share memory."""
    seconds: float
    cpu_seconds: float
    received_bytes: int
    """Of one answer, as it came."""
    failed: int
    """Clients that got none, or not all of it."""


def large_pulls(proxy: Peer) -> LargePulls:
    """Let 64 clients that take no compressed answers pull the large packument, all of it."""
    watching = _Watching(proxy)
    before = watching.resident_mib()
    used, started_at = proxy.cpu_seconds(), time.perf_counter()
    watching.start()
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(_pulled(proxy)))
        for _ in range(CLIENTS_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    peak = watching.stop()
    whole = [one for one in results if one >= LARGE_BYTES]
    return LargePulls(
        before_mib=before,
        peak_mib=peak,
        seconds=time.perf_counter() - started_at,
        cpu_seconds=proxy.cpu_seconds() - used,
        received_bytes=max(whole, default=0),
        failed=CLIENTS_AT_ONCE - len(whole),
    )


def _pulled(proxy: Peer) -> int:
    """Pull it once; returns how much of it came, 0 where something else did."""
    request = (
        f"GET /{LARGE} HTTP/1.1\r\nhost: {proxy.host}\r\naccept: application/json\r\n"
        "connection: close\r\n\r\n"
    )
    try:
        with socket.create_connection((proxy.host, proxy.port), _PATIENCE_SECONDS) as connection:
            connection.sendall(request.encode())
            head = b""
            while b"\r\n\r\n" not in head:
                head += _more(connection)
            if b" 200 " not in head[:20]:
                return 0
            received = len(head) - head.index(b"\r\n\r\n") - 4
            while piece := connection.recv(_PIECE_BYTES):
                received += len(piece)
            return received
    except OSError:
        return 0


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(_PIECE_BYTES)
    if not piece:
        raise ConnectionError("closed before the answer began")
    return piece


class _Watching:
    """Looks at a process's memory until it is stopped."""

    def __init__(self, proxy: Peer) -> None:
        self._process = psutil.Process(proxy.pid)
        self._over = threading.Event()
        self._peak = 0.0
        self._thread = threading.Thread(target=self._watch)

    def resident_mib(self) -> float:
        every = (self._process, *self._process.children(recursive=True))
        return sum(one.memory_info().rss for one in every) / _MEBIBYTE

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> float:
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._peak = max(self._peak, self.resident_mib())
