"""A job publishes on a machine of its own, which npm's trusted publishing does not take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import intends_exchange, is_for_default_registry
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Text

READS = PublishJob
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W16",)

_NOT_HOSTED = re.compile(
    r"self-hosted|blacksmith-.*|buildjet-.*|depot-.*|namespace-profile-.*|nscloud-.*|ubicloud.*"
    r"|warp-.*|runs-on(?:[=/,].*)?|bazel-runner-.*|cirun-.*",
    re.IGNORECASE,
)
"""GitHub's own word, and the labels of those who rent out runners: self-hosted to GitHub."""
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}")


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield the label of a machine that is not GitHub's, where npm's registry is published to.

    A label that only the run knows, and a group's name, say nothing.
    """
    del scene
    if not any(intends_exchange(job, step) and is_for_default_registry(step) for step in job.steps):
        return
    for label in job.job.runs_on:
        found = next((value for value in _values(job, label) if _NOT_HOSTED.fullmatch(value)), None)
        if found is not None:
            yield Report(
                span=label.span,
                message=(
                    f"runner {quoted(found)} is not GitHub's: npm takes ID tokens of "
                    "GitHub-hosted runners alone"
                ),
                hint="publish in a job on `ubuntu-latest`, of what this one builds",
            )
            return


def _values(job: PublishJob, label: Text) -> tuple[str, ...]:
    match = _MATRIX.fullmatch(label.value.strip())
    if match is None:
        return (label.value,)
    legs = () if job.job.matrix is None else job.job.matrix.legs
    return tuple(leg[match[1]] for leg in legs if match[1] in leg)
