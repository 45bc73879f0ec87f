"""Where to hold a package whose version is refused: the newest version that policy admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.evidence.looked import Had
from imprint.evidence.packages import Around, judge_version
from imprint.evidence.proven import assumed
from imprint.evidence.wanted import Wanted
from imprint.history.held import newest_admitted
from imprint.policy.decisions import Admitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.evidence.gathering import Gathered
    from imprint.evidence.packages import JudgedVersion, Rules


def holder(rules: Rules, gathered: Gathered) -> Callable[[JudgedVersion], str | None]:
    """Return what tells, of a refused version, which earlier one would be admitted.

    Earlier versions are judged by the registry's word, as if what it claims verified: nothing is
    fetched for a hint, and whoever takes it has it judged in full.
    """

    def hold(judged: JudgedVersion) -> str | None:
        history = judged.history
        if history is None:
            return None

        def admits(version: str) -> bool:
            row = history.publication(version)
            if row is None:
                return False
            wanted = Wanted(
                name=judged.subject.name, version=version, registry=judged.subject.registry
            )
            found = judge_version(
                wanted,
                Had(history),
                carries=judged.carries,
                proven=assumed(row, judged.carries),
                identities={},
                neighbour=gathered.history,
                around=Around(exposure=judged.subject.exposure, is_dev=judged.subject.is_dev),
                rules=rules,
            )
            return isinstance(found.decision, Admitted)

        return newest_admitted(history, judged.subject.version, admits)

    return hold
