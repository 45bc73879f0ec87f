"""What reaches a place of the graph: who, how, and what of the platform closes the way. Pure types.

A label is weaker than another where its people are, and nothing closes it that leaves the other
open. A place keeps the antichain of the weakest, each with the first way found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.workflows.findings import Confidence
from imprint.workflows.paths.lattice import Who, is_weaker_or_equal, joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.workflows.paths.model import Hop

MOST_HOPS = 24


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """One way for somebody to reach a place."""

    people: Who
    hops: tuple[Hop, ...]
    trigger: str
    """What starts it: an event's name."""
    closed_by: frozenset[str] = frozenset()
    """What the platform does against it, one sentence each; empty: it is open."""
    confidence: Confidence = Confidence.HIGH
    is_executing: bool = True
    """Whether they run something there, rather than only decide what is in a file."""

    def onward(
        self,
        *hops: Hop,
        people: Who | None = None,
        closed_by: Iterable[str] = (),
        confidence: Confidence = Confidence.HIGH,
    ) -> Label:
        """Return the label one place on; `people` have to take part as well."""
        return replace(
            self,
            people=self.people if people is None else joined(self.people, people),
            hops=(*self.hops, *hops),
            closed_by=self.closed_by | frozenset(closed_by),
            confidence=min(self.confidence, confidence),
        )


class Antichain:
    """The labels of one place, none of which makes another one superfluous."""

    __slots__ = ("labels",)

    def __init__(self) -> None:
        """Begin with nobody."""
        self.labels: tuple[Label, ...] = ()

    def add(self, label: Label) -> bool:
        """Take a label in; False where one that is there says as much."""
        if len(label.hops) > MOST_HOPS or any(says_as_much(one, label) for one in self.labels):
            return False
        self.labels = (
            *(one for one in self.labels if not says_as_much(label, one)),
            label,
        )
        return True


def says_as_much(first: Label, second: Label) -> bool:
    """Whether `first` makes `second` superfluous: people, closures and confidence."""
    return (
        first.closed_by <= second.closed_by
        and first.confidence >= second.confidence
        and is_weaker_or_equal(first.people, second.people)
    )
