"""Recorded incidents and benign histories through imprint's engine, and through what others do.

`python benchmarks/replay.py [--records FILE] [--format json] [--explain ID]`
`[--depth N] [--apart DAYS]`

Every record of the archive becomes synthetic packuments by one translator, which does not know
what was an attack, and is judged half an hour after it was published, and when each age gate opens:
by imprint's default preset, with and without cooldown, with and without tags looked for; by pnpm's
rule and defaults, npm's, and age gates. What a record leaves open is replayed both ways, and a
verdict that depends on it is `unknown`. Nor do records say how many releases held a level, and how
far apart: two, by 60 days; `--depth` and `--apart` show how little hangs on it. (Less than 30 days
in all make a package a new one, which is judged otherwise.)

- stopped: at every moment at which the version was out; partly: some of its versions.
- error, warning: benign histories on which it alarms, by their loudest version while they are
  fresh; waiting is no alarm. later: at error level when nothing is fresh any more.

Floors, over npm incidents on existing packages since April 2023: with cooldown as many stopped as
pnpm 12's defaults; without any waiting more than twice as many as no-downgrade; benign alarms at
error level at most a fifth of no-downgrade's, those that depend on what is not recorded counted as
alarms. They are held twice: where what no record tells of is absent (no version before an attack
had an install script), and with all that the archive infers. A third time they are printed as
recorded, everything open counted both ways; what an attack's verdict then hangs on is said attack
by attack, and what the floors come to over those that their records decide: a real packument has
what the others lack. Exit code 1: one is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.replaying.completions import Basis
from benchmarks.replaying.engine import ENGINES
from benchmarks.replaying.explaining import explain
from benchmarks.replaying.floors import floors_of
from benchmarks.replaying.printing import as_json, as_table
from benchmarks.replaying.records import ARCHIVE, RecordsMissingError, read_records
from benchmarks.replaying.results import replay
from benchmarks.replaying.stories import APART
from benchmarks.replaying.translating import DEPTH


def main(arguments: Sequence[str] | None = None) -> int:
    """Replay, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="Incidents and benign histories, replayed.")
    parser.add_argument("--records", type=Path, default=ARCHIVE, metavar="FILE")
    parser.add_argument("--format", choices=("plain", "json"), default="plain")
    parser.add_argument("--explain", metavar="ID", help="why one record came to what it did")
    parser.add_argument("--depth", type=int, choices=(1, 2, 3), default=DEPTH)
    parser.add_argument("--apart", type=float, default=APART, metavar="DAYS")
    asked = parser.parse_args(arguments)
    records = read_records(asked.records)
    if asked.explain is not None:
        records = tuple(pair for pair in records if pair[1].id == asked.explain)
        if not records:
            parser.error(f"there is no record `{asked.explain}`")
    runs = [
        replay(records, ENGINES, basis=basis, depth=asked.depth, apart=asked.apart)
        for basis in Basis
    ]
    if asked.explain is not None:
        print(explain(runs, asked.explain))
        return 0
    print(as_json(runs) if asked.format == "json" else as_table(runs))
    return 0 if all(floor.is_held for run in runs[1:] for floor in floors_of(run)) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RecordsMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
