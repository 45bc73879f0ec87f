"""The trusted publisher of a package accepts no run of the job that publishes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.identity.workload import ABSENT, Runner
from imprint.publishers.forges import folded
from imprint.publishers.rules import witness_refs
from imprint.publishers.workflows import WORKFLOW_FOLDER
from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.github.model import Access
from imprint.workflows.paths.identities import packages_of, trust_of, workload_at
from imprint.workflows.publishing.callers import runs_by_itself
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.identity.workload import Workload
    from imprint.publishers.publisher import TrustedPublisher
    from imprint.workflows.github.model import Workflow
    from imprint.workflows.paths.identities import Trust
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W12",)
NEEDS = ("publishers",)

_DEFAULT_BRANCH = "main"


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each package whose publishers are known, and let none of the job's runs publish.

    The runs are imagined: every event of the file, on every ref that can make a difference.
    """
    publishers = scene.facts.publishers
    if not job.steps or job.id_token is not Access.WRITE or publishers is None:
        return
    branch = scene.facts.default_branch or _DEFAULT_BRANCH
    trust = trust_of(scene.facts, scene.publish_jobs, scene.repository.name, f"refs/heads/{branch}")
    entries = _entries(job)
    for name in packages_of(job):
        known = publishers.get(name, ())
        runs = (run for entry in entries for run in _runs(job, entry, known, trust, branch))
        if known and not any(trust.lets_publish(run, name) for run in runs):
            yield _report(job, entries, name, known[0], trust)


def _entries(job: PublishJob) -> tuple[Workflow, ...]:
    """Return the files by whose names the registry knows the job's runs: the outermost callers."""
    found = {chain[0].workflow.path: chain[0].workflow for chain in job.calls}
    if runs_by_itself(job.workflow) or not found:
        found[job.workflow.path] = job.workflow
    return tuple(found.values())


def _runs(
    job: PublishJob,
    entry: Workflow,
    publishers: tuple[TrustedPublisher, ...],
    trust: Trust,
    branch: str,
) -> Iterator[Workload]:
    labels = " ".join(label.value for label in job.job.runs_on).lower()
    called = None
    if entry.path != job.workflow.path:
        called = job.workflow.path.removeprefix(WORKFLOW_FOLDER)
    for publisher in publishers:
        for ref in witness_refs(publisher, branch):
            for trigger in entry.triggers:
                yield workload_at(
                    trust,
                    ref=ref.name,
                    event=trigger.event,
                    caller=entry.path.removeprefix(WORKFLOW_FOLDER),
                    called=called and f"{trust.repository}/{WORKFLOW_FOLDER}{called}@{ref.name}",
                    environment=_environment(job, publisher) or ABSENT,
                    runner=Runner.SELF_HOSTED if "self-hosted" in labels else Runner.HOSTED,
                )


def _environment(job: PublishJob, publisher: TrustedPublisher) -> str | None:
    """Return the job's environment; one that only the run decides may be the one asked for."""
    if job.job.deployment is not None and job.environment_name is None:
        return publisher.rules.environment
    return job.environment_name


def _report(
    job: PublishJob,
    entries: tuple[Workflow, ...],
    name: str,
    publisher: TrustedPublisher,
    trust: Trust,
) -> Report:
    span, difference = _difference(job, entries, publisher, trust)
    files = [entry.path.removeprefix(WORKFLOW_FOLDER) for entry in entries]
    command = f"imprint trust add github {name} --repository {trust.repository}"
    command += f" --workflow {files[0]}"
    if job.environment_name is not None:
        command += f" --environment {job.environment_name}"
    return Report(
        span=span,
        message=f"trusted publisher of {quoted(name)} {difference}",
        hint=f"`{command}` trusts what is here",
    )


def _difference(
    job: PublishJob, entries: tuple[Workflow, ...], publisher: TrustedPublisher, trust: Trust
) -> tuple[Span, str]:
    """Return what differs first, and where it stands."""
    rules = publisher.rules
    files = [entry.path.removeprefix(WORKFLOW_FOLDER) for entry in entries]
    wanted = None if rules.workflow is None else rules.workflow.caller
    if rules.repository is not None and folded(rules.repository) != folded(trust.repository):
        return job.span, (
            f"is for repository {quoted(rules.repository)}: this is {quoted(trust.repository)}"
        )
    if wanted is not None and wanted not in files:
        is_called = entries[0].path != job.workflow.path
        what = "the job is called from" if is_called else "the job is in"
        return job.span, f"is for workflow {quoted(wanted)}: {what} {quoted(files[0])}"
    if rules.environment is not None and job.environment_name != rules.environment:
        place = job.span if job.job.deployment is None else job.job.deployment.span
        has = "has none" if job.environment_name is None else f"has {quoted(job.environment_name)}"
        return place, f"is for environment {quoted(rules.environment)}: the job {has}"
    return job.span, "accepts none of its runs: no event and ref of the file passes its rules"
