"""Files of another revision: nothing of the project is taken for git's own."""

import subprocess

import pytest

from imprint.doctor import git as doctor_git
from imprint.refusals import Malformed
from imprint.upstream.revisions import open_revision

CONFIG = """\
[core]
\trepositoryformatversion = 1
\tbare = true
[extensions]
\tpartialClone = origin
[remote "origin"]
\turl = {place}
\tpromisor = true
\tuploadpack = touch {owned}; git-upload-pack
"""


@pytest.fixture
def project(tmp_path):
    """Return a repository, with a folder in it that looks like one as well."""
    folder = tmp_path / "project"
    planted = folder / "web"
    for name in ("objects", "refs"):
        (planted / name).mkdir(parents=True)
        (planted / name / ".keep").touch()
    (planted / "HEAD").write_text("ref: refs/heads/main\n")
    (planted / "config").write_text(CONFIG.format(place=folder, owned=tmp_path / "owned"))
    (planted / "package.json").write_text("{}")
    person = ("-c", "user.name=a", "-c", "user.email=a@example.test")
    for words in (["init", "-q"], ["add", "-A"], [*person, "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=folder, check=True, timeout=60)
    return folder


def test_files_of_a_revision_are_read(project):
    found = open_revision(project, "HEAD")

    assert found.read("web/package.json") == b"{}"


@pytest.mark.parametrize("opened", [open_revision, doctor_git.open_revision])
def test_a_folder_that_looks_like_a_repository_runs_nothing_and_is_no_base(
    project, tmp_path, opened
):
    commit = next((project / ".git/refs/heads").iterdir()).read_text().strip()

    with pytest.raises(Malformed, match="is not known here"):
        opened(project / "web", commit)

    assert not (tmp_path / "owned").exists()


def test_within_a_hook_the_folders_own_repository_is_asked(project, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=other, check=True, timeout=60)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    assert open_revision(project, "HEAD").read("web/package.json") == b"{}"
