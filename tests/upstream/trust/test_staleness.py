"""How old trust may be before it is said, or refused."""

import pytest

from imprint.upstream.trust.staleness import DAY_SECONDS, refuse_stale, staleness
from imprint.upstream.trust.trust import KeptDomain, KeptKeys, Trust
from tests.support.trust import HOST, NOW, domain_document, keys_document


def trust(domain_age=0.0, keys_age=0.0, name="private", **changes):
    """One domain and one registry's keys, so many days old."""
    domain = domain_document(name=name, updated_at=NOW - domain_age * DAY_SECONDS, **changes)
    keys = keys_document(updated_at=NOW - keys_age * DAY_SECONDS)
    return Trust(
        kept_domains={name: KeptDomain(document=domain, place="p")},
        kept_keys={HOST: KeptKeys(document=keys, place="p")},
    )


@pytest.mark.parametrize("age", [0, 1, 180, 180.99])
def test_half_a_year_is_fresh(age):
    assert staleness(trust(age, age), NOW) == ()


def test_older_roots_are_said():
    (stale,) = staleness(trust(181), NOW)

    assert (stale.name, stale.age_days) == ("private", 181)
    assert stale.message == (
        "the roots of the trust domain `private` are `181` days old: more than 180"
    )


def test_older_keys_are_said():
    (stale,) = staleness(trust(keys_age=240), NOW)

    assert stale.message == f"the keys of the registry `{HOST}` are `240` days old: more than 180"


def test_callers_may_ask_of_those_that_judged():
    assert [one.name for one in staleness(trust(181, 181), NOW, names={HOST})] == [HOST]


def test_staging_is_said_to_who_asks_for_it():
    old = trust(181, name="staging")

    assert staleness(old, NOW) == ()
    assert [one.name for one in staleness(old, NOW, names={"staging"})] == ["staging"]


def test_a_file_from_the_future_is_not_fresh_for_ever():
    (stale,) = staleness(trust(-400), NOW)

    assert stale.message == "the roots of the trust domain `private` are dated `400` days from now"


def test_a_root_without_an_authority_for_now_is_said():
    (stale,) = staleness(trust(-400), NOW - 40 * 365 * DAY_SECONDS, names={"private"})[-1:]

    assert stale.message.endswith("have no signing authority that is valid now")


def test_nothing_is_refused_unless_a_setting_says_so():
    assert refuse_stale(trust(10_000), NOW, max_age_days=0) is None


def test_what_is_older_than_the_setting_is_refused():
    refusal = refuse_stale(trust(91), NOW, max_age_days=90)

    assert refusal.code == "trust-root-stale"
    assert "`91` days old: more than 90" in refusal.message


def test_what_is_not_older_than_the_setting_is_not_refused():
    assert refuse_stale(trust(90), NOW, max_age_days=90) is None
