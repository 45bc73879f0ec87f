"""npm's trust body and a publisher, both ways (facts/wire.md §2.5; npm's OpenAPI description).

npm sends an array of one `{type, claims, permissions}`; what npm cannot say stands beside its
fields under `imprint`. Whatever is listed, stock npm can show: of a type it does not know, it shows
id and type alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.identity.workload import Provider
from imprint.publishers.configuration import PublisherRequest
from imprint.publishers.npm_trust_body import (
    BODY,
    ENTRY,
    LIST,
    SHOWN_ONLY,
    AnyEntry,
    Called,
    CircleCIClaims,
    CircleCIEntry,
    Extension,
    File,
    GenericEntry,
    GitHubClaims,
    GitHubEntry,
    GitLabClaims,
    GitLabEntry,
    Reference,
)
from imprint.publishers.publisher import Permission
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.publishers.publisher import TrustedPublisher, WorkflowRule

INVALID = "invalid-trust-body"

_PERMISSIONS = {"createPackage": Permission.PUBLISH, "createStagedPackage": Permission.STAGE}


class _Any(msgspec.Struct, frozen=True):
    id: str
    type: str


class ListedPublisher(msgspec.Struct, frozen=True, kw_only=True):
    """A publisher as a registry lists it, read by a client."""

    id: str
    type: str
    target: str | None
    """The name or pattern, None where the registry does not say."""
    state: str | None
    request: PublisherRequest | None
    """What would make such a publisher; None for a form that this version does not know."""


def parse_trust_body(raw: bytes) -> PublisherRequest:
    """Return what a trust body asks for; raises Malformed (`invalid-trust-body`)."""
    try:
        entries = BODY.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(INVALID, f"invalid trusted publisher configuration: {_said(err)}") from err
    if len(entries) != 1:
        raise Malformed(
            INVALID,
            f"invalid trusted publisher configuration: {len(entries)} of them, expected one",
        )
    entry = entries[0]
    shown = [name for name in SHOWN_ONLY if getattr(entry.imprint, name) not in (None, False)]
    if shown or entry.id is not None:
        raise Malformed(
            INVALID,
            f"invalid trusted publisher configuration: `{(shown or ['id'])[0]}` cannot be chosen",
        )
    return _request(entry)


def parse_trust_list(raw: bytes) -> tuple[ListedPublisher, ...]:
    """Return what a registry lists; raises Malformed (`invalid-trust-body`) when it is no list."""
    try:
        return tuple(_listed(bytes(item)) for item in LIST.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(INVALID, f"invalid list of trusted publishers: {_said(err)}") from err


def render_trust(publisher: TrustedPublisher) -> dict[str, object]:
    """Return the entry that lists `publisher`, as JSON values."""
    rendered = msgspec.to_builtins(_entry(publisher))
    # npm reads these first; a type it does not know shows nothing else.
    return {
        "id": publisher.id,
        "type": publisher.provider.value,
        "claims": {},
        "permissions": [],
        **rendered,
    }


def _said(err: Exception) -> str:
    """Return what the decoder says, which names fields and types and may name what was sent."""
    return "".join(c if " " <= c <= "~" else "?" for c in str(err)[:200]).lower()


def _listed(raw: bytes) -> ListedPublisher:
    known = msgspec.json.decode(raw, type=_Any)
    try:
        entry = ENTRY.decode(raw)
        request = _request(entry)
    except (msgspec.ValidationError, Malformed):
        return ListedPublisher(id=known.id, type=known.type, target=None, state=None, request=None)
    return ListedPublisher(
        id=known.id,
        type=known.type,
        target=entry.imprint.target,
        state=entry.imprint.state,
        request=request,
    )


def _request(entry: AnyEntry) -> PublisherRequest:
    ours = entry.imprint
    called = ours.called
    request = PublisherRequest(
        provider=_provider(entry),
        issuer_name=ours.issuer,
        repository_id=ours.repository_id,
        owner_id=ours.owner_id,
        called_workflow=None if called is None else called.file,
        called_repository=None if called is None else called.repository,
        called_ref=None if called is None else called.ref,
        called_sha=None if called is None else called.sha,
        refs=ours.refs,
        ref_type=ours.ref_type,
        ref_protected=ours.ref_protected,
        strict_environment=ours.strict_environment,
        events=ours.events,
        runners=ours.runners,
        visibilities=ours.visibilities,
        actors=ours.actors,
        permissions=_permissions(entry),
        tag_template=ours.tag_template,
        dist_tags=ours.dist_tags,
        version_range=ours.version_range,
        create=ours.create,
    )
    return _with_claims(request, entry)


def _provider(entry: AnyEntry) -> Provider:
    match entry:
        case GitHubEntry():
            return Provider.GITHUB
        case GitLabEntry():
            return Provider.GITLAB
        case CircleCIEntry():
            return Provider.CIRCLECI
        case GenericEntry():
            return Provider.GENERIC


def _with_claims(request: PublisherRequest, entry: AnyEntry) -> PublisherRequest:
    match entry:
        case GitHubEntry(claims=claims):
            return _with_workflow(
                request, claims.repository, claims.workflow_ref, claims.environment
            )
        case GitLabEntry(claims=claims):
            return _with_workflow(
                request, claims.project_path, claims.ci_config_ref_uri, claims.environment
            )
        case CircleCIEntry(claims=claims):
            if request.repository_id is not None or request.owner_id is not None:
                raise Malformed(
                    INVALID,
                    "invalid trusted publisher configuration: the ids of CircleCI are claims",
                )
            return replace(
                request,
                repository=claims.vcs_origin,
                repository_id=claims.project_id,
                owner_id=claims.org_id,
                workflow=claims.definition_id,
                context_ids=claims.context_ids,
            )
        case GenericEntry(claims=claims):
            return replace(request, claims=claims)


def _with_workflow(
    request: PublisherRequest, repository: str, reference: Reference, environment: str | None
) -> PublisherRequest:
    return replace(
        request,
        repository=repository,
        environment=environment,
        workflow=reference.file if isinstance(reference, File) else None,
        workflow_reference=reference if isinstance(reference, str) else None,
    )


def _permissions(entry: AnyEntry) -> tuple[str, ...]:
    unknown = [name for name in entry.permissions if name not in _PERMISSIONS]
    if unknown:
        raise Malformed(
            INVALID,
            f"invalid trusted publisher configuration: permission {quoted(unknown[0])}, "
            f"expected {' or '.join(f'`{name}`' for name in _PERMISSIONS)}",
            hint="what npm has no name for stands under `imprint`: `permissions: [dist-tag]`",
        )
    return (*(_PERMISSIONS[name].value for name in entry.permissions), *entry.imprint.permissions)


def _entry(publisher: TrustedPublisher) -> AnyEntry:
    rules = publisher.rules
    permissions = tuple(
        name for name, one in _PERMISSIONS.items() if one in publisher.limits.permissions
    )
    extension = _extension(publisher)
    caller = rules.workflow.caller if rules.workflow is not None else None
    file = None if caller is None else File(file=caller)
    repository = rules.repository or ""
    match publisher.provider:
        case Provider.GITHUB:
            return GitHubEntry(
                id=publisher.id,
                claims=GitHubClaims(
                    repository=repository, workflow_ref=file, environment=rules.environment
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.GITLAB:
            return GitLabEntry(
                id=publisher.id,
                claims=GitLabClaims(
                    project_path=repository,
                    ci_config_ref_uri=file,
                    environment=rules.environment,
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.CIRCLECI:
            return CircleCIEntry(
                id=publisher.id,
                claims=CircleCIClaims(
                    org_id=rules.owner_id or "",
                    project_id=rules.repository_id or "",
                    definition_id=caller or "",
                    vcs_origin=repository,
                    context_ids=rules.context_ids,
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.GENERIC:
            return GenericEntry(
                id=publisher.id,
                claims=dict(rules.claims),
                permissions=permissions,
                imprint=extension,
            )


def _extension(publisher: TrustedPublisher) -> Extension:
    rules, limits = publisher.rules, publisher.limits
    ids_are_claims = publisher.provider is Provider.CIRCLECI
    return Extension(
        issuer=publisher.issuer.name,
        repository_id=None if ids_are_claims else rules.repository_id,
        owner_id=None if ids_are_claims else rules.owner_id,
        called=_called(rules.workflow),
        refs=tuple(pattern.text for pattern in rules.refs),
        ref_type=rules.ref_type,
        ref_protected=rules.ref_protected,
        strict_environment=rules.strict_environment,
        events=rules.events or None,
        runners=tuple(runner.value for runner in rules.runners),
        visibilities=tuple(visibility.value for visibility in rules.visibilities),
        actors=rules.actors,
        permissions=tuple(
            one.value
            for one in Permission
            if one in limits.permissions and one not in _PERMISSIONS.values()
        ),
        tag_template=None if limits.tag_template is None else limits.tag_template.text,
        dist_tags=limits.dist_tags,
        version_range=limits.version_range,
        create=publisher.create,
        target=str(publisher.target),
        state=publisher.state.value,
        pending=publisher.pending,
        pin_until=publisher.pin_until,
        expires_at=publisher.expires_at,
        created_at=publisher.created_at,
        created_by=publisher.created_by,
        revision=publisher.revision,
    )


def _called(workflow: WorkflowRule | None) -> Called | None:
    if workflow is None or workflow.called is None:
        return None
    called = workflow.called
    return Called(file=called.file, repository=called.repository, ref=called.ref, sha=called.sha)
