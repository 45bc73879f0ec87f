"""What becomes of a version, by what policy says of it and by its mode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.judging.effects import MOST_SENTENCE_CHARACTERS, effect_of, until_of, verdict_on
from imprint.gate.judging.policies import WhenUndecided
from imprint.gate.model import Effect
from imprint.policy.decisions import Acceptance, Admitted, Level, Reason, Refused, Undecided
from imprint.policy.model import Mode

MODES = (Mode.OBSERVE, Mode.WARN, Mode.ENFORCE)


def reason(code="release-too-young", **changes):
    values = {
        "message": "published 3 h ago: releases wait 24 h",
        "level": Level.BLOCK,
        "fingerprint": "0123456789ab",
    }
    return Reason(code=code, **{**values, **changes})


def accepted(**changes):
    values = {"reason": reason(), "why": "looked at", "by": "alice", "until": 1_800_057_600.0}
    return Acceptance(**{**values, **changes})


def verdict(decision, mode=Mode.ENFORCE, undecided=WhenUndecided.BY_MODE):
    return verdict_on("widget", "1.2.3", decision, mode=mode, undecided=undecided)


class TestEffects:
    @pytest.mark.parametrize(
        ("mode", "effect"),
        [
            (Mode.OBSERVE, Effect.SERVE),
            (Mode.WARN, Effect.SERVE),
            (Mode.ENFORCE, Effect.WITHHOLD),
        ],
        ids=MODES,
    )
    @pytest.mark.parametrize("kind", [Refused, Undecided])
    def test_only_enforcing_withholds(self, mode, effect, kind):
        assert verdict(kind(reasons=(reason(),)), mode).effect is effect

    @pytest.mark.parametrize("mode", MODES)
    def test_what_is_admitted_is_served(self, mode):
        assert verdict(Admitted(), mode).effect is Effect.SERVE

    @pytest.mark.parametrize("mode", MODES)
    def test_a_quarantined_tarball_is_withheld_in_every_mode(self, mode):
        decision = Refused(reasons=(reason("auth-regressed"), reason("quarantined")))

        assert verdict(decision, mode).effect is Effect.WITHHOLD

    @pytest.mark.parametrize(
        ("undecided", "withheld"),
        [
            (WhenUndecided.BY_MODE, {Mode.ENFORCE}),
            (WhenUndecided.HOLD, {Mode.WARN, Mode.ENFORCE}),
            (WhenUndecided.ALLOW, set()),
        ],
        ids=["by-mode", "hold", "allow"],
    )
    def test_an_administrator_says_what_becomes_of_the_undecided(self, undecided, withheld):
        decision = Undecided(reasons=(reason("unknown-evidence"),))

        found = {
            mode for mode in MODES if verdict(decision, mode, undecided).effect is Effect.WITHHOLD
        }

        assert found == withheld


CODES = st.sampled_from(["auth-regressed", "quarantined", "release-too-young", "malware"])
REASONS = st.lists(CODES.map(reason), min_size=1, max_size=3).map(tuple)
DECISIONS = st.one_of(
    st.just(Admitted()),
    REASONS.map(lambda found: Refused(reasons=found)),
    REASONS.map(lambda found: Undecided(reasons=found)),
)


@given(decision=DECISIONS, undecided=st.sampled_from(WhenUndecided))
def test_a_stricter_mode_never_serves_what_a_looser_one_withholds(decision, undecided):
    effects = [effect_of(decision, mode=mode, undecided=undecided) for mode in MODES]

    assert effects == sorted(effects, key=[Effect.SERVE, Effect.WITHHOLD].index)


@given(
    decision=DECISIONS,
    name=st.text(max_size=300),
    message=st.text(max_size=600),
    mode=st.sampled_from(MODES),
)
def test_a_sentence_is_one_line_of_plain_text_whatever_is_in_it(decision, name, message, mode):
    if not isinstance(decision, Admitted):
        decision = type(decision)(reasons=(reason(message=message),))

    sentence = verdict_on(
        name, "1.0.0", decision, mode=mode, undecided=WhenUndecided.BY_MODE
    ).sentence

    assert len(sentence) <= MOST_SENTENCE_CHARACTERS
    assert all(" " <= character <= "~" for character in sentence)
    assert bool(sentence) is not isinstance(decision, Admitted)


class TestSentences:
    def test_what_is_plainly_served_has_none(self):
        assert verdict(Admitted(warnings=(reason(level=Level.WARN),))).sentence == ""

    def test_a_refusal_says_what_why_until_when_and_where_to_read_more(self):
        held = reason(release="waiting until 2027-01-15 08:00 UTC", until=1_800_000_000.0)
        others = (reason("auth-regressed"), reason("auth-regressed"))

        found = verdict(Refused(reasons=(held, *others)))

        assert found.sentence == (
            "`widget@1.2.3` is refused: published 3 h ago: releases wait 24 h (waiting until"
            " 2027-01-15 08:00 UTC); and auth-regressed; read `imprint explain release-too-young`"
        )

    def test_what_releases_it_is_said_as_that(self):
        found = verdict(Refused(reasons=(reason(release="a release without it"),)))

        assert "(it passes with a release without it); read" in found.sentence

    def test_what_would_be_refused_names_the_mode(self):
        found = verdict(Refused(reasons=(reason(),)), Mode.WARN)

        assert "would be refused (the policy's mode is `warn`)" in found.sentence

    def test_what_could_not_be_told_is_not_called_refused(self):
        decision = Undecided(reasons=(reason("unknown-evidence", message="no times"),))

        assert (
            "is held: what its policy asks cannot be told: no times" in verdict(decision).sentence
        )
        assert "is served, though" in verdict(decision, Mode.WARN).sentence

    def test_an_acceptance_is_always_told_with_its_last_day(self):
        found = verdict(Admitted(accepted=(accepted(),)))

        assert found.sentence == (
            "`widget@1.2.3` is admitted by an acceptance: release-too-young, until 2027-01-15:"
            " `looked at`"
        )


class TestUntil:
    def test_it_is_served_when_the_last_of_its_reasons_is_over(self):
        decision = Refused(reasons=(reason(until=10.0), reason(until=20.0)))

        assert until_of(decision) == 20.0

    def test_it_is_not_served_by_itself_where_one_reason_stays(self):
        decision = Refused(reasons=(reason(until=10.0), reason("auth-regressed")))

        assert until_of(decision) is None

    def test_only_what_is_withheld_has_a_moment(self):
        decision = Refused(reasons=(reason(until=10.0),))

        assert verdict(decision).until == 10.0
        assert verdict(decision, Mode.OBSERVE).until is None
