"""A tag starts the release, and anybody who can push may create tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.checks.reach import certainty
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.guards import environment_facts
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Trigger, Workflow
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.MEDIUM
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P11",)
NEEDS = ("tag_rules",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield tag triggers of a publishing job where facts say that no rule restricts tags.

    An environment with reviewers looks at every release, whoever made the tag.
    """
    if not job.steps or scene.facts.tag_rules is not False:
        return
    environment = environment_facts(scene.facts, job.environment_name)
    if environment is not None and environment.reviewers > 0:
        return
    for workflow in _entries(job):
        for trigger in workflow.triggers:
            if _is_by_tag(trigger):
                yield Report(
                    span=trigger.span,
                    message=(
                        f"a tag starts the job `{job.job.id}`, and whoever can push may create "
                        "one, on any commit: a tag rule would say who"
                    ),
                    hint="restrict the creation of release tags by a ruleset of the repository",
                    confidence=certainty(job),
                )


def _entries(job: PublishJob) -> tuple[Workflow, ...]:
    found = {chain[0].workflow.path: chain[0].workflow for chain in job.calls}
    found[job.workflow.path] = job.workflow
    return tuple(found.values())


def _is_by_tag(trigger: Trigger) -> bool:
    return trigger.event in {"release", "create"} or (
        trigger.event == "push" and bool(trigger.tags or trigger.tags_ignore)
    )
