"""The smallest set of edits that leaves no path: a minimum cut of the network.

Max-flow by shortest augmenting paths (Edmonds and Karp); what cannot be edited away has no bound.
Costs are those of facts/workflows.md §7.3: safe 1, unsafe 3, manual 5.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from imprint.workflows.findings import Confidence
from imprint.workflows.paths.lattice import is_outsider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from imprint.workflows.paths.lattice import Who
    from imprint.workflows.paths.places import Cut, Network, Place

_SOURCE: Place = ("people",)
_SINK: Place = ("published",)
_UNBOUNDED = 10**9
_Residual: TypeAlias = "dict[Place, dict[Place, int]]"


def smallest_cut(network: Network, wanted: Callable[[Who], bool] = is_outsider) -> tuple[Cut, ...]:
    """Return the cheapest edits after which none of the people `wanted` reaches a package.

    Ways that the platform closes already need no edit, and unsure ones count only where there are
    no others. Empty where there is no path, and where no set of edits that are known would do.
    """
    return _cut(network, wanted, Confidence.MEDIUM) or _cut(network, wanted, Confidence.LOW)


def _cut(network: Network, wanted: Callable[[Who], bool], least: Confidence) -> tuple[Cut, ...]:
    edits: dict[Place, Cut] = {}
    residual = _residual(network, wanted, edits, least)
    flow = 0
    while (path := _augmenting(residual)) is not None:
        width = min(residual[one][other] for one, other in path)
        flow += width
        if flow >= _UNBOUNDED:
            return ()
        for one, other in path:
            residual[one][other] -= width
            residual[other][one] = residual[other].get(one, 0) + width
    if not flow:
        return ()
    near = _near(residual)
    found = [
        cut
        for place, cut in edits.items()
        if ("into", place) in near and ("out", place) not in near
    ]
    return tuple(sorted(found, key=lambda cut: (cut.cost, cut.what)))


def _residual(
    network: Network,
    wanted: Callable[[Who], bool],
    edits: dict[Place, Cut],
    least: Confidence,
) -> _Residual:
    """Return the network as capacities; an edit that takes several ways is one narrow place."""
    residual: _Residual = {_SOURCE: {}, _SINK: {}}

    def join(source: Place, target: Place, width: int) -> None:
        residual.setdefault(source, {})[target] = width
        residual.setdefault(target, {}).setdefault(source, 0)

    def narrow(source: Place, target: Place, cut: Cut | None) -> None:
        if cut is None:
            join(source, target, _UNBOUNDED)
            return
        # One edit is one place that all the ways it takes away squeeze through.
        key: Place = (cut.key,)
        edits[key] = cut
        join(source, ("into", key), _UNBOUNDED)
        join(("into", key), ("out", key), cut.cost)
        join(("out", key), target, _UNBOUNDED)

    for seed in network.seeds:
        label = seed.label
        if wanted(label.people) and not label.closed_by and label.confidence >= least:
            narrow(_SOURCE, seed.place, seed.cut)
    for way in network.ways:
        if not way.closed_by and way.confidence >= least:
            narrow(way.source, way.target, way.cut)
            if way.target[0] == "package":
                join(way.target, _SINK, _UNBOUNDED)
    return residual


def _augmenting(residual: _Residual) -> list[tuple[Place, Place]] | None:
    before: dict[Place, Place] = {_SOURCE: _SOURCE}
    waiting = deque([_SOURCE])
    while waiting:
        place = waiting.popleft()
        if place == _SINK:
            return list(_back(before))
        for following, width in residual[place].items():
            if width > 0 and following not in before:
                before[following] = place
                waiting.append(following)
    return None


def _back(before: dict[Place, Place]) -> Iterable[tuple[Place, Place]]:
    place = _SINK
    while place != _SOURCE:
        yield before[place], place
        place = before[place]


def _near(residual: _Residual) -> set[Place]:
    """Return what can still be reached from the people: the cut is at its border."""
    found, waiting = {_SOURCE}, [_SOURCE]
    while waiting:
        for following, width in residual[waiting.pop()].items():
            if width > 0 and following not in found:
                found.add(following)
                waiting.append(following)
    return found
