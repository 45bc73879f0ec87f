"""How outsiders get on from where they run something: caches, artifacts, outputs, tokens, secrets."""

import pytest

from imprint.workflows.facts_reading import facts_from_object
from imprint.workflows.paths.kinds import PathKind
from tests.support.paths import RELEASE, analysis, known, nodes, ways

STRANGER = """\
on: pull_request_target
permissions: {permissions}
jobs:
  test:
    runs-on: ubuntu-latest
    {more}
    steps:
      - uses: actions/checkout@v4.2.0
        with: {{ ref: "${{{{ github.event.pull_request.head.sha }}}}" }}
      - run: npm ci
{steps}
"""
CACHED = RELEASE.replace(
    "      - run: npm publish",
    "      - uses: actions/cache@v4\n        with: { path: x, key: 'a-1', restore-keys: 'a-' }\n"
    "      - run: npm publish",
)


def stranger(*, permissions="{ contents: read }", steps="", more="timeout-minutes: 5"):
    return STRANGER.format(permissions=permissions, steps=steps, more=more)


@pytest.mark.parametrize(
    ("key", "node"), [("a-2", "cache"), ("b-2", "cache(forged key)"), (None, "cache(forged key)")]
)
def test_a_key_is_forged_where_no_honest_save_would_be_restored(key, node):
    step = (
        ""
        if key is None
        else f"      - uses: actions/cache@v4\n        with: {{ path: x, key: {key} }}"
    )

    found = analysis({"test.yml": stranger(steps=step), "release.yml": CACHED})

    assert ways(found) == [("ANON", ["test.yml:test", node, "release.yml:publish"])]


def test_a_tags_run_restores_the_default_branchs_cache():
    tagged = CACHED.replace("branches: [main]", "tags: ['v*']")

    found = analysis({"test.yml": stranger(), "release.yml": tagged})

    assert [people for people, _ in ways(found)] == ["ANON"]


def test_a_cache_of_somebody_else_is_not_closed_by_the_platform():
    found = analysis(
        {"test.yml": stranger(), "release.yml": CACHED},
        facts=known(third_party_cache=True),
        profile="github-2026-07",
    )

    assert [people for people, _ in ways(found)] == ["ANON"]


def test_a_job_on_the_way_may_hand_the_cache_on():
    nightly = CACHED.replace("push: { branches: [main] }", "schedule: [ { cron: '0 0 * * *' } ]")
    nightly = nightly.replace("npm publish", "npm test").replace("id-token: write", "issues: read")
    files = {
        "test.yml": stranger(),
        "nightly.yml": nightly,
        "release.yml": CACHED,
    }

    (way,) = ways(analysis(files))

    assert way == ("ANON", ["test.yml:test", "cache(forged key)", "release.yml:publish"])


DISPATCHED = RELEASE.replace("{ push: { branches: [main] } }", "workflow_dispatch")
PUSHING = ["push branch (contents: write)", "dispatch (actions: write)"]


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("{ contents: write, actions: write }", ["test.yml:test", *PUSHING, "release.yml:publish"]),
        ("write-all", ["test.yml:test", *PUSHING, "release.yml:publish"]),
        ("{ contents: write }", None),
        ("{ actions: write }", None),
        ("{ contents: read }", None),
    ],
)
def test_a_token_that_pushes_and_dispatches_releases(permissions, expected):
    files = {"test.yml": stranger(permissions=permissions), "release.yml": DISPATCHED}

    found = analysis(files, facts=known(default_branch_protected=True))

    outside = [path for people, path in ways(found) if people == "ANON"]
    assert outside == ([] if expected is None else [expected])


def test_a_push_to_an_unprotected_default_branch_waits_for_the_next_release():
    files = {"test.yml": stranger(permissions="{ contents: write }"), "release.yml": RELEASE}

    found = analysis(files, facts=known(default_branch_protected=False))

    assert ways(found) == [
        ("ANON", ["test.yml:test", "push to main (contents: write)", "release.yml:publish"])
    ]


def test_a_dispatched_run_of_the_default_branch_alone_is_stopped_by_its_environment():
    text = DISPATCHED.replace("    steps:", "    environment: npm\n    steps:")
    files = {
        "test.yml": stranger(permissions="{ contents: write, actions: write }"),
        "release.yml": text,
    }
    facts = known(
        environment="npm",
        environments={"npm": {"branches": ["main"]}},
        default_branch_protected=True,
    )

    assert [people for people, _ in ways(analysis(files, facts=facts))] == ["REVIEWED"]


def test_a_job_with_an_id_token_of_the_publishers_file_mints_it():
    text = stranger(permissions="{ id-token: write }")

    assert ways(analysis({"release.yml": text})) == [("ANON", ["release.yml:test", "OIDC"])]


def test_an_id_token_of_another_file_is_taken_by_nobody():
    files = {"test.yml": stranger(permissions="{ id-token: write }"), "release.yml": RELEASE}

    assert ways(analysis(files)) == []


def test_a_publish_secret_in_reach_is_a_publication():
    step = "      - run: echo\n        env: { A: '${{ secrets.NPM_TOKEN }}' }"
    release = RELEASE.replace(
        "- run: npm publish",
        "- run: npm publish\n        env: { NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}' }",
    )

    found = analysis({"test.yml": stranger(steps=step), "release.yml": release})

    assert ways(found)[0] == ("ANON", ["test.yml:test", "secret NPM_TOKEN"])


def test_a_secret_of_no_use_is_no_path():
    step = "      - run: echo\n        env: { A: '${{ secrets.CODECOV_TOKEN }}' }"

    found = analysis({"test.yml": stranger(steps=step), "release.yml": RELEASE})

    assert [(path.check, path.can_publish) for path in found.paths] == [(PathKind.EXECUTION, False)]


def test_a_bots_token_does_what_a_writer_does():
    step = "      - run: echo\n        env: { GH_TOKEN: '${{ secrets.BOT_PAT }}' }"

    found = analysis({"test.yml": stranger(steps=step), "release.yml": RELEASE})

    assert ways(found)[0][1][:2] == ["test.yml:test", "secret BOT_PAT"]
    assert found.paths[0].confidence.name == "MEDIUM"


SPLIT = """\
on: pull_request_target
permissions: {{ contents: read }}
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: {{ version: "${{{{ steps.v.outputs.version }}}}" }}
    steps:
      - uses: actions/checkout@v4.2.0
        with: {{ ref: "${{{{ github.event.pull_request.head.sha }}}}" }}
      - run: npm ci && npm pack
      - uses: actions/upload-artifact@v4
        with: {{ name: pkg, path: x.tgz }}
  publish:
    needs: build
    runs-on: ubuntu-latest
    permissions: {{ id-token: write }}
    steps:
{steps}
"""


def test_an_artifact_of_the_same_run_is_published_as_it_is():
    steps = (
        "      - uses: actions/download-artifact@v4\n        with: { name: pkg }\n"
        "      - run: npm publish --ignore-scripts ./x.tgz"
    )

    found = analysis({"release.yml": SPLIT.format(steps=steps)})

    assert ways(found) == [("ANON", ["release.yml:build", "artifact pkg", "release.yml:publish"])]


def test_an_output_in_a_script_is_run():
    steps = "      - run: npm publish --tag ${{ needs.build.outputs.version }}"

    found = analysis({"release.yml": SPLIT.format(steps=steps)})

    assert ways(found) == [
        ("ANON", ["release.yml:build", "output of build", "release.yml:publish"])
    ]


def test_an_artifact_that_is_only_read_is_no_path():
    text = """\
on: { workflow_run: { workflows: [Build], types: [completed] } }
permissions: { contents: write, pull-requests: write, actions: read }
jobs:
  comment:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
        with: { name: n, run-id: "${{ github.event.workflow_run.id }}", path: out }
      - run: gh pr comment --body-file out/comment.md
"""
    build = "name: Build\non: pull_request\njobs: { b: { runs-on: u, steps: [ { run: x } ] } }\n"

    assert analysis({"comment.yml": text, "build.yml": build, "release.yml": RELEASE}).paths == ()


def test_code_in_another_folder_is_not_what_runs():
    text = stranger().replace('with: { ref: "', 'with: { path: theirs, ref: "')

    assert analysis({"test.yml": text, "release.yml": CACHED}).paths == ()


def test_code_in_another_folder_runs_where_that_is_entered():
    text = stranger().replace('with: { ref: "', 'with: { path: theirs, ref: "')
    text = text.replace("run: npm ci", "working-directory: theirs\n        run: npm ci")

    found = analysis({"test.yml": text, "release.yml": CACHED})

    assert [people for people, _ in ways(found)] == ["ANON"]


def test_trusted_code_that_is_checked_out_over_it_puts_it_away():
    text = stranger().replace(
        "      - run: npm ci", "      - uses: actions/checkout@v4\n      - run: npm ci"
    )

    assert analysis({"test.yml": text, "release.yml": CACHED}).paths == ()


@pytest.mark.parametrize(
    "step",
    [
        "run: echo ${{ github.event.pull_request.title }}",
        "run: 'echo ${{ github.head_ref }}'",
        "{ uses: actions/github-script@v7, with: { script: 'a(`${{ github.event.pull_request.body }}`)' } }",
    ],
)
def test_a_strangers_text_in_a_script_is_their_code(step):
    text = f"""\
on: pull_request_target
permissions: {{ id-token: write }}
jobs:
  title:
    runs-on: ubuntu-latest
    steps:
      - {step}
"""

    assert ways(analysis({"release.yml": text})) == [("ANON", ["release.yml:title", "OIDC"])]


def test_a_strangers_text_in_a_variable_is_only_text():
    text = """\
on: pull_request_target
permissions: { id-token: write }
jobs:
  title:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$TITLE"
        env: { TITLE: "${{ github.event.pull_request.title }}" }
"""

    assert analysis({"release.yml": text}).paths == ()


CALLED = """\
on: { workflow_call: {} }
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { id-token: write }
    steps:
      - uses: actions/checkout@v4.2.0
        with: { ref: "${{ github.event.pull_request.head.sha }}" }
      - run: npm ci && npm publish
"""
CALLING = """\
on: pull_request_target
permissions: {permissions}
jobs:
  call:
    if: {condition}
    uses: ./.github/workflows/called.yml
"""


@pytest.mark.parametrize(
    ("permissions", "condition", "expected"),
    [
        ("{ id-token: write }", "true", [("ANON", ["called.yml:publish"])]),
        ("{ contents: read }", "true", []),
        ("{ id-token: write }", "github.event_name == 'push'", []),
    ],
)
def test_a_called_workflow_runs_as_its_caller_does(permissions, condition, expected):
    caller = CALLING.format(permissions=permissions, condition=condition)

    assert ways(analysis({"release.yml": caller, "called.yml": CALLED})) == expected


def test_suppliers_come_through_caches_too():
    test = "on: push\njobs: { t: { runs-on: u, steps: [ { uses: a/b@v1 } ] } }\n"

    found = analysis({"test.yml": test, "release.yml": CACHED})

    assert ["test.yml:t", "cache", "release.yml:publish"] in [nodes(path) for path in found.supply]


def test_an_unknown_repository_is_its_publishers():
    facts = facts_from_object(
        {
            "npm": {"@acme/lib": {"repository": "acme/lib", "workflow": "release.yml"}},
            "repository": "acme/lib",
        }
    )

    found = analysis({"test.yml": stranger(), "release.yml": CACHED}, facts=facts)

    assert [people for people, _ in ways(found)] == ["ANON"]
