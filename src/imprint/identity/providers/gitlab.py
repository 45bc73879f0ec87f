"""GitLab CI/CD, on the public host and self-managed: claims and extensions.

Claim names: GitLab's page on ID tokens, up to release 18.9; older instances send fewer.
"""

from __future__ import annotations

from imprint.identity.tables import CertificateField, ClaimField, Form, ProviderTable
from imprint.identity.workload import Provider, RefType, Runner, Visibility

_HOST = "https://[^/]+/"
_NUMBER = "(0|[1-9][0-9]{0,38})"
_RUNNERS = {"gitlab-hosted": Runner.HOSTED, "self-hosted": Runner.SELF_HOSTED}
_VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "internal": Visibility.INTERNAL,
    "private": Visibility.PRIVATE,
}

GITLAB = ProviderTable(
    provider=Provider.GITLAB,
    fields={
        "repository": ClaimField(claim="project_path", form=Form.PATH),
        "repository_id": ClaimField(claim="project_id", form=Form.NUMBER),
        "owner": ClaimField(claim="namespace_path"),
        "owner_id": ClaimField(claim="namespace_id", form=Form.NUMBER),
        # Null where the pipeline's file is outside the project; rules on it then refuse.
        "caller_workflow_ref": ClaimField(claim="ci_config_ref_uri"),
        "caller_workflow_sha": ClaimField(claim="ci_config_sha"),
        # `ref` is the short name, the same for a branch and a tag; `ref_path` tells them apart.
        "ref": ClaimField(claim="ref_path"),
        "ref_type": ClaimField(
            claim="ref_type",
            form=Form.WORD,
            words={"branch": RefType.BRANCH, "tag": RefType.TAG},
        ),
        "ref_protected": ClaimField(claim="ref_protected", form=Form.FLAG),
        "environment": ClaimField(claim="environment"),
        "event": ClaimField(claim="pipeline_source"),
        "runner": ClaimField(
            claim="runner_environment",
            form=Form.WORD,
            words=_RUNNERS,
        ),
        "visibility": ClaimField(
            claim="project_visibility",
            form=Form.WORD,
            words=_VISIBILITIES,
        ),
        "commit": ClaimField(claim="sha"),
        "run_id": ClaimField(claim="pipeline_id", form=Form.NUMBER),
        "job_id": ClaimField(claim="job_id", form=Form.NUMBER),
        "actor": ClaimField(claim="user_login"),
    },
    required=(
        "project_path",
        "project_id",
        "namespace_path",
        "namespace_id",
        "pipeline_source",
        "ref_path",
        "sha",
    ),
    # A merge request's pipeline may run in the target project, on its runners, with a token that
    # names the fork (since 18.4 `job_…` says where it ran). Neither project may publish with that.
    equal=(("project_id", "job_project_id"), ("namespace_id", "job_namespace_id")),
    # Included files are merged into one pipeline; there is no called workflow.
    absent=frozenset({"called_workflow_ref", "called_workflow_sha"}),
    unchecked=frozenset(
        {
            "deployment_action",
            "deployment_tier",
            "environment_action",
            "environment_protected",
            "groups_direct",
            "job_config",
            "job_namespace_id",
            "job_namespace_path",
            "job_project_id",
            "job_project_path",
            "job_source",
            "ref",
            "runner_id",
            "user_access_level",
            "user_email",
            "user_id",
            "user_identities",
        }
    ),
    token_per_request=False,
    # The authority makes 14 of `ref_type` and `ref`, which is what `ref_path` is. 21 names the job,
    # and the pipeline's id, which is `run_id`, stands nowhere.
    certificate={
        "repository": CertificateField(
            extension=12, pattern=_HOST + r"([^/\s]+(?:/[^/\s]+)+)", below_issuer=True
        ),
        "repository_id": CertificateField(extension=15, pattern=_NUMBER),
        "owner": CertificateField(extension=16, pattern=_HOST + "(.+)", below_issuer=True),
        "owner_id": CertificateField(extension=17, pattern=_NUMBER),
        "caller_workflow_ref": CertificateField(extension=18, pattern="https://(.+)"),
        "caller_workflow_sha": CertificateField(extension=19),
        "ref": CertificateField(extension=14),
        "ref_type": CertificateField(
            extension=14,
            pattern="refs/(heads|tags)/.+",
            words={"heads": RefType.BRANCH, "tags": RefType.TAG},
        ),
        # Every token has a `sub`, and the authority learned to write it (24) after this one.
        "environment": CertificateField(extension=23, witness=24),
        "event": CertificateField(extension=20),
        "runner": CertificateField(extension=11, words=_RUNNERS),
        "visibility": CertificateField(extension=22, words=_VISIBILITIES),
        "commit": CertificateField(extension=13),
        "job_id": CertificateField(extension=21, pattern=_HOST + ".+/-/jobs/" + _NUMBER),
    },
)
