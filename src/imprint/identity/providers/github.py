"""GitHub Actions, on the public host, on ghe.com and on Enterprise Server: claims and their fields.

Claim names: GitHub's OpenID Connect reference, and `claims_supported` of its discovery document.
`sub` is matched nowhere: its shape depends on when the repository was made and on its settings.
"""

from __future__ import annotations

from imprint.identity.tables import ClaimField, Form, ProviderTable
from imprint.identity.workload import Provider, RefType, Runner, Visibility

GITHUB = ProviderTable(
    provider=Provider.GITHUB,
    fields={
        "repository": ClaimField(claim="repository", form=Form.OWNER_AND_NAME),
        "repository_id": ClaimField(claim="repository_id", form=Form.NUMBER),
        "owner": ClaimField(claim="repository_owner"),
        "owner_id": ClaimField(claim="repository_owner_id", form=Form.NUMBER),
        "caller_workflow_ref": ClaimField(claim="workflow_ref"),
        "caller_workflow_sha": ClaimField(claim="workflow_sha"),
        "called_workflow_ref": ClaimField(claim="job_workflow_ref"),
        "called_workflow_sha": ClaimField(claim="job_workflow_sha"),
        "ref": ClaimField(claim="ref"),
        "ref_type": ClaimField(
            claim="ref_type",
            form=Form.WORD,
            words={"branch": RefType.BRANCH, "tag": RefType.TAG},
        ),
        "ref_protected": ClaimField(claim="ref_protected", form=Form.FLAG),
        "environment": ClaimField(claim="environment"),
        "event": ClaimField(claim="event_name"),
        "runner": ClaimField(
            claim="runner_environment",
            form=Form.WORD,
            words={"github-hosted": Runner.HOSTED, "self-hosted": Runner.SELF_HOSTED},
        ),
        "visibility": ClaimField(
            claim="repository_visibility",
            form=Form.WORD,
            words={
                "public": Visibility.PUBLIC,
                "internal": Visibility.INTERNAL,
                "private": Visibility.PRIVATE,
            },
        ),
        "commit": ClaimField(claim="sha"),
        "run_id": ClaimField(claim="run_id", form=Form.NUMBER),
        "run_attempt": ClaimField(claim="run_attempt", form=Form.NUMBER),
        "actor": ClaimField(claim="actor"),
    },
    # Real tokens name both workflows, also where no reusable one is involved (then they are equal);
    # without the called one nobody could see afterwards whose code had run.
    required=(
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "workflow_ref",
        "job_workflow_ref",
        "event_name",
    ),
    # A run started by a deployment has a commit and an empty `ref`.
    stated=("ref", "sha"),
    unchecked=frozenset(
        {
            "actor_id",
            "base_ref",
            "check_run_id",
            "environment_node_id",
            "head_ref",
            "issuer_scope",
            "run_number",
            "workflow",
        }
    ),
    # Custom properties of a repository and facts of an enterprise arrive without notice.
    unchecked_prefixes=("repo_property_", "enterprise"),
)
