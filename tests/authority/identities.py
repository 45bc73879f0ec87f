"""Claims of an ID token → what a certificate says of who signed (Fulcio, `docs/oid-info.md`).

The templates are those of Fulcio's `config/identity/config.yaml`, for GitHub, GitLab and CircleCI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from imprint.identity.workload import Provider

FORGE = "https://forge.example.test"
"""Where the repositories of GitHub's runs are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a certificate says: one name, and extensions by their number below 1.3.6.1.4.1.57264.1."""

    subject: str
    extensions: Mapping[int, str]


def identity_of(claims: Mapping[str, object], provider: Provider) -> Identity:
    """Return the identity that Fulcio would write for these claims."""
    texts = {name: _text(value) for name, value in claims.items()}
    match provider:
        case Provider.GITHUB:
            subject, found = _github(texts)
        case Provider.GITLAB:
            subject, found = _gitlab(texts)
        case Provider.CIRCLECI:
            subject, found = _circleci(texts)
        case Provider.GENERIC:
            subject, found = texts.get("email") or texts["sub"], {}
        case _:
            assert_never(provider)
    issuer = texts["iss"]
    named = {1: issuer, 8: issuer, **found}
    if provider is not Provider.GENERIC:
        named[24] = texts["sub"]
    return Identity(
        subject=subject, extensions={n: text for n, text in sorted(named.items()) if text}
    )


def _github(claims: Mapping[str, str]) -> tuple[str, dict[int, str]]:
    signer = f"{FORGE}/{claims['job_workflow_ref']}"
    run = f"actions/runs/{claims['run_id']}/attempts/{claims['run_attempt']}"
    return signer, {
        2: claims["event_name"],
        3: claims["sha"],
        4: claims["workflow"],
        5: claims["repository"],
        6: claims["ref"],
        9: signer,
        10: claims["job_workflow_sha"],
        11: claims["runner_environment"],
        12: f"{FORGE}/{claims['repository']}",
        13: claims["sha"],
        14: claims["ref"],
        15: claims["repository_id"],
        16: f"{FORGE}/{claims['repository_owner']}",
        17: claims["repository_owner_id"],
        18: f"{FORGE}/{claims['workflow_ref']}",
        19: claims["workflow_sha"],
        20: claims["event_name"],
        21: f"{FORGE}/{claims['repository']}/{run}",
        22: claims["repository_visibility"],
        23: claims.get("environment", ""),
    }


def _gitlab(claims: Mapping[str, str]) -> tuple[str, dict[int, str]]:
    config = f"https://{claims['ci_config_ref_uri']}"
    url = config[: config.index(f"/{claims['project_path']}//")]
    project = f"{url}/{claims['project_path']}"
    kind = "heads" if claims["ref_type"] == "branch" else "tags"
    return config, {
        9: config,
        10: claims["ci_config_sha"],
        11: claims["runner_environment"],
        12: project,
        13: claims["sha"],
        14: f"refs/{kind}/{claims['ref']}",
        15: claims["project_id"],
        16: f"{url}/{claims['namespace_path']}",
        17: claims["namespace_id"],
        18: config,
        19: claims["ci_config_sha"],
        20: claims["pipeline_source"],
        21: f"{project}/-/jobs/{claims['job_id']}",
        22: claims["project_visibility"],
        23: claims.get("environment", ""),
    }


def _circleci(claims: Mapping[str, str]) -> tuple[str, dict[int, str]]:
    def of(name: str) -> str:
        return claims.get(f"oidc.circleci.com/{name}", "")

    api, platform = "https://circleci.com/api/v2", "https://app.circleci.com/"
    signer = (
        f"{api}/projects/{of('project-id')}/pipeline-definitions/{of('pipeline-definition-id')}"
    )
    return signer, {
        9: signer,
        # The template has two quotation marks where the run was not one by SSH.
        11: "ssh-rerun" if of("ssh-rerun") == "true" else '""',
        12: of("vcs-origin"),
        14: of("vcs-ref"),
        18: f"{api}/pipeline/{of('pipeline-id')}/config",
        21: f"{platform}/workflow/{of('workflow-id')}/job/{of('job-id')}",
    }


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value)
