"""A publisher and a Workload in one line."""

import pytest

from imprint.identity.workload import RefType, Runner
from imprint.publishers.publisher import CalledWorkflow, WorkflowRule
from imprint.publishers.sentences import describe_publisher, describe_workload
from tests.support.claims import COMMIT
from tests.support.publishers import (
    circleci_publisher,
    circleci_run,
    generic_publisher,
    generic_run,
    github_run,
    patterns,
    publisher,
    rules,
    unpinned,
)


def test_a_publisher_is_its_provider_repository_workflow_and_rules():
    one = publisher(rules=rules(environment="npm", refs=patterns("refs/tags/v*")))

    assert (
        describe_publisher(one) == "github acme/rocket release.yml, environment npm, refs/tags/v*"
    )


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (unpinned(), "github acme/rocket release.yml, unpinned"),
        (
            publisher(
                rules=rules(
                    strict_environment=True,
                    ref_type=RefType.TAG,
                    ref_protected=True,
                    events=("push", "release"),
                    runners=(Runner.SELF_HOSTED,),
                    actors=("wile",),
                )
            ),
            (
                "github acme/rocket release.yml, no environment, tag only, protected refs only, "
                "on push or release, self-hosted runners, by wile"
            ),
        ),
        (
            publisher(
                rules=rules(
                    workflow=WorkflowRule(
                        caller="release.yml",
                        called=CalledWorkflow(
                            repository="acme/shared", file="publish.yml", ref="refs/tags/v1"
                        ),
                    )
                )
            ),
            "github acme/rocket release.yml calling acme/shared/publish.yml@refs/tags/v1",
        ),
        (
            circleci_publisher(),
            "circleci forge.example.test/acme/rocket b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104",
        ),
        (
            generic_publisher(),
            "generic builds, pipeline_slug=rocket-release, build_branch=main",
        ),
    ],
)
def test_every_rule_is_in_the_sentence(one, sentence):
    assert describe_publisher(one) == sentence


def test_a_workload_is_its_run():
    assert describe_workload(github_run()) == (
        "github acme/rocket, workflow acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0, "
        "ref refs/tags/v1.2.0, environment npm, event push, run 17300200100"
    )
    assert describe_workload(generic_run()) == (
        "generic https://builds.example.test, sub organization:acme:pipeline:rocket-release"
    )
    assert describe_workload(circleci_run()).startswith("circleci forge.example.test/acme/rocket, ")


@pytest.mark.case("D25")
def test_a_job_of_another_workflow_is_visible():
    called = f"acme/shared/.github/workflows/publish.yml@{COMMIT}"

    assert f", calling {called}, " in describe_workload(github_run(job_workflow_ref=called))


def test_what_a_token_says_is_shown_printable():
    sentence = describe_workload(github_run(environment="x\r\ny", actor="z"))

    assert sentence.isascii()
    assert "\n" not in sentence
