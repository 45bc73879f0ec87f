"""The environment that a job publishes from asks nobody and takes any branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.reach import can_publish
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.paths.guards import environment_facts
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.HIGH
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("P05",)
NEEDS = ("environments",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield an environment without branch or tag rule and without reviewers, as facts say.

    One whose rules administrators may pass is less.
    """
    if not can_publish(job) or job.job.deployment is None:
        return
    environment = environment_facts(scene.facts, job.environment_name)
    if environment is None:
        return
    name = quoted(job.environment_name or "")
    has_rule = environment.branches is not None or environment.tags is not None
    if not has_rule and environment.reviewers == 0:
        yield Report(
            span=job.job.deployment.span,
            message=(
                f"environment {name} stops nobody: it has neither a branch or tag rule nor "
                "reviewers"
            ),
            hint="give it a rule for the branch or tags of releases, and reviewers",
        )
    elif environment.administrators_bypass:
        yield Report(
            span=job.job.deployment.span,
            message=f"administrators may pass the rules of environment {name}: nobody has to",
            hint="switch the bypass off in the environment's settings",
            severity=Severity.LOW,
        )
