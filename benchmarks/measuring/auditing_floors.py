"""What an audit's figures are held to, and how they are said: a table, or one JSON object."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.measuring.audited_process import Took

HELD, MISSED = "held", "missed"
COLD, WARM, HIT = 5.0, 25.0, 150.0
"""Times as fast as npm, which has no results that it keeps: a hit is held to its warm run."""
MOST_MIB: Final = 250.0
DIFFERENCE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Median:
    """One side in one state, over all rounds."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    said: str
    """The last line of the last round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A promise, and what it came to."""

    what: str
    figure: float
    needed: float
    unit: str
    at_most: bool = False

    @property
    def is_held(self) -> bool:
        """Whether it is kept."""
        return self.figure <= self.needed if self.at_most else self.figure >= self.needed

    @property
    def state(self) -> str:
        """In a word."""
        return HELD if self.is_held else MISSED


def medians(took: Mapping[str, Sequence[Took]]) -> dict[str, Median]:
    """Return the medians of every side and state."""
    return {
        what: Median(
            seconds=statistics.median(one.seconds for one in runs),
            cpu_seconds=statistics.median(one.cpu_seconds for one in runs),
            peak_mib=max(one.peak_mib for one in runs),
            said=_summary(runs[-1].said),
        )
        for what, runs in took.items()
    }


def floors(found: Mapping[str, Median]) -> tuple[Floor, ...]:
    """Return every promise: ratios are of wall time, for both sides use more than one core."""
    pairs = (("cold", "cold", COLD), ("warm", "warm", WARM), ("hit", "warm", HIT))
    ratios = [
        Floor(
            what=f"{state}: npm {peer} / imprint {state}",
            figure=found[f"npm {peer}"].seconds / found[f"imprint {state}"].seconds,
            needed=needed,
            unit="times",
        )
        for state, peer, needed in pairs
        if f"npm {peer}" in found
    ]
    own = [one.peak_mib for what, one in found.items() if what.startswith("imprint")]
    return (
        *ratios,
        Floor(what="most memory", figure=max(own), needed=MOST_MIB, unit="MiB", at_most=True),
        Floor(
            what="difference of 20 changes, cold",
            figure=found["imprint difference"].seconds,
            needed=DIFFERENCE_SECONDS,
            unit="s",
            at_most=True,
        ),
    )


def as_json(
    machine: Mapping[str, str],
    counts: Mapping[str, int],
    found: Mapping[str, Median],
    held: Sequence[Floor],
) -> str:
    """Return one JSON object."""
    took = {
        what: {"seconds": one.seconds, "cpu_seconds": one.cpu_seconds, "peak_mib": one.peak_mib}
        for what, one in found.items()
    }
    told = [
        {"what": one.what, "figure": one.figure, "needed": one.needed, "held": one.is_held}
        for one in held
    ]
    answer = {"schema": 1, "machine": machine, "made": counts, "took": took, "floors": told}
    return json.dumps(answer, indent=2)


def as_table(
    machine: Mapping[str, str],
    counts: Mapping[str, int],
    found: Mapping[str, Median],
    held: Sequence[Floor],
) -> str:
    """Return text: what was measured, what each said, and what it is held to."""
    lines = [f"{name + ':':<9} {value}" for name, value in machine.items()]
    lines.append("made:     " + ", ".join(f"{value:,} {name}" for name, value in counts.items()))
    lines += ["", f"{'':<22} {'s':>8} {'CPU s':>8} {'MiB':>6}  said"]
    for what, one in found.items():
        figures = f"{one.seconds:>8.2f} {one.cpu_seconds:>8.2f} {one.peak_mib:>6.0f}"
        lines.append(f"{what:<22} {figures}  {one.said}")
    lines.append("")
    for floor in held:
        bound = "at most" if floor.at_most else "at least"
        figure = f"{floor.figure:>8.2f} {floor.unit}, {bound} {floor.needed:g}"
        lines.append(f"{floor.what:<34} {figure:<34} {floor.state}")
    return "\n".join(line.rstrip() for line in lines)


def _summary(said: str) -> str:
    """Return the line in which a tool says how much it looked at."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("checked", "audited")) or "verified" in line]
    return "; ".join(told or lines[-1:])
