"""In which ways a job can come to run, as far as its conditions and inputs depend on it.

One situation for each event and matrix leg, with what expressions then see. Not here: who causes
an event, and whose code it runs (`paths/`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.workflows.effects.expansion import REMEMBERED_JOBS, sites_of
from imprint.workflows.effects.sameness import Same
from imprint.workflows.github.expressions.evaluation import render, truth
from imprint.workflows.github.expressions.model import UNKNOWN, Unknown
from imprint.workflows.github.expressions.templates import condition_of, template_of
from imprint.workflows.github.model import LocalUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.expressions.model import Value
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.repository import Repository

MOST_SITUATIONS = 512
_CALL = "workflow_call"
_PAYLOADS = {
    "pull_request": ("pull_request", "pull_request_target", "pull_request_review"),
    "release": ("release",),
    "workflow_run": ("workflow_run",),
    "issue": ("issues", "issue_comment"),
    "comment": (
        "issue_comment",
        "commit_comment",
        "discussion_comment",
        "pull_request_review_comment",
    ),
    "discussion": ("discussion", "discussion_comment"),
    "client_payload": ("repository_dispatch",),
    "inputs": ("workflow_dispatch",),
    "head_commit": ("push",),
    "commits": ("push",),
    "merge_group": ("merge_group",),
    "schedule": ("schedule",),
}
"""Which part of `github.event` comes with which events; all others have none of it."""
_OF_MATRIX = re.compile(
    r"\bmatrix\b(?:\s*\.\s*(?P<name>[\w-]+)|\s*\[\s*'(?P<key>[^']+)'\s*\])?", re.IGNORECASE
)
"""Neither name: the whole of it is asked for."""
_SYSTEMS = {"ubuntu": "Linux", "windows": "Windows", "macos": "macOS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One way for a job to run: the event and the matrix leg."""

    event: str | None
    """None: called by a workflow that is not there."""
    leg: Mapping[str, str] = field(default_factory=dict)
    is_leg_known: bool = True
    succeeds: bool = False
    """True: only runs without a failure are asked for, as after one nothing is published."""
    known: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    """What else is known, by context path in lower case."""
    remembered: dict[str, bool | Unknown] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """Which conditions hold, as far as it was asked."""

    def value(self, path: tuple[str, ...]) -> Value | Unknown:
        """Return what an expression sees at a path."""
        match path:
            case ("matrix", *names) if names and self.is_leg_known:
                return self._of_leg(".".join(names))
            case ("success()",):
                return True
            case ("failure()",) | ("cancelled()",) if self.succeeds:
                return False
            case ("github", "event_name") if self.event is not None:
                return self.event
            case ("github", "head_ref" | "base_ref") if self._is_absent(path):
                return ""
            case ("github", "event", *_) if self._is_absent(path):
                return None
            case _:
                lowered = tuple(name.lower() for name in path)
                return self.known.get(lowered, UNKNOWN)

    def _of_leg(self, name: str) -> Value | Unknown:
        if name in self.leg:
            value = self.leg[name]
            return {"true": True, "false": False}.get(value, value)
        is_part = any(key.startswith(f"{name}.") for key in self.leg)
        return UNKNOWN if is_part else None

    def _is_absent(self, path: tuple[str, ...]) -> bool:
        return self.event is not None and absent_from(path, self.event)


def absent_from(path: tuple[str, ...], event: str) -> bool:
    """Whether an event's payload has nothing at a context path: it is null, or empty, there."""
    match path:
        case ("github", "head_ref" | "base_ref"):
            return event not in {"pull_request", "pull_request_target"}
        case ("github", "event", part, *_):
            events = _PAYLOADS.get(part)
        case _:
            return False
    return events is not None and event not in events and not event.startswith(f"{part}_")


def situations_of(
    repository: Repository, workflow: Workflow, job: Job, *, event: str | None = None
) -> tuple[Situation, ...]:
    """Return every way for the job to run that its own `if` does not rule out.

    With `event`, only those of that event.
    """
    return _situations(Same(repository), Same(workflow), Same(job), event)


def events_of(repository: Repository, workflow: Workflow) -> tuple[str | None, ...]:
    """Return the events that start a workflow, those of its callers for a called one."""
    return tuple(dict.fromkeys(_events(repository, workflow, frozenset())))


def may_run(site: Site, situation: Situation) -> bool:
    """Whether a step can run in a situation: none of its conditions is surely false."""
    return runs(site, situation) is not False


def runs(site: Site, situation: Situation) -> bool | None:
    """Whether a step runs in a situation, for all that its conditions say; None: not known."""
    is_sure = True
    for condition in site.conditions:
        known = _truth(condition, situation)
        if known is False:
            return False
        is_sure = is_sure and known is True
    return True if is_sure else None


def may_be_true(condition: str, situation: Situation) -> bool:
    """Whether a condition is true, or cannot be told."""
    return _truth(condition, situation) is not False


def text_in(text: str, situation: Situation, environment: Mapping[str, str]) -> str | None:
    """Return what a text comes to; None where that cannot be told.

    `environment` is the step's: `env.NAME` is looked up there, once.
    """
    if "${{" not in text:
        return text

    def value(path: tuple[str, ...]) -> Value | Unknown:
        if len(path) == len(("env", "NAME")) and path[0] == "env":
            inner = environment.get(path[1])
            if inner is None:
                return UNKNOWN
            return inner if "${{" not in inner else render(template_of(inner), situation.value)
        return situation.value(path)

    rendered = render(template_of(text), value)
    return None if isinstance(rendered, Unknown) else rendered


@lru_cache(maxsize=4 * REMEMBERED_JOBS)
def _situations(
    same_repository: Same[Repository],
    same_workflow: Same[Workflow],
    same_job: Same[Job],
    event: str | None,
) -> tuple[Situation, ...]:
    repository, workflow, job = same_repository.subject, same_workflow.subject, same_job.subject
    events = events_of(repository, workflow) if event is None else (event,)
    is_known = job.matrix is None or not job.matrix.dynamic
    legs = _legs(repository, workflow, job)
    found = []
    for each in events:
        known = _known(repository, workflow, job, each)
        for leg in legs:
            situation = Situation(event=each, leg=leg, is_leg_known=is_known, known=known)
            if job.condition is None or may_be_true(job.condition.value, situation):
                found.append(situation)
    return tuple(found[:MOST_SITUATIONS])


def _legs(repository: Repository, workflow: Workflow, job: Job) -> tuple[Mapping[str, str], ...]:
    """Return the matrix legs that differ in what the job's conditions and inputs ask of them."""
    if job.matrix is None or not job.matrix.legs:
        return ({},)
    texts = [] if job.container is None else [job.container.value]
    for site in sites_of(repository, workflow, job):
        texts.extend(site.conditions)
        texts.extend(text for text in site.inputs.values() if "matrix" in text)
        texts.extend(text for text in site.environment.values() if "matrix" in text)
    whole = "\n".join(texts)
    named = {match["name"] or match["key"] for match in _OF_MATRIX.finditer(whole)}
    different: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for leg in job.matrix.legs:
        part = {
            name: value
            for name, value in leg.items()
            if None in named or name.partition(".")[0] in named
        }
        different.setdefault(tuple(part.items()), part)
    return tuple(different.values())


def _truth(condition: str, situation: Situation) -> bool | Unknown:
    known = situation.remembered.get(condition)
    if known is None:
        known = truth(condition_of(condition), situation.value)
        situation.remembered[condition] = known
    return known


def _events(
    repository: Repository, workflow: Workflow, seen: frozenset[str]
) -> Iterator[str | None]:
    is_called = False
    for trigger in workflow.triggers:
        if trigger.event == _CALL:
            is_called = True
        else:
            yield trigger.event
    if not is_called:
        return
    callers = [
        caller
        for caller in repository.workflows
        if caller.path not in seen and _calls(caller, workflow)
    ]
    if not callers:
        yield None
    for caller in callers:
        yield from _events(repository, caller, seen | {workflow.path})


def _calls(caller: Workflow, workflow: Workflow) -> bool:
    return any(
        isinstance(job.uses, LocalUse) and job.uses.path == workflow.path for job in caller.jobs
    )


def _known(
    repository: Repository, workflow: Workflow, job: Job, event: str | None
) -> Mapping[tuple[str, ...], str]:
    known: dict[tuple[str, ...], str] = {}
    if repository.name is not None:
        known["github", "repository"] = repository.name
        known["github", "repository_owner"] = repository.name.partition("/")[0]
    if (ref_type := _ref_type(workflow, event)) is not None:
        known["github", "ref_type"] = ref_type
    systems = {_SYSTEMS.get(label.value.partition("-")[0].lower()) for label in job.runs_on}
    if len(systems) == 1 and (system := next(iter(systems))) is not None:
        known["runner", "os"] = system
    if event not in {None, "workflow_dispatch"} and workflow.trigger(_CALL) is None:
        trigger = workflow.trigger("workflow_dispatch")
        for name in () if trigger is None else trigger.inputs:
            known["inputs", name.lower()] = ""
    return known


def _ref_type(workflow: Workflow, event: str | None) -> str | None:
    if event == "release":
        return "tag"
    if event in {"schedule", "pull_request", "pull_request_target", "merge_group"}:
        return "branch"
    trigger = None if event is None else workflow.trigger(event)
    if event != "push" or trigger is None:
        return None
    has_branches = bool(trigger.branches or trigger.branches_ignore)
    has_tags = bool(trigger.tags or trigger.tags_ignore)
    if has_branches is has_tags:
        return None
    return "branch" if has_branches else "tag"
