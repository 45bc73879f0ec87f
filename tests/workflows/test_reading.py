import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.external import external_name, lock_path
from imprint.workflows.reading import read_repository
from imprint.workflows.resolution import action_of, called_workflow
from tests.support.repositories import RELEASE, repository

ACTION = "runs: {using: composite, steps: []}\n"
WORKFLOWS = ".github/workflows"


def steps_of(found):
    return found.workflows[0].jobs[0].steps


def uses(*names):
    steps = "".join(f"      - uses: {name}\n" for name in names)
    return f"on: push\njobs:\n  a:\n    steps:\n{steps}"


def test_files_stay_as_they_are_and_texts_are_those_that_are_text():
    files = {"a.bin": b"\xff\x00", "b.txt": b"\xef\xbb\xbfx\r\n"}

    found = read_repository(files, name="acme/rocket")

    assert found.files == files
    assert found.texts == {"b.txt": "\ufeffx\r\n"}
    assert (found.name, found.unreadable) == ("acme/rocket", ())


def test_a_workflow_that_is_no_text_is_told():
    found = read_repository({f"{WORKFLOWS}/a.yml": b"on: push\n\xff"})

    assert [(note.path, note.message) for note in found.unreadable] == [
        (f"{WORKFLOWS}/a.yml", "file is no UTF-8 text: byte 9 is not")
    ]


def test_only_files_right_in_the_folder_are_workflows():
    found = repository(
        {
            f"{WORKFLOWS}/b.yaml": RELEASE,
            f"{WORKFLOWS}/a.yml": RELEASE,
            f"{WORKFLOWS}/inner/c.yml": RELEASE,
            f"{WORKFLOWS}/d.md": RELEASE,
            "packages/x/.github/workflows/e.yml": RELEASE,
        }
    )

    assert [workflow.path for workflow in found.workflows] == [
        f"{WORKFLOWS}/a.yml",
        f"{WORKFLOWS}/b.yaml",
    ]


def test_what_was_installed_is_not_read():
    found = repository({"node_modules/a/package.json": "{}", "node_modules/a/action.yml": "x"})

    assert (found.packages, found.actions, found.unreadable) == ((), {}, ())


def test_patterns_of_a_pnpm_workspace_are_found():
    found = repository({"pnpm-workspace.yaml": "packages:\n  - packages/*\n  - '!x'\n"})

    assert found.pnpm_workspaces == {"": ("packages/*", "!x")}


def test_a_local_action_is_found_by_its_folder():
    found = repository(
        {
            f"{WORKFLOWS}/a.yml": uses("./.github/actions/x/", "$/y", "./z", "./"),
            ".github/actions/x/action.yml": ACTION,
            "y/action.yaml": ACTION,
            "action.yml": ACTION,
        }
    )

    paths = [action and action.path for action in map(action_at(found), steps_of(found))]
    assert paths == [".github/actions/x/action.yml", "y/action.yaml", None, "action.yml"]


def test_an_action_of_another_repository_is_found_in_the_lock_by_its_ref():
    found = repository(
        {
            f"{WORKFLOWS}/a.yml": uses("Acme/Setup/node@v1", "acme/setup/node@v2", "acme/setup@v1"),
            ".imprint/lock/acme/setup@v1/node/action.yml": ACTION,
        }
    )

    actions = [action is not None for action in map(action_at(found), steps_of(found))]
    assert actions == [True, False, False]
    assert list(found.actions) == ["acme/setup/node@v1"]


def test_a_copy_by_hand_stands_for_every_ref():
    found = repository(
        {
            f"{WORKFLOWS}/a.yml": uses("Acme/config/.github/setup@main"),
            "_external/Acme__config__.github__setup/action.yml": ACTION,
        }
    )

    assert all(map(action_at(found), steps_of(found)))


def test_an_action_of_the_repository_itself_is_found_by_its_name():
    files = {f"{WORKFLOWS}/a.yml": uses("ACME/rocket/x@v1"), "x/action.yml": ACTION}

    own = repository(files, name="acme/Rocket")

    assert action_of(own, steps_of(own)[0].uses).path == "x/action.yml"
    assert action_of(repository(files), steps_of(own)[0].uses) is None


def test_reusable_workflows_are_found_here_and_in_the_lock():
    callers = "".join(
        f"  {job}: {{uses: {what}}}\n"
        for job, what in (
            ("a", f"./{WORKFLOWS}/b.yml"),
            ("b", f"acme/shared/{WORKFLOWS}/c.yml@release/1"),
            ("c", f"acme/shared/{WORKFLOWS}/d.yml@release/1"),
            ("d", "docker://x"),
        )
    )
    locked = lock_path("Acme/shared", "release/1", f"{WORKFLOWS}/c.yml")
    found = repository(
        {
            f"{WORKFLOWS}/a.yml": f"on: push\njobs:\n{callers}",
            f"{WORKFLOWS}/b.yml": RELEASE,
            locked: RELEASE,
        }
    )

    called = [called_workflow(found, job.uses) for job in found.workflows[0].jobs if job.uses]
    assert [workflow and workflow.path for workflow in called] == [
        f"{WORKFLOWS}/b.yml",
        locked,
        None,
        None,
    ]
    assert len(found.workflows) == 2


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (".imprint/lock/a/b@v1/action.yml", "a/b@v1"),
        (".imprint/lock/A/b@release%2F1/x/action.yaml", "a/b/x@release/1"),
        ("_external/A__b__c/action.yml", "a/b/c"),
        ("_external/a/b/c/action.yml", "a/b/c"),
        (f"_external/a/b/{WORKFLOWS}/c.yml", f"a/b/{WORKFLOWS}/c.yml"),
        ("_external/action.yml", None),
        (".github/workflows/a.yml", None),
    ],
)
def test_files_of_other_repositories_have_their_names(path, name):
    assert external_name(path) == name


def test_the_lock_finds_what_it_kept():
    path = lock_path("Acme/Setup", "feature/x y", "node/action.yml")

    assert external_name(path) == "acme/setup/node@feature/x y"


PATHS = st.sampled_from(
    [
        ".github/workflows/a.yml",
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        "action.yml",
        "package.json",
        "pnpm-workspace.yaml",
        "_external/a__b/action.yml",
        ".imprint/lock/a/b@c/.github/workflows/d.yml",
    ]
)
CONTENTS = st.binary(max_size=40) | st.text("onjbs: -{}[]'\"&*a<\n|>!,${", max_size=60).map(
    str.encode
)


@given(files=st.dictionaries(PATHS, CONTENTS, max_size=3))
def test_no_content_raises(files):
    found = read_repository(files)

    assert found.files == files


def action_at(found):
    return lambda step: action_of(found, step.uses)
