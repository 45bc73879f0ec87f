"""Who an attacker is, as a run's expressions see them: what a guard has to tell apart.

A guard is not recognised by its spelling. Each run is tried with everybody who may have caused it,
the weakest first; an `if` that is surely false for somebody keeps them out, and what is left is its
residual (facts/workflows.md §7.4). So `repository_owner == 'x'`, true for everybody, is no guard,
and neither is `!contains(labels, 'skip')`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.github.expressions.model import UNKNOWN
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.paths.lattice import ANON, INTERACTION, PRIOR, Who, joined, who
from imprint.workflows.paths.refs import maker_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imprint.workflows.facts import Facts
    from imprint.workflows.github.expressions.model import Unknown, Value
    from imprint.workflows.paths.contexts import RunContext

SOMEBODY = "somebody-else"
"""A user name that no guard names."""
FORK = "somebody-else/fork"


class Part(StrEnum):
    """What somebody contributes to a run."""

    SUBJECT = "subject"
    """The pull request, issue or discussion: its text, and a pull request's code."""
    ACT = "act"
    """What happened last: the comment, the label, the dispatch."""
    REF = "ref"
    """The commit that the run is of."""


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One way to cause a run: by whom, and what expressions then see."""

    people: Who
    """All who take part."""
    parts: Mapping[Part, Who]
    """Who decides what; a part that is not named is decided by people with rights."""
    actor_has_rights: bool
    """Whether a look at the actor's permission would let the run pass."""
    known: Mapping[tuple[str, ...], Value] = msgspec.field(default_factory=dict)
    """What expressions see, by path in lower case."""
    is_confident: bool = True
    """False: it takes a trick of the platform's."""

    def value(self, path: tuple[str, ...]) -> Value | Unknown:
        """Return what an expression sees at a path."""
        return self.known.get(tuple(name.lower() for name in path), UNKNOWN)


def hypotheses_of(context: RunContext, facts: Facts, default: str) -> tuple[Hypothesis, ...]:
    """Return who may have caused a run, the weakest first."""
    match context.kind:
        case Kind.OWN:
            maker = who(maker_of(context.ref, facts, default=default))
            return (Hypothesis(people=maker, parts={Part.REF: maker}, actor_has_rights=True),)
        case Kind.FORK:
            return tuple(_of_pull_request(context, facts, waits=True))
        case Kind.TARGET:
            return tuple(_of_pull_request(context, facts, waits=False))
        case Kind.TALK:
            return tuple(_of_talk(context))
        case Kind.FOLLOWING:
            return tuple(_of_following(context, facts, default))


def is_at_hand(context: RunContext) -> bool:
    """Whether every run is set off by somebody with rights who had the content before them."""
    acts = frozenset(text.value for text in context.trigger.types)
    return bool(acts) and acts <= _OTHERS_ACTS


def _of_pull_request(context: RunContext, facts: Facts, *, waits: bool) -> Iterator[Hypothesis]:
    prefix = ("github", "event", "pull_request")
    stranger: dict[tuple[str, ...], Value] = {
        (*prefix, "head", "repo", "full_name"): FORK,
        (*prefix, "head", "repo", "fork"): True,
        (*prefix, "head", "repo", "owner", "login"): SOMEBODY,
        (*prefix, "head", "user", "login"): SOMEBODY,
        (*prefix, "head", "label"): f"{SOMEBODY}:x",
        (*prefix, "user", "login"): SOMEBODY,
        (*prefix, "user", "type"): "User",
        (*prefix, "merged"): False,
        (*prefix, "merged_at"): None,
        (*prefix, "auto_merge"): None,
        (*prefix, "author_association"): "NONE",
    }
    alone = {
        **stranger,
        **_actor(SOMEBODY),
        (*prefix, "labels"): (),
        ("github", "event", "label", "name"): "",
    }
    first = who(ANON) if facts.fork_approval == "none" or not waits else who(PRIOR)
    if facts.fork_approval == "all" and waits:
        first = who(ANON, INTERACTION)
    known_contributor: dict[tuple[str, ...], Value] = {
        (*prefix, "author_association"): "CONTRIBUTOR"
    }
    new_one: dict[tuple[str, ...], Value] = {
        (*prefix, "author_association"): "FIRST_TIME_CONTRIBUTOR"
    }
    acts = frozenset(text.value for text in context.trigger.types)
    if not acts or acts - _OTHERS_ACTS:
        yield from _alone(first, alone)
        yield from _alone(first, {**alone, **new_one})
        yield from _alone(joined(first, who(PRIOR)), {**alone, **known_contributor})
    helped = joined(first, who(INTERACTION))
    yield Hypothesis(
        people=helped,
        parts={Part.SUBJECT: helped},
        # An author cannot label; whoever does may pass a look at their permission.
        actor_has_rights=bool(acts & _OTHERS_ACTS),
        known=stranger,
    )


def _alone(people: Who, known: Mapping[tuple[str, ...], Value]) -> Iterator[Hypothesis]:
    parts = {Part.SUBJECT: people, Part.ACT: people}
    yield Hypothesis(people=people, parts=parts, actor_has_rights=False, known=known)


_OTHERS_ACTS = frozenset(
    {
        "labeled",
        "unlabeled",
        "assigned",
        "unassigned",
        "review_requested",
        "review_request_removed",
        "milestoned",
        "demilestoned",
        "locked",
        "unlocked",
        "pinned",
        "unpinned",
        "transferred",
        "auto_merge_enabled",
        "auto_merge_disabled",
        "enqueued",
        "dequeued",
        "answered",
        "unanswered",
        "category_changed",
    }
)
"""What the author of an issue or pull request cannot do without rights."""


def _of_talk(context: RunContext) -> Iterator[Hypothesis]:
    subject: dict[tuple[str, ...], Value] = {}
    for name in ("issue", "discussion"):
        subject[("github", "event", name, "author_association")] = "NONE"
        subject[("github", "event", name, "user", "login")] = SOMEBODY
    alone: dict[tuple[str, ...], Value] = {
        **subject,
        **_actor(SOMEBODY),
        ("github", "event", "comment", "author_association"): "NONE",
        ("github", "event", "comment", "user", "login"): SOMEBODY,
        ("github", "event", "comment", "user", "type"): "User",
        ("github", "event", "issue", "labels"): (),
        ("github", "event", "label", "name"): "",
    }
    acts = frozenset(text.value for text in context.trigger.types)
    if not acts or acts - _OTHERS_ACTS:
        yield from _alone(who(ANON), alone)
        prior: dict[tuple[str, ...], Value] = {
            ("github", "event", name, "author_association"): "CONTRIBUTOR"
            for name in ("issue", "discussion", "comment")
        }
        yield from _alone(who(PRIOR), {**alone, **prior})
    people = who(ANON, INTERACTION)
    yield Hypothesis(
        people=people, parts={Part.SUBJECT: people}, actor_has_rights=True, known=subject
    )


def _of_following(context: RunContext, facts: Facts, default: str) -> Iterator[Hypothesis]:
    parent = context.parent
    if parent is None:
        return
    prefix = ("github", "event", "workflow_run")
    for before in hypotheses_of(parent, facts, default):
        known: dict[tuple[str, ...], Value] = {(*prefix, "event"): parent.event}
        if parent.root.kind in {Kind.FORK, Kind.TARGET}:
            known[(*prefix, "head_repository", "full_name")] = FORK
            known[(*prefix, "head_repository", "fork")] = True
            known[(*prefix, "head_repository", "owner", "login")] = SOMEBODY
            if not before.actor_has_rights:
                known |= _actor(SOMEBODY)
                known[(*prefix, "actor", "login")] = SOMEBODY
                known[(*prefix, "triggering_actor", "login")] = SOMEBODY
        yield Hypothesis(
            people=before.people,
            parts=before.parts,
            actor_has_rights=before.actor_has_rights,
            known=known,
        )


def _actor(name: str) -> dict[tuple[str, ...], Value]:
    return {
        ("github", "actor"): name,
        ("github", "triggering_actor"): name,
        ("github", "event", "sender", "login"): name,
        ("github", "event", "sender", "type"): "User",
    }
