"""Several lockfiles in one repository: one policy and pins for all, and no silent pass of any."""

from __future__ import annotations

import pytest

from imprint.policy.pins import read_pins
from tests.support.audited_project import Project


@pytest.fixture
def api(audit, project):
    """A project with `widget`, and one below it with `gadget`, each with a lockfile."""
    project.publish("widget")
    project.lock("widget")
    project.write()
    below = Project(folder=project.folder / "services" / "api", upstream=project.upstream)
    below.publish("gadget")
    below.lock("gadget")
    below.write()
    return below


def init(audit, *words):
    return audit.exchange("policy", "init", "--registry", audit.project.upstream.url, *words)


def pins(folder):
    return set(read_pins((folder / "imprint.lock").read_text()))


def test_an_audit_of_a_folder_says_what_it_leaves_aside(audit, api):
    told = audit()

    assert [one["name"] for one in told.json["packages"]] == ["widget"]
    assert (
        "1 lockfile below that this run is not about: services/api/package-lock.json" in told.notes
    )


def test_a_folder_without_one_of_its_own_names_those_below(audit, api):
    (audit.project.folder / "package-lock.json").unlink()

    ran = audit.exchange("audit", "--registry", api.upstream.url)

    assert (ran.code, ran.out) == (2, "")
    assert "folders below it have: services/api/package-lock.json; name one of them" in ran.err


def test_what_tests_read_and_what_is_installed_is_left_aside_silently(audit, api):
    for place in ("test/fixtures/one", "node_modules/other"):
        other = Project(folder=audit.project.folder / place, upstream=api.upstream)
        other.write()
    (api.folder / "package-lock.json").unlink()

    told = audit()

    assert not [note for note in told.notes if "not about" in note]


def test_one_policy_and_pins_for_all(audit, api):
    ran = init(audit, "--format", "json")

    root = audit.project.folder
    assert (ran.code, ran.json["lockfiles"]) == (
        0,
        ["package-lock.json", "services/api/package-lock.json"],
    )
    assert (ran.json["summary"]["lockfiles"], ran.json["summary"]["packages"]) == (2, 2)
    assert pins(root) == {"widget", "gadget"}
    assert not (api.folder / "imprint.toml").exists()
    assert audit(str(api.folder)).code == 0


def test_those_that_are_named_and_no_others(audit, api):
    ran = init(audit, "package-lock.json")

    assert ran.code == 0
    assert pins(audit.project.folder) == {"widget"}


def test_several_that_are_named_have_their_policy_above_both(audit, api):
    (audit.project.folder / "web").mkdir()
    web = Project(folder=audit.project.folder / "web", upstream=api.upstream)
    web.publish("other")
    web.lock("other")
    web.write()

    ran = init(audit, "services/api/package-lock.json", "web")

    assert ran.code == 0
    assert pins(audit.project.folder) == {"gadget", "other"}


def test_one_below_that_cannot_be_read_hides_no_other_and_is_told(audit, api):
    (api.folder / "package-lock.json").write_text("{")

    ran = init(audit)

    assert ran.code == 0
    assert "left out: services/api/package-lock.json: " in ran.out
    assert pins(audit.project.folder) == {"widget"}


def test_one_that_is_named_and_cannot_be_read_is_an_error(audit, api):
    (api.folder / "package-lock.json").write_text("{")

    ran = init(audit, "services/api/package-lock.json")

    assert ran.code == 2
    assert not (api.folder / "imprint.toml").exists()


def test_lockfiles_of_several_managers_in_one_folder_are_no_choice_of_ours(audit, api):
    (audit.project.folder / "yarn.lock").write_text("# yarn lockfile v1\n")

    for words in (("audit",), ("policy", "init")):
        ran = audit.exchange(*words, "--registry", api.upstream.url)

        assert (ran.code, ran.out) == (2, "")
        assert "lockfiles of several package managers: `package-lock.json`, `yarn.lock`" in ran.err


def test_pins_of_another_lockfile_stay_when_new_ones_are_written(audit, api):
    init(audit)

    assert audit("--write-pins").code == 0

    assert pins(audit.project.folder) == {"widget", "gadget"}


def test_pins_of_what_no_lockfile_has_any_more_go(audit, api):
    init(audit)
    (api.folder / "package-lock.json").unlink()

    assert audit("--write-pins").code == 0

    assert pins(audit.project.folder) == {"widget"}


def test_nothing_is_forgotten_while_a_lockfile_cannot_be_read(audit, api):
    init(audit)
    (api.folder / "package-lock.json").write_text("{")

    assert audit("--write-pins").code == 0

    assert pins(audit.project.folder) == {"widget", "gadget"}
