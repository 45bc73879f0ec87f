"""How a package stands in a report: blocked, review, unchecked, improved, as usual.

Symbols and words say the same: neither colour nor a font is needed (facts: consumers §6.7).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from imprint.history.events import EventId
from imprint.policy.decisions import Admitted, Refused, Undecided

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.audit.model import Audit, AuditedPackage
    from imprint.policy.decisions import Reason


class _Look(NamedTuple):
    symbol: str
    plain_symbol: str
    word: str
    colour: str


class Standing(Enum):
    """In the order of reports, the worst first."""

    BLOCKED = _Look("✗", "x", "blocked", "red")
    REVIEW = _Look("▲", "!", "review", "yellow")
    UNCHECKED = _Look("?", "?", "unchecked", "magenta")
    IMPROVED = _Look("↑", "+", "improved", "green")
    USUAL = _Look("=", "=", "as usual", "white")

    @property
    def symbol(self) -> str:
        """One character."""
        return self.value.symbol

    @property
    def plain_symbol(self) -> str:
        """The same in ASCII."""
        return self.value.plain_symbol

    @property
    def word(self) -> str:
        """For people: `blocked`."""
        return self.value.word

    @property
    def colour(self) -> str:
        """A terminal's name of a colour."""
        return self.value.colour


def standing_of(package: AuditedPackage) -> Standing:
    """Return how the package stands."""
    match package.decision:
        case Refused():
            return Standing.BLOCKED
        case Undecided():
            return Standing.UNCHECKED
        case Admitted(warnings=warnings) if warnings:
            return Standing.REVIEW
        case Admitted():
            is_better = any(event.id is EventId.UPGRADED for event in package.events)
            return Standing.IMPROVED if is_better else Standing.USUAL


def by_standing(audit: Audit) -> Mapping[Standing, tuple[AuditedPackage, ...]]:
    """Return the packages of every standing, in the audit's order."""
    found: dict[Standing, list[AuditedPackage]] = {standing: [] for standing in Standing}
    for package in audit.packages:
        found[standing_of(package)].append(package)
    return {standing: tuple(packages) for standing, packages in found.items()}


def reasons_of(package: AuditedPackage) -> tuple[Reason, ...]:
    """Return why it stands so: what blocks or could not be had, then what is to be looked at."""
    match package.decision:
        case Admitted(warnings=warnings):
            return warnings
        case Refused(reasons=reasons, warnings=warnings):
            return (*reasons, *warnings)
        case Undecided(reasons=reasons, warnings=warnings):
            return (*reasons, *warnings)
