"""What verifying attestations costs, as ratios to what it is compared with, in one run.

`python benchmarks/attestations.py [--format json] [--rounds N] [--only WORD]`

- provenance: 200 genuine provenance bundles; against sigstore-js, as npm 11 bundles it, with its
  trust material built once. Both check the chain, SCT, promise, proof, checkpoint and signature.
  Floor: 8 times its rate. Beside it, without a floor: the bare P-256 and P-384 checks alone,
  against the same: more than this no verifier on this library can reach.
- versions: 1,500 versions with a registry signature each, 510 of them (34 %) with provenance and
  publish attestation, judged as `imprint verify` does; against the bare P-256 and P-384 checks
  that they need. Floor: no more than 1.5 times as long.
- kept: the same set again, every verdict kept; against the bare look-ups in the same SQLite file.
  Floor: no more than 4 times as long.

Ratios are of rates: a floor of 0.67 is 1.5 times as long, one of 0.25 is 4 times as long.
Every side is a whole process, start-up included, and what counts is the CPU time that it takes:
its rate is that of one core, whatever else the machine does. Rounds alternate, and the median of
the ratios counts. Genuine documents are few: sets repeat them, and no side remembers one but
where that is what is measured. Exit code 1: a floor is missed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.attesting import sigstore_js, write_sets
from benchmarks.measuring.genuine import ArchiveMissingError, genuine
from benchmarks.measuring.machine import machine
from benchmarks.measuring.report import Results
from benchmarks.measuring.rounds import measure, options
from tests.support.clients import ClientMissingError

ROUNDS = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = options(
        "Attestations, as ratios.", rounds=ROUNDS, words="provenance, versions or kept"
    )
    asked = parser.parse_args(arguments)
    about = {**machine(), "peer": sigstore_js()}
    with tempfile.TemporaryDirectory(prefix="imprint-benchmark-") as folder:
        everything = write_sets(genuine(), Path(folder)).comparisons()
        comparisons = [one for one in everything if asked.only in one.name]
        measure(comparisons, rounds=asked.rounds)
    results = Results(
        command="benchmarks/attestations.py",
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
