"""CircleCI: claims and their fields. Each organization is an issuer of its own.

Claim names: CircleCI's page on OpenID Connect tokens, and its npm page for the pipeline definition.
"""

from __future__ import annotations

from imprint.identity.tables import ClaimField, Form, ProviderTable
from imprint.identity.workload import Provider

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
)
