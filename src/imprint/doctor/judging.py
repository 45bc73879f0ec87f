"""Whether a fix is good: its own finding gone, none new, nobody weaker who can publish.

Both states of the repository were analysed whole. Findings are known again by check, message and
the place they moved to: a fingerprint would change with the text that was repaired.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.compare import compare
from imprint.doctor.model import Diagnosis
from imprint.refusals import quoted
from imprint.workflows.edits.applying import moved_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imprint.workflows.checks.running import Found
    from imprint.workflows.findings import Patch, Severity
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A repository at one moment of being repaired."""

    scene: Scene
    found: tuple[Found, ...]

    @property
    def texts(self) -> Mapping[str, str]:
        """Its files."""
        return self.scene.repository.texts


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a fix is not to be taken."""

    reason: str
    """A sentence."""
    added: Found | None = None
    """What would be found that was not before: repaired, too, it may be no fault any more."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A patch that was applied, with the texts after it."""

    patch: Patch
    texts: Mapping[str, str]


def fault_of(fixed: Found, made: Sequence[Made], *, before: State, after: State) -> Fault | None:
    """Return why what was `made` to fix a finding is not to be taken; None: it is good."""
    if len(after.scene.repository.unreadable) > len(before.scene.repository.unreadable):
        path = after.scene.repository.unreadable[-1].path
        return Fault(reason=f"a file could not be read any more: {path}")
    lost = _publishing(before.scene) - _publishing(after.scene)
    if lost:
        path, job = min(lost)
        return Fault(reason=f"job {quoted(job)} of {path} would publish no more")
    fault = _findings(fixed, made, before, after)
    if fault is not None:
        return fault
    weaker = compare(_paths(before.scene), _paths(after.scene), revision="").weaker
    if weaker:
        return Fault(reason=f"{weaker[0].after} could publish {quoted(weaker[0].package)}")
    return None


class _Known(msgspec.Struct):
    """A finding of before, where it stands now. Not frozen: it is matched once."""

    found: Found
    span: Span
    is_matched: bool = False


def _findings(fixed: Found, made: Sequence[Made], before: State, after: State) -> Fault | None:
    known = [_Known(found=one, span=_moved(one.report.span, made)) for one in before.found]
    left = [one for one in after.found if not _take(one, known, is_exact=True)]
    if any(one.is_matched and one.found == fixed for one in known):
        return Fault(reason="the finding would still be there")
    for one in left:
        taken = _take(one, known, is_exact=False)
        if taken is None or _severity(one) > _severity(taken.found):
            reason = f"{quoted(one.check.id)} would be found: {one.report.message}"
            return Fault(reason=reason, added=one)
        if taken.found == fixed and not _is_way(one):
            return Fault(reason=f"the finding would be another one: {one.report.message}")
    return None


def _moved(span: Span, made: Sequence[Made]) -> Span:
    for one in made:
        span = moved_span(span, one.patch, one.texts)
    return span


def _take(one: Found, known: Iterable[_Known], *, is_exact: bool) -> _Known | None:
    """Return the finding of before that this is, and take it out of what is to be matched."""
    for each in known:
        other = each.found
        if each.is_matched or other.check.id != one.check.id:
            continue
        if not is_exact and _is_way(one) and _who(one) == _who(other):
            each.is_matched = True
            return each
        if other.report.span.path != one.report.span.path:
            continue
        same_text = other.report.message == one.report.message
        same_place = each.span.start == one.report.span.start
        if (same_text and same_place) if is_exact else (same_text or _overlap(each.span, one)):
            each.is_matched = True
            return each
    return None


def _is_way(one: Found) -> bool:
    """Whether it is about a publish path: where one way is closed, the next one is told."""
    return one.path is not None


def _who(one: Found) -> str:
    """Return who can publish what, of a finding about a path: all before the way itself."""
    return one.report.message.partition(" by `")[0]


def _overlap(span: Span, one: Found) -> bool:
    other = one.report.span
    return span.start <= other.end and other.start <= span.end


def _severity(one: Found) -> Severity:
    return one.report.severity or one.check.severity


def _publishing(scene: Scene) -> Counter[tuple[str, str]]:
    """Return how many commands publish, by the file and job that they are of."""
    return Counter(
        {(job.workflow.path, job.job.id): len(job.steps) for job in scene.publish_jobs if job.steps}
    )


def _paths(scene: Scene) -> Diagnosis:
    return Diagnosis(name=None, profile=scene.profile.name, paths=scene.paths)
