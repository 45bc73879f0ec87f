"""What was measured, compared, and said: two tables for people, or one JSON object."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

PASS, FAIL, CONTEXT = "PASS", "FAIL", "context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One side in one round."""

    per_second: float
    cpu_us: float
    """CPU time of the server for one of them, all its threads together."""
    p50_ms: float | None = None
    p99_ms: float | None = None
    generator_busy: float | None = None
    """Near 1, the generator was the limit and not the server."""
    peak_mib: float | None = None
    """The most memory that it held."""


FIGURES: Final = ("per_second", "cpu_us", "p50_ms", "p99_ms", "generator_busy", "peak_mib")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """Something that is measured once in each round."""

    what: str
    server: str
    measure: Callable[[], Sample]
    samples: list[Sample] = field(default_factory=list)

    def median(self, figure: str) -> float | None:
        """Return the median of a figure over the rounds; None where it was not taken."""
        values: list[float | None] = [getattr(sample, figure) for sample in self.samples]
        taken = [value for value in values if value is not None]
        return statistics.median(taken) if taken else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Ours against a peer, and the ratio that is promised."""

    ours: Side
    peer: Side
    floor: float | None
    """The least that the median of the ratios may be; None: a figure for context."""
    by_cpu: bool = False
    """Hold CPU time to the floor: the rate is the load generator's, which has the same cores."""

    @property
    def name(self) -> str:
        """What is compared with what."""
        return f"{self.ours.what}: {self.ours.server} / {self.peer.server}"

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to theirs, round by round."""
        pairs = zip(self.ours.samples, self.peer.samples, strict=True)
        return tuple(ours.per_second / peer.per_second for ours, peer in pairs)

    @property
    def spread(self) -> tuple[float, float, float]:
        """The least, the median and the largest ratio."""
        return min(self.ratios), statistics.median(self.ratios), max(self.ratios)

    @property
    def cpu(self) -> float | None:
        """How much more CPU time the peer takes for one: what a busy machine disturbs least."""
        ours, theirs = self.ours.median("cpu_us"), self.peer.median("cpu_us")
        return theirs / ours if ours and theirs else None

    @property
    def verdict(self) -> str:
        """PASS or FAIL against the floor."""
        if self.floor is None:
            return CONTEXT
        ratio = self.cpu if self.by_cpu else self.spread[1]
        return PASS if ratio is not None and ratio >= self.floor else FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was measured in a run."""

    command: str
    machine: Mapping[str, str]
    rounds: int
    comparisons: Sequence[Comparison]

    @property
    def passed(self) -> bool:
        """Whether every floor is kept; nothing measured is nothing kept."""
        return bool(self.comparisons) and all(c.verdict != FAIL for c in self.comparisons)

    def as_json(self) -> str:
        """Return one JSON object."""
        answer = {
            "schema": 1,
            "command": self.command,
            "machine": dict(self.machine),
            "rounds": self.rounds,
            "passed": self.passed,
            "measures": [_measure(side) for side in sides_of(self.comparisons)],
            "ratios": [_ratio(comparison) for comparison in self.comparisons],
        }
        return json.dumps(answer, indent=2)

    def as_table(self) -> str:
        """Return text: what was measured, then how it compares."""
        lines = [f"{name + ':':<9} {value}" for name, value in self.machine.items()]
        lines.append(f"{'rounds:':<9} {self.rounds}, interleaved; each figure is their median")
        lines += [
            "",
            _SIDES.format("", "server", "per s", "CPU us", "p50 ms", "p99 ms", "gen.", "MiB"),
        ]
        lines += [_side_line(side) for side in sides_of(self.comparisons)]
        lines += ["", _RATIOS.format("ratio", "min", "median", "max", "by CPU", "floor", "")]
        lines += [_ratio_line(comparison) for comparison in self.comparisons]
        lines += ["", self._verdict()]
        return "\n".join(line.rstrip() for line in lines)

    def _verdict(self) -> str:
        if self.passed:
            return f"{PASS}: every floor is kept"
        missed = [c.name for c in self.comparisons if c.verdict == FAIL]
        return f"{FAIL}: {'; '.join(missed) or 'nothing was measured'}"


_SIDES: Final = "{:<26} {:<25} {:>9} {:>8} {:>8} {:>8} {:>5} {:>5}"
_RATIOS: Final = "{:<69} {:>7} {:>7} {:>7} {:>7} {:>6}  {}"


def sides_of(comparisons: Sequence[Comparison]) -> Iterator[Side]:
    """Yield every side once, in the order of the comparisons."""
    known: set[int] = set()
    for side in (side for c in comparisons for side in (c.ours, c.peer)):
        if id(side) not in known:
            known.add(id(side))
            yield side


def _measure(side: Side) -> dict[str, object]:
    medians = {figure: side.median(figure) for figure in FIGURES}
    return {
        "what": side.what,
        "server": side.server,
        **{figure: None if v is None else round(v, 3) for figure, v in medians.items()},
        "rounds": [round(sample.per_second, 1) for sample in side.samples],
    }


def _ratio(comparison: Comparison) -> dict[str, object]:
    low, middle, high = (round(value, 3) for value in comparison.spread)
    return {
        "what": comparison.ours.what,
        "ours": comparison.ours.server,
        "peer": comparison.peer.server,
        "min": low,
        "median": middle,
        "max": high,
        "cpu": None if comparison.cpu is None else round(comparison.cpu, 3),
        "floor": None if comparison.floor is None else round(comparison.floor, 3),
        "verdict": comparison.verdict,
    }


def _side_line(side: Side) -> str:
    figures = [side.median(figure) for figure in FIGURES]
    forms = ("{:,.1f}", "{:,.0f}", "{:.2f}", "{:.2f}", "{:.0%}", "{:,.0f}")
    shown = ["-" if v is None else f.format(v) for f, v in zip(forms, figures, strict=True)]
    return _SIDES.format(side.what, side.server, *shown)


def _ratio_line(comparison: Comparison) -> str:
    figures = (*comparison.spread, comparison.cpu)
    shown = ["-" if value is None else f"{value:.2f}" for value in figures]
    floor = "-" if comparison.floor is None else f"{comparison.floor:.2f}"
    verdict = f"{comparison.verdict} by CPU" if comparison.by_cpu else comparison.verdict
    return _RATIOS.format(comparison.name, *shown, floor, verdict)
