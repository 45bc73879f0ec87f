"""The registries that are compared, each a process of its own on loopback, with an account.

Both end when their block does, also by Ctrl-C, and by their own process id.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from imprint.demo.issuer import StandInIssuer
from tests.support.clients import CLIENTS
from tests.support.server import Person, RunningRegistry, Served

START_SECONDS = 30.0
ACCOUNT = "bench"
PASSWORD = "bench-password"

# What is measured is the registry: no upstream, no line for each request, no limit on requests.
VERDACCIO = """\
storage: ./storage
auth: {htpasswd: {file: ./htpasswd}}
packages:
  '**': {access: $all, publish: $authenticated}
userRateLimit: {windowMs: 1000, max: 1000000}
log: {type: stdout, format: json, level: fatal}
"""
SIGNED_TOKENS = "security: {api: {jwt: {sign: {expiresIn: 1d}}}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A registry that answers, and a token that may publish there."""

    name: str
    url: str
    token: bytes
    pid: int

    @property
    def host(self) -> str:
        """`127.0.0.1`."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or 80

    def cpu_seconds(self) -> float:
        """Return the CPU time that it took until now, with its children."""
        server = psutil.Process(self.pid)
        times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
        return sum(t.user + t.system for t in times)


@contextmanager
def verdaccio(folder: Path, *, signed_tokens: bool) -> Iterator[Peer]:
    """Run Verdaccio: as it is installed, or with tokens that it need not check a password for."""
    folder.mkdir()
    (folder / "config.yaml").write_text(VERDACCIO + (SIGNED_TOKENS if signed_tokens else ""))
    url = f"http://127.0.0.1:{_free_port()}"
    command = (*CLIENTS["verdaccio"].argv, "--config", "config.yaml", "--listen", url)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        started(f"{url}/-/ping", process)
        user = {"name": ACCOUNT, "password": PASSWORD}
        answer = _put(f"{url}/-/user/org.couchdb.user:{ACCOUNT}", user)
        name = "Verdaccio, signed tokens" if signed_tokens else "Verdaccio"
        yield Peer(name=name, url=url, token=str(answer["token"]).encode(), pid=process.pid)
    finally:
        stopped(process)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint(Peer):
    """`imprint serve`, and its stores for setting it up."""

    running: RunningRegistry
    owner: Person
    """Whose token it is."""


@contextmanager
def imprint(folder: Path, issuer: StandInIssuer) -> Iterator[Imprint]:
    """Run `imprint serve` on SQLite and a folder, with `issuer` registered."""
    with Served(folder=folder) as served:
        running = RunningRegistry(
            url=served.url,
            folder=folder,
            database=f"sqlite:///{folder / 'imprint.sqlite3'}",
            issuer=issuer,
        )
        try:
            running.register_issuers()
            owner = running.person(ACCOUNT)
            yield Imprint(
                name="imprint",
                url=served.url,
                token=owner.token.encode(),
                pid=served.process.pid,
                running=running,
                owner=owner,
            )
        finally:
            running.close()


def started(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when `url` answers; raises RuntimeError where that takes too long."""
    _wait(lambda: _answers(url), process)


def stopped(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, at the latest after ten seconds."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait(is_there: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_there():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"`{process.args!r}` did not start")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _put(url: str, document: object) -> dict[str, object]:
    body = json.dumps(document).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, method="PUT", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
        found: dict[str, object] = json.load(answer)
        return found
