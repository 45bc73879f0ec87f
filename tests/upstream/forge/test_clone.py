"""A clone asked as its forge would be: real repositories, and what they cannot tell."""

import asyncio
import os

import pytest

from imprint.refusals import Unavailable
from imprint.upstream.forge.clone import Clone
from imprint.upstream.forge.model import Relation
from tests.support.clones import AT, made_repository


@pytest.fixture
def made(tmp_path):
    return made_repository(tmp_path / "origin")


def asked(made, method, *arguments):
    return asyncio.run(getattr(Clone(made.folder), method)("acme/widget", *arguments))


def test_tags_stand_for_their_commits(made):
    commit = made.git("rev-parse", "HEAD")
    made.tag("v1.0.0")
    made.tag("@acme/widget@1.0.0", annotated=True)

    assert asked(made, "tagged", "v1.0.0") == commit
    assert asked(made, "tagged", "@acme/widget@1.0.0") == commit
    assert asked(made, "tagged", "v2.0.0") is None


def test_how_commits_stand(made):
    first = made.git("rev-parse", "HEAD")
    second = made.commit()
    made.git("checkout", "-q", "--orphan", "other")
    apart = made.commit()

    assert asked(made, "relation", first, second) is Relation.BEFORE
    assert asked(made, "relation", second, first) is Relation.AFTER
    assert asked(made, "relation", first, first) is Relation.SAME
    assert asked(made, "relation", first, apart) is Relation.APART
    assert asked(made, "relation", first, "f" * 40) is None


@pytest.mark.parametrize("commit", ["", "HEAD", "--help", "main", "g" * 40, "-" * 40])
def test_what_is_no_commit_s_name_is_asked_of_nobody(made, commit):
    assert asked(made, "relation", commit, "HEAD") is None
    assert asked(made, "is_protected", commit) is False


def test_a_commit_of_the_default_branch_is_protected(made, tmp_path):
    commit = made.commit()

    assert asked(made, "is_protected", commit) is True
    assert asked(made.clone(tmp_path / "clone"), "is_protected", commit) is True
    assert asked(made.clone(tmp_path / "mirror", "--mirror"), "is_protected", commit) is True


@pytest.mark.parametrize(
    ("branch", "expected"), [("v1.x", True), ("release/2", True), ("topic", None)]
)
def test_of_other_branches_only_those_of_releases_count(made, tmp_path, branch, expected):
    made.git("checkout", "-q", "-b", branch)
    commit = made.commit()
    made.git("checkout", "-q", "main")

    assert asked(made.clone(tmp_path / "clone"), "is_protected", commit) is expected


def test_a_commit_that_no_branch_has_is_not(made):
    made.git("checkout", "-q", "-b", "gone")
    commit = made.commit()
    made.git("checkout", "-q", "main")
    made.git("branch", "-qD", "gone")

    assert asked(made, "is_protected", commit) is False
    assert asked(made, "is_protected", "f" * 40) is False


def test_what_a_person_has_beside_it_does_not_count(made, tmp_path):
    clone = made.clone(tmp_path / "clone")
    clone.git("checkout", "-q", "-b", "v9.x")
    clone.made = 7
    own = clone.commit()

    assert asked(clone, "is_protected", own) is False


def test_the_default_branch_is_told(made, tmp_path):
    assert asked(made, "default_branch") == "main"
    assert asked(made.clone(tmp_path / "clone"), "default_branch") == "main"


def test_a_shallow_clone_cannot_tell_what_is_not_there(made, tmp_path):
    first = made.git("rev-parse", "HEAD")
    made.commit()
    shallow = made.clone(tmp_path / "shallow", "--depth=1")

    with pytest.raises(Unavailable) as raised:
        asked(shallow, "is_protected", first)

    assert raised.value.code == "git-shallow"
    assert asked(shallow, "is_protected", shallow.git("rev-parse", "HEAD")) is True


def seen_until(made):
    return asyncio.run(Clone(made.folder).seen_until())


def test_it_has_seen_what_its_newest_commit_has(made):
    made.commit(at=AT + 86_400)
    made.git("checkout", "-q", "-b", "topic")
    made.commit(at=AT + 7)

    assert seen_until(made) == AT + 86_400


def test_it_has_seen_what_was_there_when_it_was_fetched(made, tmp_path):
    clone = made.clone(tmp_path / "clone")
    clone.git("fetch", "-q")
    moment = AT + 9 * 86_400
    os.utime(clone.folder / ".git" / "FETCH_HEAD", (moment, moment))

    assert seen_until(clone) == moment


def test_a_clone_knows_nothing_of_runs(made):
    with pytest.raises(Unavailable):
        asked(made, "run", "41")


def test_what_git_will_not_touch_is_not_known(tmp_path):
    (tmp_path / ".git").mkdir()

    assert asyncio.run(Clone(tmp_path).seen_until()) == 0.0


def test_nothing_of_the_repository_s_is_run(made, tmp_path):
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    hooks = made.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    made.tag("v1.0.0")
    for key in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand", "gpg.program"):
        made.git("config", key, str(trap))
    made.git("config", "extensions.partialClone", "origin")
    made.git("config", "remote.origin.url", f"ext::{trap}")
    (tmp_path / "sprung").unlink(missing_ok=True)

    asked(made, "tagged", "v1.0.0")
    asked(made, "is_protected", "f" * 40)
    asked(made, "relation", "e" * 40, "f" * 40)
    seen_until(made)

    assert not (tmp_path / "sprung").exists()


def test_a_hook_s_variables_name_no_other_repository(made, tmp_path, monkeypatch):
    made.tag("v1.0.0")
    other = made_repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))

    assert asked(made, "tagged", "v1.0.0") is not None
