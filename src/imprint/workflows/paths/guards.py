"""Whether a job, or a step of it, runs for somebody: `if` of job, needed jobs and step, and gates.

Every accepted guard of facts/workflows.md §7.4 follows from evaluating conditions for somebody
(`hypotheses.py`); nothing here knows a guard by its looks, but for steps that look up a permission
(`gates.py`). Property: one more guard never lets a weaker principal in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from imprint.publishers.refs import BRANCH_PREFIX, TAG_PREFIX
from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.sameness import Same
from imprint.workflows.effects.situations import Situation
from imprint.workflows.github.expressions.evaluation import render, truth
from imprint.workflows.github.expressions.model import UNKNOWN, Unknown
from imprint.workflows.github.expressions.references import asks_for_status, references
from imprint.workflows.github.expressions.templates import condition_of, template_of
from imprint.workflows.paths.contexts import Kind, contexts_of, default_ref
from imprint.workflows.paths.gates import Gate, gates_of
from imprint.workflows.paths.hypotheses import Part, hypotheses_of
from imprint.workflows.paths.lattice import ENV_REVIEWER, Who, is_outsider, joined, weakest, who
from imprint.workflows.paths.refs import admits
from imprint.workflows.publishing.callers import called_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from imprint.workflows.effects.model import Site
    from imprint.workflows.facts import EnvironmentFacts, Facts
    from imprint.workflows.github.expressions.model import Value
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.paths.hypotheses import Hypothesis
    from imprint.workflows.publishing.callers import Callers
    from imprint.workflows.repository import Repository

REFUSED = "false"
"""What a permission check answers to somebody without rights, whatever its words are."""
_DEEPEST = 50
"""Jobs that need one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How far somebody gets in a job."""

    people: Who
    """Who takes part, a reviewer of the environment included."""
    environment: str | None
    """The deployment environment in this run; None: none, or one that cannot be told."""
    is_environment_known: bool
    stops_at: int | None
    """The site from which on nothing runs, because a check before it fails; None: all may run."""
    values: Callable[[tuple[str, ...]], Value | Unknown]
    """What the job's expressions see."""

    remembered: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)
    """Which conditions may hold, as far as it was asked."""

    def reaches(self, site: Site) -> bool:
        """Whether a step may run."""
        if self.stops_at is not None and site.order >= self.stops_at:
            return False
        return all(map(self._may_hold, site.conditions))

    def _may_hold(self, condition: str) -> bool:
        known = self.remembered.get(condition)
        if known is None:
            known = self.remembered[condition] = _may_be_true(condition, self.values)
        return known


class Guards:
    """What keeps whom out of which job of a repository; sites and gates are worked out once."""

    def __init__(self, repository: Repository, facts: Facts) -> None:
        """Remember what everything is asked of."""
        self.repository = repository
        self.facts = facts
        self.default = default_ref(facts)
        self._sites: dict[tuple[str, str], tuple[Site, ...]] = {}
        self._gates: dict[tuple[str, str], tuple[Gate, ...]] = {}
        self._in_order: dict[str, bool] = {}
        self._runs: dict[tuple[Same[RunContext], str, Same[Hypothesis], bool], _Run] = {}

    def sites(self, workflow: Workflow, job: Job) -> tuple[Site, ...]:
        """Return the steps of a job, composite actions taken apart."""
        key = (workflow.path, job.id)
        if key not in self._sites:
            self._sites[key] = sites_of(self.repository, workflow, job)
        return self._sites[key]

    def gates(self, workflow: Workflow, job: Job) -> tuple[Gate, ...]:
        """Return the permission checks among a job's steps."""
        key = (workflow.path, job.id)
        if key not in self._gates:
            self._gates[key] = gates_of(self.sites(workflow, job))
        return self._gates[key]

    def is_in_order(self, workflow: Workflow) -> bool:
        """Whether a workflow's jobs need one another in no circle, and are no endless chain."""
        if workflow.path not in self._in_order:
            is_short = len(workflow.jobs) <= _DEEPEST
            self._in_order[workflow.path] = is_short and not _goes_round(workflow)
        return self._in_order[workflow.path]

    def admit(self, context: RunContext, job: Job, hypothesis: Hypothesis) -> Admission | None:
        """Return how far somebody gets in a job of a run; None: it does not run for them."""
        people: Who = hypothesis.people
        # A called workflow runs in its caller's job, whose own conditions hold before.
        callers = [(call.workflow, call.job) for call in context.calls]
        outer: tuple[tuple[Workflow, Job], ...] = ()
        for workflow, calling in callers:
            found = self._job(context, workflow, calling, hypothesis, outer)
            if found is None:
                return None
            people = joined(people, found.people)
            outer = (*outer, (workflow, calling))
        own = self._job(context, context.workflow, job, hypothesis, outer)
        if own is None:
            return None
        return Admission(
            people=joined(people, own.people),
            environment=own.environment,
            is_environment_known=own.is_environment_known,
            stops_at=own.stops_at,
            values=own.values,
        )

    def _job(
        self,
        context: RunContext,
        workflow: Workflow,
        job: Job,
        hypothesis: Hypothesis,
        outer: tuple[tuple[Workflow, Job], ...],
    ) -> Admission | None:
        key = (Same(context), workflow.path, Same(hypothesis), bool(outer))
        run = self._runs.get(key)
        if run is None:
            run = _Run(self, context, workflow, hypothesis, has_caller=bool(outer))
            self._runs[key] = run
        return run.admission(job, frozenset())


class _Run:
    """One file's jobs in one run for one hypothesis."""

    def __init__(
        self,
        guards: Guards,
        context: RunContext,
        workflow: Workflow,
        hypothesis: Hypothesis,
        *,
        has_caller: bool,
    ) -> None:
        self._guards = guards
        self._context = context
        self._workflow = workflow
        self._hypothesis = hypothesis
        self._jobs = {job.id: job for job in workflow.jobs}
        self._admitted: dict[str, Admission | None] = {}
        self._can_remember = guards.is_in_order(workflow)
        self._known = _known(guards, context, workflow, has_caller=has_caller)
        self._situation = Situation(
            event=context.event, is_leg_known=False, known=self._known_in_situation()
        )

    def admission(self, job: Job, inside: frozenset[str]) -> Admission | None:
        if not self._can_remember:
            # What comes of a job then depends on from which one it is looked at.
            return self._admission(job, inside)
        if job.id not in self._admitted:
            self._admitted[job.id] = self._admission(job, inside)
        return self._admitted[job.id]

    def _admission(self, job: Job, inside: frozenset[str]) -> Admission | None:
        people = self._hypothesis.people
        answers: dict[tuple[str, ...], Value] = {}
        is_held_up = False
        for need in job.needs:
            needed = self._jobs.get(need.value)
            if needed is None or need.value in inside or len(inside) > _DEEPEST:
                continue
            before = self.admission(needed, inside | {job.id})
            fails = before is None or before.stops_at is not None
            is_held_up = is_held_up or fails
            if before is not None:
                people = joined(people, before.people)
            if fails:
                answers["needs", need.value.lower(), "result"] = "skipped"
            answers |= self._answers_of(needed)
        for gate in self._guards.gates(self._workflow, job):
            if gate.id is not None and not self._hypothesis.actor_has_rights:
                answers["steps", gate.id.lower(), "*"] = REFUSED
        values = self._values(answers)
        if not self._passes(job, values, is_held_up=is_held_up):
            return None
        return self._at_environment(job, people, values)

    def _at_environment(
        self, job: Job, people: Who, values: Callable[[tuple[str, ...]], Value | Unknown]
    ) -> Admission | None:
        name, is_known = None, True
        if job.deployment is not None:
            rendered = render(template_of(job.deployment.name.value), values)
            is_known = not isinstance(rendered, Unknown)
            name = rendered if isinstance(rendered, str) and rendered else None
        environment = environment_facts(self._guards.facts, name)
        if environment is not None:
            if not admits(environment, self._context.ref):
                return None
            if environment.reviewers > 0:
                people = joined(people, who(ENV_REVIEWER))
        return Admission(
            people=people,
            environment=name,
            is_environment_known=is_known,
            stops_at=self._stop(job, values),
            values=values,
        )

    def _passes(
        self,
        job: Job,
        values: Callable[[tuple[str, ...]], Value | Unknown],
        *,
        is_held_up: bool,
    ) -> bool:
        if job.condition is None:
            return not is_held_up
        condition = condition_of(job.condition.value)
        if is_held_up and not asks_for_status(condition):
            return False
        return truth(condition, values) is not False

    def _stop(self, job: Job, values: Callable[[tuple[str, ...]], Value | Unknown]) -> int | None:
        """Return the first site behind a check that fails for them.

        That is a look at their rights, or at where the pull request comes from.
        """
        is_foreign = Part.SUBJECT in self._hypothesis.parts
        for gate in self._guards.gates(self._workflow, job):
            if not (is_foreign if gate.is_of_source else not self._hypothesis.actor_has_rights):
                continue
            surely_runs = all(
                truth(condition_of(condition), values) is True for condition in gate.site.conditions
            )
            tolerated = gate.site.job_step.continue_on_error
            if gate.stops and surely_runs and (tolerated is None or tolerated.value == "false"):
                return gate.site.order + 1
        return None

    def _answers_of(self, needed: Job) -> dict[tuple[str, ...], Value]:
        """Return the outputs of a needed job that are a permission check's, for no rights."""
        if self._hypothesis.actor_has_rights:
            return {}
        ids = {
            gate.id.lower()
            for gate in self._guards.gates(self._workflow, needed)
            if gate.id is not None
        }
        found: dict[tuple[str, ...], Value] = {}
        for name, text in needed.outputs.items():
            asked = {
                path[1].lower()
                for part in template_of(text.value)
                if not isinstance(part, str)
                for path in references(part)
                if len(path) > 1 and path[0] == "steps"
            }
            if asked & ids:
                found["needs", needed.id.lower(), "outputs", name.lower()] = REFUSED
        return found

    def _values(
        self, answers: Mapping[tuple[str, ...], Value]
    ) -> Callable[[tuple[str, ...]], Value | Unknown]:
        def value(path: tuple[str, ...]) -> Value | Unknown:
            lowered = tuple(name.lower() for name in path)
            if lowered in answers:
                return answers[lowered]
            if lowered[:1] == ("steps",) and len(lowered) > len(("steps", "id")):
                return answers.get(("steps", lowered[1], "*"), UNKNOWN)
            if lowered in {("failure()",), ("cancelled()",)}:
                # Whoever runs something in a job can make it fail.
                return UNKNOWN
            found = self._hypothesis.value(lowered)
            if isinstance(found, Unknown):
                found = self._known.get(lowered, UNKNOWN)
            if isinstance(found, Unknown) and lowered[:1] == ("inputs",):
                return self._known.get(("inputs", "*"), UNKNOWN)
            return self._situation.value(path) if isinstance(found, Unknown) else found

        return value

    def _known_in_situation(self) -> Mapping[tuple[str, ...], str]:
        return {path: value for path, value in self._known.items() if isinstance(value, str)}


def environment_facts(facts: Facts, name: str | None) -> EnvironmentFacts | None:
    """Return what is known of an environment; GitHub does not tell cases apart."""
    if name is None:
        return None
    for known, environment in (facts.environments or {}).items():
        if known.lower() == name.lower():
            return environment
    return None


def outsiders_of(
    guards: Guards, callers: Callers, workflow: Workflow, job: Job
) -> tuple[tuple[RunContext, Who], ...]:
    """Return the runs in which outsiders reach a job, with the weakest of them for each."""
    found: list[tuple[RunContext, Who]] = []
    for context in contexts_of(guards.repository, workflow, callers, guards.facts):
        if context.kind is Kind.OWN or not context.outsiders_start_it:
            continue
        people = [
            admission.people
            for hypothesis in hypotheses_of(context, guards.facts, guards.default)
            if is_outsider(hypothesis.people)
            and (admission := guards.admit(context, job, hypothesis)) is not None
        ]
        found += [(context, one) for one in weakest(people)]
    return tuple(found)


def _goes_round(workflow: Workflow) -> bool:
    """Whether jobs need one another in a circle, or two have one name: the platform refuses it."""
    needs = {job.id: [need.value for need in job.needs] for job in workflow.jobs}
    if len(needs) < len(workflow.jobs):
        return True
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return True
    return False


def _known(
    guards: Guards, context: RunContext, workflow: Workflow, *, has_caller: bool
) -> dict[tuple[str, ...], Value]:
    """Return what every expression of a run sees, whoever caused it."""
    name = context.ref.removeprefix(BRANCH_PREFIX).removeprefix(TAG_PREFIX)
    known: dict[tuple[str, ...], Value] = {
        ("github", "ref"): context.ref,
        ("github", "ref_name"): name,
        ("github", "ref_type"): "tag" if context.is_tag else "branch",
        ("github", "event", "repository", "default_branch"): guards.default.removeprefix(
            BRANCH_PREFIX
        ),
        ("github", "event", "repository", "fork"): False,
    }
    whole = guards.facts.repository or guards.repository.name
    if whole is not None:
        known["github", "repository"] = whole
        known["github", "repository_owner"] = whole.partition("/")[0]
        known["github", "event", "repository", "full_name"] = whole
    if len(context.trigger.types) == 1:
        known["github", "event", "action"] = context.trigger.types[0].value
    if has_caller:
        for input_name, text in _handed_over(context, workflow).items():
            if "${{" not in text:
                known["inputs", input_name] = text
    elif context.event != "workflow_dispatch":
        known["inputs", "*"] = ""
    return known


def _handed_over(context: RunContext, workflow: Workflow) -> Mapping[str, str]:
    """Return the inputs that a called workflow is given, or its own defaults."""
    trigger = workflow.trigger("workflow_call")
    defaults = {} if trigger is None else trigger.input_defaults
    given = {name.lower(): text.value for name, text in defaults.items()}
    for place, call in enumerate(context.calls):
        following = (
            context.calls[place + 1].workflow
            if place + 1 < len(context.calls)
            else context.workflow
        )
        if following.path == workflow.path:
            given |= called_inputs((call,))
    return given


def _may_be_true(condition: str, values: Callable[[tuple[str, ...]], Value | Unknown]) -> bool:
    return truth(condition_of(condition), values) is not False


def surely_true(
    conditions: Iterable[str], values: Callable[[tuple[str, ...]], Value | Unknown]
) -> bool:
    """Whether all conditions hold for sure."""
    return all(truth(condition_of(condition), values) is True for condition in conditions)
