"""A run in words is the run that the claims of such a run make, as far as words go."""

from __future__ import annotations

import pytest

from imprint.identity.workload import ABSENT, UNKNOWN, Provider
from imprint.publish.imagined import Described, workload_of
from imprint.publishers.matching import Matched, match
from tests.support.claims import GITHUB_ISSUER, GITLAB_ISSUER, NOW
from tests.support.publishers import (
    PACKAGE,
    circleci_publisher,
    github_run,
    gitlab_publisher,
    gitlab_run,
    publisher,
)


def described(**changes):
    values = {
        "provider": Provider.GITHUB,
        "issuer_url": GITHUB_ISSUER,
        "repository": "acme/rocket",
        "repository_id": "901",
        "owner_id": "42",
        "workflow": "release.yml",
        "ref": "refs/tags/v1.2.0",
        **changes,
    }
    return Described(**values)


def gitlab(**changes):
    return described(
        provider=Provider.GITLAB,
        issuer_url=GITLAB_ISSUER,
        repository="acme/tools/rocket",
        repository_id="1234",
        owner_id="77",
        workflow=".gitlab-ci.yml",
        **changes,
    )


@pytest.mark.parametrize(
    ("words", "real"),
    [(described(environment="npm"), github_run()), (gitlab(), gitlab_run())],
    ids=["github", "gitlab"],
)
def test_it_has_the_references_that_the_issuer_would_sign(words, real):
    imagined = workload_of(words)

    for name in (
        *("provider", "issuer", "repository", "repository_id", "owner", "owner_id"),
        *("caller_workflow_ref", "ref", "ref_type", "event", "runner"),
    ):
        assert getattr(imagined, name) == getattr(real, name), name


def test_what_was_not_said_is_unknown_and_no_environment_is_none():
    imagined = workload_of(described(repository_id=None, owner_id=None))

    assert imagined.repository_id is UNKNOWN
    assert imagined.ref_protected is UNKNOWN
    assert imagined.environment is ABSENT
    assert imagined.commit is UNKNOWN


@pytest.mark.parametrize(
    ("words", "trusted"),
    [
        (described(), publisher()),
        (gitlab(), gitlab_publisher()),
        (
            described(
                provider=Provider.CIRCLECI,
                issuer_url=circleci_publisher().issuer.url,
                repository="forge.example.test/acme/rocket",
                repository_id=circleci_publisher().rules.repository_id,
                owner_id=circleci_publisher().rules.owner_id,
                workflow="b3f5b0f2-5d5d-4f4e-8a85-6f2d0ad01104",
            ),
            circleci_publisher(),
        ),
    ],
    ids=["github", "gitlab", "circleci"],
)
def test_the_registrys_matcher_takes_it(words, trusted):
    verdict = match(workload_of(words), [trusted], package=PACKAGE, now=NOW)

    assert isinstance(verdict, Matched)
