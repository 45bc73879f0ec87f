"""CircleCI: claims and extensions. Each organization is an issuer of its own.

Claim names: CircleCI's page on OpenID Connect tokens, and its npm page for the pipeline definition.
"""

from __future__ import annotations

from imprint.identity.tables import CertificateField, ClaimField, Form, ProviderTable
from imprint.identity.workload import Provider

_UUID = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ANY_UUID = "[0-9a-f-]{36}"
_DEFINITION = "https://[^/]+/api/v2/projects/"

CIRCLECI = ProviderTable(
    provider=Provider.CIRCLECI,
    fields={
        # Where the code came from, without a scheme; not stated where a custom webhook started it.
        "repository": ClaimField(claim="oidc.circleci.com/vcs-origin"),
        "repository_id": ClaimField(claim="oidc.circleci.com/project-id"),
        "owner_id": ClaimField(claim="oidc.circleci.com/org-id"),
        "caller_workflow_ref": ClaimField(claim="oidc.circleci.com/pipeline-definition-id"),
        "ref": ClaimField(claim="oidc.circleci.com/vcs-ref"),
        "run_id": ClaimField(claim="oidc.circleci.com/workflow-id"),
        "job_id": ClaimField(claim="oidc.circleci.com/job-id"),
        "ssh_rerun": ClaimField(claim="oidc.circleci.com/ssh-rerun", form=Form.FLAG),
        "context_ids": ClaimField(claim="oidc.circleci.com/context-ids", form=Form.TEXTS),
    },
    required=(
        "oidc.circleci.com/org-id",
        "oidc.circleci.com/project-id",
        "oidc.circleci.com/pipeline-definition-id",
        # Without it nobody knows whether a person had a shell inside the job.
        "oidc.circleci.com/ssh-rerun",
    ),
    unchecked=frozenset(
        {
            "oidc.circleci.com/job-name",
            "oidc.circleci.com/pipeline-id",
        }
    ),
    token_per_request=False,
    # The documented standard claims are iss, sub, aud, iat and exp.
    token_id_required=False,
    certificate={
        # The claim itself: it has no scheme.
        "repository": CertificateField(extension=12),
        "repository_id": CertificateField(
            extension=9, pattern=f"{_DEFINITION}{_UUID}/pipeline-definitions/{_ANY_UUID}"
        ),
        # No extension names the organization, but each is an issuer of its own.
        "owner_id": CertificateField(extension=8, pattern=f"https://[^/]+/org/{_UUID}"),
        "caller_workflow_ref": CertificateField(
            extension=9, pattern=f"{_DEFINITION}{_ANY_UUID}/pipeline-definitions/{_UUID}"
        ),
        "ref": CertificateField(extension=14),
        # The authority's address of the platform ends in a slash, and so there are two.
        "run_id": CertificateField(
            extension=21, pattern=f"https://[^/]+/+workflow/{_UUID}/job/{_ANY_UUID}"
        ),
        "job_id": CertificateField(
            extension=21, pattern=f"https://[^/]+/+workflow/{_ANY_UUID}/job/{_UUID}"
        ),
        # Where nobody had a shell the authority writes two quotation marks.
        "ssh_rerun": CertificateField(extension=11, words={"ssh-rerun": "true", '""': "false"}),
    },
    # A project's id is a UUID; the organization is unsaid where the issuer is the one for all.
    certificate_ids=("repository_id",),
)
