"""`--base`: what a change brings has no say in how the change is judged, and it is told."""

from __future__ import annotations

import subprocess

import pytest

NAME = "@acme/widget"
LOOSE = "preset = 'observe'\nmode = 'observe'\nrules = { auth-regressed = 'off', origin-dropped = 'off' }\n"
BLOCKING = "rules = { auth-regressed = 'block' }\n"
OTHER = "https://packages.example.test/"


def git(folder, *words):
    named = ("-c", "user.name=ada", "-c", "user.email=ada@acme.example.test")
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, timeout=60)


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a")


@pytest.fixture
def committed(project):
    """A repository that locks what a trusted publisher made, with a policy."""
    for number in range(3):
        project.publish(NAME, f"1.{number}.0", days_ago=90 - 10 * number)
    project.lock(NAME, "1.2.0")
    project.write(BLOCKING)
    git(project.folder, "init", "--quiet")
    commit(project.folder)
    return project


@pytest.fixture
def changed(committed):
    """The same with a change: a version that a token published."""
    committed.by_token(NAME, "1.3.0", days_ago=5)
    committed.lock(NAME, "1.3.0")
    committed.write()
    return committed


@pytest.fixture(params=["audit", "diff"])
def command(request):
    """Both commands."""
    return request.param


def changes(told):
    return {one["path"]: one for one in told.json["rule_changes"]}


def test_a_policy_that_the_change_loosens_is_told_and_judges_nothing(audit, changed, command):
    (changed.folder / "imprint.toml").write_text(LOOSE)

    told = audit("--base", "HEAD", command=command)

    (one,) = told.json["rule_changes"]
    assert told.code == 1
    assert "auth-regressed" in told.codes()
    assert (one["path"], one["change"]) == ("imprint.toml", "changed")
    assert "mode: enforce → observe" in one["looser"]
    assert f"{NAME}@1.3.0 would be admitted, and is refused" in one["looser"]
    assert told.json["policy"].endswith(" of HEAD")


def test_without_base_the_checkout_judges_as_ever(audit, changed):
    (changed.folder / "imprint.toml").write_text(LOOSE)

    told = audit()

    assert (told.code, told.json["rule_changes"], told.json["rules_from"]) == (0, [], None)


def test_a_policy_that_is_gone_or_renamed_judges(audit, changed, command):
    (changed.folder / "imprint.toml").rename(changed.folder / "imprint.toml.old")

    told = audit("--base", "HEAD", command=command)

    assert told.code == 1
    assert changes(told)["imprint.toml"]["change"] == "removed"


def test_a_nearer_policy_that_the_change_brings_judges_nothing(audit, committed, command):
    below = committed.folder / "services" / "api"
    committed.folder, root = below, committed.folder
    committed.write()
    commit(root)
    committed.by_token(NAME, "1.3.0", days_ago=5)
    committed.lock(NAME, "1.3.0")
    committed.write(LOOSE)

    told = audit("--base", "HEAD", str(below), command=command)

    assert told.code == 1
    assert changes(told)["services/api/imprint.toml"]["change"] == "added"


def test_a_folder_that_the_change_makes_a_link_keeps_its_rules(audit, committed, command):
    below = committed.folder / "api"
    committed.folder, root = below, committed.folder
    committed.write(BLOCKING)
    (root / "imprint.toml").write_text(LOOSE)
    commit(root)
    below.rename(root / "elsewhere")
    below.symlink_to("elsewhere")
    committed.by_token(NAME, "1.3.0", days_ago=5)
    committed.lock(NAME, "1.3.0")
    (below / "imprint.toml").unlink()

    told = audit("--base", "HEAD", str(below), command=command)

    assert told.code == 1
    assert changes(told)["api/imprint.toml"]["change"] == "removed"


def test_pins_and_baseline_of_the_change_count_for_nothing(audit, changed, command):
    loosened = audit("--write-pins", "--exit-zero")
    words = ("policy", "init", "--force", "--preset", "no-downgrade")
    adopted = audit.exchange(*words, "--registry", changed.upstream.url)
    (changed.folder / "imprint.toml").write_text(f"version = 1\n{BLOCKING}")

    told = audit("--base", "HEAD", command=command)

    assert (loosened.code, adopted.code) == (0, 0)
    assert told.code == 1
    assert {path: one["change"] for path, one in changes(told).items()} == {
        "imprint.lock": "added",
        "imprint-baseline.json": "added",
    }


def test_a_registry_that_the_change_names_is_not_asked(audit, changed, command):
    npmrc = changed.folder / ".npmrc"
    npmrc.write_text(f"registry={changed.upstream.url}\n")
    commit(changed.folder)
    npmrc.write_text(f"registry={OTHER}\n//packages.example.test/:_authToken=secret\n")
    audit.project.write()

    ran = audit.exchange(command, "--base", "HEAD", "--advisories", "off", "--format", "json")

    (one,) = ran.json["rule_changes"]
    assert ran.json["summary"]["checked"] == len(ran.json["packages"])
    assert "secret" not in ran.out + ran.err
    assert one["looser"] == [
        "`//packages.example.test/:_authToken`: none → a value",
        f"`registry`: `{changed.upstream.url}` → `{OTHER}`",
    ]


def test_a_base_without_a_policy_is_the_usual_one_and_not_what_the_change_brings(
    audit, changed, command
):
    (changed.folder / "imprint.toml").unlink()
    commit(changed.folder)
    (changed.folder / "imprint.toml").write_text(LOOSE)

    told = audit("--base", "HEAD", command=command)

    assert told.json["policy"].startswith("no-downgrade @ ")
    assert changes(told)["imprint.toml"]["change"] == "added"


def test_a_new_project_is_new_as_a_whole(audit, committed):
    root = committed.folder
    committed.folder = root / "new"
    committed.by_token("other", "1.0.0", days_ago=5)
    committed.lock("other")
    committed.write(LOOSE)

    told = audit("--base", "HEAD", str(committed.folder), command="diff")

    assert {one["name"]: one["change"] for one in told.json["packages"]} == {
        NAME: "added",
        "other": "added",
    }
    assert told.json["summary"]["mode"] == "enforce"


def test_a_policy_that_is_named_by_hand_wins_and_its_change_is_told(audit, changed, command):
    named = changed.folder / "own.toml"
    named.write_text(LOOSE)

    told = audit("--base", "HEAD", "--policy", str(named), command=command)

    assert told.code == 0
    assert changes(told)["own.toml"]["change"] == "added"


def test_a_policy_elsewhere_than_in_the_repository_is_nobodys_change(audit, changed, tmp_path):
    named = tmp_path / "own.toml"
    named.write_text(f"version = 1\n{BLOCKING}")

    told = audit("--base", "HEAD", "--policy", str(named))

    assert (told.code, told.json["rule_changes"]) == (1, [])


def test_a_policy_that_would_not_be_read_is_told_and_harms_nothing_yet(audit, changed, command):
    (changed.folder / "imprint.toml").write_text("version = 9\n")

    told = audit("--base", "HEAD", command=command)

    assert told.code == 1
    assert "cannot be used as it is" in changes(told)["imprint.toml"]["otherwise"][0]


def test_what_a_policy_extends_is_of_the_revision_too(audit, changed, command):
    import hashlib

    organization = changed.folder / "org.toml"
    organization.write_text(BLOCKING)
    digest = hashlib.sha256(BLOCKING.encode()).hexdigest()
    (changed.folder / "imprint.toml").write_text(f"extends = 'org.toml#sha256:{digest}'\n")
    commit(changed.folder)
    organization.write_text(LOOSE)

    told = audit("--base", "HEAD~0", command=command)

    assert told.json["policy"].endswith(" of HEAD~0")


def test_a_base_that_cannot_be_read_decides_nothing(audit, changed, command):
    objects = changed.folder / ".git" / "objects"
    ran = subprocess.run(
        ["git", "rev-parse", "HEAD:imprint.toml"],
        cwd=changed.folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    digest = ran.stdout.decode().strip()
    (objects / digest[:2] / digest[2:]).unlink()

    told = audit.plain("--base", "HEAD", command=command)

    assert (told.code, told.out) == (3, "")
    assert "cannot be read" in told.err


def test_a_revision_that_is_none_is_no_pass(audit, changed, command):
    assert audit.plain("--base", "no-such", command=command).code == 2


def test_a_kept_result_is_of_its_base_alone(audit, changed):
    first = audit("--base", "HEAD")
    (changed.folder / "imprint.toml").write_text(f"version = 1\n{BLOCKING}mode = 'warn'\n")
    commit(changed.folder)

    told = audit("--base", "HEAD")

    assert (first.code, told.code) == (1, 0)


def test_people_are_told_in_one_line_for_each_file(audit, changed, command):
    (changed.folder / "imprint.toml").write_text(LOOSE)

    ran = audit.plain("--base", "HEAD", "--advisories", "off", command=command)

    lines = " ".join(ran.out.split())
    assert "policy-changed: the policy itself changes: imprint.toml is changed. looser: " in lines
    assert "It counts once it is merged" in lines


def test_the_difference_may_be_of_another_revision_than_the_rules(audit, changed):
    git(changed.folder, "tag", "before")
    (changed.folder / "imprint.toml").write_text("version = 1\nmode = 'warn'\n")
    commit(changed.folder)

    told = audit("--base", "before", "--policy-base", "HEAD", command="diff")

    assert told.json["summary"]["mode"] == "warn"


def test_pins_are_not_written_by_what_was(audit, changed):
    assert audit.plain("--base", "HEAD", "--write-pins").code == 2
