"""What the gate's figures are held to, and how they are said: a table, or one JSON object."""

from __future__ import annotations

import json
import statistics
from typing import TYPE_CHECKING, Final

from benchmarks.measuring.auditing_floors import HELD, MISSED, Floor
from benchmarks.measuring.gating import BUN, COLD, OURS, PEER, WARM, WHAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.measuring.gated_installs import Installed
    from benchmarks.measuring.gating import Measured, Sides

MOST_WARM: Final = 1.05
MOST_COLD: Final = 1.0
MOST_BUN: Final = 0.6
MOST_BUN_CPU: Final = 0.2
LEAST_READS: Final = 20.0
MOST_GROWTH_MIB: Final = 256.0
"""A sixth of what the packuments come to that the 64 clients pull."""


def floors(sides: Sides, *, by_wrk: bool) -> tuple[Floor, ...]:
    """Return every promise about what was measured; ratios are medians over the rounds."""
    return tuple(_floors(sides[OURS], sides[PEER], by_wrk=by_wrk))


def _floors(ours: Measured, peer: Measured, *, by_wrk: bool) -> Iterator[Floor]:
    for what, most in ((WARM, MOST_WARM), (COLD, MOST_COLD), (BUN, MOST_BUN)):
        if what in ours.installs:
            figure = _ratio(ours, peer, what, lambda one: one.seconds)
            yield Floor(
                what=f"{what}: time, ours / theirs",
                figure=figure,
                needed=most,
                unit="times",
                at_most=True,
            )
    if BUN in ours.installs:
        yield Floor(
            what=f"{BUN}: the proxy's CPU, ours / theirs",
            figure=_ratio(ours, peer, BUN, lambda one: one.proxy_cpu_seconds),
            needed=MOST_BUN_CPU,
            unit="times",
            at_most=True,
        )
    if ours.reads:
        pairs = list(zip(ours.reads, peer.reads, strict=True))
        rates = [one.per_second / other.per_second for one, other in pairs]
        cpu = [other.cpu_us / one.cpu_us for one, other in pairs]
        yield Floor(
            what="hot filtered packument: " + ("rate" if by_wrk else "CPU") + ", ours / theirs",
            figure=statistics.median(rates if by_wrk else cpu),
            needed=LEAST_READS,
            unit="times",
        )
        served, of = ours.served
        yield Floor(what="versions that are withheld of it", figure=of - served, needed=1, unit="")
    if ours.pulls:
        yield Floor(
            what="64 clients pull 20 MB: memory, over what was there before",
            figure=max(one.peak_mib - one.before_mib for one in ours.pulls),
            needed=MOST_GROWTH_MIB,
            unit="MiB",
            at_most=True,
        )
        failed = max(one.failed for one in ours.pulls)
        yield Floor(
            what="clients that got no whole packument",
            figure=failed,
            needed=0,
            unit="of 64",
            at_most=True,
        )


def _ratio(
    ours: Measured, peer: Measured, what: str, figure: Callable[[Installed], float]
) -> float:
    pairs = zip(ours.installs[what], peer.installs[what], strict=True)
    return statistics.median(figure(one) / max(figure(other), 1e-9) for one, other in pairs)


def as_json(
    about: Mapping[str, str], made: Mapping[str, int], sides: Sides, held: Sequence[Floor]
) -> str:
    """Return one JSON object."""
    answer = {
        "schema": 1,
        "command": "benchmarks/gate.py",
        "machine": dict(about),
        "made": dict(made),
        "sides": {name: _told(side) for name, side in sides.items()},
        "floors": [
            {"what": one.what, "figure": one.figure, "needed": one.needed, "held": one.is_held}
            for one in held
        ],
        "passed": bool(held) and all(one.is_held for one in held),
    }
    return json.dumps(answer, indent=2)


def _told(side: Measured) -> dict[str, object]:
    return {
        "installs": {
            what: {
                "seconds": [round(one.seconds, 3) for one in runs],
                "client_cpu_seconds": _median(runs, lambda one: one.client_cpu_seconds),
                "proxy_cpu_seconds": _median(runs, lambda one: one.proxy_cpu_seconds),
                "upstream_requests": _median(runs, lambda one: one.upstream.requests),
                "upstream_bytes": _median(runs, lambda one: one.upstream.size_bytes),
            }
            for what, runs in side.installs.items()
        },
        "reads": [{"per_second": one.per_second, "cpu_us": one.cpu_us} for one in side.reads],
        "pulls": [
            {"before_mib": one.before_mib, "peak_mib": one.peak_mib, "seconds": one.seconds}
            for one in side.pulls
        ],
    }


def as_table(
    about: Mapping[str, str], made: Mapping[str, int], sides: Sides, held: Sequence[Floor]
) -> str:
    """Return text: what was measured, and what it is held to."""
    lines = [f"{name + ':':<9} {value}" for name, value in about.items()]
    lines.append("made:     " + ", ".join(f"{value:,} {name}" for name, value in made.items()))
    lines += ["", _INSTALLS.format("", "proxy", "s", "client", "proxy", "asked", "upstream")]
    lines += list(_install_lines(sides))
    for name, side in sides.items():
        for one in side.reads[-1:]:
            rate = statistics.median(sample.per_second for sample in side.reads)
            cpu = statistics.median(sample.cpu_us for sample in side.reads)
            tail = "-" if one.p99_ms is None else f"{one.p99_ms:.2f}"
            lines.append(
                f"hot packument      {name:<10} {rate:,.0f} per s, {cpu:,.0f} us CPU, p99 {tail} ms"
            )
    for name, side in sides.items():
        for pulled in side.pulls[-1:]:
            lines.append(
                f"64 clients         {name:<10} {pulled.before_mib:,.0f} MiB before, "
                f"{pulled.peak_mib:,.0f} MiB at most, {pulled.seconds:.1f} s, "
                f"{pulled.cpu_seconds:.1f} s CPU, {pulled.received_bytes / 1e6:.1f} MB each, "
                f"{pulled.failed} got none"
            )
    lines.append("")
    for floor in held:
        bound = "at most" if floor.at_most else "at least"
        lines.append(
            f"{floor.state:<7} {floor.what:<62} {floor.figure:9.2f} {floor.unit}"
            f"  ({bound} {floor.needed:g})"
        )
    missed = sum(not one.is_held for one in held)
    lines += ["", f"{MISSED}: {missed} of {len(held)}" if missed else f"{HELD}: every floor"]
    return "\n".join(line.rstrip() for line in lines)


_INSTALLS: Final = "{:<18} {:<10} {:>7} {:>11} {:>10} {:>9} {:>13}"


def _install_lines(sides: Sides) -> Iterator[str]:
    for what in WHAT:
        for name, side in sides.items():
            runs = side.installs.get(what)
            if runs:
                yield _INSTALLS.format(
                    what,
                    name,
                    f"{_median(runs, lambda one: one.seconds):.2f}",
                    f"{_median(runs, lambda one: one.client_cpu_seconds):.2f} s CPU",
                    f"{_median(runs, lambda one: one.proxy_cpu_seconds):.2f} s CPU",
                    f"{_median(runs, lambda one: one.upstream.requests):,.0f}",
                    f"{_median(runs, lambda one: one.upstream.size_bytes):,.0f} bytes",
                )


def _median(runs: Sequence[Installed], figure: Callable[[Installed], float]) -> float:
    return statistics.median(figure(one) for one in runs)
