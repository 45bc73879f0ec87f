"""When keys are fresh enough, without an issuer or a clock in sight."""

from hypothesis import given
from hypothesis import strategies as st

from imprint.upstream.freshness import Freshness, KeySetLimits, Need, needed

LIMITS = KeySetLimits()
SECONDS = st.floats(0, 200_000) | st.just(float("inf"))
STATES = st.builds(
    Freshness,
    age=SECONDS,
    since_refresh=SECONDS,
    is_refreshing=st.booleans(),
    is_known=st.booleans(),
    since_looked_for=SECONDS,
)


@given(held=STATES)
def test_nobody_with_a_known_key_and_usable_keys_waits_for_a_refresh_to_end(held):
    usable = held.age < LIMITS.hard_age and held.is_known

    assert not usable or needed(held, LIMITS) is not Need.REFRESH_FIRST


@given(held=STATES)
def test_no_refresh_starts_within_the_cooldown_while_keys_are_usable(held):
    cools = held.since_refresh < LIMITS.cooldown and not held.is_refreshing
    usable = held.age < LIMITS.hard_age

    assert not (cools and usable) or needed(held, LIMITS) is Need.NOTHING


@given(held=STATES)
def test_keys_of_the_soft_age_are_never_served_without_an_attempt_outside_the_cooldown(held):
    due = LIMITS.soft_age <= held.age and held.since_refresh >= LIMITS.cooldown

    assert not (due and held.is_known) or needed(held, LIMITS) in (
        Need.REFRESH_SOON,
        Need.REFRESH_FIRST,
    )
    assert not (due and held.is_refreshing) or needed(held, LIMITS) is not Need.NOTHING


@given(held=STATES)
def test_a_key_that_is_being_looked_for_is_waited_for(held):
    looking = held.is_refreshing and not held.is_known

    assert not looking or needed(held, LIMITS) is Need.REFRESH_FIRST
