"""What people with rights can publish by themselves: an edited file, or the way it is meant.

An edited workflow keeps its file's name and says anything else. So each trusted publisher is tried
with every ref that can tell (`publishers.rules.witness_refs`), and with what its environment's
policy admits; whoever can make such a ref, and passes the reviewers, can publish
(facts/workflows.md §7.3, WRITER synthesis).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import ABSENT, Provider
from imprint.publishers.publisher import Permission
from imprint.publishers.refs import BRANCH_PREFIX, TAG_PREFIX
from imprint.publishers.rules import witness_refs
from imprint.publishers.workflows import WORKFLOW_FOLDER
from imprint.workflows.findings import Confidence
from imprint.workflows.github.model import Access
from imprint.workflows.paths.contexts import Kind
from imprint.workflows.paths.guards import environment_facts
from imprint.workflows.paths.identities import packages_of, workload_at
from imprint.workflows.paths.lattice import (
    ENV_REVIEWER,
    REVIEWED,
    TAG_CREATOR,
    Who,
    is_weaker_or_equal,
    joined,
    who,
)
from imprint.workflows.paths.model import Hop
from imprint.workflows.paths.refs import FRESH_BRANCH, admits, is_protected, maker_of, policy_refs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.identity.workload import Field
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.workflows.facts import EnvironmentFacts
    from imprint.workflows.paths.identities import Trust
    from imprint.workflows.paths.runs import JobRun
    from imprint.workflows.publishing.model import PublishJob
    from imprint.workflows.sources import Span

_EVENTS = ("push", "workflow_dispatch", "release", "schedule")
_ANY_FILE = "any.yml"


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """One way for people with rights to publish a package."""

    package: str
    people: Who
    hops: tuple[Hop, ...]
    trigger: str
    confidence: Confidence
    is_meant: bool
    """True: it is how the repository releases; False: it takes an edited file."""
    goes_around: bool = False
    """It leaves out an environment that the release itself goes through."""


def powers_of(
    trust: Trust, runs: tuple[JobRun, ...], publish_jobs: tuple[PublishJob, ...]
) -> tuple[Power, ...]:
    """Return what people with rights can publish, the ways that are meant first."""
    found = [
        *_meant(trust, runs),
        *_by_identity(trust, publish_jobs),
        *_by_secret(trust, publish_jobs),
    ]
    return tuple(found)


def _meant(trust: Trust, runs: tuple[JobRun, ...]) -> Iterator[Power]:
    """Yield how the publishing jobs are meant to be started."""
    for run in runs:
        if not run.publishes or run.publish_job is None:
            continue
        if run.context.root.kind is not Kind.OWN:
            continue
        people = run.admissions[0][1].people
        hops = [_start(trust, run)]
        if ENV_REVIEWER in people:
            hops.append(_approval(run.job.id_span, run.admission.environment))
        else:
            hops.append(run.hop)
        for package in _packages(trust, run):
            yield Power(
                package=package,
                people=people,
                hops=tuple(hops),
                trigger=run.context.root.event,
                confidence=Confidence.HIGH,
                is_meant=True,
            )


def _packages(trust: Trust, run: JobRun) -> tuple[str, ...]:
    job = run.publish_job
    if job is None:
        return ()
    workload = workload_at(
        trust,
        ref=run.context.ref,
        event=run.context.event,
        caller=run.context.entry.path.removeprefix(WORKFLOW_FOLDER),
        environment=ABSENT if run.admission.environment is None else run.admission.environment,
    )
    names = trust.publishable(workload) if job.id_token is Access.WRITE else ()
    if job.tokens and not names:
        names = packages_of(job)
    return names


def _start(trust: Trust, run: JobRun) -> Hop:
    ref, event, span = run.context.ref, run.context.root.event, run.context.trigger.span
    branch = ref.removeprefix(BRANCH_PREFIX)
    if ref.startswith(TAG_PREFIX):
        node, what = "tag", f"creates a tag such as {ref.removeprefix(TAG_PREFIX)}"
    elif event == "push" and is_protected(ref, trust.facts, default=trust.default):
        node, what = f"merge to {branch}", f"gets a change merged to {branch}, which is protected"
    elif event == "push":
        node, what = f"push to {branch}", f"pushes to {branch}"
    else:
        node, what = event, f"starts the run by {event}"
    return Hop(what=what, node=node, span=span)


def _approval(span: Span | None, environment: str | None) -> Hop:
    named = f" `{environment}`" if environment else ""
    what = f"a reviewer of the environment{named} approves"
    return Hop(what=what, node="environment approval", span=span)


def _by_identity(trust: Trust, publish_jobs: tuple[PublishJob, ...]) -> Iterator[Power]:
    """Yield what an edited file on some ref gets from each publisher."""
    for package, publishers in trust.publishers.items():
        for publisher in publishers:
            if publisher.provider is not Provider.GITHUB:
                continue
            if Permission.PUBLISH not in publisher.limits.permissions:
                continue
            best: list[Power] = []
            for power in _edited(trust, package, publisher, publish_jobs):
                if not any(is_weaker_or_equal(one.people, power.people) for one in best):
                    best.append(power)
            yield from best


def _edited(
    trust: Trust,
    package: str,
    publisher: TrustedPublisher,
    publish_jobs: tuple[PublishJob, ...],
) -> Iterator[Power]:
    environment = publisher.rules.environment
    known = environment_facts(trust.facts, environment)
    file = _file(publisher)
    job = _job_of(file, publish_jobs)
    for ref in _refs(trust, publisher, known):
        if not _is_possible(trust, package, publisher, file=file, ref=ref, environment=environment):
            continue
        people = who(maker_of(ref, trust.facts, default=trust.default))
        hops = [_edit(ref, file, people, job)]
        if known is not None and known.reviewers > 0:
            people = joined(people, who(ENV_REVIEWER))
            hops.append(_approval(None if job is None else job.span, environment))
        hops.append(_mint(file, ref, job))
        yield Power(
            package=package,
            people=people,
            hops=tuple(hops),
            trigger="push",
            confidence=_confidence(trust, environment, known),
            is_meant=False,
            goes_around=_goes_around(trust, environment, job),
        )


def _confidence(
    trust: Trust, environment: str | None, known: EnvironmentFacts | None
) -> Confidence:
    if environment is not None and known is None:
        return Confidence.LOW
    return Confidence.MEDIUM if trust.is_assumed else Confidence.HIGH


def _goes_around(trust: Trust, environment: str | None, job: PublishJob | None) -> bool:
    """Whether the release goes through an environment that the publisher does not demand.

    Where no fact says what the publisher demands, an environment that every push would wait at can
    have no reviewers, whatever it is called (the cap-js incident).
    """
    if job is None or job.job.deployment is None:
        return False
    if not trust.is_assumed:
        return environment is None
    if environment_facts(trust.facts, environment) is not None:
        return False
    push = job.workflow.trigger("push")
    is_always = job.job.condition is None and not job.job.needs
    is_on_branches = push is not None and bool(push.branches) and not push.tags
    only_some = all(step.step is not None and step.step.condition is not None for step in job.steps)
    return is_always and is_on_branches and only_some


def _refs(
    trust: Trust, publisher: TrustedPublisher, environment: EnvironmentFacts | None
) -> tuple[str, ...]:
    """Return refs to try: the publisher's witnesses, a fresh branch, the policy's own."""
    default = trust.default.removeprefix(BRANCH_PREFIX)
    names = [BRANCH_PREFIX + FRESH_BRANCH]
    names += [ref.name for ref in witness_refs(publisher, default)]
    if environment is not None:
        names += policy_refs(environment)
        names = [name for name in names if admits(environment, name)]
    if publisher.limits.tag_template is not None:
        names = [name for name in names if name.startswith(TAG_PREFIX)]
    return tuple(dict.fromkeys(names))


def _is_possible(
    trust: Trust,
    package: str,
    publisher: TrustedPublisher,
    *,
    file: str,
    ref: str,
    environment: str | None,
) -> bool:
    named: Field[str] = ABSENT if environment is None else environment
    events = publisher.rules.events or _EVENTS
    asked = [event for event in _EVENTS if event in events] or list(events)
    return any(
        trust.lets_publish(
            workload_at(
                trust,
                ref=ref,
                event=event,
                caller=file,
                called=_called(trust, publisher, ref),
                environment=named,
            ),
            package,
        )
        for event in asked
    )


def _called(trust: Trust, publisher: TrustedPublisher, ref: str) -> str | None:
    """Return the called workflow that an edited file would call, where one is demanded."""
    rule = publisher.rules.workflow
    if rule is None or rule.called is None:
        return None
    called = rule.called
    repository = called.repository or trust.repository
    at = ref if called.repository is None else called.ref or called.sha or f"{BRANCH_PREFIX}main"
    return f"{repository}/{WORKFLOW_FOLDER}{called.file}@{at}"


def _file(publisher: TrustedPublisher) -> str:
    """Return the file that has to be edited."""
    rule = publisher.rules.workflow
    if rule is None:
        return _ANY_FILE
    if rule.caller is not None:
        return rule.caller
    own = rule.called is not None and rule.called.repository is None
    return rule.called.file if own and rule.called is not None else _ANY_FILE


def _job_of(file: str, publish_jobs: tuple[PublishJob, ...]) -> PublishJob | None:
    for job in publish_jobs:
        entries = [chain[0].workflow.path for chain in job.calls] or [job.workflow.path]
        if any(path == WORKFLOW_FOLDER + file for path in entries) and job.steps:
            return job
    return None


def _edit(ref: str, file: str, people: Who, job: PublishJob | None) -> Hop:
    name = ref.removeprefix(BRANCH_PREFIX).removeprefix(TAG_PREFIX)
    span = None if job is None else job.span
    if REVIEWED in people:
        what = f"gets an edited {file} merged to {name}, which is protected"
        return Hop(what=what, node=f"merge to {name}", span=span)
    if ref.startswith(TAG_PREFIX):
        needed = " (tags are restricted)" if TAG_CREATOR in people else ""
        what = f"tags a commit with an edited {file}{needed}"
        return Hop(what=what, node=f"push tag with edited {file}", span=span)
    what = f"pushes a branch with an edited {file}: its own steps, its own triggers"
    return Hop(what=what, node=f"push branch with edited {file}", span=span)


def _mint(file: str, ref: str, job: PublishJob | None) -> Hop:
    return Hop(
        what=f"the ID token says {file}@{ref}, and the publisher takes it",
        node="OIDC",
        span=None if job is None else job.id_token_span or job.span,
    )


def _by_secret(trust: Trust, publish_jobs: tuple[PublishJob, ...]) -> Iterator[Power]:
    """Yield what an edited file gets from secrets that no environment keeps."""
    people = who(maker_of(BRANCH_PREFIX + FRESH_BRANCH, trust.facts, default=trust.default))
    for job in publish_jobs:
        if job.job.deployment is not None:
            continue
        for token in job.tokens:
            if token.secret is None:
                continue
            for package in packages_of(job):
                if not trust.facts.tokens_allowed.get(package, True):
                    continue
                edit = Hop(
                    what="pushes a branch with a workflow of its own",
                    node="push branch with edited workflow",
                    span=job.span,
                )
                read = Hop(
                    what=f"reads the secret {token.secret}, which no environment keeps",
                    node=f"secret {token.secret}",
                    span=token.span,
                )
                yield Power(
                    package=package,
                    people=people,
                    hops=(edit, read),
                    trigger="push",
                    confidence=Confidence.MEDIUM,
                    is_meant=False,
                )
