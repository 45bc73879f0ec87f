"""Single files of a revision: what cannot be read is never a file that is not there."""

import subprocess

import pytest

from imprint.refusals import Malformed, Unavailable
from imprint.upstream.revision_files import revision_files

PERSON = ("-c", "user.name=a", "-c", "user.email=a@example.test")


def git(folder, *words):
    ran = subprocess.run(
        ["git", *PERSON, *words], cwd=folder, check=True, capture_output=True, timeout=60
    )
    return ran.stdout.decode().strip()


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a")


@pytest.fixture
def project(tmp_path):
    """A repository with a file at its root, and one below."""
    (tmp_path / "services" / "api").mkdir(parents=True)
    (tmp_path / "imprint.toml").write_text("one")
    (tmp_path / "services" / "api" / "imprint.lock").write_text("two")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def read(files, path, most_bytes=100):
    return files.read(path, most_bytes=most_bytes)


def test_files_are_read_as_they_were_from_anywhere_below(project):
    (project / "imprint.toml").write_text("other")
    (project / "services" / "api" / "imprint.lock").unlink()

    found = revision_files(project / "services" / "api", "HEAD")

    assert read(found, project / "imprint.toml") == b"one"
    assert read(found, project / "services" / "api" / "imprint.lock") == b"two"
    assert read(found, project / "services" / "imprint.toml") is None
    assert read(found, project / "imprint.toml" / "imprint.toml") is None
    assert read(found, project / "services") is None


def test_folders_above_end_at_the_root_of_the_checkout(project):
    found = revision_files(project / "services", "HEAD")

    assert found.above(project / "services" / "api") == (
        project / "services" / "api",
        project / "services",
        project,
    )
    assert not found.covers(project.parent)


def test_names_that_look_like_patterns_are_names(project):
    (project / "[a]").mkdir()
    (project / "[a]" / "imprint.toml").write_text("odd")
    (project / "a").mkdir()
    (project / "a" / "imprint.toml").write_text("plain")
    commit(project)

    found = revision_files(project, "HEAD")

    assert read(found, project / "[a]" / "imprint.toml") == b"odd"


def test_a_file_that_is_too_large_comes_too_long(project):
    found = revision_files(project, "HEAD")

    assert len(read(found, project / "imprint.toml", most_bytes=2)) == 3


def test_a_link_leads_where_it_leads_in_the_revision(project):
    (project / "policies").mkdir()
    (project / "policies" / "strict.toml").write_text("strict")
    link = project / "services" / "imprint.toml"
    link.symlink_to("../policies/strict.toml")
    commit(project)
    link.unlink()
    (project / "policies" / "strict.toml").write_text("lax")

    assert read(revision_files(project, "HEAD"), link) == b"strict"


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside", "imprint.toml"])
def test_a_link_out_of_the_repository_or_to_itself_is_no_absence(project, target):
    link = project / "services" / "imprint.toml"
    link.symlink_to(target)
    commit(project)

    with pytest.raises(Unavailable) as caught:
        read(revision_files(project, "HEAD"), link)

    assert caught.value.code == "base-unreadable"


@pytest.mark.parametrize(
    ("what", "path"),
    [("HEAD:services", "services/api/imprint.lock"), ("HEAD:imprint.toml", "imprint.toml")],
)
def test_an_object_that_is_missing_is_no_absence(project, what, path):
    digest = git(project, "rev-parse", what)
    (project / ".git" / "objects" / digest[:2] / digest[2:]).unlink()
    found = revision_files(project, "HEAD")

    with pytest.raises(Unavailable) as caught:
        read(found, project / path)

    assert caught.value.code == "base-unreadable"


@pytest.mark.parametrize("name", ["no-such", "--output=x", "HEAD~9"])
def test_a_revision_that_is_none_is_refused(project, name):
    with pytest.raises(Malformed) as caught:
        revision_files(project, name)

    assert caught.value.code == "unknown-revision"


def test_the_name_of_a_whole_commit_is_shown_short(project):
    digest = git(project, "rev-parse", "HEAD")

    assert revision_files(project, digest).words == digest[:10]
    assert revision_files(project, "HEAD").words == "HEAD"


def test_a_link_of_the_checkout_leads_nowhere_in_the_revision(project):
    (project / "services").rename(project / "other")
    (project / "services").symlink_to("other")
    (project / "out").symlink_to(project.parent)

    found = revision_files(project, "HEAD")

    assert found.place_of(project / "services" / "api") == project / "services" / "api"
    assert found.place_of(project / "out") == project / "out"


def test_a_folder_that_is_a_link_in_the_revision_is_where_that_leads(project):
    (project / "link").symlink_to("services/api")
    commit(project)
    (project / "link").unlink()
    (project / "link").symlink_to(".")

    found = revision_files(project, "HEAD")

    assert found.place_of(project / "link") == project / "services" / "api"
    assert found.above(project / "link")[0] == project / "services" / "api"


def test_a_folder_that_leads_out_of_the_repository_is_no_place(project):
    (project / "link").symlink_to("..")
    commit(project)

    found = revision_files(project, "HEAD")

    with pytest.raises(Unavailable) as caught:
        found.place_of(project / "link")
    assert caught.value.code == "base-unreadable"
