import pytest

from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.effects.situations import events_of, may_run, runs, situations_of
from tests.support.jobs import job_around
from tests.support.repositories import repository


def running(condition, *, on="push", job="", name=None):
    """In which events a step with a condition can run."""
    around = job_around(f"- run: x\n  if: {condition}", on=on, job=job, name=name)
    (site,) = sites_of(*around.all)
    found = situations_of(*around.all)
    return [situation.event for situation in found if may_run(site, situation)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("github.event_name == 'push'", ["push"]),
        ("github.event_name != 'push'", ["pull_request", "release"]),
        ("github.event.pull_request.merged == true", ["pull_request"]),
        ("github.event.release.prerelease", ["release"]),
        ("startsWith(github.head_ref, 'release/')", ["pull_request"]),
        ("github.ref == 'refs/heads/main'", ["push", "pull_request", "release"]),
        ("false", []),
        ("always()", ["push", "pull_request", "release"]),
        ("failure()", ["push", "pull_request", "release"]),
    ],
)
def test_a_condition_rules_events_out(condition, expected):
    assert running(condition, on="[push, pull_request, release]") == expected


def test_the_jobs_own_condition_counts():
    assert running("always()", on="[push, issues]", job="if: github.event_name == 'push'") == [
        "push"
    ]


def test_the_repositorys_name_is_known_where_it_was_given():
    assert running("github.repository == 'acme/lib'", name="acme/lib") == ["push"]
    assert running("github.repository == 'other/lib'", name="acme/lib") == []
    assert running("github.repository == 'other/lib'") == ["push"]


def test_a_push_of_tags_only_has_no_branch():
    on = "{ push: { tags: ['v*'] } }"

    assert running("github.ref_type == 'branch'", on=on) == []
    assert running("github.ref_type == 'tag'", on=on) == ["push"]


def test_only_legs_that_differ_in_what_is_asked_are_told_apart():
    matrix = "strategy: { matrix: { node: [20, 22], os: [a, b, c], shard: [1, 2, 3, 4] } }"
    around = job_around("- run: x\n  if: matrix.node == 22", job=matrix)
    (site,) = sites_of(*around.all)

    found = situations_of(*around.all)

    assert [dict(situation.leg) for situation in found] == [{"node": "20"}, {"node": "22"}]
    assert [runs(site, situation) for situation in found] == [False, True]


def test_a_matrix_made_by_an_expression_rules_nothing_out():
    around = job_around(
        "- run: x\n  if: matrix.node == 22",
        job="strategy: { matrix: '${{ fromJSON(needs.plan.outputs.matrix) }}' }",
    )
    (site,) = sites_of(*around.all)

    assert [runs(site, situation) for situation in situations_of(*around.all)] == [None]


def test_one_event_can_be_asked_for():
    around = job_around("- run: x", on="[push, issues]")

    found = situations_of(*around.all, event="issues")

    assert [situation.event for situation in found] == ["issues"]


def test_a_called_workflow_runs_in_its_callers_events():
    files = {
        ".github/workflows/a.yml": (
            "on: [push, schedule]\njobs: { c: { uses: ./.github/workflows/b.yml } }"
        ),
        ".github/workflows/b.yml": (
            "on: [workflow_call, workflow_dispatch]\njobs: { j: { runs-on: x, steps: [] } }"
        ),
    }
    found = repository(files)

    assert events_of(found, found.workflows[1]) == (
        "workflow_dispatch",
        "push",
        "schedule",
    )


def test_workflows_that_call_each_other_end():
    files = {
        f".github/workflows/{one}.yml": (
            f"on: workflow_call\njobs: {{ c: {{ uses: ./.github/workflows/{other}.yml }} }}"
        )
        for one, other in (("a", "b"), ("b", "a"))
    }
    found = repository(files)

    assert events_of(found, found.workflows[0]) == (None,)
