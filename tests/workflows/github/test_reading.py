from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.github.model import Access
from tests.support.repositories import RELEASE, repository, workflow, written

PATH = ".github/workflows/release.yml"


def values(texts):
    return [text.value for text in texts]


def table(texts):
    return {name: text.value for name, text in texts.items()}


def messages(text):
    return [note.message for note in repository({PATH: text}).unreadable]


def job_of(text):
    (job,) = workflow("on: push\njobs:\n  a:\n" + text).jobs
    return job


def test_a_workflow_has_a_name_triggers_permissions_and_jobs():
    found = workflow()

    assert found.name.value == "Release"
    assert [trigger.event for trigger in found.triggers] == ["push"]
    assert values(found.trigger("push").tags) == ["v*"]
    assert found.permissions.of("contents") is Access.NONE
    assert [job.id for job in found.jobs] == ["publish"]
    assert found.jobs[0].permissions.of("id-token") is Access.WRITE


def test_everything_knows_its_place():
    found = repository()
    (only,) = found.workflows
    (job,) = only.jobs

    assert written(found, job.id_span) == "publish"
    assert written(found, job.span).startswith("publish:\n    runs-on")
    assert written(found, job.permissions.span) == "permissions:\n      id-token: write"
    assert written(found, job.permissions.places["id-token"]) == "id-token: write"
    assert written(found, job.steps[1].span) == "run: npm publish"
    assert written(found, only.trigger("push").span) == "push:\n    tags: ['v*']"
    assert (job.steps[1].run.span.line, job.steps[1].run.span.column) == (13, 14)


def test_triggers_come_in_three_forms():
    for form in ("push", "[push]", "\n  push:"):
        (trigger,) = workflow(f"on: {form}\njobs: {{}}\n").triggers
        assert (trigger.event, trigger.branches) == ("push", ())


def test_a_quoted_on_is_the_same_key():
    assert workflow("'on': [push, issues]\njobs: {}").trigger("issues") is not None


def test_filters_inputs_secrets_and_outputs_of_triggers():
    found = workflow("""
        on:
          push:
            branches: main
            branches-ignore: [a]
            tags-ignore: [b]
            paths: [c]
            paths-ignore: [d]
          workflow_run: {workflows: [CI], types: [completed]}
          schedule: [{cron: 0 0 * * *}]
          workflow_call:
            inputs: {Node: {default: 22}, other: {required: true}}
            secrets: {TOKEN: {}}
            outputs: {version: {value: '${{ jobs.a.outputs.version }}'}}
        jobs: {}
    """)

    push, run, call = (found.trigger(n) for n in ("push", "workflow_run", "workflow_call"))
    assert values(push.branches + push.branches_ignore + push.tags_ignore) == ["main", "a", "b"]
    assert values(push.paths + push.paths_ignore) == ["c", "d"]
    assert values(run.workflows + run.types) == ["CI", "completed"]
    assert found.trigger("schedule") is not None
    assert (call.inputs, call.secrets) == (("Node", "other"), ("TOKEN",))
    assert table(call.input_defaults) == {"Node": "22"}
    assert table(call.outputs) == {"version": "${{ jobs.a.outputs.version }}"}


def test_permissions_have_short_forms():
    for form, access in (("read-all", "read"), ("write-all", "write"), ("{}", "none")):
        found = workflow(f"on: push\npermissions: {form}\njobs: {{}}\n")
        assert found.permissions.of("id-token") == access
    assert workflow("on: push\njobs: {}").permissions is None


def test_permissions_that_there_are_not_grant_nothing_and_are_told():
    text = "on: push\npermissions: {id-token: admin, contents: read}\njobs: {}\n"

    assert messages(text) == ["permission `admin` is neither read, write nor none"]
    assert workflow(text).permissions.of("id-token") is Access.NONE
    assert messages("on: push\npermissions: all\njobs: {}") == [
        "permissions are `all`, no such word"
    ]


def test_a_job_has_all_its_keys():
    job = job_of("""
    name: Publish
    needs: [build, test]
    if: github.ref == 'refs/heads/main'
    runs-on: {group: big, labels: [self-hosted, linux]}
    environment: {name: npm, url: x}
    env: {A: 1, B: null}
    defaults: {run: {shell: bash, working-directory: packages/a}}
    strategy: {matrix: {node: [20, 22]}}
    container: {image: 'node:22'}
    services: {db: {image: 'postgres:18'}}
    outputs: {version: '${{ steps.a.outputs.b }}'}
    concurrency: {group: release, cancel-in-progress: true}
    continue-on-error: true
    steps: []
""")

    assert (job.name.value, values(job.needs)) == ("Publish", ["build", "test"])
    assert job.condition.value == "github.ref == 'refs/heads/main'"
    assert values(job.runs_on) == ["self-hosted", "linux", "group:big"]
    assert job.deployment.name.value == "npm"
    assert table(job.environment) == {"A": "1", "B": ""}
    assert (job.default_shell.value, job.default_working_directory.value) == (
        "bash",
        "packages/a",
    )
    assert [dict(leg) for leg in job.matrix.legs] == [{"node": "20"}, {"node": "22"}]
    assert (job.container.value, values(job.services)) == ("node:22", ["postgres:18"])
    assert table(job.outputs) == {"version": "${{ steps.a.outputs.b }}"}
    assert (job.concurrency.value, job.continue_on_error.value) == ("release", "true")


def test_short_forms_of_a_job():
    job = job_of("""
    needs: build
    runs-on: ubuntu-latest
    environment: npm
    container: node:22
    concurrency: release
""")

    assert values(job.needs + job.runs_on) == ["build", "ubuntu-latest"]
    assert (job.deployment.name.value, job.container.value) == ("npm", "node:22")
    assert job.concurrency.value == "release"


def test_a_job_may_call_a_workflow():
    job = job_of("""
    uses: acme/shared/.github/workflows/publish.yml@main
    with: {Node-Version: 22}
    secrets: {NPM_TOKEN: '${{ secrets.NPM }}'}
""")

    assert job.uses.name == "acme/shared/.github/workflows/publish.yml"
    assert table(job.inputs) == {"node-version": "22"}
    assert table(job.secrets) == {"NPM_TOKEN": "${{ secrets.NPM }}"}
    assert not job.inherits_secrets


def test_secrets_may_be_inherited():
    job = job_of("    uses: ./.github/workflows/a.yml\n    secrets: inherit\n")

    assert (job.secrets, job.inherits_secrets) == (None, True)


def test_a_step_has_all_its_keys():
    (step,) = job_of("""
    steps:
      - id: a
        name: A
        if: always()
        uses: actions/cache@v4
        with: {Path: x}
        run: npm ci
        shell: bash
        env: {A: b}
        working-directory: c
        continue-on-error: true
""").steps

    assert (step.id.value, step.name.value, step.condition.value) == ("a", "A", "always()")
    assert (step.uses.name, table(step.inputs)) == ("actions/cache", {"path": "x"})
    assert (step.run.value, step.shell.value) == ("npm ci", "bash")
    assert table(step.environment) == {"A": "b"}
    assert (step.working_directory.value, step.continue_on_error.value) == ("c", "true")


def test_steps_of_a_parallel_group_stand_among_the_others():
    steps = job_of("""
    steps:
      - run: one
      - parallel:
          - run: two
          - run: three
      - run: four
""").steps

    assert [(step.run.value, step.is_parallel) for step in steps] == [
        ("one", False),
        ("two", True),
        ("three", True),
        ("four", False),
    ]


def test_anchors_are_followed_to_where_they_stand():
    found = repository(
        {
            PATH: """
        on: push
        jobs:
          a:
            steps: &steps
              - run: npm ci
          b:
            steps: *steps
        """
        }
    )

    first, second = found.workflows[0].jobs
    assert first.steps == second.steps
    assert written(found, second.span) == "b:\n    steps: *steps"


def test_a_part_that_cannot_be_read_hides_nothing_else():
    text = """
on: push
env: [a]
jobs:
  a: x
  b:
    needs: {c: d}
    steps:
      - just a text
      - run: [npm, publish]
      - run: npm publish
        if: a != "b"
        env: {A: [b]}
"""

    assert messages(text) == [
        "`env` is a list, expected a mapping",
        "job `a` is a text, expected a mapping",
        "`needs` is a mapping, expected a text",
        "step is no mapping",
        "`run` is a list, expected a text",
        "`env` `A` is a list, expected a text",
        'expression goes on with `"b"`',
    ]
    assert [job.id for job in workflow(text).jobs] == ["a", "b"]
    assert [step.run and step.run.value for step in workflow(text).jobs[1].steps] == [
        None,
        "npm publish",
    ]


def test_what_the_platform_refuses_is_told():
    assert messages("on: push\n") == ["workflow has no `jobs`, the platform refuses it"]
    assert messages("jobs: {}\n") == ["workflow has no `on`, the platform refuses it"]
    assert messages("on: push\njobs: {}\n---\na: b") == [
        "workflow file has a second document, the platform refuses it"
    ]


def test_a_job_that_is_there_twice_is_there_twice():
    text = "on: push\njobs:\n  a: {runs-on: x}\n  a: {runs-on: y}\n"

    assert messages(text) == ["key `a` is there twice"]
    assert len(workflow(text).jobs) == 2


def test_a_file_that_is_no_workflow_is_none():
    for text in ("", "# nothing", "a: b", "- a", "text"):
        found = repository({PATH: text})
        assert (found.workflows, found.unreadable) == ((), ())


def test_each_odd_expression_is_told_once_at_its_place():
    found = repository(
        {
            PATH: """
        on: push
        jobs:
          a:
            if: ${{ github.ref != "x" }}
            env: &env {A: "${{ b c }} ${{ github.ref }}"}
            steps:
              - {run: "echo ${{ open", env: *env}
        """
        }
    )

    assert [(note.line, note.message) for note in found.unreadable] == [
        (5, 'expression goes on with `"x"`'),
        (6, "expression has `c` where it should not, expected its end"),
        (8, "expression has no end, expected `}}`"),
    ]


LINES = RELEASE.splitlines(keepends=True)


@given(
    lines=st.lists(st.sampled_from([*LINES, "      - a\n", "\n", "  b: &b *b\n", "    ${{ x\n"])),
    cut=st.integers(0, 5),
)
def test_no_mixture_of_lines_raises(lines, cut):
    found = repository({PATH: "".join(lines)[cut:]})

    assert len(found.workflows) <= 1
