"""`imprint audit` by a project's own agreements: pins, a baseline, acceptances, exceptions."""

from __future__ import annotations

import pytest

from tests.support.audited_project import run_of

NAME = "@acme/widget"


@pytest.fixture
def regressed(project):
    """A project that locks a token's release after a trusted publisher's three."""
    for number in range(3):
        project.publish(NAME, f"1.{number}.0", days_ago=90 - 10 * number)
    project.by_token(NAME, "1.3.0", days_ago=2)
    project.lock(NAME, "1.3.0")
    return project


def test_a_policy_and_its_baseline_make_the_next_run_clean(audit, regressed):
    regressed.write()
    began = audit.exchange("policy", "init", "--registry", regressed.upstream.url)

    told = audit()

    assert began.code == 0, began.err
    assert (told.code, told.package()["verdict"]) == (0, "admitted")
    assert "auth-regressed" in {one["code"] for one in told.package()["known"]}


def test_what_comes_after_the_baseline_is_not_known(audit, regressed):
    regressed.write()
    audit.exchange("policy", "init", "--registry", regressed.upstream.url)
    for number in range(3):
        regressed.publish("other", f"1.{number}.0", days_ago=90 - 10 * number)
    regressed.by_token("other", "1.3.0", days_ago=1)
    regressed.lock("other", "1.3.0")

    told = audit()

    assert (told.code, told.codes()) == (1, set())
    assert "auth-regressed" in told.codes("other")


def test_an_accepted_finding_passes_and_is_told(audit, regressed):
    regressed.write("")
    assert audit().code == 1
    words = (f"{NAME}:auth-regressed", "--reason", "1.x is published by hand", "--for", "30d")
    accepted = audit.exchange("policy", "accept", *words)

    told = audit()

    assert accepted.code == 0, accepted.err
    assert "auth-regressed" not in told.codes()
    (acceptance,) = told.package()["accepted"]
    assert acceptance["why"].startswith("1.x is published by hand (imprint.toml:")


def test_an_acceptance_that_expired_passes_nothing(audit, regressed):
    audit.policy = (
        '[[accept]]\nrule = "auth-regressed"\npackages = ["@acme/widget"]\n'
        'reason = "by hand"\nby = "alice"\nuntil = 2025-01-01\n'
    )

    told = audit()

    assert "auth-regressed" in told.codes()
    assert any("ended on 2025-01-01: its findings are back" in one for one in told.json["notes"])


def test_pins_go_before_what_a_registry_says_of_the_past(audit, project):
    project.publish(NAME, "1.0.0", days_ago=90)
    project.lock(NAME, "1.0.0")
    pinned = audit("--write-pins")
    # The past is another now: all of it is by one stranger.
    stranger = run_of("mallory/rocket", repository_id="666", repository_owner_id="13")
    repository = {"type": "git", "url": "git+https://forge.example.test/mallory/rocket.git"}
    for number in range(4):
        project.publish(
            NAME, f"1.{number}.0", days_ago=80 - 9 * number, run=stranger, repository=repository
        )
    project.lock(NAME, "1.3.0")

    told = audit()

    assert pinned.code == 0
    assert told.code == 1
    assert "publisher-repo-changed" in told.codes()


def test_pins_are_written_for_what_was_admitted_alone(audit, regressed):
    regressed.publish("other", "1.0.0")
    regressed.lock("other", "1.0.0")

    told = audit("--write-pins")

    lines = (regressed.folder / "imprint.lock").read_text().splitlines()[1:]
    assert told.code == 1
    assert [line.partition(" ")[0] for line in lines] == ["other@1.x"]
    assert "wrote 1 pin to " in told.ran.err


def test_pins_of_what_is_refused_now_stay(audit, project):
    for number in range(3):
        project.publish(NAME, f"1.{number}.0", days_ago=90 - 10 * number)
    project.lock(NAME, "1.2.0")
    audit("--write-pins")
    before = (project.folder / "imprint.lock").read_text()
    project.by_token(NAME, "1.3.0", days_ago=2)
    project.lock(NAME, "1.3.0")

    told = audit("--write-pins")

    assert told.code == 1
    assert (project.folder / "imprint.lock").read_text() == before


@pytest.mark.parametrize(("mode", "code"), [("observe", 0), ("warn", 0), ("enforce", 1)])
def test_the_mode_says_whether_a_refusal_fails(audit, regressed, mode, code):
    audit.policy = f'mode = "{mode}"\n'

    told = audit()

    assert (told.code, told.package()["verdict"]) == (code, "refused")


def test_a_refusal_can_be_told_alone(audit, regressed):
    told = audit("--exit-zero")

    assert (told.code, told.package()["verdict"]) == (0, "refused")


def test_what_is_fixed_is_no_longer_remembered(audit, regressed):
    assert audit().code == 1
    regressed.lock(NAME, "1.2.0")

    told = audit()

    assert (told.code, told.package()["version"]) == (0, "1.2.0")
