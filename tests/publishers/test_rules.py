"""The rules on a Workload, one by one: what is unknown or absent refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.identity.workload import ABSENT, UNKNOWN, RefType, Runner, Visibility
from imprint.publishers.refs import RefPattern
from imprint.publishers.rules import (
    RULES,
    Ref,
    broken_rules,
    count_of_rules,
    type_of_ref,
    witness_refs,
)
from imprint.publishers.templates import TagTemplate
from imprint.refusals import Malformed
from tests.support.publishers import (
    CONTEXT_ID,
    circleci_publisher,
    circleci_run,
    generic_publisher,
    generic_run,
    github_run,
    gitlab_publisher,
    gitlab_run,
    limits,
    patterns,
    publisher,
    rules,
)


def codes(given_rules, workload) -> list[str]:
    return [broken.code for broken in broken_rules(given_rules, workload)]


def only(given_rules, workload):
    (broken,) = broken_rules(given_rules, workload)
    return broken


def test_the_default_rules_pass_a_plain_run_of_each_provider():
    assert codes(rules(), github_run()) == []
    assert codes(gitlab_publisher().rules, gitlab_run()) == []
    assert codes(circleci_publisher().rules, circleci_run()) == []
    assert codes(generic_publisher().rules, generic_run()) == []


def test_a_publisher_without_a_workflow_refuses():
    assert codes(rules(workflow=None), github_run()) == ["workflow-mismatch"]


@pytest.mark.case("E13")
@pytest.mark.parametrize("environment", ["npm", ""])
def test_without_a_rule_any_environment_or_none_will_do(environment):
    assert codes(rules(), github_run(environment=environment)) == []


@pytest.mark.case("E13")
def test_a_strict_publisher_wants_no_environment():
    strict = rules(strict_environment=True)

    assert codes(strict, github_run(environment="")) == []
    assert only(strict, github_run()).message == (
        "`environment` is `npm`, expected no environment: this publisher is strict"
    )
    assert codes(strict, replace(github_run(), environment=UNKNOWN)) == ["environment-mismatch"]


@pytest.mark.case("E14")
def test_an_environment_is_required_and_its_case_means_nothing_at_github():
    wanted = rules(environment="NPM")

    assert codes(wanted, github_run(environment="npm")) == []
    missing = only(wanted, github_run(environment=""))
    assert missing.message == "`environment` is missing, expected `NPM`"
    assert missing.hint == (
        "this publisher requires environment `NPM`: name it on the job that publishes"
    )
    assert only(wanted, github_run(environment="prod")).message == (
        "`environment` is `prod`, expected `NPM`"
    )


@pytest.mark.case("F07")
def test_an_environment_has_case_at_gitlab():
    wanted = replace(gitlab_publisher().rules, environment="npm")

    assert codes(wanted, gitlab_run(environment="npm")) == []
    assert codes(wanted, gitlab_run(environment="NPM")) == ["environment-mismatch"]


@pytest.mark.case("E19")
def test_a_ref_must_match_one_of_the_patterns():
    wanted = rules(refs=patterns("refs/tags/v*", "refs/heads/main"))

    assert codes(wanted, github_run(ref="refs/tags/v1.2.0")) == []
    assert codes(wanted, github_run(ref="refs/heads/main")) == []
    assert only(wanted, github_run(ref="refs/heads/v1.2.0")).message == (
        "`ref` is `refs/heads/v1.2.0`, expected `refs/tags/v*` or `refs/heads/main`"
    )


@pytest.mark.case("E19")
def test_a_branch_that_is_called_like_a_tag_is_no_tag():
    wanted = rules(refs=patterns("refs/tags/v*"))

    assert codes(wanted, github_run(ref="refs/heads/refs/tags/v1")) == ["ref-denied"]
    disguised = replace(github_run(), ref_type=RefType.BRANCH)
    assert only(wanted, disguised).message == (
        "`ref_type` is `branch`, expected `tag`, which `refs/tags/v1.2.0` is"
    )


@pytest.mark.case("E19", "F15")
def test_a_ref_type_may_be_required():
    assert codes(rules(ref_type=RefType.TAG), github_run()) == []
    assert codes(rules(ref_type=RefType.BRANCH), github_run()) == ["ref-denied"]


@pytest.mark.case("E20")
def test_a_protected_ref_may_be_required():
    wanted = rules(ref_protected=True)

    assert codes(wanted, github_run(ref_protected="true")) == []
    assert only(wanted, github_run(ref_protected="false")).message == (
        "`ref_protected` is `false`, expected `true`"
    )
    assert only(wanted, github_run(ref_protected="")).message == (
        "`ref_protected` is missing, expected `true`"
    )


@pytest.mark.case("E23")
def test_a_self_hosted_runner_needs_a_flag():
    run = github_run(runner_environment="self-hosted")

    assert only(rules(), run).message == (
        "`runner_environment` is `self-hosted`, expected `hosted`"
    )
    assert codes(rules(runners=(Runner.HOSTED, Runner.SELF_HOSTED)), run) == []
    assert codes(rules(runners=(Runner.SELF_HOSTED,)), github_run()) == ["runner-denied"]
    assert codes(rules(), github_run(runner_environment="")) == ["runner-denied"]


@pytest.mark.case("E23")
def test_a_provider_that_names_no_runner_passes_by_default_and_by_no_rule():
    wanted = replace(circleci_publisher().rules, runners=(Runner.HOSTED,))

    assert codes(circleci_publisher().rules, circleci_run()) == []
    assert codes(wanted, circleci_run()) == ["runner-denied"]


@pytest.mark.case("E24")
def test_a_visibility_may_be_required():
    wanted = rules(visibilities=(Visibility.PRIVATE, Visibility.INTERNAL))

    assert codes(rules(), github_run(repository_visibility="private")) == []
    assert codes(wanted, github_run(repository_visibility="private")) == []
    assert only(wanted, github_run()).message == (
        "`repository_visibility` is `public`, expected `private` or `internal`"
    )


@pytest.mark.case("E25")
def test_who_may_start_the_run_may_be_named():
    wanted = rules(actors=("Wile", "release-bot[bot]"))

    assert codes(wanted, github_run(actor="wile")) == []
    assert only(wanted, github_run(actor="roadrunner")).message == (
        "`actor` is `roadrunner`, expected `Wile` or `release-bot[bot]`"
    )
    assert codes(wanted, github_run(actor="")) == ["actor-denied"]


def test_a_message_names_a_few_of_many_expectations():
    wanted = rules(refs=patterns(*(f"refs/tags/{n}.*" for n in range(2, 12))))

    assert only(wanted, github_run()).message == (
        "`ref` is `refs/tags/v1.2.0`, expected `refs/tags/2.*` or `refs/tags/3.*` or "
        "`refs/tags/4.*` or `refs/tags/5.*` or `refs/tags/6.*` or 5 more"
    )


@pytest.mark.case("F17")
def test_every_named_context_must_be_among_the_jobs():
    wanted = replace(circleci_publisher().rules, context_ids=(CONTEXT_ID,))

    assert codes(wanted, circleci_run()) == []
    assert codes(wanted, circleci_run(context_ids=[CONTEXT_ID, "other"])) == []
    assert codes(wanted, circleci_run(context_ids=[])) == ["context-denied"]
    assert only(wanted, circleci_run(context_ids=["other"])).message == (
        f"`oidc.circleci.com/context-ids` is `other`, expected `{CONTEXT_ID}`"
    )


@pytest.mark.case("F18")
def test_a_job_with_a_shell_in_it_never_publishes():
    broken = only(circleci_publisher().rules, circleci_run(ssh_rerun=True))

    assert broken.code == "ssh-rerun-denied"
    assert broken.message == (
        "`oidc.circleci.com/ssh-rerun` is `true`, "
        "expected `false`: a job that was run again with SSH never publishes"
    )
    for unstated in (ABSENT, UNKNOWN):
        run = replace(circleci_run(), ssh_rerun=unstated)
        assert codes(circleci_publisher().rules, run) == ["ssh-rerun-denied"]


SET_RULES = {
    "environment": (rules(environment="npm"), "environment-mismatch"),
    "ref": (rules(refs=patterns("refs/tags/v*")), "ref-denied"),
    "ref_type": (rules(ref_type=RefType.TAG), "ref-denied"),
    "ref_protected": (rules(ref_protected=True), "ref-denied"),
    "event": (rules(events=("push",)), "event-denied"),
    "runner": (rules(runners=(Runner.HOSTED,)), "runner-denied"),
    "actor": (rules(actors=("wile",)), "actor-denied"),
    "visibility": (rules(visibilities=(Visibility.PUBLIC,)), "visibility-denied"),
    "caller_workflow_ref": (rules(), "workflow-mismatch"),
}


@pytest.mark.parametrize("field", SET_RULES)
@pytest.mark.parametrize("missing", [ABSENT, UNKNOWN])
def test_a_rule_on_what_is_absent_or_unknown_refuses(field, missing):
    wanted, code = SET_RULES[field]
    assert codes(wanted, github_run()) == []

    broken = broken_rules(wanted, replace(github_run(), **{field: missing}))

    assert [one.mismatch and one.mismatch.actual for one in broken if one.code == code] == [None]
    assert all(one.mismatch is not None for one in broken)


def test_what_is_unknown_and_what_is_missing_are_told_apart():
    wanted = rules(environment="npm")

    unknown = only(wanted, replace(github_run(), environment=UNKNOWN))
    absent = only(wanted, replace(github_run(), environment=ABSENT))

    assert unknown.message == "`environment` is not known, expected `npm`"
    assert absent.message == "`environment` is missing, expected `npm`"


def test_what_a_token_says_is_shown_cut_and_printable():
    broken = only(rules(environment="npm"), github_run(environment="x\r\nset-cookie: " + "y" * 900))

    assert broken.message.isascii()
    assert "\n" not in broken.message
    assert len(broken.message) < 300


def test_more_rules_count_for_more():
    assert count_of_rules(rules()) < count_of_rules(rules(environment="npm"))
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_the_witnesses_of_a_publisher_are_each_tried_once():
    found = witness_refs(
        publisher(
            rules=rules(refs=patterns("refs/tags/v*", "refs/heads/main")),
            limits=limits(tag_template=TagTemplate.parse("v{{version}}")),
        )
    )

    assert [ref.name for ref in found] == [
        "refs/tags/vx",
        "refs/heads/main",
        "refs/tags/v1.0.0",
        "refs/heads/any-new-branch",
        "refs/tags/any-new-tag",
    ]
    assert Ref(name="refs/heads/main", type=RefType.BRANCH) in found


pieces = st.lists(
    st.sampled_from(["heads/", "tags/", "v", "/", "*", "**", "1.0", "main"]), min_size=1, max_size=6
)


@given(
    st.lists(pieces.map(lambda found: "refs/" + "".join(found)), max_size=3),
    st.sampled_from([None, RefType.TAG, RefType.BRANCH]),
    st.sampled_from(["heads", "tags"]),
    st.text("v1/main", min_size=1, max_size=8),
)
def test_a_rule_set_that_a_ref_satisfies_is_satisfied_by_a_witness(texts, ref_type, kind, name):
    try:
        refs = tuple(map(RefPattern.parse, texts))
    except Malformed:
        return
    wanted = rules(refs=refs, ref_type=ref_type)
    if codes(wanted, github_run(ref=f"refs/{kind}/{name}")):
        return

    witnesses = witness_refs(publisher(rules=wanted))

    assert any(codes(wanted, github_run(ref=ref.name)) == [] for ref in witnesses)
    assert all(ref.type is type_of_ref(ref.name) for ref in witnesses)
