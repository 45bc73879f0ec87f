"""The jobs of a repository in every kind of run, with everybody who gets into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.refs import BRANCH_PREFIX
from imprint.workflows.paths.contexts import Kind, RunContext, contexts_of
from imprint.workflows.paths.hypotheses import hypotheses_of
from imprint.workflows.paths.lattice import ENV_REVIEWER, Who, who
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.refs import FRESH_BRANCH
from imprint.workflows.paths.seeds import checks_out_own_ref, node_of, ref_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.facts import Facts
    from imprint.workflows.github.model import Job
    from imprint.workflows.paths.guards import Admission, Guards
    from imprint.workflows.paths.hypotheses import Hypothesis
    from imprint.workflows.paths.identities import Trust
    from imprint.workflows.paths.jobs import Effects, Jobs
    from imprint.workflows.paths.places import Place
    from imprint.workflows.profiles import Profile
    from imprint.workflows.publishing.callers import Callers
    from imprint.workflows.publishing.model import PublishJob


class JobRun(msgspec.Struct, frozen=True, kw_only=True):
    """One job in one kind of run, with everybody who gets into it."""

    context: RunContext
    job: Job
    admissions: tuple[tuple[Hypothesis, Admission], ...]
    """The weakest first."""
    effects: Effects
    publish_job: PublishJob | None

    @property
    def place(self) -> Place:
        """Where it is in the network."""
        return ("job", self.context.place, self.job.id)

    @property
    def run(self) -> Place:
        """The run that it belongs to, which artifacts and outputs are of."""
        context = self.context
        parent = None if context.parent is None else context.parent.place
        return (context.entry.path, context.event, context.ref, parent)

    @property
    def admission(self) -> Admission:
        """How far the strongest who may cause it get."""
        return self.admissions[-1][1]

    @property
    def hop(self) -> Hop:
        """The job as a step of a path."""
        what = "runs it, and publishes" if self.publishes else "runs it"
        return Hop(what=what, node=node_of(self.context.workflow, self.job), span=self.job.id_span)

    @property
    def publishes(self) -> bool:
        """Whether a step of it publishes."""
        return self.publish_job is not None and bool(self.publish_job.steps)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the ways of a network are worked out from."""

    guards: Guards
    jobs: Jobs
    trust: Trust
    profile: Profile
    runs: tuple[JobRun, ...]
    pushed: tuple[JobRun, ...]
    """The jobs of runs that are dispatched on a branch that somebody pushed."""

    @property
    def facts(self) -> Facts:
        """What is known beyond the files."""
        return self.guards.facts


def surroundings_of(
    guards: Guards, jobs: Jobs, trust: Trust, callers: Callers, profile: Profile
) -> Surroundings:
    """Enumerate the runs of every job."""
    return Surroundings(
        guards=guards,
        jobs=jobs,
        trust=trust,
        profile=profile,
        runs=tuple(_every_run(guards, jobs, callers)),
        pushed=tuple(_pushed_runs(guards, jobs)),
    )


def runs_own_ref(run: JobRun) -> bool:
    """Whether a job runs, or publishes, the code of the ref that its run is of."""
    if ref_code(run.effects, run.admission) is not None:
        return True
    return run.publishes and checks_out_own_ref(run.effects, run.admission)


def reviewers_of(run: JobRun) -> Who | None:
    """Return who has to let the run pass, whoever caused it; None: nobody."""
    if all(ENV_REVIEWER in admission.people for _, admission in run.admissions):
        return who(ENV_REVIEWER)
    return None


def _every_run(guards: Guards, jobs: Jobs, callers: Callers) -> Iterator[JobRun]:
    for workflow in (*guards.repository.workflows, *callers.external):
        for context in contexts_of(guards.repository, workflow, callers, guards.facts):
            yield from _in_context(guards, jobs, context)


def _in_context(guards: Guards, jobs: Jobs, context: RunContext) -> Iterator[JobRun]:
    people = hypotheses_of(context, guards.facts, guards.default)
    for job in context.workflow.jobs:
        publish_job = jobs.publish_job(context.workflow, job)
        if job.uses is not None and publish_job is None:
            continue
        admissions = tuple(
            (hypothesis, admission)
            for hypothesis in people
            if (admission := guards.admit(context, job, hypothesis)) is not None
        )
        if admissions:
            yield JobRun(
                context=context,
                job=job,
                admissions=admissions,
                effects=jobs.effects(context, job, guards.sites(context.workflow, job)),
                publish_job=publish_job,
            )


def _pushed_runs(guards: Guards, jobs: Jobs) -> Iterator[JobRun]:
    ref = BRANCH_PREFIX + FRESH_BRANCH
    for workflow in guards.repository.workflows:
        trigger = workflow.trigger("workflow_dispatch")
        if trigger is not None:
            context = RunContext(
                workflow=workflow,
                event=trigger.event,
                trigger=trigger,
                kind=Kind.OWN,
                ref=ref,
                is_default_ref=False,
            )
            yield from _in_context(guards, jobs, context)
