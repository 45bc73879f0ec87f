"""The provenance statement of a run, in npm's shape (libnpmpublish, `provenance.js`).

It says what the job's environment says. The certificate that it is signed with is what proves it,
and a statement that says otherwise is refused. Not here: signing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from imprint.attestations.predicates import NPM_BUILD_TYPE, SLSA_V1
from imprint.npm.purls import package_url
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.npm.strict_json import Json
    from imprint.publish.packed import Packed

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
BUILDER_PREFIX: Final = "https://github.com/actions/runner"


def provenance_statement(packed: Packed, environment: Mapping[str, str]) -> bytes:
    """Return the statement (SLSA provenance v1) about the tarball and this job of GitHub Actions.

    Raises Malformed `provenance-environment`, in any other CI too.
    """
    if not environment.get("GITHUB_ACTIONS"):
        is_gitlab = bool(environment.get("GITLAB_CI"))
        raise Malformed(
            "provenance-environment",
            "provenance is not yet made in GitLab CI/CD"
            if is_gitlab
            else "provenance is made in a job of GitHub Actions, and this is none",
            hint="publish without `--provenance`"
            + (", or with `npm publish --provenance`" if is_gitlab else ""),
        )
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {
                "name": package_url(packed.name, str(packed.version)),
                "digest": {"sha512": packed.digests.sha512},
            }
        ],
        "predicateType": SLSA_V1,
        "predicate": _github(environment),
    }
    return json.dumps(statement, separators=(",", ":")).encode()


def _github(environment: Mapping[str, str]) -> dict[str, Json]:
    def said(name: str) -> str:
        return _said(environment, name)

    repository = f"{said('GITHUB_SERVER_URL')}/{said('GITHUB_REPOSITORY')}"
    workflow = said("GITHUB_WORKFLOW_REF").removeprefix(said("GITHUB_REPOSITORY") + "/")
    path, _, ref = workflow.partition("@")
    run = f"actions/runs/{said('GITHUB_RUN_ID')}/attempts/{said('GITHUB_RUN_ATTEMPT')}"
    return {
        "buildDefinition": {
            "buildType": NPM_BUILD_TYPE,
            "externalParameters": {
                "workflow": {"ref": ref, "repository": repository, "path": path}
            },
            "internalParameters": {
                "github": {
                    "event_name": said("GITHUB_EVENT_NAME"),
                    "repository_id": said("GITHUB_REPOSITORY_ID"),
                    "repository_owner_id": said("GITHUB_REPOSITORY_OWNER_ID"),
                }
            },
            "resolvedDependencies": [
                {
                    "uri": f"git+{repository}@{said('GITHUB_REF')}",
                    "digest": {"gitCommit": said("GITHUB_SHA")},
                }
            ],
        },
        "runDetails": {
            "builder": {"id": f"{BUILDER_PREFIX}/{said('RUNNER_ENVIRONMENT')}"},
            "metadata": {"invocationId": f"{repository}/{run}"},
        },
    }


def _said(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise Malformed(
            "provenance-environment",
            f"`{name}` is not set: provenance is made of what the runner sets",
            hint="a container or a `env -i` in the step loses it",
        )
    return value
