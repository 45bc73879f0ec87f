"""The registry's three hot paths, as ratios to what they are compared with, in one run.

`python benchmarks/exchange.py [--format json] [--rounds N] [--only WORD] [--no-wrk]`

- exchange: an ID token for a credential, over HTTP, every token fresh; against a bare loop of
  RS256 verification and one durable INSERT. Floor: a third of the loop.
- publish: new packages of 50 kB, one after the other and eight at once, by token and by credential
  (exchange and PUT); against Verdaccio's publish by token. Floor: 5 times Verdaccio.
- read: the packument of a package of ten versions, abbreviated and compressed. Floor: 20 times
  Verdaccio, by rate where `wrk` is on the path, else by the CPU time that the servers take.

Rounds alternate between all sides on the same machine, and the median of the ratios counts. The
CPU time of a server for one request is what a busy machine disturbs least. Exit code 1: a floor is
missed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measuring.exchanges import Exchanges
from benchmarks.measuring.machine import machine
from benchmarks.measuring.peers import imprint, verdaccio
from benchmarks.measuring.publishes import let_publish_by_credential, publishes
from benchmarks.measuring.reads import reads
from benchmarks.measuring.report import Comparison, Results
from benchmarks.measuring.rounds import measure, options
from imprint.demo.issuer import StandInIssuer
from tests.support.clients import ClientMissingError

ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = options(
        "The registry's hot paths, as ratios.", rounds=ROUNDS, words="exchange, publish or read"
    )
    parser.add_argument(
        "--wrk",
        action=argparse.BooleanOptionalAction,
        default=shutil.which("wrk") is not None,
        help="read by wrk, as where it is on the path, or by our own generator",
    )
    asked = parser.parse_args(arguments)
    if asked.wrk and shutil.which("wrk") is None:
        parser.error("`wrk` is not on the path")
    about = machine()
    with ExitStack() as stack:
        everything = set_up(stack, by_wrk=asked.wrk)
        comparisons = [c for c in everything if asked.only in c.name]
        measure(comparisons, rounds=asked.rounds)
    results = Results(
        command="benchmarks/exchange.py",
        machine=about,
        rounds=asked.rounds,
        comparisons=comparisons,
    )
    print(results.as_json() if asked.format == "json" else results.as_table())
    return 0 if results.passed else 1


def set_up(stack: ExitStack, *, by_wrk: bool) -> list[Comparison]:
    """Start every server, to be stopped with `stack`, and return what is to be compared."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="imprint-benchmark-")))
    issuer = stack.enter_context(StandInIssuer())
    ours = stack.enter_context(imprint(folder / "imprint", issuer))
    installed = stack.enter_context(verdaccio(folder / "installed", signed_tokens=False))
    signing = stack.enter_context(verdaccio(folder / "signing", signed_tokens=True))
    exchanges = Exchanges(ours, issuer, file=folder / "raw.sqlite3")
    stack.callback(exchanges.close)
    let_publish_by_credential(ours)
    comparisons = [exchanges.comparison()]
    for connections in (1, 8):
        comparisons += publishes(
            ours, installed, signing, id_tokens=exchanges.id_tokens, connections=connections
        )
    comparisons.append(reads(ours, installed, by_wrk=by_wrk))
    return comparisons


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
