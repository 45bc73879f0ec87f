"""Artifacts that steps upload and download, of their own run or of another one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.effects.expansion import sites_of, use_name
from imprint.workflows.effects.model import ArtifactOperation, Site
from imprint.workflows.effects.situations import may_run, situations_of
from imprint.workflows.github.model import RemoteUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.repository import Repository

_UPLOAD = "actions/upload-artifact"
_DOWNLOAD = "actions/download-artifact"
_PAGES = "actions/upload-pages-artifact"
_DEFAULT_NAME = "artifact"
_FROM_OTHER_RUNS = {
    "dawidd6/action-download-artifact",
    "aochmann/actions-download-artifact",
    "levonet/action-download-last-artifact",
    "blablacar/action-download-last-artifact",
    "benday-inc/download-latest-artifact",
    "redhat-plumbers-in-action/download-artifact",
    "marcofaggian/action-download-multiple-artifacts",
    "ishworkh/container-image-artifact-download",
    "bettermarks/action-artifact-download",
}
_SCRIPT = "actions/github-script"
_RUN_INPUTS = (
    "run-id",
    "run_id",
    "workflow",
    "workflow_run_id",
    "run_number",
    "commit",
    "pr",
    "branch",
)
_GH_DOWNLOAD = re.compile(r"\bgh\s+run\s+download\b(?P<rest>[^\n;&|]*)")
# What comes first on a line is kept (`(?>`): with a look behind each, it would take for ever.
_GH_API = re.compile(r"^(?>[^\n]*?gh\s+api\s)(?>[^\n]*?actions/artifacts/)[^\n]*zip", re.MULTILINE)
_SCRIPTED = re.compile(r"\b(?:downloadArtifact|listWorkflowRunArtifacts)\b")


def artifact_operations(
    repository: Repository, workflow: Workflow, job: Job, *, event: str | None = None
) -> tuple[ArtifactOperation, ...]:
    """Return what the job's steps may upload and download, in order."""
    situations = situations_of(repository, workflow, job, event=event)
    return tuple(
        operation
        for site in sites_of(repository, workflow, job)
        for operation in _of_site(site)
        if any(may_run(site, situation) for situation in situations)
    )


def _of_site(site: Site) -> Iterator[ArtifactOperation]:
    use = site.step.uses
    if isinstance(use, RemoteUse):
        yield from _of_action(site, use)
    if site.run is None:
        return
    for match in _GH_DOWNLOAD.finditer(site.run):
        words = [word for word in match["rest"].split() if not word.startswith("-")]
        run = words[0].strip("\"'") if words else ""
        is_own = run in {"$GITHUB_RUN_ID", "${GITHUB_RUN_ID}", "${{ github.run_id }}"}
        yield _operation(
            site, "gh run download", uploads=False, run=run or None, is_other=not is_own
        )
    if asked := _GH_API.search(site.run):
        yield _operation(site, "gh api", uploads=False, run=asked[0], is_other=True)


def _of_action(site: Site, use: RemoteUse) -> Iterator[ArtifactOperation]:
    name = use_name(use)
    inputs = site.inputs
    if use.name in {_UPLOAD, f"{_UPLOAD}/merge"}:
        yield _operation(
            site, name, uploads=True, artifact=inputs.get("name", _DEFAULT_NAME), path="path"
        )
    elif use.name == _PAGES:
        yield _operation(
            site, name, uploads=True, artifact=inputs.get("name", "github-pages"), path="path"
        )
    elif use.name == _DOWNLOAD:
        run = inputs.get("run-id")
        is_own = run is None or run.strip() in {"", "${{ github.run_id }}"}
        artifact = inputs.get("name") or inputs.get("pattern")
        yield _operation(
            site,
            name,
            uploads=False,
            artifact=artifact,
            path="path",
            run=None if is_own else run,
            is_other=not is_own,
        )
    elif use.name in _FROM_OTHER_RUNS:
        run = next((inputs[key] for key in _RUN_INPUTS if inputs.get(key)), None)
        artifact = inputs.get("name") or inputs.get("artifact-name")
        yield _operation(
            site, name, uploads=False, artifact=artifact, path="path", run=run, is_other=True
        )
    elif use.name == _SCRIPT and _SCRIPTED.search(inputs.get("script", "")):
        yield _operation(site, name, uploads=False, run="github-script", is_other=True)


def _operation(
    site: Site,
    action: str,
    *,
    uploads: bool,
    artifact: str | None = None,
    path: str | None = None,
    run: str | None = None,
    is_other: bool = False,
) -> ArtifactOperation:
    paths = "" if path is None else site.inputs.get(path, "")
    return ArtifactOperation(
        site=site,
        action=action,
        uploads=uploads,
        name=artifact,
        paths=tuple(line.strip() for line in paths.splitlines() if line.strip()),
        run=run,
        from_other_run=is_other,
        span=site.span,
    )
