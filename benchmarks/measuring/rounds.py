"""What every benchmark has in common: how it is asked, and its interleaved rounds."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks.measuring.report import sides_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring.report import Comparison


def options(description: str, *, rounds: int, words: str) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark takes; `words` are for `--only`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--format", choices=("plain", "json"), default="plain")
    parser.add_argument("--rounds", type=_positive, default=rounds, metavar="N")
    parser.add_argument("--only", default="", metavar="WORD", help=words)
    return parser


def measure(comparisons: Sequence[Comparison], *, rounds: int) -> None:
    """Measure every side once a round, in the other order each time."""
    for number in range(rounds):
        sides = list(sides_of(comparisons))
        for side in sides if number % 2 == 0 else reversed(sides):
            _tell(f"round {number + 1}: {side.what}, {side.server}")
            side.samples.append(side.measure())


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it takes a whole number from 1")
    return number


def _tell(text: str) -> None:
    """Say how far it is, where somebody watches."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
