import pytest

from imprint.workflows.effects.checkouts import checkouts_of, refusal_of
from imprint.workflows.effects.model import Origin, Refusal
from imprint.workflows.profiles import GITHUB_2026_05, GITHUB_2026_07, SELF_HOSTED_FORGE
from tests.support.jobs import job_around

MERGE = "refs/pull/${{ github.event.pull_request.number }}/merge"


def checkouts(steps, *, event=None, on="pull_request_target", **more):
    return checkouts_of(*job_around(steps, on=on, **more).all, event=event)


def only(ref="", *, uses="actions/checkout@v4", event=None, **inputs):
    given = {**({"ref": ref} if ref else {}), **inputs}
    lines = "".join(f"\n    {name}: {value}" for name, value in given.items())
    (found,) = checkouts(f"- uses: {uses}" + (f"\n  with:{lines}" if given else ""), event=event)
    return found


@pytest.mark.parametrize(
    ("ref", "origin", "is_mutable"),
    [
        ("", Origin.RUN, False),
        ("${{ github.sha }}", Origin.RUN, False),
        ("main", Origin.FIXED, True),
        ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", Origin.FIXED, False),
        (MERGE, Origin.PULL_REQUEST, True),
        ("refs/pull/${{ github.event.issue.number }}/head", Origin.PULL_REQUEST, True),
        ("${{ github.event.pull_request.head.sha }}", Origin.PULL_REQUEST, False),
        ("${{ github.event.pull_request.merge_commit_sha }}", Origin.PULL_REQUEST, False),
        ("${{ github.event.pull_request.head.sha || github.sha }}", Origin.PULL_REQUEST, False),
        ("${{ github.event.pull_request.base.sha }}", Origin.RUN, False),
        ("${{ github.head_ref }}", Origin.HEAD_BRANCH, True),
        ("${{ github.event.workflow_run.head_sha }}", Origin.WORKFLOW_RUN, False),
        ("${{ github.event.workflow_run.head_branch }}", Origin.HEAD_BRANCH, True),
        ("${{ inputs.ref }}", Origin.INPUT, True),
        ("${{ github.event.inputs.ref }}", Origin.INPUT, True),
        ("${{ steps.unheard.outputs.ref }}", Origin.OUTPUT, True),
        ("${{ matrix.ref }}", Origin.UNKNOWN, True),
    ],
)
def test_a_ref_says_whose_code_it_is(ref, origin, is_mutable):
    found = only(ref)

    assert (found.origin, found.is_mutable) == (origin, is_mutable)


@pytest.mark.parametrize(
    ("repository", "origin"),
    [
        ("${{ github.event.pull_request.head.repo.full_name }}", Origin.PULL_REQUEST),
        ("${{ github.event.workflow_run.head_repository.full_name }}", Origin.WORKFLOW_RUN),
        ("${{ github.repository }}", Origin.RUN),
        ("other/place", Origin.OTHER_REPOSITORY),
        ("${{ vars.PLACE }}", Origin.UNKNOWN),
    ],
)
def test_a_repository_says_it_too(repository, origin):
    assert only(repository=repository).origin is origin


def test_what_the_event_does_not_have_names_nothing():
    ref = "${{ github.event.pull_request.head.sha || github.sha }}"

    assert only(ref, event="pull_request_target").origin is Origin.PULL_REQUEST
    (pushed,) = checkouts(
        f"- uses: actions/checkout@v4\n  with: {{ ref: '{ref}' }}", on="push", event="push"
    )
    assert pushed.origin is Origin.RUN


def test_an_environment_variable_is_looked_up():
    (found,) = checkouts(
        "- uses: actions/checkout@v4\n  with: { ref: '${{ env.HEAD }}' }",
        job="env: { HEAD: '${{ github.event.pull_request.head.sha }}' }",
    )

    assert found.origin is Origin.PULL_REQUEST


def test_an_output_is_followed_to_the_step_that_looked_a_pull_request_up():
    (found,) = checkouts(
        """
        - id: head
          run: echo "sha=$(gh pr view 1 --json headRefOid -q .headRefOid)" >> "$GITHUB_OUTPUT"
        - uses: actions/checkout@v4
          with: { ref: '${{ steps.head.outputs.sha }}' }
        """,
        on="issue_comment",
    )

    assert (found.origin, found.is_mutable) == (Origin.PULL_REQUEST, True)


@pytest.mark.parametrize(
    "script",
    [
        "gh pr checkout 1",
        "gh pr checkout ${{ github.event.pull_request.number }} --detach",
        "git fetch origin pull/1/head && git checkout FETCH_HEAD",
        "git fetch origin refs/pull/1/merge\ngit merge FETCH_HEAD",
        "git pull origin pull/1/head",
        "git clone ${{ github.event.pull_request.head.repo.clone_url }} fork",
        "gh pr diff 1 | git apply",
        "git checkout ${{ github.event.pull_request.head.sha }}",
    ],
)
def test_scripts_bring_code_in_too(script):
    (found, *_) = checkouts(f"- run: |\n    {script.replace(chr(10), chr(10) + '    ')}")

    assert found.origin is Origin.PULL_REQUEST


def test_a_variable_of_the_environment_is_put_in():
    (found,) = checkouts(
        '- run: git checkout "$HEAD"\n'
        "  env: { HEAD: '${{ github.event.pull_request.head.sha }}' }"
    )

    assert found.action == "git checkout"


@pytest.mark.parametrize(
    "script",
    [
        "git fetch origin pull/1/head && git diff FETCH_HEAD",
        "git checkout main",
        "git checkout -b release",
        "git checkout FETCH_HEAD -- package-lock.json",
        "gh pr diff 1",
        "git push origin main",
    ],
)
def test_looking_is_not_checking_out(script):
    assert checkouts(f"- run: {script}") == ()


@pytest.mark.parametrize(
    ("value", "persists"), [("true", True), ("false", False), ("'False'", False)]
)
def test_credentials_stay_unless_told_otherwise(value, persists):
    assert only().persists_credentials
    assert only(**{"persist-credentials": value}).persists_credentials is persists


# facts/workflows.md §3: 2026-06-18 for 7, 2026-07-16 for the older floating tags.
@pytest.mark.parametrize(
    ("version", "before", "now"),
    [
        ("v7", Refusal.OPEN, Refusal.REFUSES),
        ("v7.0.0", Refusal.OPEN, Refusal.REFUSES),
        ("main", Refusal.OPEN, Refusal.REFUSES),
        ("v6", Refusal.OPEN, Refusal.REFUSES),
        ("v3", Refusal.OPEN, Refusal.REFUSES),
        ("v6.1.0", Refusal.OPEN, Refusal.REFUSES),
        ("v6.0.2", Refusal.OPEN, Refusal.OPEN),
        ("v6.0", Refusal.OPEN, Refusal.OPEN),
        ("v4.2.2", Refusal.OPEN, Refusal.OPEN),
        ("v2", Refusal.OPEN, Refusal.OPEN),
        ("de0fac2e4500dabe0009e67214ff5f5447ce83dd", Refusal.OPEN, Refusal.OPEN),
        ("0123456789abcdef0123456789abcdef01234567", Refusal.OPEN, Refusal.UNKNOWN),
    ],
)
def test_newer_releases_refuse_a_forks_code(version, before, now):
    found = only(MERGE, uses=f"actions/checkout@{version}")

    assert refusal_of(found, GITHUB_2026_05, "pull_request_target") is before
    assert refusal_of(found, GITHUB_2026_07, "pull_request_target") is now


@pytest.mark.parametrize(
    ("inputs", "event"),
    [
        ({"ref": MERGE, "allow-unsafe-pr-checkout": "true"}, "pull_request_target"),
        ({"ref": MERGE}, "issue_comment"),
        ({"ref": MERGE}, "pull_request"),
        ({}, "pull_request_target"),
        ({"ref": "${{ github.head_ref }}"}, "pull_request_target"),
    ],
)
def test_the_guard_lets_through_what_it_does_not_cover(inputs, event):
    found = only(uses="actions/checkout@v7", **inputs)

    assert refusal_of(found, GITHUB_2026_07, event) is Refusal.OPEN


def test_other_ways_to_check_out_have_no_guard():
    (found,) = checkouts("- run: gh pr checkout 1")

    assert refusal_of(found, GITHUB_2026_07, "pull_request_target") is Refusal.OPEN


def test_a_self_hosted_forge_has_the_same_action():
    found = only(MERGE, uses="actions/checkout@v7")

    assert refusal_of(found, SELF_HOSTED_FORGE, "pull_request_target") is Refusal.REFUSES
