"""Workflows as an administrator writes them: normalised and checked. Not here: judging a run's.

Cases D01-D09, D17, D20, D24, F02.
"""

from __future__ import annotations

from imprint.identity.workload import Provider
from imprint.publishers.forges import (
    folded,
    forge_host,
    normalise_repository,
    normalise_uuid,
)
from imprint.publishers.publisher import CalledWorkflow
from imprint.publishers.refs import RefPattern
from imprint.publishers.workflows import WORKFLOW_FOLDER, is_commit
from imprint.refusals import Malformed, quoted

INVALID_FILE = "invalid-workflow-file"
INVALID_CALLED = "invalid-called-workflow"

_SUFFIXES = (".yml", ".yaml")
_LONGEST_FILE = 255


def normalise_caller(text: str, *, provider: Provider) -> str:
    """Return the triggered workflow as a publisher stores it; raises Malformed.

    GitHub: the file's name; GitLab: the path of the pipeline's file; CircleCI: the id of the
    pipeline definition.
    """
    match provider:
        case Provider.GITHUB:
            return normalise_workflow_file(text)
        case Provider.GITLAB:
            return normalise_pipeline_file(text)
        case Provider.CIRCLECI:
            return normalise_uuid(text, what="pipeline definition id")
        case Provider.GENERIC:
            raise Malformed(INVALID_FILE, "a generic issuer has no workflow of a known form")


def normalise_workflow_file(text: str) -> str:
    """Return a GitHub workflow's file name, without its folder. Cases D01-D09, D17.

    Raises Malformed (`invalid-workflow-file`).
    """
    name = text.strip().replace("\\", "/").removeprefix("/").removeprefix(WORKFLOW_FOLDER)
    if "/" in name:
        raise Malformed(
            INVALID_FILE,
            f"workflow {quoted(text)} is not a file of `{WORKFLOW_FOLDER}`",
            hint="give the file's name alone, `release.yml`",
        )
    _require_file(name, text)
    return name


def normalise_pipeline_file(text: str) -> str:
    """Return a GitLab pipeline file's path below the project's root. Cases F01, F02.

    Raises Malformed (`invalid-workflow-file`).
    """
    path = text.strip().removeprefix("/")
    if {".", ".."} & set(path.split("/")):
        raise Malformed(INVALID_FILE, f"pipeline file {quoted(text)} has a `.` segment")
    _require_file(path, text)
    return path


def split_exact_reference(
    text: str, *, provider: Provider, issuer_url: str, repository: str
) -> tuple[str, str]:
    """Return file and ref of an exact reference that an administrator wrote (npm's string form).

    This is configuration, not a claim: what could be read in two ways is refused. Raises Malformed
    (`invalid-workflow-file`).
    """
    root = f"{repository}/{WORKFLOW_FOLDER}"
    if provider is Provider.GITLAB:
        root = f"{forge_host(issuer_url)}/{repository}//"
    file, at, ref = text.removeprefix(root).partition("@refs/")
    if not text.startswith(root) or not at or "@refs/" in ref or "*" in ref:
        raise Malformed(
            INVALID_FILE,
            f"workflow reference {quoted(text)} is not {quoted(root + 'FILE@refs/heads/BRANCH')}",
            hint='name the file alone, `{"file": "release.yml"}`, to trust it at any ref',
        )
    return file, f"refs/{ref}"


def build_called(
    file: str, *, repository: str | None, ref: str | None, sha: str | None, own: str, host: str
) -> CalledWorkflow:
    """Return the called workflow of a publisher for the repository `own` at `host` (GitHub only).

    Raises Malformed (`invalid-called-workflow`).
    """
    if repository is not None:
        repository = normalise_repository(repository, provider=Provider.GITHUB, host=host)
        if folded(repository) == folded(own):
            raise Malformed(
                INVALID_CALLED,
                f"the called workflow's repository {quoted(repository)} is the publisher's own",
                hint="leave the repository out for a workflow of the same one",
            )
    if ref is not None:
        if repository is None:
            raise Malformed(
                INVALID_CALLED,
                f"ref {quoted(ref)} is for a called workflow of another repository: name that too",
            )
        if not RefPattern.parse(ref).is_exact:
            raise Malformed(INVALID_CALLED, f"called workflow's ref {quoted(ref)} is many refs")
    if sha is not None and not is_commit(sha):
        raise Malformed(
            INVALID_CALLED,
            f"commit {quoted(sha)} of the called workflow is not 40 lower-case hex digits",
        )
    return CalledWorkflow(
        repository=repository, file=normalise_workflow_file(file), ref=ref, sha=sha
    )


def _require_file(path: str, text: str) -> None:
    name = path.rpartition("/")[2]
    if not name.endswith(_SUFFIXES) or name in _SUFFIXES:
        raise Malformed(
            INVALID_FILE,
            f"workflow {quoted(text)} is not the name of a `.yml` or `.yaml` file",
        )
    if len(path) > _LONGEST_FILE or not path.isprintable():
        raise Malformed(INVALID_FILE, f"workflow {quoted(text)} is no usable file name")
