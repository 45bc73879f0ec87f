"""The form of npm's trust body (facts/wire.md §2.5; npm's OpenAPI description), and our part."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A field that is not known is refused: it may be a rule."""


class File(Strict, frozen=True):
    """A workflow by its file, at any ref: npm calls that a partial match."""

    file: str


Reference: TypeAlias = File | str | None


class GitHubClaims(Strict, frozen=True):
    """GitHub's: the names of its claims."""

    repository: str
    workflow_ref: File | str | None = None
    environment: str | None = None


class GitLabClaims(Strict, frozen=True):
    """GitLab's: the names of its claims."""

    project_path: str
    ci_config_ref_uri: File | str | None = None
    environment: str | None = None


class CircleCIClaims(Strict, frozen=True):
    """CircleCI's: the names of its claims."""

    org_id: str = msgspec.field(name="oidc.circleci.com/org-id")
    project_id: str = msgspec.field(name="oidc.circleci.com/project-id")
    definition_id: str = msgspec.field(name="oidc.circleci.com/pipeline-definition-id")
    vcs_origin: str = msgspec.field(name="oidc.circleci.com/vcs-origin")
    context_ids: tuple[str, ...] = msgspec.field(name="oidc.circleci.com/context-ids", default=())


class Called(Strict, frozen=True):
    """Ours: the reusable workflow whose job must run."""

    file: str
    repository: str | None = None
    ref: str | None = None
    sha: str | None = None


class Extension(Strict, frozen=True):
    """What is ours. The last block is only ever shown."""

    issuer: str | None = None
    repository_id: str | None = None
    owner_id: str | None = None
    called: Called | None = None
    refs: tuple[str, ...] = ()
    ref_type: str | None = None
    ref_protected: bool = False
    strict_environment: bool = False
    events: tuple[str, ...] | None = None
    runners: tuple[str, ...] = ()
    visibilities: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    tag_template: str | None = None
    dist_tags: tuple[str, ...] = ()
    version_range: str | None = None
    create: bool = False

    target: str | None = None
    state: str | None = None
    pending: bool = False
    pin_until: float | None = None
    expires_at: float | None = None
    created_at: float | None = None
    created_by: str | None = None
    revision: int | None = None


SHOWN_ONLY = (
    "target",
    "state",
    "pending",
    "pin_until",
    "expires_at",
    "created_at",
    "created_by",
    "revision",
)


class Entry(Strict, frozen=True, tag_field="type"):
    """What every type has."""

    permissions: tuple[str, ...] = ()
    imprint: Extension = msgspec.field(default_factory=Extension)
    id: str | None = None


class GitHubEntry(Entry, frozen=True, tag="github", kw_only=True):
    """A publisher at GitHub."""

    claims: GitHubClaims


class GitLabEntry(Entry, frozen=True, tag="gitlab", kw_only=True):
    """A publisher at GitLab."""

    claims: GitLabClaims


class CircleCIEntry(Entry, frozen=True, tag="circleci", kw_only=True):
    """A publisher at CircleCI."""

    claims: CircleCIClaims


class GenericEntry(Entry, frozen=True, tag="generic", kw_only=True):
    """A publisher of any other issuer: exact rules on named claims."""

    claims: dict[str, str]


AnyEntry: TypeAlias = GitHubEntry | GitLabEntry | CircleCIEntry | GenericEntry
BODY = msgspec.json.Decoder(list[AnyEntry])
ENTRY = msgspec.json.Decoder(AnyEntry)
LIST = msgspec.json.Decoder(list[msgspec.Raw])
