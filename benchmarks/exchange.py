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
from benchmarks.measuring.report import Comparison, Results, sides_of
from imprint.demo.issuer import StandInIssuer
from tests.support.clients import ClientMissingError

ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description="The registry's hot paths, as ratios.")
    parser.add_argument("--format", choices=("plain", "json"), default="plain")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--only", default="", metavar="WORD", help="exchange, publish or read")
    parser.add_argument(
        "--wrk",
        action=argparse.BooleanOptionalAction,
        default=shutil.which("wrk") is not None,
        help="read by wrk, as where it is on the path, or by our own generator",
    )
    asked = parser.parse_args(arguments)
    if asked.rounds < 1:
        parser.error("there must be a round")
    if asked.wrk and shutil.which("wrk") is None:
        parser.error("`wrk` is not on the path")
    about = machine()
    with ExitStack() as stack:
        everything = set_up(stack, by_wrk=asked.wrk)
        comparisons = [c for c in everything if asked.only in c.name]
        for number in range(asked.rounds):
            run_round(comparisons, number)
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


def run_round(comparisons: Sequence[Comparison], number: int) -> None:
    """Measure every side once, in the other order each time."""
    sides = list(sides_of(comparisons))
    for side in sides if number % 2 == 0 else reversed(sides):
        tell(f"round {number + 1}: {side.what}, {side.server}")
        side.samples.append(side.measure())


def tell(text: str) -> None:
    """Say how far it is, where somebody watches."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ClientMissingError, KeyboardInterrupt) as err:
        sys.exit(str(err) or "interrupted")
