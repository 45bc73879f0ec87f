"""The two proxies that are compared, each a process of its own with a store that begins empty."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from benchmarks.measuring.peers import Peer, started, stopped
from tests.support.clients import CLIENTS
from tests.support.gate_world import trust_upstream
from tests.support.server import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.measuring.gated_project import GatedProject

MAX_AGE_SECONDS: Final = 3600
"""Both ask the upstream again after an hour, which is longer than a round."""

# No line for each request, no limit on requests, as many connections as the gate has.
VERDACCIO: Final = """\
storage: ./storage
auth: {{htpasswd: {{file: ./htpasswd}}}}
uplinks:
  upstream:
    url: {url}
    maxage: {max_age}s
    cache: true
    agent_options: {{keepAlive: true, maxSockets: 32, maxFreeSockets: 32}}
packages:
  '**': {{access: $all, proxy: upstream}}
userRateLimit: {{windowMs: 1000, max: 1000000}}
log: {{type: stdout, format: json, level: fatal}}
"""
POLICY: Final = """\
version = 1
mode = "enforce"
preset = "no-downgrade"
cooldown = "24h"
"""
SETTINGS: Final = "gate_max_age_seconds = {max_age}\n"


@contextmanager
def verdaccio_before(project: GatedProject, folder: Path) -> Iterator[Peer]:
    """Run Verdaccio before the project's upstream: it looks at nothing, and filters nothing."""
    folder.mkdir(parents=True)
    config = VERDACCIO.format(url=project.url, max_age=MAX_AGE_SECONDS)
    (folder / "config.yaml").write_text(config)
    url = f"http://127.0.0.1:{_free_port()}"
    command = (*CLIENTS["verdaccio"].argv, "--config", "config.yaml", "--listen", url)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        started(f"{url}/-/ping", process)
        yield Peer(name="Verdaccio", url=url, token=b"", pid=process.pid)
    finally:
        stopped(process)


@contextmanager
def gate_before(project: GatedProject, folder: Path) -> Iterator[Peer]:
    """Run the gate before the project's upstream: it judges everything, as it would anywhere."""
    folder.mkdir(parents=True)
    trust_upstream(folder, url=project.url, authority=project.authority, key=project.signer)
    policy = folder / "imprint.toml"
    policy.write_text(POLICY)
    (folder / "imprint-server.toml").write_text(SETTINGS.format(max_age=MAX_AGE_SECONDS))
    with Served("--upstream", project.url, "--policy", str(policy), folder=folder) as served:
        yield Peer(name="imprint", url=served.url, token=b"", pid=served.process.pid)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
