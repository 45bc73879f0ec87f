"""A new scoped package says nowhere that it is public: npm makes it restricted, or refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.workflows.checks.package_edits import with_member
from imprint.workflows.findings import Confidence, FixKind, Patch, Persona, Report, Severity
from imprint.workflows.publishing.exchanging import is_for_default_registry, sends_to_npm
from imprint.workflows.publishing.model import PublishJob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.model import PublishStep
    from imprint.workflows.scene import Scene

READS = PublishJob
SEVERITY = Severity.LOW
CONFIDENCE = Confidence.HIGH
PERSONA = Persona.RELEASE
SPECIFICATION = ("W17",)
NEEDS = ("existing_packages",)
FIX = FixKind.SAFE

_SAYS = re.compile(r"--access[= ]|\baccess\s*[=:]|\"access\"\s*:|--no-private")
_CONFIGURATIONS = (".npmrc", ".changeset/config.json", "lerna.json", ".release-it.json")


def check(job: PublishJob, scene: Scene) -> Iterator[Report]:
    """Yield each scoped package that does not exist yet and has no access stated."""
    existing = scene.facts.existing_packages
    if existing is None or _is_said(scene):
        return
    for step in job.steps:
        if not sends_to_npm(step) or not is_for_default_registry(step) or _is_in(step, scene):
            continue
        for package in step.packages:
            name = package.name
            is_new = name is not None and name.startswith("@") and name not in existing
            if is_new and "access" not in package.publish_config and not package.private:
                yield Report(
                    span=package.places.get("name", package.span),
                    message=(
                        f"{quoted(name or '')} is new and scoped, and nothing says `public`: npm "
                        "takes a first version of it as restricted"
                    ),
                    hint='`"publishConfig": {"access": "public"}` says it once for all',
                    related=(step.span,),
                )


def fix(report: Report, scene: Scene) -> Patch | None:
    """Say it in publishConfig, where there is none."""
    package = next(
        (each for each in scene.repository.packages if each.path == report.span.path), None
    )
    if package is None:
        return None
    edit = with_member(scene, package, "publishConfig", {"access": "public"})
    return None if edit is None else Patch(title="publish as public", edits=(edit,))


def _is_in(step: PublishStep, scene: Scene) -> bool:
    """Whether the command says it, or a script on the way to it may."""
    scripts = [text for package in scene.repository.packages for text in package.scripts.values()]
    return any(_SAYS.search(text) for text in (step.command, *(scripts if step.via else ())))


def _is_said(scene: Scene) -> bool:
    texts = scene.repository.texts
    return any(_SAYS.search(texts.get(path, "")) for path in _CONFIGURATIONS)
