"""Whole, valid, realistic claim sets, one factory for each CI provider; a test states what differs."""

from collections.abc import Mapping

NOW = 1_795_000_000.0
"""The time at which every claim set here is good, in Unix seconds."""

GITHUB_ISSUER = "https://ci.example.test"
GITLAB_ISSUER = "https://gitlab.example.test"
CIRCLECI_ISSUER = "https://circleci.example.test/org/2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01"
GENERIC_ISSUER = "https://builds.example.test"
AUDIENCE = "npm:registry.example.test"

COMMIT = "5d1c1d7c3a0d8c1f7e1f6b0f8a2f4f6f0b9f7a31"
WORKFLOW_COMMIT = "9b74c9897bac770ffc029102a200c5de5d1c1d7c"
ORGANIZATION_ID = "2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01"
PROJECT_ID = "7d0b6a8e-51b1-4f0f-8d8b-7f6d3c3a9a02"


def github_claims(**overrides: object) -> dict[str, object]:
    """A push of a tag, in an environment, on a hosted runner, without a reusable workflow."""
    workflow_ref = "acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0"
    return {
        "actor": "wile",
        "actor_id": "4711",
        "aud": AUDIENCE,
        "base_ref": "",
        "check_run_id": "58423000011",
        "enterprise": "acme-holding",
        "enterprise_id": "88",
        "environment": "npm",
        "environment_node_id": "EN_kwDOAAABc84xYz",
        "event_name": "push",
        "exp": int(NOW) + 280,
        "head_ref": "",
        "iat": int(NOW) - 20,
        "iss": GITHUB_ISSUER,
        "job_workflow_ref": workflow_ref,
        "job_workflow_sha": WORKFLOW_COMMIT,
        "jti": "2c0e9e5a-8f6b-4c63-9b1e-6c2c1ef0a111",
        "nbf": int(NOW) - 620,
        "ref": "refs/tags/v1.2.0",
        "ref_protected": "true",
        "ref_type": "tag",
        "repository": "acme/rocket",
        "repository_id": "901",
        "repository_owner": "acme",
        "repository_owner_id": "42",
        "repository_visibility": "public",
        "run_attempt": "1",
        "run_id": "17300200100",
        "run_number": "311",
        "runner_environment": "github-hosted",
        "sha": COMMIT,
        "sub": "repo:acme/rocket:environment:npm",
        "workflow": "Release",
        "workflow_ref": workflow_ref,
        "workflow_sha": WORKFLOW_COMMIT,
        **overrides,
    }


def gitlab_claims(**overrides: object) -> dict[str, object]:
    """A pipeline of a protected tag in a subgroup's project, on a hosted runner."""
    return {
        "aud": AUDIENCE,
        "ci_config_ref_uri": "gitlab.example.test/acme/tools/rocket//.gitlab-ci.yml@refs/tags/v1.2.0",
        "ci_config_sha": COMMIT,
        "deployment_tier": "production",
        "environment": "npm",
        "environment_action": "start",
        "environment_protected": "true",
        "exp": int(NOW) + 3_580,
        "groups_direct": ["acme", "acme/tools"],
        "iat": int(NOW) - 20,
        "iss": GITLAB_ISSUER,
        "job_id": "7446098166",
        "job_namespace_id": "77",
        "job_namespace_path": "acme/tools",
        "job_project_id": "1234",
        "job_project_path": "acme/tools/rocket",
        "jti": "7a6c2b1e-0f2f-4a5e-8b45-1d5f0c0de222",
        "namespace_id": "77",
        "namespace_path": "acme/tools",
        "nbf": int(NOW) - 25,
        "pipeline_id": "1391152406",
        "pipeline_source": "push",
        "project_id": "1234",
        "project_path": "acme/tools/rocket",
        "project_visibility": "private",
        "ref": "v1.2.0",
        "ref_path": "refs/tags/v1.2.0",
        "ref_protected": "true",
        "ref_type": "tag",
        "runner_environment": "gitlab-hosted",
        "runner_id": 12_270_852,
        "sha": COMMIT,
        "sub": "project_path:acme/tools/rocket:ref_type:tag:ref:v1.2.0",
        "user_access_level": "maintainer",
        "user_email": "wile@acme.example.test",
        "user_id": "9",
        "user_identities": [{"extern_uid": "4711", "provider": "github"}],
        "user_login": "wile",
        **overrides,
    }


def circleci_claims(**overrides: object) -> dict[str, object]:
    """A job with one context. Names in `overrides` that lack the namespace get it."""
    namespace = "oidc.circleci.com/"
    standard = {"aud", "exp", "iat", "iss", "jti", "nbf", "sub"}
    named = {
        name if name in standard or "/" in name else namespace + name.replace("_", "-"): value
        for name, value in overrides.items()
    }
    return {
        "aud": AUDIENCE,
        "exp": int(NOW) + 3_580,
        "iat": int(NOW) - 20,
        "iss": CIRCLECI_ISSUER,
        "sub": f"org/{ORGANIZATION_ID}/project/{PROJECT_ID}/user/0c7ab1de-8d1b-4a6f-9d15-1f0a8d1f7a03",
        namespace + "context-ids": ["a74579f1-2e7d-451e-b009-5c082ad2729e"],
        namespace + "job-id": "cb32986e-2f6f-4f43-b2bd-d3c2fd98e903",
        namespace + "org-id": ORGANIZATION_ID,
        namespace + "pipeline-definition-id": "b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104",
        namespace + "pipeline-id": "f7ac3a4c-1f7f-4a2e-9a70-2a0f6f2f0105",
        namespace + "project-id": PROJECT_ID,
        namespace + "ssh-rerun": False,
        namespace + "vcs-origin": "forge.example.test/acme/rocket",
        namespace + "vcs-ref": "refs/heads/main",
        namespace + "workflow-id": "0a4bd1a5-6a6b-4b0e-8a63-3d3b1a2f0106",
        **named,
    }


def generic_claims(**overrides: object) -> dict[str, object]:
    """Another builder's token: its own names, no `jti`."""
    return {
        "aud": AUDIENCE,
        "build_branch": "main",
        "build_number": 512,
        "exp": int(NOW) + 280,
        "iat": int(NOW) - 20,
        "iss": GENERIC_ISSUER,
        "organization_id": "0184990a-477b-4fa8-9968-496074483cee",
        "pipeline_slug": "rocket-release",
        "protected": True,
        "sub": "organization:acme:pipeline:rocket-release",
        **overrides,
    }


def without(claims: Mapping[str, object], *names: str) -> dict[str, object]:
    """The same claims, less those of these names."""
    return {name: value for name, value in claims.items() if name not in names}
