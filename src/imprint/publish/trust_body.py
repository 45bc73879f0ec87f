"""From what a maintainer asks for to npm's trust body, with our part beside npm's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.workload import Provider
from imprint.publishers.npm_trust_body import (
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

if TYPE_CHECKING:
    from imprint.publishers.configuration import PublisherRequest

_PERMISSIONS = {"publish": "createPackage", "stage": "createStagedPackage"}
"""What npm has names for; the others stand in our part."""


def trust_body(request: PublisherRequest) -> bytes:
    """Return the body of `POST …/trust`; the registry checks what it says."""
    return msgspec.json.encode([_entry(request)])


def _entry(request: PublisherRequest) -> AnyEntry:
    permissions = tuple(npm for name, npm in _PERMISSIONS.items() if name in request.permissions)
    extension = _extension(request)
    repository = request.repository or ""
    match request.provider:
        case Provider.GITHUB:
            return GitHubEntry(
                claims=GitHubClaims(
                    repository=repository,
                    workflow_ref=_reference(request),
                    environment=request.environment,
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.GITLAB:
            return GitLabEntry(
                claims=GitLabClaims(
                    project_path=repository,
                    ci_config_ref_uri=_reference(request),
                    environment=request.environment,
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.CIRCLECI:
            return CircleCIEntry(
                claims=CircleCIClaims(
                    org_id=request.owner_id or "",
                    project_id=request.repository_id or "",
                    definition_id=request.workflow or "",
                    vcs_origin=repository,
                    context_ids=request.context_ids,
                ),
                permissions=permissions,
                imprint=extension,
            )
        case Provider.GENERIC:
            return GenericEntry(
                claims=dict(request.claims), permissions=permissions, imprint=extension
            )


def _reference(request: PublisherRequest) -> Reference:
    if request.workflow_reference is not None:
        return request.workflow_reference
    return None if request.workflow is None else File(file=request.workflow)


def _extension(request: PublisherRequest) -> Extension:
    ids_are_claims = request.provider is Provider.CIRCLECI
    return Extension(
        issuer=request.issuer_name,
        repository_id=None if ids_are_claims else request.repository_id,
        owner_id=None if ids_are_claims else request.owner_id,
        called=_called(request),
        refs=request.refs,
        ref_type=request.ref_type,
        ref_protected=request.ref_protected,
        strict_environment=request.strict_environment,
        events=request.events,
        runners=request.runners,
        visibilities=request.visibilities,
        permissions=tuple(p for p in request.permissions if p not in _PERMISSIONS),
        tag_template=request.tag_template,
        dist_tags=request.dist_tags,
        version_range=request.version_range,
        create=request.create,
    )


def _called(request: PublisherRequest) -> Called | None:
    if request.called_workflow is None:
        return None
    return Called(
        file=request.called_workflow,
        repository=request.called_repository,
        ref=request.called_ref,
        sha=request.called_sha,
    )
