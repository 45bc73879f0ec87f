"""The order of findings, root cause first, and what is folded away at the default level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.findings import Confidence, Persona, Severity
from imprint.workflows.paths.model import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imprint.doctor.model import Finding
    from imprint.workflows.paths.model import PublishPath
    from imprint.workflows.sources import Span

MOST_GROUPS = 5
"""How many findings a repository shows by default (one check in many places is one)."""
HYGIENE = "zizmor/"
"""Findings of the linter beside ours: never a headline."""
CAUSES = (
    "anonymous-publish-path",
    "contributor-publish-path",
    "interaction-publish-path",
    "outsider-artifact-published",
    "wide-trigger",
    "literal-token",
    "token-beside-id-token",
    "writer-publish-path",
    "publish-without-environment",
    "anonymous-code-execution",
    "long-lived-token",
    "token-in-reach",
    "workflow-wide-id-token",
    "cache-in-publish-job",
)
"""Of equal weight these come first, in this order: each opens a way by itself (incidents: facts
§5). What is not named makes a way wider, or a release fail."""
OTHERS_FIRST = frozenset(
    {
        "unpinned-action",
        "action-supply-publish-path",
        "dependency-supply-publish-path",
        "build-in-publish-job",
    }
)
"""Harmful only once somebody else, who made what is used, has been broken into."""
_WEAK = (Rank.ANON, Rank.PRIOR_CONTRIBUTOR, Rank.LABELER)
_RANKS = {rank: place for place, rank in enumerate(Rank)}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One check's findings: the worst one, and the other places."""

    first: Finding
    others: tuple[Finding, ...] = ()

    def other_places(self) -> tuple[Span, ...]:
        """Return where the others are, each place once."""
        first = (self.first.span.path, self.first.span.line)
        places = {(one.span.path, one.span.line): one.span for one in self.others}
        return tuple(span for place, span in places.items() if place != first)


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown, and what is folded."""

    shown: tuple[Group, ...]
    folded: tuple[Finding, ...]

    def folded_by_severity(self) -> tuple[tuple[Severity, int], ...]:
        """Return how many are folded of each severity, the worst first."""
        counts: defaultdict[Severity, int] = defaultdict(int)
        for finding in self.folded:
            counts[finding.severity] += 1
        return tuple(sorted(counts.items(), reverse=True))


def rank(findings: Iterable[Finding], paths: Sequence[PublishPath]) -> tuple[Finding, ...]:
    """Return the findings in the order of what matters.

    (1) whoever is weak and can publish, (2) weight, which is severity, less one where it is not
    sure, and less one where somebody else has to be broken into first, (3) what is a cause before
    what only makes it worse, (4) what a path of people goes through, (5) confidence, (6) place.
    What another linter found comes last.
    """
    crossed = _crossed(paths)
    return tuple(sorted(findings, key=lambda one: _key(one, paths, crossed)))


def fold(findings: Sequence[Finding], *, everything: bool) -> Ranking:
    """Return what is shown: a group for each check, at most five; each finding for `everything`."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    folded: list[Finding] = []
    for finding in findings:
        if _is_for_all(finding):
            groups[finding.check].append(finding)
        else:
            folded.append(finding)
    if everything:
        return Ranking(shown=tuple(Group(first=one) for one in findings), folded=())
    # `findings` are ranked, so the groups are, by their first.
    whole = [Group(first=each[0], others=tuple(each[1:])) for each in groups.values()]
    rest = [one for group in whole[MOST_GROUPS:] for one in (group.first, *group.others)]
    return Ranking(shown=tuple(whole[:MOST_GROUPS]), folded=(*rest, *folded))


def strength(path: PublishPath) -> int:
    """Return how hard a path is to take: the place of the strongest of those who take part."""
    return max((_RANKS[principal.rank] for principal in path.who), default=0)


def _is_for_all(finding: Finding) -> bool:
    """Whether a finding is shown by default: sure enough, bad enough, and ours."""
    return (
        finding.persona is not Persona.AUDITOR
        and not finding.check.startswith(HYGIENE)
        and finding.severity > Severity.INFO
        and (finding.confidence > Confidence.LOW or finding.severity >= Severity.HIGH)
    )


def _key(
    finding: Finding, paths: Sequence[PublishPath], crossed: frozenset[tuple[str, int]]
) -> tuple[object, ...]:
    path = None if finding.path is None else paths[finding.path]
    by_weak = path is not None and path.can_publish and any(p.rank in _WEAK for p in path.who)
    lines = range(finding.span.line, min(finding.end_line, finding.span.line + 50) + 1)
    is_crossed = any((finding.span.path, line) in crossed for line in lines)
    cause = CAUSES.index(finding.check) if finding.check in CAUSES else len(CAUSES)
    return (
        finding.check.startswith(HYGIENE),
        finding.persona is Persona.AUDITOR,
        not by_weak,
        -_weight(finding, path),
        cause,
        strength(path) if path is not None else 0,
        not is_crossed,
        -finding.confidence,
        finding.persona is not Persona.RELEASE,
        finding.span.path,
        finding.span.start,
        finding.check,
    )


def _weight(finding: Finding, path: PublishPath | None) -> int:
    unsure = finding.confidence is Confidence.LOW
    by_others = path is not None and _is_of_suppliers(path)
    return finding.severity - unsure - (by_others or finding.check in OTHERS_FIRST)


def _is_of_suppliers(path: PublishPath) -> bool:
    return any(one.rank is Rank.SUPPLY for one in path.who)


def _crossed(paths: Sequence[PublishPath]) -> frozenset[tuple[str, int]]:
    return frozenset(
        (hop.span.path, hop.span.line)
        for path in paths
        if path.can_publish and not _is_of_suppliers(path)
        for hop in path.hops
        if hop.span is not None
    )
