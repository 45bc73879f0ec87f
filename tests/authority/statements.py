"""What is attested: in-toto statements as npm's clients and registries write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PROVENANCE = "https://slsa.dev/provenance/v1"
PROVENANCE_V0_2 = "https://slsa.dev/provenance/v0.2"
PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
REGISTRY = "https://registry.example.test"


def purl(name: str, version: str) -> str:
    """Return a package's URL as npm writes it: only the @ is encoded."""
    return f"pkg:npm/{name.replace('@', '%40')}@{version}"


def statement(
    name: str,
    version: str,
    *,
    sha512: str,
    predicate_type: str,
    predicate: Mapping[str, Any],
) -> bytes:
    """Return a statement about one version; `sha512` is its tarball's, hex."""
    is_old = predicate_type != PROVENANCE
    kind = "https://in-toto.io/Statement/v0.1" if is_old else "https://in-toto.io/Statement/v1"
    return json.dumps(
        {
            "_type": kind,
            "subject": [{"name": purl(name, version), "digest": {"sha512": sha512}}],
            "predicateType": predicate_type,
            "predicate": predicate,
        }
    ).encode()


def publish_predicate(name: str, version: str, *, registry: str = REGISTRY) -> dict[str, Any]:
    """Return what a registry says when it publishes."""
    return {"name": name, "version": version, "registry": registry}


def github_predicate(extensions: Mapping[int, str]) -> dict[str, Any]:
    """Return what npm says in GitHub Actions; it agrees with a certificate of these extensions."""
    repository, workflow = extensions[12], extensions[18].removeprefix(extensions[12] + "/")
    path, _, ref = workflow.rpartition("@")
    return {
        "buildDefinition": {
            "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {"ref": ref, "repository": repository, "path": path}
            },
            "internalParameters": {
                "github": {
                    "event_name": extensions[20],
                    "repository_id": extensions[15],
                    "repository_owner_id": extensions[17],
                }
            },
            "resolvedDependencies": [
                {
                    "uri": f"git+{repository}@{extensions[14]}",
                    "digest": {"gitCommit": extensions[13]},
                }
            ],
        },
        "runDetails": {
            "builder": {"id": f"https://github.com/actions/runner/{extensions[11]}"},
            "metadata": {"invocationId": extensions[21]},
        },
    }


def gitlab_predicate(extensions: Mapping[int, str]) -> dict[str, Any]:
    """Return what npm says in GitLab CI/CD."""
    material = {"uri": f"git+{extensions[12]}", "digest": {"sha1": extensions[13]}}
    parameters = {
        "CI": "true",
        "CI_PIPELINE_SOURCE": extensions[20],
        "CI_PROJECT_ID": extensions[15],
        "CI_PROJECT_NAMESPACE_ID": extensions[17],
        "CI_COMMIT_REF_NAME": extensions[14].split("/", 2)[2],
        "CI_COMMIT_REF_PROTECTED": "true",
    }
    return {
        "buildType": "https://github.com/npm/cli/gitlab/v0alpha1",
        "builder": {"id": f"{extensions[12]}/-/runners/12270852"},
        "invocation": {
            "configSource": {**material, "entryPoint": "release"},
            "parameters": parameters,
            "environment": {"name": "shared", "architecture": "linux/amd64"},
        },
        "metadata": {
            "buildInvocationId": extensions[21],
            "completeness": {"parameters": True, "environment": True, "materials": False},
            "reproducible": False,
        },
        "materials": [material],
    }
