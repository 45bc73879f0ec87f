"""A policy over another: what may be said, and what comes of the two."""

import pytest

from imprint.history.axes import Auth, Origin
from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted, Refused
from imprint.policy.layers import tighten
from imprint.refusals import Malformed
from tests.support.policies import DAY, NOW, axes, event, policy, subject

ACCEPT = (
    "[[accept]]\nrule = 'auth-regressed'\npackages = ['widget']\nreason = 'so'\nuntil = 2027-02-01"
)


def layered(above, below):
    return tighten(policy(above, origin="above.toml"), policy(below))


@pytest.mark.parametrize(
    ("above", "below", "key"),
    [
        ("mode = 'enforce'", "mode = 'warn'", "mode"),
        ("mode = 'enforce'", "mode = 'enforce'\nenforce-from = 2027-02-01", "mode"),
        (
            "mode = 'warn'\nenforce-from = 2027-02-01",
            "enforce-from = 2027-03-01",
            "enforce-from",
        ),
        ("preset = 'strict'", "preset = 'provenance'", "preset"),
        ("fresh = '30d'", "fresh = '7d'", "fresh"),
        ("cooldown = '48h'", "cooldown = '24h'", "cooldown"),
        ("unknown = 'block'", "unknown = 'warn'", "unknown"),
        ("unknown = { auth = 'block' }", "unknown = { auth = 'allow' }", "unknown.auth"),
        ("scope = { dev = 'all' }", "scope = { dev = 'none' }", "scope.dev"),
        ("", "scope = { bundled = 'warn' }", "scope.bundled"),
        ("", "[rules]\nauth-regressed = 'warn'", "rules.auth-regressed"),
        (
            "[rules]\nauth-regressed = { level = 'block', from = 'info' }",
            "[rules]\nauth-regressed = 'block'",
            "rules.auth-regressed",
        ),
        ("advisories.block = 'high'", "advisories.block = 'critical'", "advisories.block"),
        ("", "accept-cap = '120d'", "accept-cap"),
        ("may-accept = ['origin-dropped']", "may-accept = ['auth-regressed']", "may-accept"),
    ],
)
def test_a_key_that_asks_for_less_is_refused_and_named(above, below, key):
    with pytest.raises(Malformed) as caught:
        layered(above, below)

    assert caught.value.code == "policy-loosens"
    assert f"`{key}`" in caught.value.message
    assert caught.value.message.startswith("imprint.toml:")


@pytest.mark.parametrize(
    ("below", "words"),
    [
        (ACCEPT, "accepts `auth-regressed`"),
        (
            "[[advisories.allow]]\nid = 'X'\nreason = 'so'\nuntil = 2027-02-01",
            "allows an advisory",
        ),
        ("[[scope]]\nnames = ['@acme/*']\nown = true", "calls names its own"),
        (
            "[[quarantine]]\nintegrity = 'sha512-" + "A" * 86 + "=='\nvouch = true\n"
            "reason = 'so'\nuntil = 2027-02-01",
            "vouches for a tarball",
        ),
    ],
)
def test_what_only_the_parent_may_take_away_is_refused(below, words):
    with pytest.raises(Malformed) as caught:
        layered("", below)

    assert caught.value.code == "policy-loosens"
    assert words in caught.value.message


def test_what_the_parent_leaves_to_its_children_they_may_accept():
    rules = layered("may-accept = ['auth.regressed']", ACCEPT)

    decision = decide(rules, subject(events=(event(),)), baseline=frozenset(), now=NOW)

    assert isinstance(decision, Admitted)
    assert decision.accepted[0].why == "so (imprint.toml:1)"


def test_names_that_the_parent_calls_own_are_own():
    text = "[[scope]]\nnames = ['@acme/*']\nown = true"

    assert len(layered(text, text).scopes) == 2


def test_the_stricter_of_each_pair_counts_and_lists_are_both():
    rules = layered(
        "cooldown = '48h'\nlicenses = { deny = ['GPL-3.0-only'] }\n"
        "[[require]]\npackages = ['a']\nminimum = 'L1'",
        "fresh = '60d'\nlicenses = { allow = ['MIT'] }\nunknown = { time = 'block' }\n"
        "[[require]]\npackages = ['b']\nminimum = 'L2'",
    )

    assert (rules.cooldown_seconds, rules.fresh_seconds) == (2 * DAY, 60 * DAY)
    assert len(rules.require) == 2
    assert len(rules.licenses) == 2
    assert rules.unknown["time"].name == "BLOCK"
    assert rules.said["cooldown"] == "above.toml:1"
    assert rules.said["fresh"] == "imprint.toml:1"


def test_a_child_that_says_nothing_changes_nothing():
    above = policy("preset = 'observe'\ncooldown = '0'", origin="above.toml")

    both = tighten(above, policy(""))

    assert (both.mode, both.cooldown_seconds, both.needs_history) == ("observe", 0, False)
    assert both.rules == above.rules


def test_a_stricter_preset_of_the_child_brings_its_minimum():
    both = layered("", "preset = 'trusted-publishing'")
    by_token = subject(axes=axes(auth=Auth.TOKEN, origin=Origin.ABSENT))

    assert isinstance(decide(both, by_token, baseline=frozenset(), now=NOW), Refused)
