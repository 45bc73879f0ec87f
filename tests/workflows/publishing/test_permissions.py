import pytest

from imprint.workflows.github.model import Access
from imprint.workflows.publishing.callers import Callers
from imprint.workflows.publishing.permissions import effective_permissions, granted
from tests.support.repositories import repository, written

JOB = """
on: {on}
{outer}
jobs:
  publish:
    runs-on: ubuntu-latest
    {inner}
    steps: [{{run: npm publish}}]
"""
CALLER = """
on: push
{outer}
jobs:
  call:
    {inner}
    uses: ./.github/workflows/{file}
"""
NOTHING = ""
ID_TOKEN = "permissions: {id-token: write}"
NONE_LEFT = "permissions: {}"
READS = "permissions: {contents: read}"


def effective(found, file="release.yml"):
    workflow = next(each for each in found.workflows if each.path.endswith(f"/{file}"))
    return effective_permissions(workflow, workflow.jobs[0], Callers(found).chains_to(workflow))


def single(outer, inner):
    return repository(
        {".github/workflows/release.yml": JOB.format(on="push", outer=outer, inner=inner)}
    )


def called(*, callers, outer=NOTHING, inner=NOTHING, on="workflow_call"):
    files = {".github/workflows/release.yml": JOB.format(on=on, outer=outer, inner=inner)}
    for number, (above, below, file) in enumerate(callers):
        files[f".github/workflows/c{number}.yml"] = CALLER.format(
            outer=above, inner=below, file=file
        )
    return repository(files)


@pytest.mark.parametrize(
    ("outer", "inner", "id_token"),
    [
        (NOTHING, NOTHING, Access.NONE),
        (ID_TOKEN, NOTHING, Access.WRITE),
        (NOTHING, ID_TOKEN, Access.WRITE),
        (NONE_LEFT, ID_TOKEN, Access.WRITE),
        (ID_TOKEN, NONE_LEFT, Access.NONE),
        (ID_TOKEN, READS, Access.NONE),
        ("permissions: write-all", NOTHING, Access.WRITE),
        ("permissions: read-all", NOTHING, Access.READ),
        ("permissions: write-all", "permissions: read-all", Access.READ),
        ("permissions: {id-token: none}", NOTHING, Access.NONE),
    ],
)
def test_the_job_comes_before_the_workflow(outer, inner, id_token):
    assert effective(single(outer, inner)).id_token is id_token


@pytest.mark.parametrize(
    ("callers", "outer", "inner", "id_token"),
    [
        # Without a block of its own the called job has what its caller has.
        ([(ID_TOKEN, NOTHING, "release.yml")], NOTHING, NOTHING, Access.WRITE),
        ([(NOTHING, ID_TOKEN, "release.yml")], NOTHING, NOTHING, Access.WRITE),
        # It can take away, and never add.
        ([(ID_TOKEN, NOTHING, "release.yml")], NOTHING, READS, Access.NONE),
        ([(READS, NOTHING, "release.yml")], NOTHING, ID_TOKEN, Access.NONE),
        # A caller that says nothing has a default that no file tells.
        ([(NOTHING, NOTHING, "release.yml")], NOTHING, ID_TOKEN, Access.WRITE),
        ([(NOTHING, NOTHING, "release.yml")], NOTHING, NOTHING, Access.NONE),
        ([(ID_TOKEN, NONE_LEFT, "release.yml")], NOTHING, ID_TOKEN, Access.NONE),
        # One caller that grants is enough.
        (
            [(NONE_LEFT, NOTHING, "release.yml"), (ID_TOKEN, NOTHING, "release.yml")],
            NOTHING,
            ID_TOKEN,
            Access.WRITE,
        ),
        # Nobody who is there calls it: its own word counts.
        ([], NOTHING, ID_TOKEN, Access.WRITE),
    ],
)
def test_callers_cap_what_they_call(callers, outer, inner, id_token):
    assert effective(called(callers=callers, outer=outer, inner=inner)).id_token is id_token


def test_what_also_runs_by_itself_needs_no_caller():
    found = called(
        callers=[(NONE_LEFT, NOTHING, "release.yml")], inner=ID_TOKEN, on="[push, workflow_call]"
    )

    assert effective(found).id_token is Access.WRITE


def test_the_block_that_decides_is_pointed_at():
    found = called(callers=[(ID_TOKEN, NOTHING, "release.yml")], inner=READS)

    span = effective(found).id_token_span

    assert (span.path, written(found, span)) == (
        ".github/workflows/release.yml",
        READS,
    )


def test_a_caller_that_does_not_grant_is_pointed_at():
    found = called(callers=[(READS, NOTHING, "release.yml")], inner=ID_TOKEN)

    assert effective(found).id_token_span.path == ".github/workflows/c0.yml"


def test_only_what_is_stated_is_told():
    assert effective(single(NOTHING, NOTHING)).permissions == {}
    assert effective(single("permissions: {contents: write}", NOTHING)).permissions == {
        "contents": Access.WRITE
    }


def test_workflows_that_call_one_another_end():
    files = {
        f".github/workflows/{name}.yml": f"""
        on: [workflow_call, push]
        {ID_TOKEN}
        jobs:
          call: {{uses: ./.github/workflows/{other}.yml}}
        """
        for name, other in (("a", "b"), ("b", "a"))
    }
    found = repository(files)

    chains = Callers(found).chains_to(found.workflows[0])

    assert [[call.workflow.path for call in chain] for chain in chains] == [
        [".github/workflows/b.yml"]
    ]


def test_chains_are_told_from_the_outside():
    middle = """
        on: workflow_call
        jobs:
          through: {uses: ./.github/workflows/release.yml}
        """
    found = called(callers=[(ID_TOKEN, NOTHING, "middle.yml")], inner=ID_TOKEN)
    found = repository({**found.texts, ".github/workflows/middle.yml": middle})
    workflow = next(each for each in found.workflows if each.path.endswith("release.yml"))

    (chain,) = Callers(found).chains_to(workflow)

    assert [call.job.id for call in chain] == ["call", "through"]
    permissions, _ = granted(chain, workflow, workflow.jobs[0])
    assert permissions == {"id-token": Access.WRITE}
