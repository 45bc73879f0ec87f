"""What holds for every policy and every subject."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from imprint.policy.codes import NEVER_ACCEPTED, rank_of
from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted, Level, Refused, Undecided
from imprint.policy.layers import tighten
from imprint.policy.model import Mode, mode_at
from imprint.refusals import Malformed
from tests.policy.strategies import subjects, texts
from tests.support.policies import DAY, NOW, policy

NOTHING: frozenset[str] = frozenset()


@given(text=texts, one=subjects, now=st.floats(NOW - DAY, NOW + 200 * DAY))
def test_every_policy_decides_every_subject_and_sorts_the_worst_first(text, one, now):
    decision = decide(policy(text), one, baseline=NOTHING, now=now)

    assert isinstance(decision, Admitted | Refused | Undecided)
    assert all(reason.level is Level.WARN for reason in decision.warnings)
    if not isinstance(decision, Admitted):
        ranks = [rank_of(reason.code) for reason in decision.reasons]
        assert ranks == sorted(ranks)
        assert all(reason.level is Level.BLOCK for reason in decision.reasons)


@given(text=texts, one=subjects, now=st.floats(NOW - DAY, NOW + 200 * DAY), share=st.floats(0, 1))
def test_a_decision_stays_as_it_is_until_its_next_change(text, one, now, share):
    rules = policy(text)
    decision = decide(rules, one, baseline=NOTHING, now=now)
    end = decision.next_change

    assert end is None or end > now
    later = now + share * ((now + 400 * DAY if end is None else end) - now)
    if end is None or later < end:
        assert _told(decide(rules, one, baseline=NOTHING, now=later)) == _told(decision)


@given(text=texts, one=subjects)
def test_what_is_never_accepted_is_neither_accepted_nor_known(text, one):
    first = decide(policy(text), one, baseline=NOTHING, now=NOW)
    reasons = () if isinstance(first, Admitted) else first.reasons
    everything = frozenset(reason.fingerprint for reason in reasons)

    decision = decide(policy(text), one, baseline=everything, now=NOW)

    vouched = "vouch = true" in text
    assert not [known for known in decision.known if known.code in NEVER_ACCEPTED]
    assert vouched or not [a for a in decision.accepted if a.reason.code in NEVER_ACCEPTED]


@given(above=texts, below=texts, one=subjects, now=st.floats(NOW - DAY, NOW + 200 * DAY))
def test_what_the_parent_does_not_admit_the_two_together_do_not(above, below, one, now):
    parent = policy(above, origin="above.toml")
    both = layered(parent, policy(below))
    if both is None:
        return

    alone = decide(parent, one, baseline=NOTHING, now=now)
    together = decide(both, one, baseline=NOTHING, now=now)

    if not isinstance(alone, Admitted) and not _may_accept(parent, alone):
        assert not isinstance(together, Admitted)
    if isinstance(alone, Refused) and not _may_accept(parent, alone):
        assert isinstance(together, Refused)


@given(text=texts)
def test_a_policy_over_itself_is_no_looser_or_takes_away_what_it_may_not(text):
    rules = policy(text)
    both = layered(rules, rules)
    if both is None:
        assert rules.accept or rules.quarantine or rules.scopes
        return

    assert (both.rules, both.unknown) == (rules.rules, rules.unknown)
    assert (both.cooldown_seconds, both.dev) == (rules.cooldown_seconds, rules.dev)
    assert modes(both) == modes(rules)


@given(above=texts, below=texts)
def test_the_mode_of_two_is_never_less_than_the_parents(above, below):
    parent = policy(above)
    both = layered(parent, policy(below))
    if both is None:
        return

    assert all(
        ORDER[one] >= ORDER[other] for one, other in zip(modes(both), modes(parent), strict=True)
    )


def layered(parent, child):
    """The two as one; None: the child asks for less, and there is no such policy."""
    with contextlib.suppress(Malformed):
        return tighten(parent, child)
    return None


ORDER = {Mode.OBSERVE: 0, Mode.WARN: 1, Mode.ENFORCE: 2}


def modes(rules):
    """The mode of a policy on every day of half a year."""
    return [mode_at(rules, NOW + day * DAY) for day in range(-3, 180)]


def _may_accept(parent, decision):
    """Whether the parent leaves a reason to its children."""
    return any(reason.code in parent.delegated for reason in decision.reasons)


def _told(decision):
    """A decision without the words that count time."""
    reasons = () if isinstance(decision, Admitted) else decision.reasons
    return (
        type(decision),
        [(reason.code, reason.level, reason.fingerprint) for reason in reasons],
        [(reason.code, reason.fingerprint) for reason in decision.warnings],
        [(one.reason.code, one.until) for one in decision.accepted],
        decision.next_change,
    )
