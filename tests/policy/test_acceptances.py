"""Acceptances: written into a policy, and what is told of them."""

import pytest

from imprint.history.events import EventId
from imprint.policy.acceptances import add_acceptance
from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted, Level, Reason
from imprint.policy.notes import notes_of
from imprint.refusals import Malformed
from tests.support.policies import DAY, NOW, decided, event, policy, subject

TEXT = """\
# ours
mode = "enforce"  # not yet for all

[[accept]]
rule = "origin-dropped" # by hand
packages = ["undici@6"]
reason = "known"
until = 2027-02-01
"""
CHANGE = event(EventId.PUBLISHER_REPO_CHANGED, before='github "1" of 2', after="github 3 of 2")


def added(text=TEXT, *, event_=CHANGE, days=30, why="we moved", by="alice"):
    (reason,) = decided(events=(event_,)).reasons
    return add_acceptance(
        text,
        origin="imprint.toml",
        reason=reason,
        packages=("widget@1.2.3",),
        why=why,
        lasts_seconds=days * DAY,
        by=by,
        now=NOW,
    )


def test_an_acceptance_is_added_and_all_else_stays():
    assert added() == TEXT + (
        '\n[[accept]]\nrule = "publisher-repo-changed"\npackages = ["widget@1.2.3"]\n'
        'reason = "we moved"\nuntil = 2027-02-14\nby = "alice"\n'
        'from = "github \\"1\\" of 2"\nto = "github 3 of 2"\n'
    )


def test_what_was_added_accepts_that_very_finding():
    rules = policy(added())

    decision = decide(rules, subject(events=(CHANGE,)), baseline=frozenset(), now=NOW)

    assert isinstance(decision, Admitted)


@pytest.mark.parametrize("text", ["", "\n", "mode = 'enforce'", "[rules]\norigin.dropped = 'warn'"])
def test_any_policy_takes_one(text):
    assert len(policy(added(text)).accept) == 1


@pytest.mark.parametrize("why", ['with "quotes"', "with\nlines", "ünïcode \\ back"])
def test_any_reason_is_written_so_that_it_is_read(why):
    assert policy(added(why=why)).accept[-1].why == " ".join(why.split())


@pytest.mark.parametrize("why", ["…", "...", " … "])
def test_a_reason_that_says_nothing_is_none(why):
    with pytest.raises(Malformed) as caught:
        added(why=why)

    assert caught.value.code == "not-acceptable"


def test_the_longest_that_the_policy_allows_counts_at_once():
    rules = policy(added(days=90))

    decision = decide(rules, subject(events=(CHANGE,)), baseline=frozenset(), now=NOW)

    assert isinstance(decision, Admitted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"days": 91}, "not-acceptable"),
        ({"days": 0}, "not-acceptable"),
        ({"event_": event(EventId.SIGNATURE_INVALID)}, "not-acceptable"),
        ({"text": "accept = []"}, "not-acceptable"),
        ({"text": "mode = "}, "malformed-policy"),
        ({"why": " "}, "policy-value"),
    ],
)
def test_what_cannot_be_accepted_is_not_written(changes, code):
    with pytest.raises(Malformed) as caught:
        added(**changes)

    assert caught.value.code == code


def test_notes_say_what_is_over_and_what_is_not_needed():
    text = TEXT + (
        '\n[[accept]]\nrule = "auth-regressed"\npackages = ["widget"]\nreason = "so"\n'
        "until = 2027-01-20\n"
        '\n[[accept]]\nrule = "publisher-repo-changed"\npackages = ["widget"]\nreason = "so"\n'
        "until = 2027-01-20\n"
        '\n[[accept]]\nrule = "approval-dropped"\npackages = ["widget"]\nreason = "so"\n'
        "until = 2027-12-20\n"
        '\n[[advisories.allow]]\nid = "X"\nreason = "so"\nuntil = 2027-01-10\n'
    )
    rules = policy(text)
    decision = decide(rules, subject(events=(event(),)), baseline=frozenset(), now=NOW)

    assert notes_of(rules, [decision], now=NOW) == (
        "acceptance of `origin-dropped` for undici@6 at imprint.toml:4 is not needed",
        (
            "acceptance of `publisher-repo-changed` for widget at imprint.toml:16 is not needed:"
            " it names no `to`, the identity that it accepts"
        ),
        (
            "acceptance of `approval-dropped` for widget at imprint.toml:22 ends too late to count:"
            " `accept-cap` is the most"
        ),
        "allowed advisory X at imprint.toml:28 ended on 2027-01-10",
    )


def test_an_acceptance_that_is_over_says_on_which_day_it_ended():
    (note,) = notes_of(policy(TEXT), [], now=NOW + 20 * DAY)

    assert note == (
        "acceptance of `origin-dropped` for undici@6 at imprint.toml:4 ended on 2027-02-01:"
        " its findings are back"
    )


def test_a_warning_is_a_finding_that_can_be_accepted():
    reason = Reason(code="release-burst", message="m", level=Level.WARN, fingerprint="0" * 12)

    text = add_acceptance(
        "",
        origin="imprint.toml",
        reason=reason,
        packages=("widget",),
        why="so",
        lasts_seconds=DAY,
        by=None,
        now=NOW,
    )

    assert policy(text).accept[0].rule == "release-burst"
