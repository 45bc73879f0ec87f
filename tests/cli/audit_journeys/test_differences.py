"""`imprint diff`: what a change of lockfile brings, in a real git repository or by two files."""

from __future__ import annotations

import subprocess

import pytest

NAME = "@acme/widget"


def git(folder, *words):
    named = ("-c", "user.name=ada", "-c", "user.email=ada@acme.example.test")
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture
def committed(project):
    """A repository whose last commit locks three packages."""
    for number in range(4):
        project.publish(NAME, f"1.{number}.0", days_ago=90 - 10 * number)
    project.publish("other", "1.0.0")
    project.publish("gone", "1.0.0")
    project.lock(NAME, "1.2.0")
    project.lock("other")
    project.lock("gone")
    project.write()
    git(project.folder, "init", "--quiet")
    git(project.folder, "add", "--all")
    git(project.folder, "commit", "--quiet", "--message", "lock")
    return project


def test_only_what_a_change_brings_is_looked_at(audit, committed):
    committed.lock(NAME, "1.3.0")
    committed.publish("new", "1.0.0")
    committed.lock("new")
    committed.unlock("gone")
    committed.upstream.asked.clear()

    told = audit("--base", "HEAD", command="diff")

    changes = {one["name"]: (one["change"], one["replaces"]) for one in told.json["packages"]}
    assert told.code == 0
    assert changes == {NAME: ("changed", "1.2.0"), "new": ("added", None)}
    assert told.json["removed"] == ["gone@1.0.0"]
    assert not [path for path in committed.upstream.paths() if "other" in path]


def test_a_change_to_a_tokens_release_is_refused_whatever_its_age(audit, committed):
    committed.by_token(NAME, "1.4.0", days_ago=50)
    committed.lock(NAME, "1.4.0")

    whole, change = audit(), audit("--base", "HEAD", command="diff")

    assert (whole.code, change.code) == (0, 1)
    assert "auth-regressed" in change.codes()
    assert [row["version"] for row in change.package()["timeline"]][:2] == ["1.4.0", "1.3.0"]


def test_no_change_brings_nothing_and_passes(audit, committed):
    committed.upstream.asked.clear()

    told = audit("--base", "HEAD", command="diff")

    assert (told.code, told.json["packages"], committed.upstream.asked) == (0, [], [])


def test_two_lockfiles_are_compared_without_git(audit, committed, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    lockfile = committed.folder / "package-lock.json"
    (old / "package-lock.json").write_bytes(lockfile.read_bytes())
    committed.lock(NAME, "1.3.0")

    told = audit(str(old), str(committed.folder), command="diff")

    assert [one["version"] for one in told.json["packages"]] == ["1.3.0"]


def test_other_bytes_under_the_same_version_are_a_change(audit, committed):
    committed.lock("other", integrity="sha512-" + "A" * 86 + "==")

    told = audit("--base", "HEAD", command="diff")

    assert told.code == 1
    assert "integrity-mismatch" in told.codes("other")


@pytest.mark.parametrize("revision", ["no-such", "--upload-pack=touch /tmp/x", "HEAD~9"])
def test_a_revision_that_is_none_is_refused(audit, committed, revision):
    ran = audit.plain("--base", revision, command="diff")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")


def test_no_repository_is_told(audit, project):
    project.publish()
    project.lock()

    ran = audit.plain("--base", "HEAD", command="diff")

    assert ran.code == 2
    assert ran.err.startswith("error: ")
