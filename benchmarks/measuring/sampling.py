"""One side of a comparison, measured once: load on a peer, and the CPU time that it took there."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from benchmarks.measuring import load
from benchmarks.measuring.report import Sample

if TYPE_CHECKING:
    from benchmarks.measuring.load import Plan
    from benchmarks.measuring.peers import Peer

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


def loaded(peer: Peer, plan: Plan) -> Sample:
    """Carry `plan` out against `peer`."""
    before = peer.cpu_seconds()
    tally = load.run(plan)
    return Sample(
        per_second=tally.per_second,
        cpu_us=(peer.cpu_seconds() - before) / tally.talks * 1e6,
        p50_ms=tally.p50_ms,
        p99_ms=tally.p99_ms,
        generator_busy=tally.busy,
    )


def loaded_by_wrk(
    peer: Peer, path: str, *, accept: str, connections: int, seconds: float
) -> Sample:
    """Read `path` by wrk, which says nothing of how busy it was."""
    before = peer.cpu_seconds()
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds:.0f}s"]
    command += ["-H", f"Accept: {accept}", "-H", "Accept-Encoding: gzip", peer.url + path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise load.LoadError(said)
    requests = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert requests is not None
    assert rate is not None
    return Sample(
        per_second=float(rate[1]),
        cpu_us=(peer.cpu_seconds() - before) / int(requests[1]) * 1e6,
        p50_ms=_percentile(said, "50%"),
        p99_ms=_percentile(said, "99%"),
    )


def _percentile(said: str, name: str) -> float | None:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s)\b", said)
    return None if found is None else float(found[1]) * _MILLISECONDS[found[2]]
