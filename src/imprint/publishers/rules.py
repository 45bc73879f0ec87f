"""The rules on a Workload, one by one, and the refs by which each can be tried out.

A rule on an absent or unknown field refuses. Whose run it is comes before all of these and is
judged in `identities.py`. Refs are infinite, so every rule names witnesses: a rule set that any ref
can satisfy is satisfied by one of them, which is how doctor asks what could ever publish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import ABSENT, Missing, Provider, RefType, Runner
from imprint.publishers.comparisons import BrokenRule, any_of, broken, known
from imprint.publishers.events import judge_event
from imprint.publishers.forges import folded
from imprint.publishers.refs import BRANCH_PREFIX, TAG_PREFIX
from imprint.publishers.workflows import judge_workflow
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.identity.workload import Workload
    from imprint.publishers.publisher import TrustedPublisher, WorkloadRules

_FRESH_BRANCH = BRANCH_PREFIX + "any-new-branch"
_FRESH_TAG = TAG_PREFIX + "any-new-tag"
_WITNESS_VERSION = "1.0.0"

_NEVER_STATE_RUNNERS = frozenset({Provider.CIRCLECI, Provider.GENERIC})
"""Their tokens do not say whose machine ran the job."""


class Ref(msgspec.Struct, frozen=True, kw_only=True):
    """A ref by name and type."""

    name: str
    type: RefType


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: what breaks it, whether it is set, and the refs that can tell."""

    name: str
    judge: Callable[[WorkloadRules, Workload], Iterator[BrokenRule]]
    is_set: Callable[[WorkloadRules], bool]
    """A rule that is not set may still judge, by its default."""
    witnesses: Callable[[WorkloadRules], Iterator[str]]
    """Full refs; nothing where the rule does not look at the ref."""


def broken_rules(rules: WorkloadRules, workload: Workload) -> tuple[BrokenRule, ...]:
    """Return everything that `workload` breaks, the gravest first."""
    return tuple(found for rule in RULES for found in rule.judge(rules, workload))


def count_of_rules(rules: WorkloadRules) -> int:
    """Return how many rules are set: of two publishers, the one with more is the more specific."""
    return sum(rule.is_set(rules) for rule in RULES)


def witness_refs(publisher: TrustedPublisher, default_branch: str = "main") -> tuple[Ref, ...]:
    """Return the refs to try a publisher with, each once.

    These are each rule's own, the tag that its template makes, the default branch, a fresh branch
    and a fresh tag. A rule set that some ref satisfies is satisfied by one of them.
    """
    names = [name for rule in RULES for name in rule.witnesses(publisher.rules)]
    if publisher.limits.tag_template is not None:
        names.append(publisher.limits.tag_template.tag_for(_WITNESS_VERSION))
    names += [BRANCH_PREFIX + default_branch, _FRESH_BRANCH, _FRESH_TAG]
    return tuple(Ref(name=name, type=type_of_ref(name)) for name in dict.fromkeys(names))


def type_of_ref(name: str) -> RefType:
    """Return what a full ref is; GitHub calls everything but a tag a branch, and so do we."""
    return RefType.TAG if name.startswith(TAG_PREFIX) else RefType.BRANCH


def _judge_ssh(_: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    """Refuse a job into which a person has a shell (case F18); CircleCI always states it."""
    stated = workload.ssh_rerun
    if stated is False or (workload.provider is not Provider.CIRCLECI and stated is not True):
        return
    yield broken(
        "ssh-rerun-denied",
        workload.provider,
        "ssh_rerun",
        expected="`false`: a job that was run again with SSH never publishes",
        actual=_text(stated),
        hint="run the job again without SSH",
    )


def _judge_event(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    found = judge_event(rules.events, workload)
    if found is not None:
        yield found


def _judge_workflow(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    if rules.workflow is not None and (rules.workflow.caller or rules.workflow.called):
        yield from judge_workflow(rules.workflow, workload)
    elif workload.provider is not Provider.GENERIC:
        # An empty rule set refuses: without a workflow every file of the repository could publish.
        yield broken(
            "workflow-mismatch",
            workload.provider,
            "caller_workflow_ref",
            expected="a workflow, and this publisher names none",
            actual=workload.caller_workflow_ref,
        )


def _judge_environment(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    actual = workload.environment
    if rules.environment is None:
        if rules.strict_environment and actual not in (ABSENT, ""):
            yield broken(
                _ENVIRONMENT,
                workload.provider,
                "environment",
                expected="no environment: this publisher is strict",
                actual=actual,
            )
        return
    value = known(actual)
    if value is not None and _same_environment(workload.provider, rules.environment, value):
        return
    wanted = quoted(rules.environment)
    yield broken(
        _ENVIRONMENT,
        workload.provider,
        "environment",
        expected=wanted,
        actual=actual,
        hint=f"this publisher requires environment {wanted}: name it on the job that publishes",
    )


def _judge_ref(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    if not rules.refs:
        return
    ref = known(workload.ref)
    if ref is None or not any(pattern.matches(ref) for pattern in rules.refs):
        expected = any_of(pattern.text for pattern in rules.refs)
        yield broken(_REF, workload.provider, "ref", expected=expected, actual=workload.ref)
        return
    stated = workload.ref_type
    if not isinstance(stated, Missing) and stated is not type_of_ref(ref):
        # Case E19: a branch may be called like a tag; where the two claims disagree, neither holds.
        yield broken(
            _REF,
            workload.provider,
            "ref_type",
            expected=f"{quoted(type_of_ref(ref))}, which {quoted(ref)} is",
            actual=stated,
        )


def _judge_ref_type(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    if rules.ref_type is not None and workload.ref_type is not rules.ref_type:
        expected = quoted(rules.ref_type)
        yield broken(
            _REF, workload.provider, "ref_type", expected=expected, actual=workload.ref_type
        )


def _judge_protection(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    """Require a protected ref where that is asked for; `false`, absent and unknown refuse (E20)."""
    if rules.ref_protected and workload.ref_protected is not True:
        yield broken(
            _REF,
            workload.provider,
            "ref_protected",
            expected="`true`",
            actual=_text(workload.ref_protected),
            hint="protect the branch or the tag at the forge",
        )


def _judge_runner(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    """Allow hosted runners only, unless the publisher names others (case E23)."""
    runner = known(workload.runner)
    if runner is None and not rules.runners and workload.provider in _NEVER_STATE_RUNNERS:
        return
    allowed = rules.runners or (Runner.HOSTED,)
    if runner not in allowed:
        expected = any_of(allowed)
        yield broken(
            "runner-denied",
            workload.provider,
            "runner",
            expected=expected,
            actual=workload.runner,
        )


def _judge_visibility(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    if rules.visibilities and known(workload.visibility) not in rules.visibilities:
        expected = any_of(rules.visibilities)
        yield broken(
            "visibility-denied",
            workload.provider,
            "visibility",
            expected=expected,
            actual=workload.visibility,
        )


def _judge_actor(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    """Require that one of the named users started the run (case E25)."""
    actor = known(workload.actor)
    if not rules.actors or (actor is not None and folded(actor) in map(folded, rules.actors)):
        return
    yield broken(
        "actor-denied",
        workload.provider,
        "actor",
        expected=any_of(rules.actors),
        actual=workload.actor,
    )


def _judge_contexts(rules: WorkloadRules, workload: Workload) -> Iterator[BrokenRule]:
    """Require every named context among the job's (case F17)."""
    if not rules.context_ids:
        return
    contexts = known(workload.context_ids)
    if contexts is not None and set(rules.context_ids) <= set(contexts):
        return
    actual = workload.context_ids if contexts is None else ", ".join(contexts)
    yield broken(
        "context-denied",
        workload.provider,
        "context_ids",
        expected=any_of(set(rules.context_ids) - set(contexts or ())).replace(" or ", " and "),
        actual=actual if isinstance(actual, Missing | str) else ABSENT,
    )


def _pattern_witnesses(rules: WorkloadRules) -> Iterator[str]:
    for pattern in rules.refs:
        yield pattern.witness()
        for prefix in (BRANCH_PREFIX, TAG_PREFIX):
            witness = pattern.witness_under(prefix)
            if witness is not None:
                yield witness


def _type_witnesses(rules: WorkloadRules) -> Iterator[str]:
    if rules.ref_type is not None:
        yield _FRESH_TAG if rules.ref_type is RefType.TAG else _FRESH_BRANCH


def _no_witnesses(_: WorkloadRules) -> Iterator[str]:
    yield from ()


def _same_environment(provider: Provider, expected: str, actual: str) -> bool:
    """Compare as the forge does: case means nothing at GitHub (E14), all at GitLab (F07)."""
    if provider is Provider.GITHUB:
        return folded(expected) == folded(actual)
    return expected == actual


def _text(value: bool | Missing) -> str | Missing:  # noqa: FBT001  (a claim's value, no option)
    if isinstance(value, Missing):
        return value
    return "true" if value else "false"


_ENVIRONMENT = "environment-mismatch"
_REF = "ref-denied"

RULES: tuple[Rule, ...] = (
    Rule(
        name="ssh-rerun",
        judge=_judge_ssh,
        is_set=lambda _: False,
        witnesses=_no_witnesses,
    ),
    Rule(
        name="event",
        judge=_judge_event,
        is_set=lambda rules: bool(rules.events),
        witnesses=_no_witnesses,
    ),
    Rule(
        name="workflow",
        judge=_judge_workflow,
        is_set=lambda rules: rules.workflow is not None,
        witnesses=_no_witnesses,
    ),
    Rule(
        name="environment",
        judge=_judge_environment,
        is_set=lambda rules: rules.environment is not None or rules.strict_environment,
        witnesses=_no_witnesses,
    ),
    Rule(
        name="refs",
        judge=_judge_ref,
        is_set=lambda rules: bool(rules.refs),
        witnesses=_pattern_witnesses,
    ),
    Rule(
        name="ref-type",
        judge=_judge_ref_type,
        is_set=lambda rules: rules.ref_type is not None,
        witnesses=_type_witnesses,
    ),
    Rule(
        name="ref-protected",
        judge=_judge_protection,
        is_set=lambda rules: rules.ref_protected,
        witnesses=_no_witnesses,
    ),
    Rule(
        name="runner",
        judge=_judge_runner,
        is_set=lambda rules: bool(rules.runners),
        witnesses=_no_witnesses,
    ),
    Rule(
        name="visibility",
        judge=_judge_visibility,
        is_set=lambda rules: bool(rules.visibilities),
        witnesses=_no_witnesses,
    ),
    Rule(
        name="actor",
        judge=_judge_actor,
        is_set=lambda rules: bool(rules.actors),
        witnesses=_no_witnesses,
    ),
    Rule(
        name="contexts",
        judge=_judge_contexts,
        is_set=lambda rules: bool(rules.context_ids),
        witnesses=_no_witnesses,
    ),
)
"""In the order in which a refusal names them."""
