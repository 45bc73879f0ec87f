"""The lockfile that an audit is of: in a folder, by name, or at a git revision."""

import json
import subprocess

import pytest

from imprint.audit.lockfiles import find_lockfile, read_before
from imprint.npm.lockfiles.model import LockfileFormat
from imprint.refusals import Malformed, Unavailable

YARN = '# yarn lockfile v1\n\n\nplain@^1.0.0:\n  version "{version}"\n'
NPM = {"lockfileVersion": 3, "packages": {"": {"workspaces": ["packages/*"]}}}
ROOT = {"name": "acme", "workspaces": ["packages/*"], "devDependencies": {"plain": "^1.0.0"}}


def written(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_json", ".json").replace("_lock", ".lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def git(folder, *words):
    identity = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.test",
        "-c",
        "commit.gpgsign=false",
    )
    subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, timeout=60
    )


@pytest.fixture
def project(tmp_path):
    return written(
        tmp_path / "project",
        yarn_lock=YARN.format(version="1.0.0"),
        package_json=ROOT,
        packages__a__package_json={"name": "a", "dependencies": {"plain": "^1.0.0"}},
        packages__a__node_modules__b__package_json={"name": "b"},
        other__package_json={"name": "other"},
    )


def code(act, *args):
    try:
        act(*args)
    except (Malformed, Unavailable) as err:
        return err.code
    return "found"


def test_the_only_lockfile_of_a_folder_is_found(project):
    found = find_lockfile(project)

    assert (found.filename, found.folder, found.path) == (
        "yarn.lock",
        project,
        project / "yarn.lock",
    )
    assert found.lockfile.format is LockfileFormat.YARN
    assert found.data == (project / "yarn.lock").read_bytes()
    assert found.revision is None


def test_a_lockfile_is_found_by_its_name(project):
    assert find_lockfile(project / "yarn.lock").lockfile == find_lockfile(project).lockfile


def test_the_manifests_are_those_of_the_root_and_its_workspaces(project):
    found = find_lockfile(project)

    assert sorted(found.manifests) == ["package.json", "packages/a/package.json"]
    assert [one.path for one in found.lockfile.projects] == ["", "packages/a"]


def test_the_manifests_of_projects_that_the_lockfile_names_are_found(tmp_path):
    packages = {"": {}, "apps/web": {"version": "1.0.0"}, "../outside": {"version": "1.0.0"}}
    folder = written(
        tmp_path / "project",
        **{"package-lock_json": {"lockfileVersion": 3, "packages": packages}},
        apps__web__package_json={"name": "web"},
    )
    written(tmp_path / "outside", package_json={"name": "outside"})

    assert list(find_lockfile(folder).manifests) == ["apps/web/package.json"]


def test_lockfiles_of_several_managers_are_refused_by_name(project):
    written(project, bun_lock="{}")

    with pytest.raises(Malformed, match=r"`yarn\.lock`, `bun\.lock`") as caught:
        find_lockfile(project)
    assert caught.value.code == "several-lockfiles"


def test_npm_takes_its_shrinkwrap_before_its_lockfile(tmp_path):
    written(tmp_path, **{"package-lock_json": NPM, "npm-shrinkwrap_json": NPM})

    assert find_lockfile(tmp_path).filename == "npm-shrinkwrap.json"


def test_a_binary_lockfile_alone_is_said_by_name(tmp_path):
    (tmp_path / "bun.lockb").write_bytes(b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0")

    assert code(find_lockfile, tmp_path) == "unknown-lockfile-version"


def test_there_has_to_be_one(tmp_path):
    assert code(find_lockfile, tmp_path) == "no-lockfile"
    assert code(find_lockfile, tmp_path / "yarn.lock") == "no-lockfile"


def test_an_earlier_revision_is_read_from_git_with_its_own_manifests(project):
    git(project, "init", "--quiet")
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message=one")
    written(project, yarn_lock=YARN.format(version="1.0.1"), package_json={"name": "acme"})

    found = read_before("HEAD", find_lockfile(project))

    assert [package.version for package in found.lockfile.packages.values()] == ["1.0.0"]
    assert found.revision == "HEAD"
    assert sorted(found.manifests) == ["package.json", "packages/a/package.json"]
    named = find_lockfile(project / "yarn.lock")
    assert read_before("HEAD", named).lockfile == found.lockfile
    assert [p.version for p in find_lockfile(project).lockfile.packages.values()] == ["1.0.1"]


def test_a_lockfile_in_a_folder_of_the_repository_is_read_from_git(project):
    git(project.parent, "init", "--quiet")
    git(project.parent, "add", "--all", ".")
    git(project.parent, "commit", "--quiet", "--message=one")

    found = find_lockfile(project)

    assert read_before("HEAD", found).lockfile == found.lockfile


@pytest.mark.parametrize("revision", ["no-such", "--output=x", "HEAD~9", "a\0b"])
def test_a_revision_that_is_not_known_is_refused(project, revision):
    git(project, "init", "--quiet")
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message=one")

    found = find_lockfile(project)

    assert code(read_before, revision, found) in {"unknown-revision", "git-failed"}


def test_where_no_lockfile_was_there_was_nothing_locked(project):
    git(project, "init", "--quiet")
    git(project, "add", "package.json")
    git(project, "commit", "--quiet", "--message=one")

    before = read_before("HEAD", find_lockfile(project))

    assert before.lockfile.packages == {}
    assert before.revision == "HEAD"


def test_a_lockfile_of_another_manager_is_what_was_before(project):
    written(project, **{"package-lock_json": NPM})
    (project / "yarn.lock").unlink()
    git(project, "init", "--quiet")
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message=one")
    (project / "package-lock.json").unlink()
    written(project, yarn_lock=YARN.format(version="1.0.1"))

    assert read_before("HEAD", find_lockfile(project)).filename == "package-lock.json"
