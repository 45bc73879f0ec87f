"""A job of GitLab CI or CircleCI is to publish by an ID token, in an image with an old npm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.findings import Confidence, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import NPM_EXCHANGES, sends_to_npm
from imprint.workflows.publishing.installed_tools import tools_of_image
from imprint.workflows.publishing.model import Client
from imprint.workflows.publishing.pipelines import pipeline_publish_jobs_of
from imprint.workflows.repository import Repository
from imprint.workflows.tables.releases import shown
from imprint.workflows.tables.runtimes import npm_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PipelinePublishJob
    from imprint.workflows.scene import Scene

READS = Repository
SEVERITY = Severity.BLOCK
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W01", "W02")

_NPM = "NPM_ID_TOKEN"
_UPGRADES = re.compile(r"\bnpm@|\bcorepack\b|\bnvm\b|\bvolta\b|\bn \d|node/install")


def check(repository: Repository, scene: Scene) -> Iterator[Report]:
    """Yield the image of each job that has an ID token for npm, and an npm that wants none."""
    del scene
    for job in pipeline_publish_jobs_of(repository):
        is_npms = any(step.sender is Client.NPM and sends_to_npm(step) for step in job.steps)
        if job.image is None or _NPM not in job.id_tokens or not is_npms:
            continue
        for name, tool in tools_of_image(job.image.value, job.image.span):
            npm = npm_of(tool.releases)
            is_old = name == "node" and npm.surely_below(NPM_EXCHANGES)
            if is_old and npm.highest is not None and not _upgrades(job, repository):
                yield Report(
                    span=job.image.span,
                    message=(
                        f"image {quoted(job.image.value)} brings npm {shown(npm.highest)}, which "
                        "exchanges no ID token: npm 11.5.1 or later does"
                    ),
                    hint="take an image of Node 24.5 or later, or install npm 11 first",
                    related=tuple(step.span for step in job.steps),
                )


def _upgrades(job: PipelinePublishJob, repository: Repository) -> bool:
    """Whether the job's text says anything of another npm or Node."""
    if job.job.gitlab is not None:
        scripts = (*job.job.gitlab.before_script, *job.job.gitlab.script)
        return any(_UPGRADES.search(text.value) for text in scripts)
    span = job.span if job.job.circleci is None else job.job.circleci.span
    return _UPGRADES.search(repository.texts[job.path][span.start : span.end]) is not None
