"""A package does not exist yet, so npm cannot have a trusted publisher for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, is_for_default_registry
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.INFO
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W23",)
NEEDS = ("existing_packages",)


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each package that is to be published by an ID token for the first time."""
    existing = scene.facts.existing_packages
    for step in job.steps:
        if not intends_exchange(job, step) or not is_for_default_registry(step):
            continue
        for package in step.packages:
            name = package.name
            if existing is None or name is None or name in existing or package.private:
                continue
            yield Report(
                span=package.places.get("name", package.span),
                message=(
                    f"{quoted(name)} does not exist yet: npm takes a trusted publisher only for a "
                    "package that does"
                ),
                hint="publish a first version by hand; an imprint registry has pending publishers",
                related=(step.span,),
            )
