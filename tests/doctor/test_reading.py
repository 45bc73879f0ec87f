"""Which files are read, from a folder and from a revision of git."""

import os
import subprocess

import pytest

from imprint.doctor.folders import open_folder, write_inside
from imprint.doctor.git import open_revision, origin_of
from imprint.doctor.locks import Locked, digest_of, render_lock
from imprint.doctor.packages import package_names
from imprint.doctor.reading import MOST_BYTES, collect
from imprint.refusals import Malformed

WORKFLOW = ".github/workflows/release.yml"


@pytest.fixture
def write(tmp_path):
    def write(path, content="{}"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    return write


@pytest.fixture
def read(tmp_path):
    return lambda: collect(open_folder(tmp_path))


@pytest.fixture
def git(tmp_path):
    def git(*words):
        identity = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for role in ("AUTHOR", "COMMITTER"):
            identity |= {f"GIT_{role}_NAME": "wile", f"GIT_{role}_EMAIL": "w@acme.example"}
        subprocess.run(
            ["git", "-C", str(tmp_path), *words],
            check=True,
            capture_output=True,
            env=os.environ | identity,
            timeout=60,
        )

    git("init", "-b", "main")
    return git


def test_what_decides_is_read_and_the_rest_is_not(write, read):
    for path in (
        WORKFLOW,
        "package.json",
        "packages/a/package.json",
        "packages/a/.npmrc",
        "Makefile",
    ):
        write(path)
    for path in ("src/index.ts", "README.md", "node_modules/x/package.json"):
        write(path)

    assert sorted(read().files) == [
        WORKFLOW,
        "Makefile",
        "package.json",
        "packages/a/.npmrc",
        "packages/a/package.json",
    ]


def test_scripts_are_read_where_something_names_them(write, read):
    write("package.json", '{"scripts": {"release": "node scripts/release.mjs"}}')
    write("packages/a/package.json", '{"scripts": {"pub": "./publish.sh && tsx tools/ship"}}')
    write(WORKFLOW, "jobs: {a: {steps: [{run: bash ci/all.sh}]}}")
    write("ci/all.sh", "sh ci/deep.sh")
    for path in (
        "scripts/release.mjs",
        "scripts/other.mjs",
        "packages/a/publish.sh",
        "ci/deep.sh",
        "packages/a/tools/ship.ts",
    ):
        write(path, "")

    assert {
        "scripts/release.mjs",
        "packages/a/publish.sh",
        "packages/a/tools/ship.ts",
        "ci/all.sh",
        "ci/deep.sh",
    } <= read().files.keys()
    assert "scripts/other.mjs" not in read().files


def test_files_that_gitlab_includes_are_read_patterns_too(write, read):
    write(".gitlab-ci.yml", "include: [{local: /ci/one.yml}, {local: 'more/*.yml'}]")
    for path in ("ci/one.yml", "more/two.yml", "more/three.txt"):
        write(path, "")

    assert read().files.keys() == {".gitlab-ci.yml", "ci/one.yml", "more/two.yml"}


def test_of_a_lock_only_the_begin_is_read(write, read):
    write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n" + "x" * 10_000)

    assert len(read().files["pnpm-lock.yaml"]) == 4096


def test_a_file_that_is_too_large_is_told(write, read):
    write(WORKFLOW, b"#" * (MOST_BYTES + 1))

    tree = read()

    assert tree.files == {}
    assert [(one.path, one.message) for one in tree.skipped] == [
        (WORKFLOW, "file is larger than 5242880 bytes: it is not read")
    ]


def test_a_link_out_of_the_tree_is_told_and_not_followed(tmp_path, write, read):
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yml"
    outside.write_text("secret: here")
    target = write("package.json").parent / WORKFLOW
    target.parent.mkdir(parents=True)
    target.symlink_to(outside)

    tree = read()

    assert WORKFLOW not in tree.files
    assert [one.message for one in tree.skipped] == [
        "file is a link out of the repository: it is not followed"
    ]


def test_links_in_a_circle_folders_and_pipes_hang_nothing(tmp_path, write, read):
    write("package.json")
    (tmp_path / ".npmrc").symlink_to(tmp_path / ".yarnrc.yml")
    (tmp_path / ".yarnrc.yml").symlink_to(tmp_path / ".npmrc")
    os.mkfifo(tmp_path / "Makefile")
    (tmp_path / "lerna.json").mkdir()

    tree = read()

    assert tree.files.keys() == {"package.json"}
    assert {one.path for one in tree.skipped} == {".npmrc", ".yarnrc.yml", "Makefile"}


@pytest.mark.parametrize(("name", "message"), [("none", "does not exist"), ("file", "is a file")])
def test_what_is_no_folder_is_said_to_be_none(tmp_path, name, message):
    (tmp_path / "file").write_text("")

    with pytest.raises(Malformed, match=message) as raised:
        open_folder(tmp_path / name)

    assert raised.value.code == "not-a-folder"


def test_another_revision_is_read_without_a_checkout(tmp_path, write, git):
    write(WORKFLOW, "before: 1")
    write("src/a.ts")
    git("add", ".")
    git("commit", "-m", "first")
    write(WORKFLOW, "after: 1")

    assert collect(open_revision(tmp_path, "HEAD")).files == {WORKFLOW: b"before: 1"}


def test_a_revision_below_a_folder_has_paths_from_there(tmp_path, write, git):
    write(f"inner/{WORKFLOW}", "a: 1")
    git("add", ".")
    git("commit", "-m", "first")

    assert collect(open_revision(tmp_path / "inner", "HEAD")).files.keys() == {WORKFLOW}


@pytest.mark.parametrize("revision", ["nowhere", "--all", "-h", "HEAD:nothing"])
def test_a_revision_that_is_none_is_said_to_be_none(tmp_path, git, revision):
    with pytest.raises(Malformed) as raised:
        open_revision(tmp_path, revision)

    assert raised.value.code == "unknown-revision"


def test_without_git_there_is_nothing_to_compare_with(tmp_path):
    with pytest.raises(Malformed) as raised:
        open_revision(tmp_path, "HEAD")

    assert raised.value.code == "not-a-repository"


@pytest.mark.parametrize(
    "url",
    [
        "https://forge.example.test/acme/widget.git",
        "https://user@forge.example.test/acme/widget",
        "git@forge.example.test:acme/widget.git",
        "ssh://git@forge.example.test:22/acme/widget.git",
    ],
)
def test_the_name_at_the_forge_comes_from_the_remote(tmp_path, git, url):
    git("remote", "add", "origin", url)

    origin = origin_of(tmp_path)

    assert (origin.name, origin.host) == ("acme/widget", "forge.example.test")


def test_a_locked_action_is_read_only_as_it_was_locked(write, read):
    kept = ".imprint/lock/acme/setup@v1/action.yml"
    changed = ".imprint/lock/acme/other@v1/action.yml"
    write(kept, "runs: {using: composite}")
    write(changed, "runs: {using: other}")
    entries = [
        Locked(
            name=f"acme/{name}@v1",
            commit="a" * 40,
            tree="b" * 40,
            sha256=digest_of(b"runs: {using: composite}"),
        )
        for name in ("setup", "other")
    ]
    write("imprint-actions.lock", render_lock(entries))

    tree = read()

    assert kept in tree.files
    assert [one.path for one in tree.skipped] == [changed]


def test_packages_are_those_that_are_not_private(write, read):
    write("package.json", '{"name": "root", "private": true}')
    write("packages/a/package.json", '{"name": "@acme/a"}')

    assert package_names(read()) == ("@acme/a",)


def test_nothing_is_written_through_a_link_out(tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-out"
    outside.mkdir()
    (tmp_path / ".imprint").symlink_to(outside)

    with pytest.raises(Malformed) as raised:
        write_inside(open_folder(tmp_path), ".imprint/lock/x", b"")

    assert raised.value.code == "link-out"
    assert list(outside.iterdir()) == []
