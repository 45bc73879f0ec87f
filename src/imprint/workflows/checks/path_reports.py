"""What a path check says of a publish path: who, what, through which places."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.effects.sameness import Same
from imprint.workflows.findings import Report, Severity
from imprint.workflows.paths.drawing import grouped
from imprint.workflows.paths.identities import UNKNOWN_PACKAGE
from imprint.workflows.paths.model import Rank

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.drawing import PathGroup
    from imprint.workflows.paths.kinds import PathKind
    from imprint.workflows.paths.model import Principal, PublishPath
    from imprint.workflows.scene import Scene

_PEOPLE = {
    Rank.ANON: "anybody",
    Rank.PRIOR_CONTRIBUTOR: "whoever had a pull request merged once",
    Rank.LABELER: "whoever may label",
    Rank.WRITER: "whoever can push a branch",
    Rank.TAG_CREATOR: "whoever can push a tag",
    Rank.DISPATCHER: "whoever can dispatch a run",
    Rank.REVIEWED: "whoever gets a change reviewed",
    Rank.ENV_REVIEWER: "a reviewer of the environment",
    Rank.ADMIN: "an administrator",
}
_MOST_NODES = 6


def reports_of(
    path: PublishPath,
    scene: Scene,
    kind: PathKind,
    *,
    hint: str,
    severity: Severity | None = None,
    does: str = "can publish",
) -> Iterator[Report]:
    """Yield one report for the paths of a kind that differ by their package alone: at the first.

    Where the profile or a fact stops it, it is worth knowing, and no more.
    """
    if path.check != kind:
        return
    group = next((one for one in _groups(Same(scene)) if one.path is path), None)
    spans = [hop.span for hop in path.hops if hop.span is not None]
    if group is None or not spans:
        return
    stopped = bool(path.stopped_by)
    yield Report(
        span=spans[0],
        message=_message(path, _what(group, "could publish" if stopped else does)),
        hint=hint,
        severity=Severity.INFO if stopped else severity,
        confidence=path.confidence,
        related=tuple(dict.fromkeys(span for span in spans[1:] if span != spans[0])),
    )


def _message(path: PublishPath, what: str) -> str:
    people = " and ".join(_people(one) for one in path.who if one.rank in _PEOPLE or one.of)
    if any(one.rank is Rank.WRITER_INTERACTION for one in path.who):
        people = f"{people or 'a stranger'}, once a maintainer acts,"
    nodes = [quoted(hop.node) for hop in path.hops[:_MOST_NODES]]
    message = f"{people} {what} by {', '.join(nodes)}: {quoted(path.hops[0].what)}"
    return f"{message}, which {quoted(path.stopped_by[0])} stops" if path.stopped_by else message


def _what(group: PathGroup, does: str) -> str:
    if group.path.package == UNKNOWN_PACKAGE:
        return f"{does}," if "publish" not in does else f"{does} packages"
    others = len(group.packages) - 1
    more = f" and {others} more" if others else ""
    return f"{does} {quoted(group.path.package)}{more}"


def _people(principal: Principal) -> str:
    match principal.rank:
        case Rank.SUPPLY if principal.of == "npm":
            return "whoever controls a dependency"
        case Rank.SUPPLY:
            return f"whoever controls the actions of {quoted(principal.of)}"
        case Rank.TOKEN_HOLDER:
            return f"whoever holds {quoted(principal.of)}"
        case rank:
            return _PEOPLE[rank]


@lru_cache(maxsize=4)
def _groups(same: Same[Scene]) -> tuple[PathGroup, ...]:
    return grouped(same.subject.paths)
