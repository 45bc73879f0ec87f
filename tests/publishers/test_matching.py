"""Which publisher a Workload publishes by, why none, and what of it may be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.identity.workload import UNKNOWN
from imprint.npm.names import PackageName, ScopePattern
from imprint.publishers.matching import Matched, Pin, Refused, match
from imprint.publishers.publisher import CalledWorkflow, PublisherState, WorkflowRule
from tests.support.claims import NOW
from tests.support.publishers import (
    GITLAB,
    PACKAGE,
    circleci_publisher,
    circleci_run,
    generic_publisher,
    generic_run,
    github_run,
    gitlab_publisher,
    gitlab_run,
    patterns,
    publisher,
    rules,
    unpinned,
)


def verdict(workload, *publishers, package=PACKAGE, now=NOW, **more):
    return match(workload, publishers, package=package, now=now, **more)


def refused(workload, *publishers, **more) -> Refused:
    found = verdict(workload, *publishers, **more)
    assert isinstance(found, Refused)
    return found


def matched(workload, *publishers, **more) -> Matched:
    found = verdict(workload, *publishers, **more)
    assert isinstance(found, Matched)
    return found


def is_uniform(found: Refused) -> bool:
    return (
        found.refusal.code == "no-publisher"
        and found.refusal.message == "no trusted publisher of `@acme/rocket` accepts this run"
        and found.refusal.mismatches == ()
        and found.nearest is None
    )


def test_a_run_of_each_provider_matches_its_publisher():
    for run, one in (
        (github_run(), publisher()),
        (gitlab_run(), gitlab_publisher()),
        (circleci_run(), circleci_publisher()),
        (generic_run(), generic_publisher()),
    ):
        assert verdict(run, one) == Matched(publisher=one, pin=None, relabel=None, stage_only=False)


def test_nothing_matches_nothing():
    assert is_uniform(refused(github_run()))


@pytest.mark.case("E06", "F06")
def test_names_have_no_case_before_ids_are_known():
    matched(github_run(), unpinned(rules=rules(repository="Acme/ROCKET")))
    mixed = replace(gitlab_publisher().rules, repository="Acme/Tools/Rocket")
    matched(gitlab_run(), unpinned(rules=mixed, issuer=GITLAB))


@pytest.mark.case("E06")
@pytest.mark.parametrize("wrong", ["0901", "901 ", "9010", "90", ""])
def test_ids_are_compared_to_the_letter(wrong):
    assert is_uniform(
        refused(github_run(repository="o/r"), publisher(rules=rules(repository_id=wrong)))
    )


@pytest.mark.case("E09")
def test_a_repository_with_another_owner_is_refused_with_both_ids():
    found = refused(github_run(repository_owner_id="43"), publisher())

    assert found.refusal.code == "owner-changed"
    assert found.refusal.message == (
        "trusted publisher of `@acme/rocket` refuses this run: "
        "`repository_owner_id` is `43`, expected `42`"
    )
    assert found.refusal.hint == (
        "the repository was transferred: add a trusted publisher with the new owner's id"
    )
    assert found.nearest == publisher()


@pytest.mark.case("E10", "F11", "L02")
def test_a_name_that_somebody_else_took_over_is_refused_and_told_nothing():
    found = refused(github_run(repository_id="999", repository_owner_id="998"), publisher())

    assert is_uniform(found)
    assert "901" not in str(found.refusal)
    assert [one.code for one in found.compared] == ["identity-changed"]


@pytest.mark.case("E10")
def test_a_repository_made_again_by_the_same_account_is_told_so_and_nothing_more():
    found = refused(
        github_run(repository_id="999", environment="prod"),
        publisher(rules=rules(environment="npm")),
    )

    assert found.refusal.code == "identity-changed"
    assert found.refusal.message == (
        "trusted publisher of `@acme/rocket` refuses this run: "
        "`repository_id` is `999`, expected `901`"
    )
    assert [one.claim for one in found.refusal.mismatches] == ["repository_id"]


@pytest.mark.case("F11")
def test_a_gitlab_namespace_that_was_taken_over_is_refused():
    found = refused(
        gitlab_run(namespace_id="78", job_namespace_id="78", project_id="9", job_project_id="9"),
        gitlab_publisher(),
    )

    assert is_uniform(found)
    assert [one.code for one in found.compared] == ["identity-changed"]


@pytest.mark.case("E11")
def test_a_renamed_repository_publishes_on_and_is_relabelled():
    found = matched(github_run(repository="acme-inc/rocket2"), publisher())

    assert found.relabel == "acme-inc/rocket2"
    assert found.pin is None


@pytest.mark.case("E06", "E11")
def test_another_case_is_no_rename():
    assert matched(github_run(), publisher(rules=rules(repository="ACME/rocket"))).relabel is None


@pytest.mark.case("F14")
@pytest.mark.parametrize("sub", ["repo", "repo:", "repo:acme@42/rocket@901:ref:x", ""])
def test_no_shape_of_sub_matters(sub):
    matched(github_run(sub=sub), publisher())


@pytest.mark.case("F10")
def test_a_first_use_pins_both_ids_and_what_it_publishes_waits():
    found = matched(github_run(), unpinned())

    assert found.pin == Pin(repository_id="901", owner_id="42")
    assert found.stage_only


@pytest.mark.case("F10")
def test_a_pinned_publisher_matches_by_ids_and_still_waits_for_an_owner():
    found = matched(github_run(), publisher(state=PublisherState.PINNED))

    assert found.pin is None
    assert found.stage_only


@pytest.mark.case("F10")
def test_a_run_that_states_no_ids_pins_nothing():
    found = refused(replace(github_run(), repository_id=UNKNOWN), unpinned())

    assert found.refusal.message == (
        "trusted publisher of `@acme/rocket` refuses this run: "
        "`repository_id` is not known, expected an id to pin this publisher to"
    )


@pytest.mark.case("F13")
def test_a_publisher_that_was_not_pinned_in_time_has_expired():
    waiting = unpinned(pin_until=NOW)

    assert refused(github_run(), waiting).refusal.code == "publisher-expired"
    matched(github_run(), waiting, now=NOW - 1)
    assert refused(github_run(), unpinned(pin_until=None)).refusal.code == "publisher-expired"
    matched(github_run(), publisher(pin_until=NOW - 1))


@pytest.mark.case("E12")
def test_a_disabled_publisher_is_refused_and_says_so_to_its_own_runs():
    disabled = publisher(state=PublisherState.DISABLED)

    assert refused(github_run(), disabled).refusal.code == "publisher-disabled"
    assert is_uniform(refused(github_run(repository_id="9", repository_owner_id="9"), disabled))


@pytest.mark.parametrize("state", list(PublisherState))
@pytest.mark.parametrize("half", ["repository_id", "owner_id"])
def test_half_a_pin_is_none(state, half):
    one = publisher(rules=rules(**{half: None}), state=state, pin_until=NOW + 1)

    assert is_uniform(refused(github_run(), one))


@pytest.mark.case("B09", "B10", "F21")
def test_another_issuer_is_another_world():
    elsewhere = replace(GITLAB, name="other", url="https://gitlab.other.test")
    foreign = gitlab_publisher(issuer=elsewhere)

    assert is_uniform(refused(gitlab_run(), foreign))
    assert refused(gitlab_run(), foreign).compared == ()
    lookalike = gitlab_publisher(issuer=replace(GITLAB, url=GITLAB.url + "/"))
    assert is_uniform(refused(gitlab_run(), lookalike))


@pytest.mark.case("B09")
def test_an_issuer_of_another_provider_never_matches():
    confused = publisher(provider=gitlab_publisher().provider)

    assert is_uniform(refused(github_run(), confused))


@pytest.mark.case("L02")
def test_a_stranger_is_told_only_what_their_own_token_says():
    found = refused(
        github_run(repository="evil/fork", repository_id="5", repository_owner_id="6"),
        publisher(rules=rules(environment="secret-name")),
    )

    assert is_uniform(found)
    assert found.refusal.hint == (
        "a trusted publisher must match this token: issuer `https://ci.example.test`, "
        "repository `evil/fork`, repository_id `5`, repository_owner_id `6`, "
        "workflow_ref `evil/fork/.github/workflows/release.yml@refs/tags/v1.2.0`, "
        "job_workflow_ref `evil/fork/.github/workflows/release.yml@refs/tags/v1.2.0`, "
        "ref `refs/tags/v1.2.0`, environment `npm`"
    )


@pytest.mark.case("L02", "I06")
def test_a_missing_package_reads_like_one_whose_publishers_do_not_match():
    run = github_run(repository="evil/fork", repository_id="5", repository_owner_id="6")

    assert refused(run, exists=False).refusal == refused(run, publisher()).refusal


@pytest.mark.case("L02")
def test_expected_values_are_told_by_id_or_by_exact_name_before_any_pin():
    other = github_run(environment="prod")
    wanted = rules(environment="npm")

    for one in (publisher(rules=wanted), unpinned(rules=wanted)):
        found = refused(other, one)
        assert found.refusal.code == "environment-mismatch"
        assert found.nearest == one
    stranger = github_run(repository="acme/rocket-fork", environment="prod", repository_id="5")
    assert is_uniform(refused(stranger, unpinned(rules=wanted)))


def test_a_refusal_lists_every_mismatch_and_leads_with_the_gravest():
    found = refused(
        github_run(environment="prod", event_name="workflow_run", runner_environment="self-hosted"),
        publisher(rules=rules(environment="npm")),
    )

    assert found.refusal.code == "event-denied"
    assert found.refusal.message == (
        "trusted publisher of `@acme/rocket` refuses this run: `event_name` is `workflow_run`, "
        "expected another event: it follows another workflow, also one of a stranger's pull request"
        " (and 2 more)"
    )
    assert [one.claim for one in found.refusal.mismatches] == [
        "event_name",
        "environment",
        "runner_environment",
    ]


def test_the_nearest_publisher_is_the_one_with_the_fewest_mismatches():
    far = publisher(
        id="far", rules=rules(environment="other", workflow=WorkflowRule(caller="x.yml"))
    )
    near = publisher(id="near", rules=rules(environment="prod"))

    found = refused(github_run(), far, near)

    assert found.nearest == near
    assert [one.publisher.id for one in found.compared] == ["far", "near"]


@pytest.mark.case("E17")
def test_the_operators_ban_refuses_what_the_publisher_allows():
    allowed = publisher(rules=rules(events=("push",)))

    found = refused(github_run(), allowed, banned_events=frozenset({"push"}))

    assert found.refusal.code == "event-denied"


@pytest.mark.case("D21")
def test_a_shared_workflow_that_a_stranger_calls_opens_only_the_strangers_packages():
    call = CalledWorkflow(repository="acme/shared", file="publish.yml")
    victim = publisher(id="victim", rules=rules(workflow=WorkflowRule(called=call)))
    own = replace(victim, id="own", rules=replace(victim.rules, repository_id="5", owner_id="6"))
    run = github_run(
        repository="evil/fork",
        repository_id="5",
        repository_owner_id="6",
        job_workflow_ref="acme/shared/.github/workflows/publish.yml@refs/heads/main",
    )

    assert is_uniform(refused(run, victim))
    assert matched(run, victim, own).publisher == own


@pytest.mark.case("D21", "D22", "D23")
def test_a_call_of_the_wrong_workflow_is_a_mismatch():
    call = CalledWorkflow(repository="acme/shared", file="publish.yml")
    found = refused(github_run(), publisher(rules=rules(workflow=WorkflowRule(called=call))))

    assert found.refusal.code == "workflow-mismatch"
    assert found.refusal.mismatches[0].claim == "job_workflow_ref"


@pytest.mark.case("E15")
def test_a_publisher_with_an_environment_comes_before_one_without():
    general = publisher(id="general", created_at=1.0)
    specific = publisher(id="specific", rules=rules(environment="npm"))

    assert matched(github_run(), general, specific).publisher == specific
    assert matched(github_run(environment="prod"), general, specific).publisher == general


def test_an_exact_name_comes_before_a_pattern_and_a_narrow_pattern_before_a_wide_one():
    wide = publisher(
        id="wide", target=ScopePattern.parse("@acme/*"), rules=rules(environment="npm")
    )
    narrow = replace(wide, id="narrow", target=ScopePattern.parse("@acme/rock*"))
    exact = publisher(id="exact")

    assert matched(github_run(), wide, narrow, exact).publisher == exact
    assert matched(github_run(), wide, narrow).publisher == narrow


def test_more_rules_come_before_fewer():
    fewer = publisher(id="fewer", created_at=1.0)
    more = publisher(id="more", rules=rules(refs=patterns("refs/tags/v*"), ref_protected=True))

    assert matched(github_run(), fewer, more).publisher == more


@pytest.mark.case("L03")
@given(st.permutations([3.0, 1.0, 2.0]))
def test_among_equals_the_oldest_wins_in_any_order(times):
    equals = [publisher(id=f"{at}", created_at=at) for at in times]

    assert matched(github_run(), *equals).publisher.created_at == 1.0


@pytest.mark.case("L03")
def test_a_broken_publisher_does_not_stop_the_others():
    odd = publisher(id="odd", rules=rules(workflow=None, repository=None, repository_id=None))

    assert matched(github_run(), odd, publisher()).publisher == publisher()


def test_a_publisher_of_another_package_is_no_candidate():
    other = publisher(target=PackageName.parse("@acme/other"))
    scope = publisher(target=ScopePattern.parse("@evil/*"))

    assert refused(github_run(), other, scope).compared == ()


@pytest.mark.case("J01", "J03")
def test_a_pending_publisher_creates_its_package_and_is_nothing_afterwards():
    pending = publisher(pending=True, expires_at=NOW + 1)

    assert matched(github_run(), pending, exists=False).publisher == pending
    assert is_uniform(refused(github_run(), pending, exists=True))
    assert is_uniform(refused(github_run(), publisher(), exists=False))


@pytest.mark.case("J06")
def test_a_pending_publisher_expires():
    pending = publisher(pending=True, expires_at=NOW)

    assert refused(github_run(), pending, exists=False).refusal.code == "publisher-expired"


def test_a_pattern_creates_packages_only_when_it_may():
    pattern = publisher(target=ScopePattern.parse("@acme/*"))

    assert is_uniform(refused(github_run(), pattern, exists=False))
    matched(github_run(), replace(pattern, create=True), exists=False)
    matched(github_run(), pattern, exists=True)


@pytest.mark.case("F17")
def test_the_ids_of_circleci_decide():
    other = "11111111-2222-4333-8444-555555555555"

    assert is_uniform(refused(circleci_run(project_id=other, org_id=other), circleci_publisher()))
    assert refused(circleci_run(org_id=other), circleci_publisher()).refusal.code == "owner-changed"
    found = refused(circleci_run(pipeline_definition_id=other), circleci_publisher())
    assert found.refusal.code == "workflow-mismatch"


@pytest.mark.parametrize("origin", ["forge.example.test/mallory/rocket", None])
def test_a_fork_has_the_ids_of_the_circleci_project_and_is_refused(origin):
    found = refused(circleci_run(vcs_origin=origin), circleci_publisher())

    assert found.refusal.code == "origin-mismatch"
    assert [mismatch.claim for mismatch in found.refusal.mismatches] == [
        "oidc.circleci.com/vcs-origin"
    ]


def test_an_origin_of_circleci_has_no_case():
    matched(circleci_run(vcs_origin="Forge.example.test/ACME/Rocket"), circleci_publisher())


@pytest.mark.case("F18")
def test_a_circleci_job_run_again_with_ssh_is_refused_and_told_so():
    found = refused(circleci_run(ssh_rerun=True), circleci_publisher())

    assert found.refusal.code == "ssh-rerun-denied"
    assert found.refusal.hint == "run the job again without SSH"


@pytest.mark.case("F19")
def test_every_claim_of_a_generic_publisher_must_be_equal():
    one = generic_publisher({"pipeline_slug": "rocket-release", "protected": "true"})

    matched(generic_run(), one)
    assert is_uniform(refused(generic_run(protected=False), one))
    assert is_uniform(refused(generic_run(pipeline_slug="Rocket-Release"), one))


@pytest.mark.case("F19", "L02")
def test_a_generic_publisher_tells_its_differences_to_the_subject_it_names():
    one = generic_publisher(
        {"sub": "organization:acme:pipeline:rocket-release", "build_branch": "x"}
    )

    found = refused(generic_run(), one)

    assert found.refusal.code == "claim-mismatch"
    assert found.refusal.message == (
        "trusted publisher of `@acme/rocket` refuses this run: "
        "`build_branch` is `main`, expected `x`"
    )
    assert is_uniform(refused(generic_run(sub="organization:evil"), one))


def test_a_generic_publisher_without_rules_matches_nothing():
    empty = generic_publisher()

    assert is_uniform(refused(generic_run(), replace(empty, rules=replace(empty.rules, claims={}))))
    unseen = replace(generic_run(), claims=UNKNOWN)
    assert is_uniform(refused(unseen, generic_publisher()))


@given(
    st.lists(
        st.builds(
            dict,
            environment=st.sampled_from([None, "npm", "prod"]),
            repository_id=st.sampled_from([None, "901", "5"]),
            owner_id=st.sampled_from([None, "42", "6"]),
            state=st.sampled_from(list(PublisherState)),
            pending=st.booleans(),
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_matching_is_total_and_what_matches_breaks_no_rule_of_its_own(drawn, exists):
    candidates = [
        publisher(
            id=str(number),
            state=one["state"],
            pending=one["pending"],
            pin_until=NOW + 1,
            rules=rules(**{k: one[k] for k in ("environment", "repository_id", "owner_id")}),
        )
        for number, one in enumerate(drawn)
    ]

    found = verdict(github_run(), *candidates, exists=exists)

    if isinstance(found, Matched):
        assert found.publisher.state is not PublisherState.DISABLED
        assert isinstance(verdict(github_run(), found.publisher, exists=exists), Matched)
        assert (found.pin is None) or found.stage_only
    else:
        assert all(
            isinstance(verdict(github_run(), one, exists=exists), Refused) for one in candidates
        )
