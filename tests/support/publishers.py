"""Workloads and trusted publishers with whole, valid defaults, which match each other.

Workloads are read from claim sets, as those of real tokens are; a test states what differs.
"""

from msgspec.structs import replace

from imprint.identity.claims import read_claims
from imprint.identity.workload import Provider, Workload
from imprint.npm.names import PackageName
from imprint.publishers.publisher import (
    Permission,
    PublicationLimits,
    PublisherState,
    TrustedPublisher,
    WorkflowRule,
    WorkloadRules,
)
from imprint.publishers.refs import RefPattern
from imprint.tokens.issuers import Issuer, ReplayMode
from tests.support.claims import (
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    ORGANIZATION_ID,
    PROJECT_ID,
    circleci_claims,
    generic_claims,
    github_claims,
    gitlab_claims,
)

PACKAGE = PackageName.parse("@acme/rocket")
DEFINITION_ID = "b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104"
CONTEXT_ID = "a74579f1-2e7d-451e-b009-5c082ad2729e"

GITHUB = Issuer(name="github", url=GITHUB_ISSUER, provider=Provider.GITHUB)
GITLAB = Issuer(
    name="gitlab", url=GITLAB_ISSUER, provider=Provider.GITLAB, replay=ReplayMode.PER_JOB
)
CIRCLECI = Issuer(
    name="circleci", url=CIRCLECI_ISSUER, provider=Provider.CIRCLECI, replay=ReplayMode.PER_JOB
)
BUILDS = Issuer(name="builds", url=GENERIC_ISSUER, provider=Provider.GENERIC)


def workload_of(claims, issuer=GITHUB) -> Workload:
    """The Workload of a claim set."""
    return read_claims(claims, issuer_url=issuer.url, provider=issuer.provider).workload


def github_run(
    *, repository="acme/rocket", file="release.yml", ref="refs/tags/v1.2.0", **claims
) -> Workload:
    """A run of a workflow file of the repository at a ref: the three agree, as they do in life."""
    reference = f"{repository}/.github/workflows/{file}@{ref}"
    return workload_of(
        github_claims(
            **{
                "repository": repository,
                "repository_owner": repository.partition("/")[0],
                "ref": ref,
                "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
                "workflow_ref": reference,
                "job_workflow_ref": reference,
                **claims,
            }
        )
    )


def gitlab_run(
    *, project="acme/tools/rocket", file=".gitlab-ci.yml", ref="refs/tags/v1.2.0", **claims
) -> Workload:
    """A pipeline of a project at a ref."""
    return workload_of(
        gitlab_claims(
            **{
                "project_path": project,
                "job_project_path": project,
                "ref_path": ref,
                "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
                "ci_config_ref_uri": f"gitlab.example.test/{project}//{file}@{ref}",
                **claims,
            }
        ),
        GITLAB,
    )


def circleci_run(**claims) -> Workload:
    """A job of CircleCI."""
    return workload_of(circleci_claims(**claims), CIRCLECI)


def generic_run(**claims) -> Workload:
    """A build of an issuer of no known form."""
    return workload_of(generic_claims(**claims), BUILDS)


def rules(**overrides) -> WorkloadRules:
    """Rules that `github_run()` satisfies, with ids."""
    values = {
        "repository": "acme/rocket",
        "repository_id": "901",
        "owner_id": "42",
        "workflow": WorkflowRule(caller="release.yml"),
        **overrides,
    }
    return WorkloadRules(**values)


def limits(**overrides) -> PublicationLimits:
    """Limits with the permission to publish, and nothing else."""
    return PublicationLimits(**{"permissions": frozenset({Permission.PUBLISH}), **overrides})


def publisher(*, issuer=GITHUB, **overrides) -> TrustedPublisher:
    """An active publisher of `@acme/rocket` by GitHub, with ids."""
    values = {
        "id": "8b0f3c0e-0000-4000-8000-000000000001",
        "target": PACKAGE,
        "issuer": issuer,
        "provider": issuer.provider,
        "rules": rules(),
        "limits": limits(),
        "state": PublisherState.ACTIVE,
        "created_at": NOW - 1000,
        "created_by": "wile",
        **overrides,
    }
    return TrustedPublisher(**values)


def unpinned(**overrides) -> TrustedPublisher:
    """A publisher that waits for its first run to pin the ids."""
    given = overrides.pop("rules", rules())
    return publisher(
        **{
            "state": PublisherState.UNPINNED,
            "pin_until": NOW + 1000,
            "rules": replace(given, repository_id=None, owner_id=None),
            **overrides,
        }
    )


def gitlab_publisher(**overrides) -> TrustedPublisher:
    """An active publisher that `gitlab_run()` satisfies."""
    given = WorkloadRules(
        repository="acme/tools/rocket",
        repository_id="1234",
        owner_id="77",
        workflow=WorkflowRule(caller=".gitlab-ci.yml"),
    )
    return publisher(**{"issuer": GITLAB, "rules": given, **overrides})


def circleci_publisher(**overrides) -> TrustedPublisher:
    """An active publisher that `circleci_run()` satisfies."""
    given = WorkloadRules(
        repository="forge.example.test/acme/rocket",
        repository_id=PROJECT_ID,
        owner_id=ORGANIZATION_ID,
        workflow=WorkflowRule(caller=DEFINITION_ID),
    )
    return publisher(**{"issuer": CIRCLECI, "rules": given, **overrides})


def generic_publisher(claims=None, **overrides) -> TrustedPublisher:
    """An active publisher that `generic_run()` satisfies."""
    given = WorkloadRules(
        repository=None,
        claims=claims or {"pipeline_slug": "rocket-release", "build_branch": "main"},
    )
    return publisher(**{"issuer": BUILDS, "rules": given, **overrides})


def patterns(*texts: str) -> tuple[RefPattern, ...]:
    """Ref patterns."""
    return tuple(RefPattern.parse(text) for text in texts)
