"""The Workloads that files could produce, and which of them the registry would let publish.

They are imagined: nothing here can mint, since a credential takes a TokenProof. The matcher is the
registry's own (`publishers.matching`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imprint.identity.workload import ABSENT, UNKNOWN, Provider, Runner, Workload
from imprint.npm.names import PackageName
from imprint.publishers.identities import names_match
from imprint.publishers.matching import Matched, match
from imprint.publishers.publisher import (
    Permission,
    PublicationLimits,
    PublisherState,
    TrustedPublisher,
    WorkflowRule,
    WorkloadRules,
)
from imprint.publishers.rules import type_of_ref
from imprint.publishers.workflows import WORKFLOW_FOLDER
from imprint.refusals import Malformed
from imprint.workflows.facts_reading import GITHUB_ISSUER, every_event
from imprint.workflows.github.model import Access
from imprint.workflows.paths.refs import is_protected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imprint.identity.workload import Field
    from imprint.workflows.facts import Facts
    from imprint.workflows.github.model import Job
    from imprint.workflows.paths.contexts import RunContext
    from imprint.workflows.publishing.model import PublishJob, PublishStep

UNKNOWN_PACKAGE = "*"
_UNKNOWN_REPOSITORY = "owner/repository"
_NOBODY = "somebody"
_COMMIT = "0" * 40
_OTHER_ID = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which publishers each package has, as known or as assumed."""

    publishers: Mapping[str, tuple[TrustedPublisher, ...]]
    is_assumed: bool
    """True: no fact says it; each publishing job is taken for its package's publisher."""
    repository: str
    default: str
    """The default branch's full ref."""
    facts: Facts
    remembered: dict[tuple[str, Workload], bool] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What would be published by whom, as far as it was asked."""

    def publishable(self, workload: Workload) -> tuple[str, ...]:
        """Return the packages that a Workload would publish, by the registry's own matcher."""
        return tuple(name for name in self.publishers if self.lets_publish(workload, name))

    def lets_publish(self, workload: Workload, name: str) -> bool:
        """Whether a Workload would publish a package."""
        known = self.remembered.get((name, workload))
        if known is None:
            known = self.remembered[name, workload] = self._lets_publish(workload, name)
        return known

    def _lets_publish(self, workload: Workload, name: str) -> bool:
        for publisher in self.publishers[name]:
            # Which of them is used does not matter here, only that one lets it in.
            verdict = match(
                _as_seen_by(publisher, workload),
                (publisher,),
                package=_package(publisher, name),
                now=publisher.created_at,
                exists=not publisher.pending,
            )
            if isinstance(verdict, Matched):
                return True
        return False


def trust_of(
    facts: Facts, publish_jobs: tuple[PublishJob, ...], repository: str | None, default: str
) -> Trust:
    """Return the publishers that are known, or else those that the publishing jobs ask for."""
    name = facts.repository or repository or _UNKNOWN_REPOSITORY
    known = facts.publishers
    if known is None:
        return Trust(
            publishers=_assumed(publish_jobs, name),
            is_assumed=True,
            repository=name,
            default=default,
            facts=facts,
        )
    return Trust(publishers=known, is_assumed=False, repository=name, default=default, facts=facts)


def packages_of(job: PublishJob) -> tuple[str, ...]:
    """Return the names of the packages that a job publishes; `*` where none is known."""
    return packages_of_steps(job.steps)


def packages_of_steps(steps: Iterable[PublishStep]) -> tuple[str, ...]:
    """Return the names of the packages that steps publish; `*` where none is known."""
    names = dict.fromkeys(
        package.name
        for step in steps
        for package in step.packages
        if package.name is not None and not package.private
    )
    return tuple(names) or (UNKNOWN_PACKAGE,)


def workload_of(trust: Trust, context: RunContext, job: Job, environment: str | None) -> Workload:
    """Return what a job's ID token would say in a run."""
    labels = " ".join(label.value for label in job.runs_on).lower()
    return workload_at(
        trust,
        ref=context.ref,
        event=context.event,
        caller=context.entry.path.removeprefix(WORKFLOW_FOLDER),
        called=_called(trust, context),
        environment=ABSENT if environment is None else environment,
        runner=Runner.SELF_HOSTED if "self-hosted" in labels else Runner.HOSTED,
    )


def workload_at(
    trust: Trust,
    *,
    ref: str,
    event: str,
    caller: str,
    called: str | None = None,
    environment: Field[str] = ABSENT,
    runner: Runner = Runner.HOSTED,
) -> Workload:
    """Return the Workload of a file `caller` of the repository at a ref."""
    root = f"{trust.repository}/{WORKFLOW_FOLDER}"
    own = f"{root}{caller}@{ref}"
    return Workload(
        provider=Provider.GITHUB,
        issuer=GITHUB_ISSUER.url,
        repository=trust.repository,
        repository_id=trust.facts.repository_id or UNKNOWN,
        owner=trust.repository.partition("/")[0],
        owner_id=trust.facts.owner_id or UNKNOWN,
        caller_workflow_ref=own,
        called_workflow_ref=own if called is None else called,
        ref=ref,
        ref_type=type_of_ref(ref),
        ref_protected=bool(is_protected(ref, trust.facts, default=trust.default)),
        environment=environment,
        event=event,
        runner=runner,
        commit=_COMMIT,
        actor=_NOBODY,
    )


def _called(trust: Trust, context: RunContext) -> str | None:
    """Return the called workflow's reference; a file of another repository is not known by ref."""
    if not context.calls:
        return None
    uses = context.calls[-1].job.uses
    if uses is not None and not context.workflow.path.startswith(WORKFLOW_FOLDER):
        return uses.text.value
    file = context.workflow.path.removeprefix(WORKFLOW_FOLDER)
    return f"{trust.repository}/{WORKFLOW_FOLDER}{file}@{context.ref}"


def _as_seen_by(publisher: TrustedPublisher, workload: Workload) -> Workload:
    """Fill in ids that no fact gives: a publisher of this name is taken to be this repository's.

    Its other rules are judged as they are. An unknown visibility is taken for what is asked.
    """
    rules = publisher.rules
    filled: dict[str, object] = {}
    is_ours = workload.repository == _UNKNOWN_REPOSITORY or names_match(publisher, workload)
    if workload.repository_id is UNKNOWN:
        filled["repository_id"] = (is_ours and rules.repository_id) or _OTHER_ID
    if workload.owner_id is UNKNOWN:
        filled["owner_id"] = (is_ours and rules.owner_id) or _OTHER_ID
    if rules.visibilities:
        filled["visibility"] = rules.visibilities[0]
    if rules.actors:
        filled["actor"] = rules.actors[0]
    if workload.repository == _UNKNOWN_REPOSITORY and rules.repository is not None:
        return _renamed(workload, rules.repository, filled)
    return _with(workload, filled)


def _renamed(workload: Workload, repository: str, filled: dict[str, object]) -> Workload:
    """Put the publisher's repository in where the files' own is not known."""
    for name in ("caller_workflow_ref", "called_workflow_ref"):
        value = getattr(workload, name)
        if isinstance(value, str) and value.startswith(_UNKNOWN_REPOSITORY + "/"):
            filled[name] = repository + value[len(_UNKNOWN_REPOSITORY) :]
    filled |= {"repository": repository, "owner": repository.partition("/")[0]}
    return _with(workload, filled)


def _with(workload: Workload, filled: Mapping[str, object]) -> Workload:
    values = {name: getattr(workload, name) for name in Workload.__struct_fields__}
    return Workload(**{**values, **filled})


def _assumed(
    publish_jobs: tuple[PublishJob, ...], repository: str
) -> dict[str, tuple[TrustedPublisher, ...]]:
    found: dict[str, tuple[TrustedPublisher, ...]] = {}
    for job in publish_jobs:
        if not job.steps or job.id_token is not Access.WRITE:
            continue
        entries = {chain[0].workflow.path for chain in job.calls} or {job.workflow.path}
        publishers = tuple(
            _assumed_publisher(path, job.environment_name, repository) for path in sorted(entries)
        )
        for name in packages_of(job):
            found[name] = (*found.get(name, ()), *publishers)
    return found


def _assumed_publisher(path: str, environment: str | None, repository: str) -> TrustedPublisher:
    return TrustedPublisher(
        id=path,
        target=_name("assumed"),
        issuer=GITHUB_ISSUER,
        provider=Provider.GITHUB,
        rules=WorkloadRules(
            repository=repository,
            repository_id="1",
            owner_id="1",
            workflow=WorkflowRule(caller=path.removeprefix(WORKFLOW_FOLDER)),
            environment=environment,
            events=every_event(),
        ),
        limits=PublicationLimits(permissions=frozenset({Permission.PUBLISH})),
        state=PublisherState.ACTIVE,
        created_at=0.0,
        created_by="",
    )


def _package(publisher: TrustedPublisher, name: str) -> PackageName:
    """Return a package that a publisher is for."""
    match publisher.target:
        case PackageName() as package:
            return package
        case pattern:
            found = _name(name)
            if pattern.matches(found):
                return found
            return PackageName(scope=pattern.scope, name=f"{pattern.prefix}x")


def _name(text: str) -> PackageName:
    try:
        return PackageName.parse_existing(text)
    except Malformed:
        return PackageName(name="unknown")
