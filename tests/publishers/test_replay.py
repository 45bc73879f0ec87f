"""An ID token that comes again: once per request, or once per job and package."""

import pytest

from imprint.npm.names import PackageName
from imprint.publishers.replay import (
    AlreadyUsed,
    CredentialKind,
    CredentialState,
    DistTagOnly,
    FirstUse,
    Reissue,
    ReplayRecord,
    judge_replay,
    replay_package,
)
from imprint.tokens.issuers import ReplayMode
from tests.support.publishers import PACKAGE

OTHER = PackageName.parse("@acme/other")
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def record(**overrides) -> ReplayRecord:
    values = {
        "package": PACKAGE,
        "credential_id": "first",
        "state": CredentialState.LIVE,
        "address": HERE,
        **overrides,
    }
    return ReplayRecord(**values)


def judged(mode, given_record, **overrides):
    values = {"package": PACKAGE, "address": HERE, "dist_tag_allowed": False, **overrides}
    return judge_replay(mode, given_record, **values)


@pytest.mark.parametrize("mode", list(ReplayMode))
def test_a_token_that_never_came_is_used_for_the_first_time(mode):
    assert judged(mode, None) == FirstUse()


@pytest.mark.case("G02")
def test_only_the_key_of_a_jobs_token_holds_the_package():
    assert replay_package(ReplayMode.PER_JOB, PACKAGE) == "@acme/rocket"
    assert replay_package(ReplayMode.PER_REQUEST, PACKAGE) == ""


@pytest.mark.case("G01")
@pytest.mark.parametrize("state", list(CredentialState))
@pytest.mark.parametrize("package", [PACKAGE, OTHER])
def test_a_token_of_a_request_is_good_once(state, package):
    found = judged(ReplayMode.PER_REQUEST, record(state=state), package=package)

    assert isinstance(found, AlreadyUsed)
    assert found.refusal.code == "already-used"
    assert found.refusal.message == "the ID token was exchanged for `@acme/rocket` already"
    assert (found.void, found.is_suspicious) == (None, False)


@pytest.mark.case("G01")
@pytest.mark.parametrize("mode", list(ReplayMode))
@pytest.mark.parametrize("state", list(CredentialState))
def test_a_token_that_comes_from_elsewhere_voids_what_it_was_good_for(mode, state):
    found = judged(mode, record(state=state), address=ELSEWHERE, dist_tag_allowed=True)

    assert isinstance(found, AlreadyUsed)
    assert found.refusal.message == (
        "the ID token was exchanged for `@acme/rocket` already, from another address"
    )
    assert (found.void, found.is_suspicious) == ("first", True)


@pytest.mark.case("G11")
@pytest.mark.parametrize("state", [CredentialState.LIVE, CredentialState.EXPIRED])
def test_a_jobs_token_whose_credential_is_unused_gets_another_one(state):
    assert judged(ReplayMode.PER_JOB, record(state=state)) == Reissue(void="first")


@pytest.mark.case("G11")
def test_a_jobs_token_publishes_a_package_once():
    found = judged(ReplayMode.PER_JOB, record(state=CredentialState.SPENT))

    assert isinstance(found, AlreadyUsed)
    assert (found.void, found.is_suspicious) == (None, False)


@pytest.mark.parametrize(
    "earlier",
    [
        {"state": CredentialState.SPENT},
        {"state": CredentialState.LIVE, "kind": CredentialKind.DIST_TAG_ONLY},
        {"state": CredentialState.EXPIRED, "kind": CredentialKind.DIST_TAG_ONLY},
    ],
)
def test_after_its_publication_a_jobs_token_is_good_for_dist_tags_where_they_are_allowed(earlier):
    allowed = judged(ReplayMode.PER_JOB, record(**earlier), dist_tag_allowed=True)

    assert allowed == DistTagOnly(void="first")
    assert isinstance(judged(ReplayMode.PER_JOB, record(**earlier)), AlreadyUsed)


@pytest.mark.parametrize("kind", list(CredentialKind))
def test_a_jobs_token_whose_credential_was_revoked_gets_no_other(kind):
    earlier = record(state=CredentialState.REVOKED, kind=kind)

    found = judged(ReplayMode.PER_JOB, earlier, dist_tag_allowed=True)

    assert isinstance(found, AlreadyUsed)


def test_a_record_of_another_package_under_the_same_key_refuses():
    assert isinstance(judged(ReplayMode.PER_JOB, record(package=OTHER)), AlreadyUsed)
