"""Places of the graph and the ways between them. Pure types, and the fixpoint over them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.workflows.findings import Confidence
from imprint.workflows.paths.labels import Antichain, Label
from imprint.workflows.paths.lattice import is_supply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.workflows.paths.lattice import Who
    from imprint.workflows.paths.model import Hop
    from imprint.workflows.sources import Span

Place: TypeAlias = "tuple[object, ...]"
"""`("job", …)`, `("artifact", …)`, `("secret", NAME)`, `("package", NAME)` and others."""

SAFE, UNSAFE, MANUAL = 1, 3, 5
"""What an edit costs, by how much thought it takes (facts/workflows.md §7.3)."""
MOST_STEPS = 20_000
"""Labels that are carried on before the search stops; no repository of the archive comes near."""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """An edit that takes a way away: what to do, where, and at which cost (S=1, U=3, M=5)."""

    what: str
    cost: int
    span: Span | None

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from others: one edit takes many ways away."""
        if self.span is None:
            return (self.what, "", 0)
        return (self.what, self.span.path, self.span.start)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From one place to another."""

    source: Place
    target: Place
    hops: tuple[Hop, ...] = ()
    people: Who | None = None
    """Who has to take part beside those who come."""
    closed_by: frozenset[str] = frozenset()
    confidence: Confidence = Confidence.HIGH
    for_supply: bool = True
    """False: supplied code is not followed here, or every install would lead everywhere."""
    cut: Cut | None = None


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at a place from the start."""

    place: Place
    label: Label
    cut: Cut | None = None


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the search walks on."""

    seeds: tuple[Seed, ...]
    ways: tuple[Way, ...]

    def reached(self) -> Mapping[Place, tuple[Label, ...]]:
        """Return the weakest who reach each place: the least fixpoint."""
        from_place: dict[Place, list[Way]] = {}
        for way in self.ways:
            from_place.setdefault(way.source, []).append(way)
        found: dict[Place, Antichain] = {}
        waiting: deque[tuple[Place, Label]] = deque()
        for seed in self.seeds:
            if found.setdefault(seed.place, Antichain()).add(seed.label):
                waiting.append((seed.place, seed.label))
        steps = 0
        while waiting and steps < MOST_STEPS:
            steps += 1
            place, label = waiting.popleft()
            if label not in found[place].labels:
                continue
            for way in from_place.get(place, ()):
                if not way.for_supply and is_supply(label.people):
                    continue
                following = label.onward(
                    *way.hops,
                    people=way.people,
                    closed_by=way.closed_by,
                    confidence=way.confidence,
                )
                if found.setdefault(way.target, Antichain()).add(following):
                    waiting.append((way.target, following))
        return {place: antichain.labels for place, antichain in found.items()}


def network_of(seeds: Iterable[Seed], ways: Iterable[Way]) -> Network:
    """Return a network, each way once."""
    return Network(seeds=tuple(seeds), ways=tuple(dict.fromkeys(ways)))
