"""Extensions as the certificate authority makes them of an ID token's claims, and certificates.

Templates: Fulcio, `config/identity/config.yaml`.
"""

from collections.abc import Mapping

from imprint.attestations.domains import AllowedIssuer
from imprint.attestations.proof import Certificate
from imprint.identity.workload import Provider
from tests.support.claims import (
    CIRCLECI_ISSUER,
    GENERIC_ISSUER,
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    NOW,
    github_claims,
)

FORGE = "https://forge.example.test"
GITLAB_FORGE = "https://gitlab.example.test"

ISSUERS = (
    AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB, organizations=True),
    AllowedIssuer(url=GITLAB_ISSUER, provider=Provider.GITLAB),
    AllowedIssuer(url=CIRCLECI_ISSUER, provider=Provider.CIRCLECI),
    AllowedIssuer(url=GENERIC_ISSUER, provider=Provider.GENERIC),
)


def github_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a GitHub token's certificate says, empty claims left out."""
    repository = f"{FORGE}/{claims['repository']}"
    texts = {
        1: claims["iss"],
        2: claims.get("event_name"),
        3: claims.get("sha"),
        4: claims.get("workflow"),
        5: claims["repository"],
        6: claims.get("ref"),
        8: claims["iss"],
        9: f"{FORGE}/{claims['job_workflow_ref']}",
        10: claims.get("job_workflow_sha"),
        11: claims.get("runner_environment"),
        12: repository,
        13: claims.get("sha"),
        14: claims.get("ref"),
        15: claims["repository_id"],
        16: f"{FORGE}/{claims['repository_owner']}",
        17: claims["repository_owner_id"],
        18: f"{FORGE}/{claims['workflow_ref']}",
        19: claims.get("workflow_sha"),
        20: claims.get("event_name"),
        21: f"{repository}/actions/runs/{claims['run_id']}/attempts/{claims['run_attempt']}",
        22: claims.get("repository_visibility"),
        23: claims.get("environment"),
        24: claims["sub"],
    }
    return stated(texts)


def gitlab_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a GitLab token's certificate says."""
    project = f"{GITLAB_FORGE}/{claims['project_path']}"
    kind = "heads" if claims["ref_type"] == "branch" else "tags"
    texts = {
        1: claims["iss"],
        8: claims["iss"],
        9: f"https://{claims['ci_config_ref_uri']}",
        10: claims.get("ci_config_sha"),
        11: claims.get("runner_environment"),
        12: project,
        13: claims.get("sha"),
        14: f"refs/{kind}/{claims['ref']}",
        15: claims["project_id"],
        16: f"{GITLAB_FORGE}/{claims['namespace_path']}",
        17: claims["namespace_id"],
        18: f"https://{claims['ci_config_ref_uri']}",
        19: claims.get("ci_config_sha"),
        20: claims.get("pipeline_source"),
        21: f"{project}/-/jobs/{claims['job_id']}",
        22: claims.get("project_visibility"),
        23: claims.get("environment"),
        24: claims["sub"],
    }
    return stated(texts)


def circleci_extensions(claims: Mapping[str, object]) -> dict[int, str]:
    """What a CircleCI token's certificate says, the doubled slash and the quotes included."""

    def claim(name: str) -> object:
        return claims[f"oidc.circleci.com/{name}"]

    api = "https://circleci.example.test/api/v2"
    definition = (
        f"{api}/projects/{claim('project-id')}/pipeline-definitions/"
        f"{claim('pipeline-definition-id')}"
    )
    texts = {
        1: claims["iss"],
        8: claims["iss"],
        9: definition,
        11: "ssh-rerun" if claim("ssh-rerun") else '""',
        12: claim("vcs-origin"),
        14: claim("vcs-ref"),
        18: f"{api}/pipeline/{claim('pipeline-id')}/config",
        21: "https://app.circleci.example.test//workflow/"
        f"{claim('workflow-id')}/job/{claim('job-id')}",
        24: claims["sub"],
    }
    return stated(texts)


def stated(texts: Mapping[int, object]) -> dict[int, str]:
    """Leave out what has no value, as the authority does."""
    return {number: str(text) for number, text in texts.items() if text not in (None, "")}


def legacy(extensions: Mapping[int, str]) -> dict[int, str]:
    """Keep the first six: what certificates said before 2023-04."""
    return {number: text for number, text in extensions.items() if number <= 6}


def certificate(
    extensions: Mapping[int, str] | None = None,
    *,
    issuer: str | None = None,
    subject: str | None = None,
) -> Certificate:
    """A GitHub run's certificate, unless told otherwise."""
    said = github_extensions(github_claims()) if extensions is None else extensions
    return Certificate(
        issuer=said.get(8, said.get(1, "")) if issuer is None else issuer,
        subject=said.get(9, "dev@example.test") if subject is None else subject,
        extensions=said,
        not_before=NOW,
        not_after=NOW + 600,
        sha256="c0" * 32,
    )
