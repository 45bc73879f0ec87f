"""What GitHub says: tags, branches, how commits stand, runs."""

import pytest

from imprint.refusals import Malformed
from imprint.upstream.forge.github import MOST_BRANCHES, GitHub
from imprint.upstream.forge.model import Job, Relation, Run
from tests.support.forge import standing_in
from tests.upstream.forge.asking import COMMIT, OTHER, ask

REPOSITORY = "/repos/acme/widget"
PROTECTED = f"{REPOSITORY}/branches?protected=true&per_page=100"


@pytest.fixture
def forge():
    with standing_in() as running:
        running.answers[REPOSITORY] = {"id": 7, "default_branch": "main"}
        running.answers[PROTECTED] = [{"name": "main"}, {"name": "stable/1.x"}]
        yield running


def asked(forge, method, *arguments):
    return ask(forge, lambda api: getattr(GitHub(api), method)("acme/widget", *arguments))


def stands(forge, branch, status):
    forge.answers[f"{REPOSITORY}/compare/{branch}...{COMMIT}?per_page=1"] = {"status": status}


def test_the_default_branch_is_told(forge):
    assert asked(forge, "default_branch") == "main"


def test_a_repository_that_is_not_there_has_none(forge):
    forge.answers[REPOSITORY] = 404

    assert asked(forge, "default_branch") is None


def test_a_tag_stands_for_its_commit(forge):
    reference = {"object": {"sha": COMMIT, "type": "commit"}}
    forge.answers[f"{REPOSITORY}/git/ref/tags/@acme/widget@1.2.3"] = reference

    assert asked(forge, "tagged", "@acme/widget@1.2.3") == COMMIT
    assert asked(forge, "tagged", "v1.2.3") is None


def test_an_annotated_tag_is_followed(forge):
    forge.answers[f"{REPOSITORY}/git/ref/tags/v1"] = {"object": {"sha": OTHER, "type": "tag"}}
    forge.answers[f"{REPOSITORY}/git/tags/{OTHER}"] = {"object": {"sha": COMMIT, "type": "commit"}}

    assert asked(forge, "tagged", "v1") == COMMIT


@pytest.mark.parametrize("kind", ["tag", "blob", "tree"])
def test_a_tag_of_no_commit_is_none(forge, kind):
    forge.answers[f"{REPOSITORY}/git/ref/tags/v1"] = {"object": {"sha": OTHER, "type": kind}}
    forge.answers[f"{REPOSITORY}/git/tags/{OTHER}"] = {"object": {"sha": OTHER, "type": "tag"}}

    assert asked(forge, "tagged", "v1") is None


@pytest.mark.parametrize(
    ("status", "relation"),
    [
        ("identical", Relation.SAME),
        ("behind", Relation.BEFORE),
        ("ahead", Relation.AFTER),
        ("diverged", Relation.APART),
    ],
)
def test_how_a_commit_stands_to_another(forge, status, relation):
    stands(forge, OTHER, status)

    assert asked(forge, "relation", COMMIT, OTHER) is relation


def test_a_commit_that_is_not_there_stands_nowhere(forge):
    assert asked(forge, "relation", COMMIT, OTHER) is None


def test_a_word_that_is_not_known_says_nothing(forge):
    stands(forge, OTHER, "sideways")

    with pytest.raises(Malformed):
        asked(forge, "relation", COMMIT, OTHER)


@pytest.mark.parametrize("branch", ["main", "stable%2F1.x"])
def test_a_commit_on_a_protected_branch_is_protected(forge, branch):
    stands(forge, "main", "diverged")
    stands(forge, branch, "behind")

    assert asked(forge, "is_protected", COMMIT) is True


def test_a_commit_on_another_branch_is_not(forge):
    stands(forge, "main", "ahead")
    stands(forge, "stable%2F1.x", "diverged")

    assert asked(forge, "is_protected", COMMIT) is False


def test_a_commit_of_nowhere_is_not(forge):
    assert asked(forge, "is_protected", COMMIT) is False


def test_of_very_many_branches_nobody_knows(forge):
    forge.answers[PROTECTED] = [{"name": f"b{n}"} for n in range(MOST_BRANCHES)]

    assert asked(forge, "is_protected", COMMIT) is None


JOBS = {
    "jobs": [
        {
            "name": "publish",
            "conclusion": "success",
            "started_at": "2026-01-01T00:00:00Z",
            "completed_at": "2026-01-01T00:01:00Z",
            "steps": [{"name": "npm publish", "number": 1}],
        },
        {"name": "docs", "conclusion": "skipped", "started_at": "2026-01-01T00:00:00Z"},
    ]
}


@pytest.mark.parametrize(
    ("conclusion", "succeeded"),
    [("success", True), ("failure", False), ("cancelled", False), ("neutral", None)],
)
@pytest.mark.parametrize("run", ["41", "https://github.com/acme/widget/actions/runs/41"])
def test_a_run_is_told_with_its_jobs(forge, run, conclusion, succeeded):
    forge.answers[f"{REPOSITORY}/actions/runs/41"] = {"conclusion": conclusion}
    forge.answers[f"{REPOSITORY}/actions/runs/41/jobs?per_page=100"] = JOBS

    assert asked(forge, "run", run) == Run(
        succeeded=succeeded,
        jobs=(
            Job(
                name="publish",
                started=1767225600.0,
                completed=1767225660.0,
                steps=("npm publish",),
            ),
            Job(name="docs", started=None, completed=None),
        ),
    )


def test_the_attempt_that_is_named_is_asked_about(forge):
    path = f"{REPOSITORY}/actions/runs/41/attempts/2"
    forge.answers[path] = {"conclusion": "failure"}

    found = asked(forge, "run", "https://github.com/acme/widget/actions/runs/41/attempts/2")

    assert found == Run(succeeded=False)


def test_a_run_that_goes_on_is_not_judged(forge):
    forge.answers[f"{REPOSITORY}/actions/runs/41"] = {"conclusion": None, "status": "in_progress"}

    assert asked(forge, "run", "41") == Run(succeeded=None)


@pytest.mark.parametrize("run", ["", "x", "../41", "41;", "https://example.test/41"])
def test_what_is_no_run_is_not_asked_about(forge, run):
    assert asked(forge, "run", run) is None
    assert forge.asked == []
