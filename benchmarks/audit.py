"""What gathering a whole lockfile's evidence costs, and `npm audit signatures` in the same run.

`python benchmarks/audit.py [--format json] [--rounds N]`

1,924 packages of 1,611 names, against a loopback registry that serves 277 MB of packuments, with
registry signatures and attestations that verify. npm is led to the stand-in for sigstore by a
seeded root and a redirect; its home is new for `cold`, and the same again for `warm`. Each side is
a whole process, start-up included, and its wall time counts: both use more than one core.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.audited import Audited, make
from benchmarks.measuring.audited_npm import NpmAuditing
from benchmarks.measuring.genuine import ArchiveMissingError
from benchmarks.measuring.machine import machine
from benchmarks.measuring.rounds import options
from tests.authority.server import AuthorityServer
from tests.support.clients import ClientMissingError

_GATHER = Path(__file__).with_name("measuring") / "audited_gathering.py"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print."""
    asked = options("Auditing a lockfile.", rounds=1, words="unused").parse_args(arguments)
    took: dict[str, list[tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as folder:
        made = make(Path(folder) / "made")
        with AuthorityServer(made.authority) as face, made.serving():
            for number in range(asked.rounds):
                home = Path(folder) / f"home-{number}"
                npm = NpmAuditing(made, face, home / "npm")
                for state in ("cold", "warm"):
                    run = npm.run()
                    figures = (run.seconds, run.cpu_seconds, run.peak_mib)
                    took.setdefault(f"npm {state}", []).append(figures)
                    print(run.said, file=sys.stderr)
                for state in ("cold", "warm"):
                    took.setdefault(f"gathering {state}", []).append(_gather(made, home))
    medians = {
        what: [statistics.median(column) for column in zip(*runs, strict=True)]
        for what, runs in took.items()
    }
    if asked.format == "json":
        print(json.dumps({"schema": 1, "machine": machine(), "made": made.counts, "took": medians}))
    else:
        for what, (seconds, cpu, peak) in medians.items():
            print(f"{what:16} {seconds:8.2f} s  {cpu:8.2f} s CPU  {peak:6.0f} MiB")
    return 0


def _gather(made: Audited, home: Path) -> tuple[float, float, float]:
    words = (sys.executable, str(_GATHER), str(made.tree), made.url, str(home / "kept.sqlite3"))
    started_at = time.perf_counter()
    process = subprocess.Popen(words)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"gathering ended with `{process.returncode}`")
    seconds = time.perf_counter() - started_at
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ArchiveMissingError, ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
