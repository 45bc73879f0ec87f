"""References to workflows, `<where>/<path>@<revision>`, taken apart for people and comparisons.

Whether a run may publish is never decided on the parts: `publishers/` compares whole references.
"""

from __future__ import annotations

import re

import msgspec

from imprint.identity.workload import Missing, Provider, Workload

_REVISION = re.compile(r"@(refs/.+|[0-9a-f]{40}|[0-9a-f]{64}|[^@]*)\Z")
"""A branch or tag may have an `@` in its name (`refs/tags/@acme/widget@1.0.0`), and so may a file.
The search is from the left: what follows the first `@` that can begin a revision is one."""

_GITHUB_ROOT = re.compile(r"([^/]+/[^/]+)/(.+)")
_GITLAB_ROOT = re.compile(r"(.+?)//(.+)")


class WorkflowReference(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow file at a revision."""

    root: str
    """Whose file it is: `owner/name` (GitHub), `host/group/project` (GitLab)."""
    path: str
    """Within the repository: `.github/workflows/release.yml`."""
    revision: str
    """`refs/heads/…`, `refs/tags/…`, a commit, or a short name."""


def caller_of(workload: Workload) -> WorkflowReference | None:
    """Return the workflow that was triggered; None where it is not known, or is no file."""
    return _parse(workload, workload.caller_workflow_ref)


def called_by(workload: Workload) -> WorkflowReference | None:
    """Return the reusable workflow whose job ran; None where it is the triggered one itself."""
    if workload.called_workflow_ref == workload.caller_workflow_ref:
        return None
    return _parse(workload, workload.called_workflow_ref)


def split_revision(reference: str, *, ref: str | None = None) -> tuple[str, str] | None:
    """Return what stands before and behind the `@` of a reference; None where there is none.

    `ref` is the run's own: where the reference ends in it, that is its revision.
    """
    if ref and reference.endswith(f"@{ref}"):
        return reference[: -len(ref) - 1], ref
    found = _REVISION.search(reference)
    return None if found is None else (reference[: found.start()], found[1])


def _parse(workload: Workload, reference: str | Missing) -> WorkflowReference | None:
    if isinstance(reference, Missing):
        return None
    match workload.provider:
        case Provider.GITHUB:
            root = _GITHUB_ROOT
        case Provider.GITLAB:
            root = _GITLAB_ROOT
        case Provider.CIRCLECI | Provider.GENERIC:
            return None
    ref = None if isinstance(workload.ref, Missing) else workload.ref
    parts = split_revision(reference, ref=ref)
    found = root.fullmatch(parts[0]) if parts else None
    if parts is None or found is None:
        return None
    return WorkflowReference(root=found[1], path=found[2], revision=parts[1])
