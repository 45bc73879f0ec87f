"""Completions: every way to fill in what a record leaves open, each replayed by itself.

What is not recorded is not guessed. Where a rule comes to the same whatever was the case, that is
its verdict; where not, its verdict is unknown (see `scoring`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.replaying.records import Event, Facts, Trust

RANK: Final[dict[Trust, int]] = {"A": 0, "N": 0, "t": 1, "P": 2, "T": 3, "S": 4}
"""How the archive orders its codes: to tell of two which is more, not how any rule ranks them."""
_LEVELS: Final[tuple[tuple[Trust, str], ...]] = (
    ("N", ""),
    ("P", "2023-04-19"),
    ("t", "2025-07-31"),
    ("T", "2025-07-31"),
)
"""What an unknown level may be, and since when npm has it (facts: incidents §6)."""
VISIBLE_SCRIPT: Final = "install_script"
UNDETERMINED: Final = frozenset(
    {
        "unknown",
        "runtime/install (undetermined)",
        "install_script/runtime",
    }
)
"""Payloads of which it is not said, or not of which version, that an install script runs them."""
_BOTH: Final = (True, False)
_HOUR, _YEAR = 3600.0, 365 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One way in which everything that is open may have been. What is recorded stays as it is."""

    line: Trust = "N"
    anywhere: Trust = "N"
    trust: Trust = "N"
    staged_with_provenance: bool = True
    has_script: bool = False
    """Whether what runs, it is not said when, is an install script."""
    had_script: bool = False
    """Whether the versions before had an install script, too."""
    gyp_shows: bool = False
    """Whether the packument tells of a build that no script names."""
    user_changed: bool = False
    ref_changed: bool = False
    owner_moved: bool = False
    """Whether a repository that was replaced belonged to somebody else."""
    dependency_age: float = _HOUR
    """Seconds since a new dependency's first publication."""

    def of(self, event: Event) -> tuple[Trust, Trust, Trust]:
        """Return the levels of the line, of any line and of the version, none of them unknown."""
        return (
            self.line if event.prior_trust_same_line == "U" else event.prior_trust_same_line,
            self.anywhere if event.prior_trust_any == "U" else event.prior_trust_any,
            self.trust if event.trust == "U" else event.trust,
        )


class Basis(StrEnum):
    """What is taken for the case where a record leaves something open."""

    RECORDED = "recorded"
    """Nothing: every completion counts, also one in which versions that no record describes had an
    install script."""
    ABSENT = "absent"
    """What no record tells of was not there: no version before the attack's had a script."""
    INFERRED = "inferred"
    """That, and users and refs that changed where the archive marks it as inferred."""


def is_of(way: Completion, basis: Basis) -> bool:
    """Return whether a completion of what is recorded, or inferred, counts by that basis."""
    return basis is Basis.RECORDED or not way.had_script


def completions(facts: Facts, *, inferring: bool) -> tuple[Completion, ...]:
    """Return all of them; `inferring` takes what the archive infers for recorded.

    That is: what it marks `inferred`, and that a version whose install script was the attack had
    followed one without.
    """
    ways = _all(facts, inferring=inferring)
    return tuple(way for way in ways if all(_fits(way, event) for event in facts.events))


def _all(facts: Facts, *, inferring: bool) -> list[Completion]:
    """Return the product of everything that is open."""
    said, payload = facts.identity, facts.payload_exec
    levels = tuple(level for level, since in _LEVELS if _is_since(facts.date, since))
    inferred = (True,) if inferring else _BOTH
    is_undetermined = payload in UNDETERMINED
    ways = [Completion()]
    if any(event.prior_trust_same_line == "U" for event in facts.events):
        ways = [replace(way, line=level) for way in ways for level in levels]
    if any(event.prior_trust_any == "U" for event in facts.events):
        ways = [replace(way, anywhere=level) for way in ways for level in levels]
    if any(event.trust == "U" for event in facts.events):
        ways = [replace(way, trust=level) for way in ways for level in levels]
    if any(event.trust == "S" for event in facts.events):
        ways = [replace(way, staged_with_provenance=one) for way in ways for one in _BOTH]
    if is_undetermined:
        ways = [replace(way, has_script=one) for way in ways for one in _BOTH]
    if (is_undetermined or payload == VISIBLE_SCRIPT) and not inferring:
        ways = [replace(way, had_script=one) for way in ways for one in _BOTH]
    if payload == "implicit_gyp":
        ways = [replace(way, gyp_shows=one) for way in ways for one in _BOTH]
    if said.get("publisher_user_changed") == "inferred":
        ways = [replace(way, user_changed=one) for way in ways for one in inferred]
    if said.get("ref_changed") == "inferred":
        ways = [replace(way, ref_changed=one) for way in ways for one in inferred]
    if said.get("change") == "repo_move":
        ways = [replace(way, owner_moved=one) for way in ways for one in _BOTH]
    if "new_dependency" in said:
        ways = [replace(way, dependency_age=one) for way in ways for one in (_HOUR, _YEAR)]
    return ways


def _fits(completion: Completion, event: Event) -> bool:
    line, anywhere, _ = completion.of(event)
    return RANK[line] <= RANK[anywhere]


def _is_since(date: str, since: str) -> bool:
    return not date[:1].isdigit() or date[: len(since)] >= since[: len(date)]
