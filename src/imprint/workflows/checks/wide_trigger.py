"""A job that publishes is started by people, or on branches, that a release has no use for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.publishers.refs import BRANCH_PREFIX
from imprint.refusals import quoted
from imprint.workflows.checks.reach import can_publish, certainty
from imprint.workflows.effects.checkouts import checkouts_of
from imprint.workflows.effects.model import Origin
from imprint.workflows.effects.sameness import Same
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.contexts import contexts_of
from imprint.workflows.paths.guards import Guards
from imprint.workflows.paths.hypotheses import hypotheses_of
from imprint.workflows.paths.lattice import is_outsider
from imprint.workflows.paths.model import Rank
from imprint.workflows.paths.refs import FRESH_BRANCH
from imprint.workflows.publishing.callers import Callers
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.paths.guards import Admission
    from imprint.workflows.repository import Repository
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P10",)

_OUTPUTS = re.compile(r"\b(?:needs|steps)\.[\w-]+\.outputs\b")
_DISPATCHES = ("workflow_dispatch", "repository_dispatch")


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each event by which strangers, or pushes to any branch, start a job that publishes.

    Guards are evaluated for whoever causes the run (facts/workflows.md §7.4): conditions of the
    job, of those it needs, of its callers, and what is known of its environment.
    """
    if not can_publish(job):
        return
    guards = Guards(scene.repository, scene.facts)
    told: set[object] = set()
    for context in contexts_of(
        scene.repository, job.workflow, _callers(Same(scene.repository)), scene.facts
    ):
        report = _report(job, guards, context)
        if report is not None and report.span not in told:
            told.add(report.span)
            yield report
    yield from _dispatched(job, scene)


def _report(job: PublishJob, guards: Guards, context: RunContext) -> Report | None:
    if not context.is_privileged:
        return None
    if context.outsiders_start_it:
        return _of_outsiders(job, guards, context)
    if context.event == "push" and context.ref == BRANCH_PREFIX + FRESH_BRANCH:
        return _of_any_push(job, guards, context)
    return None


def _of_outsiders(job: PublishJob, guards: Guards, context: RunContext) -> Report | None:
    for hypothesis in hypotheses_of(context, guards.facts, guards.default):
        admission = guards.admit(context, job.job, hypothesis)
        if admission is None or not is_outsider(admission.people):
            continue
        ranks = {principal.rank for principal in admission.people}
        if ranks & {Rank.ENV_REVIEWER, Rank.WRITER_INTERACTION}:
            # Somebody with rights has to act: what they can be led to do is a path's finding.
            continue
        reaches = _reaches_publish(job, guards, admission)
        if admission.stops_at is not None and not reaches:
            continue
        is_decided = _is_decided_by_output(job, context)
        is_prior = Rank.PRIOR_CONTRIBUTOR in ranks
        whom = "whoever had a pull request merged once" if is_prior else "anybody"
        return Report(
            span=context.root.trigger.span if context.parent is None else context.trigger.span,
            message=(
                f"`{context.event}` lets {whom} start the job `{job.job.id}`, which publishes: "
                "a release needs a push, a tag or a dispatch"
            ),
            hint="publish in a workflow of its own, which only people with rights can start",
            severity=Severity.MEDIUM if is_decided or not reaches else None,
            confidence=certainty(job, _confidence(is_decided=is_decided, is_sure=reaches)),
        )
    return None


def _of_any_push(job: PublishJob, guards: Guards, context: RunContext) -> Report | None:
    for hypothesis in hypotheses_of(context, guards.facts, guards.default):
        admission = guards.admit(context, job.job, hypothesis)
        if admission is None or any(p.rank is Rank.ENV_REVIEWER for p in admission.people):
            continue
        is_decided = _is_decided_by_output(job, context)
        is_less = is_decided or job.job.deployment is not None
        is_less = is_less or not _reaches_publish(job, guards, admission)
        return Report(
            span=context.trigger.span,
            message=(
                f"a push to any branch starts the job `{job.job.id}`, which publishes: "
                "`branches` or `tags` would name those that releases are made of"
            ),
            hint="name the release branch or tags, and demand them in an environment as well",
            severity=Severity.MEDIUM if is_less else None,
            confidence=certainty(job, _confidence(is_decided=is_decided, is_sure=True)),
        )
    return None


def _confidence(*, is_decided: bool, is_sure: bool) -> Confidence:
    if is_decided:
        return Confidence.LOW
    return Confidence.HIGH if is_sure else Confidence.MEDIUM


def _is_decided_by_output(job: PublishJob, context: RunContext) -> bool:
    """Whether a script decides if the job runs: what it says is not known here."""
    jobs = {each.id: each for each in job.workflow.jobs}
    asked = [job.job, *(call.job for call in context.calls)]
    asked += [jobs[need.value] for need in job.job.needs if need.value in jobs]
    return any(
        each.condition is not None and _OUTPUTS.search(each.condition.value) for each in asked
    )


def _reaches_publish(job: PublishJob, guards: Guards, admission: Admission) -> bool:
    """Whether a step that publishes may run, not only the job that could."""
    places = {step.step.span for step in job.steps if step.step is not None}
    if not places:
        return bool(job.steps)
    return any(
        admission.reaches(site)
        for site in guards.sites(job.workflow, job.job)
        if site.step.span in places or site.job_step.span in places
    )


def _dispatched(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield checkouts of whatever ref a dispatch names: the environment's branch rule is passed."""
    for event in _DISPATCHES:
        if job.workflow.trigger(event) is None:
            continue
        for checkout in checkouts_of(scene.repository, job.workflow, job.job, event=event):
            if checkout.origin is Origin.INPUT and checkout.ref is not None:
                yield Report(
                    span=checkout.span,
                    message=(
                        f"`{event}` names the code that the job `{job.job.id}` publishes: "
                        f"{quoted(checkout.ref)} may be a commit that nobody merged"
                    ),
                    hint="dispatch the workflow on the ref itself: environments see that one",
                    severity=None if job.job.deployment is not None else Severity.LOW,
                    confidence=certainty(job, Confidence.MEDIUM),
                )


@lru_cache(maxsize=4)
def _callers(same: Same[Repository]) -> Callers:
    return Callers(same.subject)
