"""In which runs a workflow's jobs come to be: event, ref, whose code, whose text, which caches.

Source: the table of facts/workflows.md §7.2, GitHub's "Events that trigger workflows". One
difference from that table: reviews of a fork's pull request (`pull_request_review`) run with the
fork's rights, as the platform's own page has it, and not with the repository's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.publishers.refs import BRANCH_PREFIX, TAG_PREFIX
from imprint.workflows.paths.refs import pushed_refs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.facts import Facts
    from imprint.workflows.github.model import Trigger, Workflow
    from imprint.workflows.publishing.callers import Callers
    from imprint.workflows.publishing.model import Call
    from imprint.workflows.repository import Repository

MOST_CONTEXTS = 64
"""Of one workflow: refs, events, parents and callers multiply."""
DEEPEST = 4
"""Workflows that follow one another by `workflow_run`; the platform stops after three."""
DEFAULT_BRANCH = "main"
PULL_REQUEST_REF = "refs/pull/1/merge"


class Kind(StrEnum):
    """What a run is, as far as strangers are concerned."""

    FORK = "fork"
    """A pull request's own code with no rights: `pull_request` and reviews."""
    TARGET = "target"
    """A stranger's pull request with the repository's rights: `pull_request_target`."""
    TALK = "talk"
    """Issues, comments, discussions, stars: a stranger's text with the repository's rights."""
    FOLLOWING = "following"
    """`workflow_run`: whatever causes the run that it follows."""
    OWN = "own"
    """Somebody with rights, or the clock: push, tag, release, dispatch, schedule."""


_FORK = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
_TALK = frozenset(
    {
        "issues",
        "issue_comment",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
        "gollum",
    }
)
_ON_TAG = frozenset({"release"})


class RunContext(msgspec.Struct, frozen=True, kw_only=True):
    """One way for a workflow to run."""

    workflow: Workflow
    """The file whose jobs run."""
    calls: tuple[Call, ...] = ()
    """Who called it, outermost first; empty where an event starts it by itself."""
    event: str
    trigger: Trigger
    """Of the outermost workflow."""
    kind: Kind
    ref: str
    """A witness: what `GITHUB_REF` is in such a run."""
    is_default_ref: bool
    parent: RunContext | None = None
    """FOLLOWING: the run that this one follows."""

    @property
    def entry(self) -> Workflow:
        """The file that the event starts, which the registry sees as the workflow."""
        return self.calls[0].workflow if self.calls else self.workflow

    @property
    def root(self) -> RunContext:
        """The run at the beginning of a row of `workflow_run`."""
        return self if self.parent is None else self.parent.root

    @property
    def outsiders_start_it(self) -> bool:
        """Whether strangers can cause it, before any `if` is looked at."""
        return self.root.kind is not Kind.OWN

    @property
    def is_privileged(self) -> bool:
        """Whether it has secrets, an ID token and a token that may write."""
        return self.kind is not Kind.FORK

    @property
    def is_tag(self) -> bool:
        """Whether the run is of a tag."""
        return self.ref.startswith(TAG_PREFIX)

    @property
    def place(self) -> tuple[object, ...]:
        """What tells it from others."""
        return (
            self.workflow.path,
            tuple((call.workflow.path, call.job.id) for call in self.calls),
            self.event,
            self.ref,
            None if self.parent is None else self.parent.place,
        )


def contexts_of(
    repository: Repository, workflow: Workflow, callers: Callers, facts: Facts
) -> tuple[RunContext, ...]:
    """Return every way for a workflow to run, those through its callers included."""
    found: list[RunContext] = []
    for context in _contexts(repository, workflow, callers, facts):
        found.append(context)
        if len(found) == MOST_CONTEXTS:
            break
    return tuple(found)


def default_ref(facts: Facts) -> str:
    """Return the default branch's full ref."""
    return BRANCH_PREFIX + (facts.default_branch or DEFAULT_BRANCH)


def kind_of(event: str) -> Kind:
    """Return what a run of an event is."""
    if event in _FORK:
        return Kind.FORK
    if event == "pull_request_target":
        return Kind.TARGET
    if event in _TALK:
        return Kind.TALK
    return Kind.FOLLOWING if event == "workflow_run" else Kind.OWN


def workflow_name(workflow: Workflow) -> str:
    """Return what `workflow_run` calls a workflow by: its `name`, or its path without one."""
    return workflow.path if workflow.name is None else workflow.name.value


def _contexts(
    repository: Repository, workflow: Workflow, callers: Callers, facts: Facts
) -> Iterator[RunContext]:
    yield from _started(repository, workflow, (), facts, depth=DEEPEST)
    for chain in callers.chains_to(workflow):
        yield from _started(repository, workflow, chain, facts, depth=DEEPEST)


def _started(
    repository: Repository,
    workflow: Workflow,
    calls: tuple[Call, ...],
    facts: Facts,
    *,
    depth: int,
) -> Iterator[RunContext]:
    """Yield the runs that the events of the outermost workflow start."""
    default = default_ref(facts)
    entry = calls[0].workflow if calls else workflow
    for trigger in entry.triggers:
        if trigger.event == "workflow_call":
            continue
        kind = kind_of(trigger.event)
        parents: tuple[RunContext | None, ...] = (None,)
        if kind is Kind.FOLLOWING:
            parents = tuple(_parents(repository, trigger, facts, depth)) if depth else ()
        for parent in parents:
            for ref in _refs(trigger, kind, default):
                yield RunContext(
                    workflow=workflow,
                    calls=calls,
                    event=trigger.event,
                    trigger=trigger,
                    kind=kind,
                    ref=ref,
                    is_default_ref=ref == default,
                    parent=parent,
                )


def _refs(trigger: Trigger, kind: Kind, default: str) -> tuple[str, ...]:
    if kind is Kind.FORK:
        return (PULL_REQUEST_REF,)
    if trigger.event in {"push", "release", "create"}:
        return pushed_refs(trigger, default)
    return (default,)


def _parents(
    repository: Repository, trigger: Trigger, facts: Facts, depth: int
) -> Iterator[RunContext]:
    """Yield the runs that a `workflow_run` follows: its `branches` are left alone.

    A fork's branch may be called `main`, so the filter keeps no stranger out (§7.4).
    """
    wanted = {text.value for text in trigger.workflows}
    for workflow in repository.workflows:
        if workflow_name(workflow) in wanted or workflow.path in wanted:
            yield from _started(repository, workflow, (), facts, depth=depth - 1)
