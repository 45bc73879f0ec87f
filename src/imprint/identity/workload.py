"""Workload, the one type that every question is asked of. Not here: what proves it."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class Missing(Enum):
    """Why a field of a Workload has no value. Absent and unknown are never the same."""

    ABSENT = "absent"
    """Looked for, and it is not there: the run has no such property."""
    UNKNOWN = "unknown"
    """This source cannot tell. A rule on an unknown field refuses."""


ABSENT = Missing.ABSENT
UNKNOWN = Missing.UNKNOWN

Field: TypeAlias = T | Missing


class Provider(StrEnum):
    """The CI providers, in the spelling of `type` in npm's trust body; `generic` is ours."""

    GITHUB = "github"
    GITLAB = "gitlab"
    CIRCLECI = "circleci"
    GENERIC = "generic"


class RefType(StrEnum):
    """What a ref is (`ref_type` of GitHub and GitLab)."""

    BRANCH = "branch"
    TAG = "tag"


class Runner(StrEnum):
    """Whose machine ran the job, normalised over the providers' words."""

    HOSTED = "hosted"
    SELF_HOSTED = "self-hosted"


class Visibility(StrEnum):
    """Who can read the source repository."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PRIVATE = "private"


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A CI run, normalised. Ids are immutable at their provider; names can be taken over.

    Ids are decimal texts (GitHub, GitLab) or UUIDs (CircleCI), compared to the letter.
    """

    provider: Provider
    issuer: str
    """The `iss` exactly as registered: one Workload never stands for another issuer's."""
    repository: Field[str] = UNKNOWN
    """`owner/name` (GitHub), project path with its groups (GitLab), VCS origin (CircleCI)."""
    repository_id: Field[str] = UNKNOWN
    owner: Field[str] = UNKNOWN
    owner_id: Field[str] = UNKNOWN
    caller_workflow_ref: Field[str] = UNKNOWN
    """The workflow that was triggered: GitHub `workflow_ref`, GitLab `ci_config_ref_uri`,
    CircleCI pipeline definition id."""
    caller_workflow_sha: Field[str] = UNKNOWN
    called_workflow_ref: Field[str] = UNKNOWN
    """The workflow whose job runs, which differs for reusable ones: GitHub `job_workflow_ref`."""
    called_workflow_sha: Field[str] = UNKNOWN
    ref: Field[str] = UNKNOWN
    """The full ref, `refs/heads/main` or `refs/tags/v1.0.0`."""
    ref_type: Field[RefType] = UNKNOWN
    ref_protected: Field[bool] = UNKNOWN
    environment: Field[str] = UNKNOWN
    event: Field[str] = UNKNOWN
    """What started the run, in its provider's word: `event_name`, `pipeline_source`."""
    runner: Field[Runner] = UNKNOWN
    visibility: Field[Visibility] = UNKNOWN
    commit: Field[str] = UNKNOWN
    run_id: Field[str] = UNKNOWN
    run_attempt: Field[str] = UNKNOWN
    job_id: Field[str] = UNKNOWN
    """GitLab and CircleCI: the job within the run. A GitLab certificate names it, not the run."""
    actor: Field[str] = UNKNOWN
    ssh_rerun: Field[bool] = UNKNOWN
    """CircleCI only: a person with a shell inside the job."""
    context_ids: Field[tuple[str, ...]] = UNKNOWN
    """CircleCI only: the contexts whose secrets the job may read."""
    claims: Field[Mapping[str, str]] = UNKNOWN
    """Generic issuers only: every scalar claim as text. Known from ID tokens, unknown elsewhere."""
