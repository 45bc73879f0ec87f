"""GitHub Actions, on the public host, on ghe.com and on Enterprise Server: claims and extensions.

Claim names: GitHub's OpenID Connect reference, and `claims_supported` of its discovery document.
`sub` is matched nowhere: its shape depends on when the repository was made and on its settings.
"""

from __future__ import annotations

from imprint.identity.tables import CertificateField, ClaimField, Form, ProviderTable
from imprint.identity.workload import Provider, RefType, Runner, Visibility

_HOST = "https://[^/]+/"
_RUN = _HOST + "[^/]+/[^/]+/actions/runs/"
_NUMBER = "(0|[1-9][0-9]{0,38})"
_RUNNERS = {"github-hosted": Runner.HOSTED, "self-hosted": Runner.SELF_HOSTED}
_VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "internal": Visibility.INTERNAL,
    "private": Visibility.PRIVATE,
}
# A pull request's `refs/pull/...` is a branch by the claim `ref_type`; certificates do not say so.
_REF_TYPE = "refs/(heads|tags)/.+"
_REF_TYPES = {"heads": RefType.BRANCH, "tags": RefType.TAG}

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
            words=_RUNNERS,
        ),
        "visibility": ClaimField(
            claim="repository_visibility",
            form=Form.WORD,
            words=_VISIBILITIES,
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
    certificate={
        "repository": CertificateField(
            extension=12, pattern=_HOST + "([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)"
        ),
        "repository_id": CertificateField(extension=15, pattern=_NUMBER),
        "owner": CertificateField(extension=16, pattern=_HOST + "([^/]+)"),
        "owner_id": CertificateField(extension=17, pattern=_NUMBER),
        "caller_workflow_ref": CertificateField(extension=18, pattern=_HOST + "(.+)"),
        "caller_workflow_sha": CertificateField(extension=19),
        # Never the SAN: it repeats this one, which is another repository's for a reusable workflow.
        "called_workflow_ref": CertificateField(extension=9, pattern=_HOST + "(.+)"),
        "called_workflow_sha": CertificateField(extension=10),
        "ref": CertificateField(extension=14),
        "ref_type": CertificateField(extension=14, pattern=_REF_TYPE, words=_REF_TYPES),
        # Every token has a `sub`, and the authority learned to write it (24) after this one.
        "environment": CertificateField(extension=23, witness=24),
        "event": CertificateField(extension=20),
        "runner": CertificateField(extension=11, words=_RUNNERS),
        "visibility": CertificateField(extension=22, words=_VISIBILITIES),
        "commit": CertificateField(extension=13),
        "run_id": CertificateField(extension=21, pattern=_RUN + _NUMBER + "/attempts/[0-9]+"),
        "run_attempt": CertificateField(extension=21, pattern=_RUN + "[0-9]+/attempts/" + _NUMBER),
    },
    legacy_certificate={
        "repository": CertificateField(extension=5, pattern="([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)"),
        "owner": CertificateField(extension=5, pattern="([A-Za-z0-9_.-]+)/[A-Za-z0-9_.-]+"),
        "ref": CertificateField(extension=6),
        "ref_type": CertificateField(extension=6, pattern=_REF_TYPE, words=_REF_TYPES),
        "event": CertificateField(extension=2),
        "commit": CertificateField(extension=3),
        # 4 is the workflow's title, which any file can bear: no reference can be made of it.
    },
)
