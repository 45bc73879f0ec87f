"""TrustedPublisher: Workload rules and publication limits, one type for all providers. Data only.

The rules are judged at the exchange, the limits travel with the publish credential and are enforced
when something is published, staged or tagged (architecture decision 6).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Provider, RefType, Runner, Visibility
    from imprint.npm.names import PackageName, ScopePattern
    from imprint.publishers.refs import RefPattern
    from imprint.publishers.templates import TagTemplate
    from imprint.tokens.issuers import Issuer

PIN_WINDOW_SECONDS = 7 * 86_400
"""How long a publisher without ids waits for the run that pins them (architecture decision 5)."""

PENDING_LIFE_SECONDS = 30 * 86_400
"""How long a publisher waits for its package to be created (PyPI: 30 days)."""


class Permission(StrEnum):
    """What a publisher may do. npm's wire names: `npm_trust.py`."""

    PUBLISH = "publish"
    STAGE = "stage"
    DIST_TAG = "dist-tag"


class CalledWorkflow(msgspec.Struct, frozen=True, kw_only=True):
    """A reusable workflow whose job must be the one that runs (GitHub `job_workflow_ref`)."""

    repository: str | None
    """None: the publisher's own repository."""
    file: str
    """File name below `.github/workflows/`."""
    ref: str | None = None
    """The full ref it must be called by, `refs/tags/v1`. Only for another repository's workflow."""
    sha: str | None = None
    """Pin: `job_workflow_sha` must be this commit (40 hex digits)."""


class WorkflowRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which workflow. At least one of the two is set; both set means that both must hold."""

    caller: str | None = None
    """GitHub: file name below `.github/workflows/`; GitLab: path of the pipeline file;
    CircleCI: pipeline definition id."""
    called: CalledWorkflow | None = None


class WorkloadRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a Workload must be. A rule on an absent or unknown field refuses.

    `repository` is a cached label once ids are known: then the ids decide and the label follows.
    Empty tuples and None mean no constraint, unless said otherwise.
    """

    repository: str | None
    """None only for generic issuers."""
    repository_id: str | None = None
    owner_id: str | None = None
    workflow: WorkflowRule | None = None
    """Required for GitHub and GitLab; for CircleCI the caller is the pipeline definition id."""
    refs: tuple[RefPattern, ...] = ()
    ref_type: RefType | None = None
    ref_protected: bool = False
    """True: the ref must be protected at the forge; absent or unknown refuses."""
    environment: str | None = None
    strict_environment: bool = False
    """True with `environment` None: the run must have no environment at all (npm's behaviour)."""
    events: tuple[str, ...] = ()
    """Empty: any event but those denied by default (`events.py`). Named ones are allowed, denied
    by default or not."""
    runners: tuple[Runner, ...] = ()
    """Empty: hosted runners, and runs that cannot tell where their provider never says."""
    visibilities: tuple[Visibility, ...] = ()
    actors: tuple[str, ...] = ()
    """User names, one of which must have started the run. Names can be taken over: this narrows
    what the other rules allow, and is no identity."""
    context_ids: tuple[str, ...] = ()
    """CircleCI: every one of these contexts must be among the job's."""
    claims: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Generic issuers: claim name to exact text. More than iss, aud and sub is required."""


class PublicationLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the credential may do. Enforced at PUT, stage and dist-tag."""

    permissions: frozenset[Permission]
    tag_template: TagTemplate | None = None
    """`v{{version}}`: the ref must be the tag that this template makes of the published version."""
    dist_tags: tuple[str, ...] = ()
    """Empty: any."""
    version_range: str | None = None
    """An npm range; prereleases count as inside when their release line is."""


class PublisherState(StrEnum):
    """Where in its life a publisher stands."""

    UNPINNED = "unpinned"
    """No ids yet: the first run that matches by name pins them, until `pin_until`."""
    PINNED = "pinned"
    """Ids came from a first run and no owner has confirmed: what is published waits, staged."""
    ACTIVE = "active"
    """Ids given or confirmed."""
    DISABLED = "disabled"


Target: TypeAlias = "PackageName | ScopePattern"


class TrustedPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """An identity that may publish a package, or the packages of a pattern."""

    id: str
    """UUID."""
    target: Target
    issuer: Issuer
    provider: Provider
    rules: WorkloadRules
    limits: PublicationLimits
    state: PublisherState
    pending: bool = False
    """True: its package does not exist yet, and its first publication creates it."""
    create: bool = False
    """Patterns only: may create packages that do not exist."""
    pin_until: float | None = None
    """Unix seconds; set while `unpinned`."""
    expires_at: float | None = None
    """Unix seconds; set while `pending`."""
    created_at: float
    created_by: str
    """User name, for people."""
    revision: int = 1
    """Raised by every change; credentials of an earlier revision are dead."""
