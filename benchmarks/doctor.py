"""What the doctor costs, as ratios to zizmor, in one run.

`python benchmarks/doctor.py [--format json] [--rounds N] [--only WORD] [--repositories N]`

- cold: real repositories, one after the other in one process, every check and every publish path;
  against zizmor over the same repositories, which looks at each file by itself. Floor: a third of
  its rate, which is at most 3 times as long.
- warm: the same with every diagnosis kept and no file changed; against zizmor, which keeps
  nothing. Floor: 3 times its rate.
- alone: a process for each of ten, as at a prompt. No floor: it is Python's start-up that
  counts.

Every side is a whole process, start-up included, and what counts is the CPU time that it takes:
its rate is that of one core, whatever else the machine does, and however many threads it has. `MiB`
is the most memory that it held. Rounds alternate, and the median of the ratios counts. Exit code 1:
a floor is missed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.genuine import ArchiveMissingError
from benchmarks.measuring.machine import machine
from benchmarks.measuring.report import Results
from benchmarks.measuring.repositories import unpack, zizmor_version
from benchmarks.measuring.rounds import measure, options
from tests.support.clients import ClientMissingError

ROUNDS = 5
REPOSITORIES = 140


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = options("The doctor, as ratios.", rounds=ROUNDS, words="cold, warm or alone")
    parser.add_argument("--repositories", type=int, default=REPOSITORIES, metavar="N")
    asked = parser.parse_args(arguments)
    if asked.repositories < 1:
        parser.error("there must be a repository")
    about = {**machine(), "peer": zizmor_version()}
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as folder:
        repositories = unpack(Path(folder), asked.repositories)
        repositories.fill()
        everything = repositories.comparisons()
        comparisons = [one for one in everything if asked.only in one.name]
        measure(comparisons, rounds=asked.rounds)
    results = Results(
        command="benchmarks/doctor.py",
        machine=about,
        rounds=asked.rounds,
        comparisons=comparisons,
    )
    print(results.as_json() if asked.format == "json" else results.as_table())
    return 0 if results.passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ArchiveMissingError, ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
