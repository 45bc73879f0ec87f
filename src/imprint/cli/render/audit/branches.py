"""The graph by grade: what each dependency of the project brings, summed up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from imprint.history.axes import Grade

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.audit.model import Audit, AuditedPackage

WORST_FIRST = (Grade.BROKEN, Grade.UNKNOWN, *(Grade(f"L{number}") for number in range(8)))
_OF_A_DEPENDENCY = 1
"""Where a way into the graph names the project's own dependency."""


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """One dependency of a project, and the packages whose shortest way in begins with it."""

    label: str
    counts: Mapping[Grade, int]

    @property
    def packages(self) -> int:
        """How many there are, itself among them."""
        return sum(self.counts.values())

    def count_of(self, grade: str) -> int:
        """Return how many have a grade, by its sign."""
        return self.counts.get(Grade(grade), 0)


def branches_of(audit: Audit) -> tuple[Branch, ...]:
    """Return the branches, the largest first."""
    found: dict[str, Counter[Grade]] = {}
    for package in audit.packages:
        found.setdefault(_begins_with(package), Counter())[package.grade] += 1
    branches = [Branch(label=label, counts=counts) for label, counts in found.items()]
    return tuple(sorted(branches, key=lambda branch: (-branch.packages, branch.label)))


def graded_way(package: AuditedPackage, grades: Mapping[str, Grade]) -> str:
    """Return its way into the graph, each package on it with its grade."""
    words = [
        name if name not in grades else f"{name} ({grades[name].value})" for name in package.path
    ]
    return " → ".join(words)


def grades_by_label(audit: Audit) -> Mapping[str, Grade]:
    """Return the grade of each `name@version`."""
    return {f"{one.name}@{one.version}": one.grade for one in audit.packages}


def _begins_with(package: AuditedPackage) -> str:
    if len(package.path) > _OF_A_DEPENDENCY:
        return package.path[_OF_A_DEPENDENCY]
    return f"{package.name}@{package.version}"
