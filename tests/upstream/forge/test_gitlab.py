"""What GitLab says: tags, branches, how commits stand, the job that signed."""

import pytest

from imprint.upstream.forge.gitlab import GitLab
from imprint.upstream.forge.model import Job, Relation, Run
from tests.support.forge import standing_in
from tests.upstream.forge.asking import COMMIT, OTHER, ask

PROJECT = "/projects/acme%2Ftools%2Fwidget"
REPOSITORY = f"{PROJECT}/repository"
BRANCHES = f"{REPOSITORY}/branches?per_page=100"
HAVING = f"{REPOSITORY}/commits/{COMMIT}/refs?type=branch&per_page=100"


@pytest.fixture
def forge():
    with standing_in() as running:
        running.answers[PROJECT] = {"id": 7, "default_branch": "main"}
        running.answers[BRANCHES] = [
            {"name": "main", "protected": True, "default": True},
            {"name": "release", "protected": True},
            {"name": "topic"},
        ]
        yield running


def asked(forge, method, *arguments):
    return ask(forge, lambda api: getattr(GitLab(api), method)("acme/tools/widget", *arguments))


def test_the_default_branch_is_told(forge):
    assert asked(forge, "default_branch") == "main"


def test_an_empty_project_is_there_all_the_same(forge):
    forge.answers[PROJECT] = {"default_branch": None}

    assert asked(forge, "default_branch") == ""


def test_a_tag_stands_for_its_commit(forge):
    forge.answers[f"{REPOSITORY}/tags/@acme%2Fwidget@1.2.3"] = {"commit": {"id": COMMIT}}

    assert asked(forge, "tagged", "@acme/widget@1.2.3") == COMMIT
    assert asked(forge, "tagged", "v1.2.3") is None


@pytest.mark.parametrize(
    ("shared", "relation"),
    [(COMMIT, Relation.BEFORE), (OTHER, Relation.AFTER), ("c" * 40, Relation.APART)],
)
def test_how_a_commit_stands_to_another(forge, shared, relation):
    for commit in (COMMIT, OTHER):
        forge.answers[f"{REPOSITORY}/commits/{commit}"] = {"id": commit}
    path = f"{REPOSITORY}/merge_base?refs%5B%5D={COMMIT}&refs%5B%5D={OTHER}"
    forge.answers[path] = {"id": shared}

    assert asked(forge, "relation", COMMIT, OTHER) is relation


def test_commits_without_a_common_one_are_apart(forge):
    for commit in (COMMIT, OTHER):
        forge.answers[f"{REPOSITORY}/commits/{commit}"] = {"id": commit}

    assert asked(forge, "relation", COMMIT, OTHER) is Relation.APART


def test_a_commit_is_the_same_as_itself(forge):
    forge.answers[f"{REPOSITORY}/commits/{COMMIT}"] = {"id": COMMIT}

    assert asked(forge, "relation", COMMIT, COMMIT) is Relation.SAME


def test_a_commit_that_is_not_there_stands_nowhere(forge):
    assert asked(forge, "relation", COMMIT, OTHER) is None


@pytest.mark.parametrize(
    ("having", "protected"),
    [(["main"], True), (["topic", "release"], True), (["topic"], False), ([], False)],
)
def test_a_commit_is_protected_by_the_branches_that_have_it(forge, having, protected):
    forge.answers[HAVING] = [{"type": "branch", "name": name} for name in having]

    assert asked(forge, "is_protected", COMMIT) is protected


def test_a_commit_of_nowhere_is_not(forge):
    assert asked(forge, "is_protected", COMMIT) is False


def test_of_very_many_branches_nobody_knows(forge):
    forge.answers[HAVING] = [{"name": f"b{n}"} for n in range(100)]

    assert asked(forge, "is_protected", COMMIT) is None


@pytest.mark.parametrize(
    ("status", "succeeded"),
    [("success", True), ("failed", False), ("canceled", False), ("running", None)],
)
@pytest.mark.parametrize("run", ["41", "https://gitlab.com/acme/tools/widget/-/jobs/41"])
def test_the_job_that_signed_is_told_with_the_others(forge, run, status, succeeded):
    job = {
        "name": "publish",
        "status": status,
        "started_at": "2026-01-01T00:00:00.5Z",
        "finished_at": None,
        "pipeline": {"id": 9},
    }
    forge.answers[f"{PROJECT}/jobs/41"] = job
    forge.answers[f"{PROJECT}/pipelines/9/jobs?per_page=100"] = [job, {"name": "test"}]

    assert asked(forge, "run", run) == Run(
        succeeded=succeeded,
        jobs=(
            Job(name="publish", started=1767225600.5, completed=None),
            Job(name="test", started=None, completed=None),
        ),
        signer="publish",
    )


def test_a_job_that_is_not_there_is_none(forge):
    assert asked(forge, "run", "41") is None
    assert asked(forge, "run", "nonsense") is None
