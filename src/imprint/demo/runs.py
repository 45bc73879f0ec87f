"""CI runs that never were: whole claim sets in the shapes of GitHub, GitLab and CircleCI.

Claim names and their forms: the providers' pages on their ID tokens. What an issuer adds to each
token (`iss`, `aud`, `iat`, `nbf`, `exp`, `jti`) is `issuer.py`'s.
"""

from __future__ import annotations

import msgspec

COMMIT = "5d1c1d7c3a0d8c1f7e1f6b0f8a2f4f6f0b9f7a31"
NAMESPACE = "oidc.circleci.com/"


class GitHubRun(msgspec.Struct, frozen=True, kw_only=True):
    """A job of GitHub Actions; by default a release of `acme/widget`, on the push of a tag."""

    repository: str = "acme/widget"
    repository_id: str = "901"
    owner_id: str = "42"
    workflow: str = "release.yml"
    """File name below `.github/workflows/`."""
    called_workflow_ref: str | None = None
    """The reusable workflow whose job runs; None: the job is the workflow's own."""
    ref: str = "refs/tags/v1.0.0"
    ref_protected: bool = True
    event: str = "push"
    environment: str | None = "npm"
    visibility: str = "public"
    runner: str = "github-hosted"
    actor: str = "wile"
    run_id: str = "17300200100"

    @property
    def workflow_ref(self) -> str:
        """The workflow with the ref that it ran from."""
        return f"{self.repository}/.github/workflows/{self.workflow}@{self.ref}"

    @property
    def ref_type(self) -> str:
        """`tag` or `branch`."""
        return "tag" if self.ref.startswith("refs/tags/") else "branch"

    @property
    def owner(self) -> str:
        """The repository's owner by name."""
        return self.repository.partition("/")[0]

    def claims(self) -> dict[str, object]:
        """Return the claims about the job."""
        subject = (
            f"ref:{self.ref}" if self.environment is None else f"environment:{self.environment}"
        )
        claims: dict[str, object] = {
            "actor": self.actor,
            "actor_id": "4711",
            "base_ref": "",
            "check_run_id": "58423000011",
            "event_name": self.event,
            "head_ref": "",
            "job_workflow_ref": self.called_workflow_ref or self.workflow_ref,
            "job_workflow_sha": COMMIT,
            "ref": self.ref,
            "ref_protected": str(self.ref_protected).lower(),
            "ref_type": self.ref_type,
            "repository": self.repository,
            "repository_id": self.repository_id,
            "repository_owner": self.owner,
            "repository_owner_id": self.owner_id,
            "repository_visibility": self.visibility,
            "run_attempt": "1",
            "run_id": self.run_id,
            "run_number": "311",
            "runner_environment": self.runner,
            "sha": COMMIT,
            "sub": f"repo:{self.repository}:{subject}",
            "workflow": "Release",
            "workflow_ref": self.workflow_ref,
            "workflow_sha": COMMIT,
        }
        if self.environment is not None:
            claims |= {"environment": self.environment, "environment_node_id": "EN_kwDOAAABc84xYz"}
        return claims

    def variables(self) -> dict[str, str]:
        """Return what a runner sets in the job's environment, but for where it gets ID tokens."""
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": self.actor,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_REF": self.ref,
            "GITHUB_REF_NAME": self.ref.split("/", 2)[2],
            "GITHUB_REF_TYPE": self.ref_type,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_REPOSITORY_ID": self.repository_id,
            "GITHUB_REPOSITORY_OWNER": self.owner,
            "GITHUB_REPOSITORY_OWNER_ID": self.owner_id,
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": self.run_id,
            "GITHUB_SERVER_URL": "https://forge.example.test",
            "GITHUB_SHA": COMMIT,
            "GITHUB_WORKFLOW": "Release",
            "GITHUB_WORKFLOW_REF": self.workflow_ref,
            "RUNNER_ENVIRONMENT": self.runner,
        }


class GitLabJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of GitLab CI/CD; by default a release of `acme/tools/widget`, by a protected tag."""

    project: str = "acme/tools/widget"
    project_id: str = "1234"
    namespace_id: str = "77"
    file: str = ".gitlab-ci.yml"
    ref: str = "refs/tags/v1.0.0"
    source: str = "push"
    environment: str | None = "npm"
    host: str = "gitlab.example.test"

    def claims(self) -> dict[str, object]:
        """Return the claims about the job."""
        name = self.ref.split("/", 2)[2]
        kind = "tag" if self.ref.startswith("refs/tags/") else "branch"
        namespace = self.project.rpartition("/")[0]
        claims: dict[str, object] = {
            "ci_config_ref_uri": f"{self.host}/{self.project}//{self.file}@{self.ref}",
            "ci_config_sha": COMMIT,
            "groups_direct": [namespace],
            "job_id": "7446098166",
            "job_namespace_id": self.namespace_id,
            "job_namespace_path": namespace,
            "job_project_id": self.project_id,
            "job_project_path": self.project,
            "namespace_id": self.namespace_id,
            "namespace_path": namespace,
            "pipeline_id": "1391152406",
            "pipeline_source": self.source,
            "project_id": self.project_id,
            "project_path": self.project,
            "project_visibility": "private",
            "ref": name,
            "ref_path": self.ref,
            "ref_protected": "true",
            "ref_type": kind,
            "runner_environment": "gitlab-hosted",
            "runner_id": 12_270_852,
            "sha": COMMIT,
            "sub": f"project_path:{self.project}:ref_type:{kind}:ref:{name}",
            "user_access_level": "maintainer",
            "user_email": "wile@acme.example.test",
            "user_id": "9",
            "user_login": "wile",
        }
        if self.environment is not None:
            claims |= {
                "deployment_tier": "production",
                "environment": self.environment,
                "environment_action": "start",
                "environment_protected": "true",
            }
        return claims


class CircleCIJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of CircleCI, on a branch and with one context."""

    organization_id: str = "2f1c9a58-0d0e-4a4b-9c1d-6a5c1b7f0e01"
    project_id: str = "7d0b6a8e-51b1-4f0f-8d8b-7f6d3c3a9a02"
    definition_id: str = "b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104"
    context_ids: tuple[str, ...] = ("a74579f1-2e7d-451e-b009-5c082ad2729e",)
    origin: str = "forge.example.test/acme/widget"
    ref: str = "refs/heads/main"
    ssh_rerun: bool = False

    def claims(self) -> dict[str, object]:
        """Return the claims about the job."""
        named = {
            "context-ids": list(self.context_ids),
            "job-id": "cb32986e-2f6f-4f43-b2bd-d3c2fd98e903",
            "org-id": self.organization_id,
            "pipeline-definition-id": self.definition_id,
            "pipeline-id": "f7ac3a4c-1f7f-4a2e-9a70-2a0f6f2f0105",
            "project-id": self.project_id,
            "ssh-rerun": self.ssh_rerun,
            "vcs-origin": self.origin,
            "vcs-ref": self.ref,
            "workflow-id": "0a4bd1a5-6a6b-4b0e-8a63-3d3b1a2f0106",
        }
        user = "0c7ab1de-8d1b-4a6f-9d15-1f0a8d1f7a03"
        return {
            "sub": f"org/{self.organization_id}/project/{self.project_id}/user/{user}",
            **{NAMESPACE + name: value for name, value in named.items()},
        }
