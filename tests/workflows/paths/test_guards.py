"""The table of guards (facts/workflows.md §7.4): who is let in, and what is left of a guard."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.facts_reading import facts_from_object
from imprint.workflows.paths.guards import Guards, outsiders_of
from imprint.workflows.publishing.callers import Callers
from tests.support.paths import analysis, known, nodes, ways, who
from tests.support.repositories import repository

HEAD = "github.event.pull_request.head.repo"
RUN = "github.event.workflow_run"
JOB = """\
on: {{ {event}: {filters} }}
permissions: {{ id-token: write, contents: read }}
jobs:
  publish:
    if: {condition}
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4.2.0
        with: {{ ref: "refs/pull/${{{{ github.event.number }}}}/head" }}
      - run: npm ci && npm publish
"""


def let_in(condition, *, event="pull_request_target", filters="{}"):
    """Who publishes their own pull request, with this `if`."""
    text = JOB.format(event=event, filters=filters, condition=json.dumps(condition))
    return [people for people, _ in ways(analysis({"release.yml": text}))]


@pytest.mark.parametrize(
    "condition",
    [
        f"{HEAD}.full_name == github.repository",
        f"github.repository == {HEAD}.full_name && !github.event.pull_request.draft",
        f"{HEAD}.fork == false",
        f"!{HEAD}.fork",
        f"{HEAD}.owner.login == 'acme'",
        f"{HEAD}.owner.login == github.repository_owner",
        "github.event.pull_request.user.login == 'renovate[bot]'",
        "github.event.pull_request.merged == true",
        'contains(fromJSON(\'["OWNER", "MEMBER"]\'), github.event.pull_request.author_association)',
        "github.event.pull_request.author_association == 'MEMBER'",
        "false",
        "github.event_name == 'push'",
    ],
)
def test_a_guard_keeps_everybody_without_rights_out(condition):
    assert let_in(condition) == []


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "github.repository_owner == 'acme'",
        "github.repository == 'acme/lib'",
        "startsWith(github.repository, 'acme/')",
        "!contains(github.event.pull_request.labels.*.name, 'skip')",
        "github.event.action != 'closed'",
        "startsWith(github.event.pull_request.title, 'fix:')",
        f"{HEAD}.full_name == github.repository || github.event.action == 'opened'",
        "github.event.pull_request.base.ref == 'main'",
        "github.actor != 'dependabot[bot]'",
    ],
)
def test_what_looks_like_a_guard_lets_anybody_in(condition):
    assert let_in(condition) == ["ANON"]


@pytest.mark.parametrize(
    "condition",
    [
        "contains(github.event.pull_request.labels.*.name, 'safe to test')",
        "github.event.label.name == 'safe to test'",
        "github.actor == 'the-maintainer'",
    ],
)
def test_somebody_with_rights_has_to_do_something_harmless(condition):
    assert let_in(condition) == ["ANON+WRITER_INTERACTION"]


def test_a_contributor_passes_where_contributors_do():
    condition = "github.event.pull_request.author_association == 'CONTRIBUTOR'"

    assert let_in(condition) == ["PRIOR_CONTRIBUTOR"]


def test_only_a_label_starts_it():
    assert let_in("true", filters="{ types: [labeled] }") == ["ANON+WRITER_INTERACTION"]


def test_a_label_on_a_commit_that_the_event_names_is_a_look_at_that_commit():
    text = JOB.format(
        event="pull_request_target", filters="{ types: [labeled] }", condition='"true"'
    ).replace(
        "refs/pull/${{ github.event.number }}/head", "${{ github.event.pull_request.head.sha }}"
    )

    assert ways(analysis({"release.yml": text})) == []


COMMENT = """\
on: {{ issue_comment: {{ types: [created] }} }}
permissions: {{ id-token: write, contents: read }}
jobs:
{gate}
  publish:
    {needs}
    if: {condition}
    runs-on: ubuntu-latest
    steps:
{step}
      - uses: actions/checkout@v4.2.0
        with: {{ ref: "refs/pull/${{{{ github.event.issue.number }}}}/head" }}
      - run: npm ci && npm publish
"""
LOOK_UP = "gh api repos/acme/lib/collaborators/$GITHUB_ACTOR/permission --jq .permission"
SCRIPT = "if (!(await github.rest.repos.getCollaboratorPermissionLevel({}))) core.setFailed(1)"


def commented(*, gate="", needs="", condition="true", step=""):
    text = COMMENT.format(gate=gate, needs=needs, condition=condition, step=step)
    return [people for people, _ in ways(analysis({"release.yml": text}))]


def test_a_comment_without_a_check_is_anybodys():
    assert commented() == ["ANON"]


@pytest.mark.parametrize(
    "condition",
    [
        "github.event.comment.author_association == 'OWNER'",
        "github.event.comment.user.login == 'the-maintainer'",
    ],
)
def test_a_comment_of_somebody_with_rights_leaves_the_time_between(condition):
    assert commented(condition=condition) == ["ANON+WRITER_INTERACTION"]


@pytest.mark.parametrize(
    "step",
    [
        f"      - run: {LOOK_UP} | grep -Eq '^(admin|write)$'",
        f'      - run: |\n          [ "$({LOOK_UP})" = admin ] || exit 1',
        f"      - uses: actions/github-script@v7\n        with: {{ script: '{SCRIPT}' }}",
    ],
)
def test_a_step_that_looks_up_rights_and_fails_is_a_gate(step):
    assert commented(step=step) == ["ANON+WRITER_INTERACTION"]


@pytest.mark.parametrize(
    "script",
    [
        "if (pr.head.repo.full_name !== pr.base.repo.full_name) core.setFailed(1)",
        "if (pr.head.repo?.fork) throw new Error()",
    ],
)
def test_a_step_that_lets_only_this_repositorys_branches_in_keeps_strangers_out(script):
    step = f"      - uses: actions/github-script@v7\n        with: {{ script: '{script}' }}"

    assert commented(step=step) == []


def test_a_look_up_that_stops_nothing_is_none():
    assert commented(step=f"      - run: {LOOK_UP}") == ["ANON"]


def test_a_look_up_that_may_be_left_out_is_none():
    step = f"      - run: {LOOK_UP} | grep -q write\n        if: github.event.issue.locked"

    assert commented(step=step) == ["ANON"]


def test_a_failing_look_up_that_is_tolerated_is_none():
    step = f"      - run: {LOOK_UP} | grep -q write\n        continue-on-error: true"

    assert commented(step=step) == ["ANON"]


def test_a_gate_behind_the_checkout_comes_too_late():
    text = COMMENT.format(gate="", needs="", condition="true", step="")
    late = text + f"      - run: {LOOK_UP} | grep -q write\n"

    assert [people for people, _ in ways(analysis({"release.yml": late}))] == ["ANON"]


GATE = f"""\
  gate:
    runs-on: ubuntu-latest
    outputs: {{ allowed: "${{{{ steps.look.outputs.allowed }}}}" }}
    steps:
      - id: look
        run: echo "allowed=$({LOOK_UP} | grep -c write)" >> $GITHUB_OUTPUT
"""


def test_a_needed_jobs_answer_is_a_gate_where_it_is_asked():
    asked = commented(
        gate=GATE, needs="needs: gate", condition="needs.gate.outputs.allowed == 'true'"
    )

    assert asked == ["ANON+WRITER_INTERACTION"]


def test_a_needed_jobs_answer_that_nobody_asks_is_none():
    assert commented(gate=GATE, needs="needs: gate") == ["ANON"]


@pytest.mark.parametrize(
    ("condition", "people"),
    [("true", ["ANON+WRITER_INTERACTION"]), ("always()", ["ANON"])],
)
def test_a_needed_job_that_fails_holds_up_what_does_not_say_always(condition, people):
    gate = f"""\
  gate:
    runs-on: ubuntu-latest
    steps:
      - run: {LOOK_UP} | grep -q write
"""

    assert commented(gate=gate, needs="needs: gate", condition=condition) == people


BUILD = "on: pull_request\njobs: { build: { runs-on: u, steps: [ { run: npm test } ] } }\n"


@pytest.mark.parametrize(
    ("condition", "people"),
    [
        ("true", ["PRIOR_CONTRIBUTOR"]),
        (f"{RUN}.conclusion == 'success'", ["PRIOR_CONTRIBUTOR"]),
        (f"{RUN}.head_branch == 'main'", ["PRIOR_CONTRIBUTOR"]),
        (f"{RUN}.event == 'push'", []),
        (f"{RUN}.head_repository.full_name == github.repository", []),
    ],
)
def test_a_run_that_follows_a_pull_requests_is_its_authors(condition, people):
    text = JOB.format(
        event="workflow_run",
        filters="{ workflows: [build.yml], branches: [main] }",
        condition=json.dumps(condition),
    )
    text = text.replace("refs/pull/${{ github.event.number }}/head", f"${{{{ {RUN}.head_sha }}}}")
    files = {"release.yml": text, "build.yml": "name: build.yml\n" + BUILD}

    assert [who for who, _ in ways(analysis(files))] == people


def test_a_run_that_follows_a_push_is_no_strangers():
    text = JOB.format(event="workflow_run", filters="{ workflows: [CI] }", condition='"true"')
    text = text.replace("refs/pull/${{ github.event.number }}/head", f"${{{{ {RUN}.head_sha }}}}")
    build = "name: CI\n" + BUILD.replace("pull_request", "push")

    assert ways(analysis({"release.yml": text, "build.yml": build})) == []


def test_whoever_may_wait_for_approval_is_as_the_facts_say():
    text = JOB.format(event="workflow_run", filters="{ workflows: [CI] }", condition='"true"')
    text = text.replace("refs/pull/${{ github.event.number }}/head", f"${{{{ {RUN}.head_sha }}}}")
    files = {"release.yml": text, "build.yml": "name: CI\n" + BUILD}

    found = {
        policy: [people for people, _ in ways(analysis(files, facts=known(fork_approval=policy)))]
        for policy in ("none", "first-time", "all")
    }

    assert found == {
        "none": ["ANON"],
        "first-time": ["PRIOR_CONTRIBUTOR"],
        "all": ["ANON+WRITER_INTERACTION"],
    }


def test_a_reviewer_of_the_environment_takes_part():
    text = JOB.format(event="pull_request_target", filters="{}", condition='"true"').replace(
        "    runs-on:", "    environment: npm\n    runs-on:"
    )
    facts = known(environment="npm", environments={"npm": {"reviewers": 1}})

    assert [people for people, _ in ways(analysis({"release.yml": text}, facts=facts))] == [
        "ANON+ENV_REVIEWER"
    ]


def test_an_environment_that_takes_tags_alone_keeps_a_branchs_run_out():
    text = JOB.format(event="pull_request_target", filters="{}", condition='"true"').replace(
        "    runs-on:", "    environment: npm\n    runs-on:"
    )
    facts = known(environment="npm", environments={"npm": {"tags": ["v*"]}})

    assert ways(analysis({"release.yml": text}, facts=facts)) == []


@pytest.mark.parametrize(
    "step",
    [
        "git diff origin/main -- package-lock.json",
        "grep -q foo package.json",
        "jq .version package.json",
        "sha256sum package-lock.json",
    ],
)
def test_looking_at_a_file_runs_nothing_of_it(step):
    text = JOB.format(event="pull_request_target", filters="{}", condition='"true"').replace(
        "npm ci && npm publish", step
    )

    assert analysis({"release.yml": text}).paths == ()


def test_the_outsiders_of_a_job_are_told_by_run():
    text = JOB.format(event="pull_request_target", filters="{}", condition='"true"')
    found = repository({".github/workflows/release.yml": text}, name="acme/lib")
    workflow = found.workflows[0]
    guards = Guards(found, facts_from_object({}))

    ((context, people),) = outsiders_of(guards, Callers(found), workflow, workflow.jobs[0])

    assert (context.event, [str(one) for one in people]) == ("pull_request_target", ["ANON"])


CONDITIONS = st.sampled_from(
    [
        "true",
        "github.repository_owner == 'acme'",
        f"{HEAD}.full_name == github.repository",
        "contains(github.event.pull_request.labels.*.name, 'ok')",
        "!contains(github.event.pull_request.labels.*.name, 'no')",
        "github.event.pull_request.author_association == 'CONTRIBUTOR'",
        "github.actor == 'me'",
        "github.event.action == 'opened'",
        "steps.x.outputs.y",
    ]
)
STRENGTH = ["ANON", "PRIOR_CONTRIBUTOR", "ANON+WRITER_INTERACTION"]


@given(st.lists(CONDITIONS, min_size=1, max_size=3), CONDITIONS)
def test_one_more_guard_never_lets_weaker_people_in(conditions, added):
    before = let_in(" && ".join(conditions))
    after = let_in(" && ".join([*conditions, added]))

    assert min_strength(after) >= min_strength(before)


def min_strength(people):
    return min((STRENGTH.index(one) for one in people), default=len(STRENGTH))


def test_a_gate_says_that_there_is_time_between():
    text = COMMENT.format(
        gate="", needs="", condition="true", step=f"      - run: {LOOK_UP} | grep -q write"
    )
    (path,) = analysis({"release.yml": text}).paths

    assert (who(path), nodes(path)) == (
        "ANON+WRITER_INTERACTION",
        ["release.yml:publish (TOCTOU)"],
    )
