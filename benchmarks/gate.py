"""Installs through the gate, and through Verdaccio's proxy, from one upstream in the same run.

`python benchmarks/gate.py [--format json] [--rounds N] [--only WORD] [--latency-ms N] [--no-wrk]`

A project of 140 packages, from a loopback registry that is 20 ms away: packuments in the sizes of
real ones, all signed, a third attested. The gate judges all of it by a policy that enforces, and
verifies what is signed; nothing of the project falls short. Verdaccio looks at nothing. Both are
processes of their own with an empty store at the beginning of each round, and both take an hour
until they ask the upstream again.

- npm ci, cold: from the lockfile, client's cache and proxy's store empty. Floor: not slower.
- npm ci, warm: again, the client's cache empty. Floor: at most 1.05 of Verdaccio's time.
- bun install, warm: no lockfile, bun's cache empty. Floors: at most 0.6 of Verdaccio's time, and a
  fifth of its CPU time.
- hot packument: one of 120 versions of which the gate withholds the newest, abbreviated and
  compressed, by `wrk` where it is on the path, else by our own generator and CPU time. Floor: 20
  times as many as Verdaccio, which withholds nothing.
- memory, once: 64 clients at a time pull a packument of 20 MB, uncompressed. Floors: at most
  256 MiB over what was held before, and all of them get it.

What the upstream was asked for, and the bytes that it answered, are printed beside each install.
Rounds alternate, and ratios are medians over them. Exit code 1: a floor is missed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.gated_project import make_project
from benchmarks.measuring.gating import measure
from benchmarks.measuring.gating_floors import as_json, as_table, floors
from benchmarks.measuring.machine import machine
from benchmarks.measuring.rounds import options
from tests.support.clients import CLIENTS, ClientMissingError

ROUNDS = 5
LATENCY_MS = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = options(
        "Installs through the gate, as ratios.", rounds=ROUNDS, words="npm, bun, hot or memory"
    )
    parser.add_argument("--latency-ms", type=float, default=LATENCY_MS, metavar="N")
    parser.add_argument(
        "--wrk",
        action=argparse.BooleanOptionalAction,
        default=shutil.which("wrk") is not None,
        help="read by wrk, as where it is on the path, or by our own generator",
    )
    asked = parser.parse_args(arguments)
    if asked.wrk and shutil.which("wrk") is None:
        parser.error("`wrk` is not on the path")
    clients = ", ".join(f"{name} {CLIENTS[name].version}" for name in ("npm11", "bun"))
    about = {**machine(), "clients": clients, "upstream": f"{asked.latency_ms:g} ms away"}
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as folder:
        project = make_project(Path(folder) / "upstream")
        with project.serving(latency_ms=asked.latency_ms):
            sides = measure(
                project, Path(folder), rounds=asked.rounds, only=asked.only, by_wrk=asked.wrk
            )
    held = floors(sides, by_wrk=asked.wrk)
    shown = as_json if asked.format == "json" else as_table
    print(shown(about, project.counts, sides, held))
    return 0 if held and all(floor.is_held for floor in held) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
