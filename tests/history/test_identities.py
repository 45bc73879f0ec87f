"""Identities: of workloads, in words, and by ids."""

import pytest
from msgspec.structs import replace

from imprint.history.identities import (
    PublisherIdentity,
    fingerprint_of,
    identity_of,
    repository_fingerprint,
    words_of,
)
from imprint.identity.workload import ABSENT, Provider, Runner, Visibility, Workload
from tests.support.publications import identity

RELEASE = "acme/widget/.github/workflows/release.yml@refs/heads/main"
WORKLOAD = Workload(
    provider=Provider.GITHUB,
    issuer="https://token.actions.example",
    repository="acme/widget",
    repository_id="1001",
    owner="acme",
    owner_id="7",
    caller_workflow_ref=RELEASE,
    called_workflow_ref=RELEASE,
    ref="refs/heads/main",
    environment=ABSENT,
    event="push",
    runner=Runner.HOSTED,
    visibility=Visibility.PUBLIC,
    commit="c" * 40,
    run_id="12",
)


def test_an_identity_has_what_its_workload_says_and_the_workflow_without_its_revision():
    assert identity_of(WORKLOAD) == PublisherIdentity(
        provider="github",
        issuer="https://token.actions.example",
        repository="acme/widget",
        repository_id="1001",
        owner="acme",
        owner_id="7",
        workflow=".github/workflows/release.yml",
        ref="refs/heads/main",
        event="push",
        runner="hosted",
        visibility="public",
        commit="c" * 40,
        run="12",
    )


def test_a_reusable_workflow_is_named_with_its_repository():
    called = "shared/ci/.github/workflows/publish.yml@refs/tags/v1"

    found = identity_of(replace(WORKLOAD, called_workflow_ref=called))

    assert found.called_workflow == "shared/ci/.github/workflows/publish.yml"


def test_a_provider_without_workflow_files_has_its_definition():
    pipeline = "0c6bd1ff-2ae9-4f5a-a7e9-2b1c6a0a9b11"
    workload = Workload(
        provider=Provider.CIRCLECI, issuer="https://ci.example", caller_workflow_ref=pipeline
    )

    assert identity_of(workload).workflow == pipeline


def test_a_workload_that_says_nothing_is_an_identity_without_anything():
    workload = Workload(provider=Provider.GITHUB, issuer="https://ci.example")

    found = identity_of(workload)

    assert found == PublisherIdentity(provider="github", issuer="https://ci.example")
    assert words_of(found) == "github repository ?"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "acme/widget release.yml @ tags"),
        ({"ref": "refs/heads/main"}, "acme/widget release.yml @ the default branch"),
        ({"environment": "npm"}, "acme/widget release.yml @ an environment"),
        ({"ref": None, "workflow": None}, "acme/widget"),
        ({"repository": None}, "github repository 1001 release.yml @ tags"),
    ],
)
def test_an_identity_is_one_line_for_people(more, words):
    assert words_of(identity(**more)) == words


def test_a_fingerprint_is_of_ids_and_of_the_refs_class():
    assert fingerprint_of(identity()) == (
        "github repository 1001 of owner 7 .github/workflows/release.yml @ tags"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"repository": "acme/renamed"},
        {"owner": "renamed"},
        {"ref": "refs/tags/v9.9.9"},
        {"commit": "d" * 40},
        {"run": "99"},
    ],
)
def test_nothing_that_a_name_or_a_release_changes_is_in_a_fingerprint(more):
    assert fingerprint_of(identity(**more)) == fingerprint_of(identity())


@pytest.mark.parametrize(
    "more",
    [
        {"repository_id": "6666"},
        {"owner_id": "8"},
        {"provider": "gitlab"},
        {"workflow": "ci.yml"},
        {"ref": "refs/heads/main"},
    ],
)
def test_another_publisher_has_another_fingerprint(more):
    assert fingerprint_of(identity(**more)) != fingerprint_of(identity())


def test_without_ids_a_fingerprint_has_the_names():
    legacy = identity(repository_id=None, owner_id=None)

    assert repository_fingerprint(legacy) == "github repository acme/widget of owner acme"
