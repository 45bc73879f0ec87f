"""`imprint doctor` with a forge, a registry, and inside CI."""

import pytest

from tests.cli.served import issuer, maintainer, name, running, signed_in
from tests.support import ci
from tests.support.forge import standing_in

__all__ = ["issuer", "maintainer", "name", "running", "signed_in"]


WORKFLOW = """\
on:
  push:
    branches: [main]
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: acme/setup@v1
      - run: npm publish
"""
COMPOSITE = """\
runs:
  using: composite
  steps:
    - uses: acme/inner/deep@v2
"""
INNER = """\
runs:
  using: composite
  steps:
    - run: npm ci
      shell: bash
"""


@pytest.fixture
def forge():
    with standing_in() as found:
        found.file("acme/setup", "v1", "action.yml", COMPOSITE, commit="a" * 40)
        found.file("acme/inner", "v2", "deep/action.yaml", INNER, commit="c" * 40)
        yield found


@pytest.fixture
def repository(imprint):
    folder = imprint.folder / "work"
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/release.yml").write_text(WORKFLOW)
    return folder


def named(folder, name):
    (folder / "package.json").write_text(f'{{"name": "{name}", "version": "1.0.0"}}')


def doctor(imprint, *words, **variables):
    return imprint("doctor", "--no-hygiene", "--format", "json", *words, **variables)


def test_lock_fetches_actions_and_those_that_they_use(imprint, repository, forge):
    assert doctor(imprint).json["coverage"]["opaque"] == ["acme/setup@v1"]

    ran = doctor(imprint, "--lock", GITHUB_API_URL=forge.url)

    assert ran.json["coverage"]["opaque"] == []
    assert (repository / ".imprint/lock/acme/setup@v1/action.yml").read_text() == COMPOSITE
    assert (repository / ".imprint/lock/acme/inner@v2/deep/action.yaml").read_text() == INNER
    first, second = (repository / "imprint-actions.lock").read_text().splitlines()[1:]
    assert first.startswith(f"acme/inner/deep@v2 {'c' * 40} {'b' * 40} sha256:")
    assert second.startswith(f"acme/setup@v1 {'a' * 40} {'b' * 40} sha256:")


def test_locked_actions_are_looked_into_offline(imprint, repository, forge):
    doctor(imprint, "--lock", GITHUB_API_URL=forge.url)
    forge.asked.clear()

    assert doctor(imprint).json["coverage"]["opaque"] == []
    assert forge.asked == []


def test_a_tag_that_moved_is_said(imprint, repository, forge):
    doctor(imprint, "--lock", GITHUB_API_URL=forge.url)
    forge.file("acme/setup", "v1", "action.yml", INNER, commit="d" * 40)

    ran = doctor(imprint, "--lock", GITHUB_API_URL=forge.url)

    assert f"moved: acme/setup@v1 was {'a' * 40}, is {'d' * 40}" in ran.err


def test_an_action_that_is_not_there_is_said_and_stays_opaque(imprint, repository, forge):
    forge.answers.clear()

    ran = doctor(imprint, "--lock", GITHUB_API_URL=forge.url)

    assert "warning: acme/setup@v1 is not there" in ran.err
    assert ran.json["coverage"]["opaque"] == ["acme/setup@v1"]


def test_a_name_that_would_lead_out_is_not_written(imprint, repository, forge):
    workflow = WORKFLOW.replace("acme/setup@v1", "acme/setup/../../../../../../out@v1")
    (repository / ".github/workflows/release.yml").write_text(workflow)
    forge.answers["/repos/acme/setup/contents/../../../../../../out/action.yml?ref=" + "a" * 40] = (
        b"x"
    )

    doctor(imprint, "--lock", GITHUB_API_URL=forge.url)

    assert not (repository.parent / "out").exists()
    assert list(imprint.folder.rglob("out")) == []


def test_forge_facts_need_to_know_which_repository(imprint, repository, forge):
    ran = doctor(imprint, "--forge", GITHUB_API_URL=forge.url)

    assert ran.code == 2
    assert ran.json["error"]["code"] == "no-forge-repository"


def test_a_registry_says_whom_it_trusts(signed_in, repository, running, maintainer, name):
    running.trust(name, by=maintainer, environment="npm")
    named(repository, name)

    ran = doctor(signed_in, "--registry", running.url, "--otp", running.otp(maintainer))

    assert "warning" not in ran.err
    assert not [one for one in ran.json["assumed"] if "trusted publisher" in one]


def test_a_registry_that_does_not_say_is_told(imprint, repository, running, name):
    named(repository, name)

    ran = doctor(imprint, "--registry", running.url)

    assert f"warning: trusted publishers of {name} not known: " in ran.err


def test_the_probe_exchanges_and_throws_away(
    signed_in, repository, running, maintainer, issuer, name
):
    running.trust(name, by=maintainer)
    named(repository, name)

    ran = doctor(signed_in, "--probe", **ci.github(issuer))

    assert ran.code == 0, ran.out + ran.err
    (probed,) = ran.json["probed"]
    assert (probed["package"], probed["exchanged"], probed["revoked"]) == (name, True, True)


def test_the_probe_says_what_the_registry_answered(
    signed_in, repository, running, maintainer, issuer, name
):
    running.trust(name, by=maintainer, environment="npm")
    named(repository, name)

    ran = doctor(signed_in, "--probe", **ci.github(issuer, environment="dev"))

    assert ran.code == 1
    (probed,) = ran.json["probed"]
    assert (probed["exchanged"], probed["code"]) == (False, "environment-mismatch")


def test_the_probe_outside_ci_says_what_is_missing(
    signed_in, repository, running, maintainer, name
):
    running.trust(name, by=maintainer)
    named(repository, name)

    ran = doctor(signed_in, "--probe")

    assert ran.code == 1
    assert ran.json["probed"][0]["code"] == "no-id-token"
