"""The provenance statement says what npm's would, of what the runner sets."""

from __future__ import annotations

import json

import pytest

from imprint.demo.runs import GitHubRun
from imprint.identity.workload import Provider
from imprint.publish.packed import read_packed
from imprint.publish.provenance import provenance_statement
from imprint.refusals import Malformed
from tests.authority.identities import identity_of
from tests.authority.statements import PROVENANCE, github_predicate, statement
from tests.support import ci
from tests.support.tarballs import tarball


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "widget.tgz"
    path.write_bytes(tarball("@acme/widget", "1.0.0"))
    return read_packed(path)


def test_it_agrees_with_the_certificate_of_the_same_run(packed):
    run = GitHubRun()
    identity = identity_of({**run.claims(), "iss": "https://ci.example.test"}, Provider.GITHUB)

    found = json.loads(provenance_statement(packed, run.variables()))

    assert found == json.loads(
        statement(
            "@acme/widget",
            "1.0.0",
            sha512=packed.digests.sha512,
            predicate_type=PROVENANCE,
            predicate=github_predicate(identity.extensions),
        )
    )


@pytest.mark.parametrize("variables", [ci.gitlab_without_token(), {}])
def test_elsewhere_none_is_made(packed, variables):
    with pytest.raises(Malformed) as raised:
        provenance_statement(packed, variables)

    assert raised.value.code == "provenance-environment"


@pytest.mark.parametrize(
    "name", ["GITHUB_WORKFLOW_REF", "GITHUB_SHA", "GITHUB_RUN_ATTEMPT", "RUNNER_ENVIRONMENT"]
)
def test_nothing_is_made_up_where_the_runner_says_nothing(packed, name):
    variables = {**GitHubRun().variables(), name: ""}

    with pytest.raises(Malformed) as raised:
        provenance_statement(packed, variables)

    assert f"`{name}` is not set" in raised.value.message
