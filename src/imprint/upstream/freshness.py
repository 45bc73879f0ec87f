"""How fresh keys must be before a request is answered by them. Decisions only; doing: `keysets`."""

from __future__ import annotations

from enum import Enum

import msgspec

from imprint.tokens.signatures import HARD_KEY_AGE_SECONDS


class KeySetLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Ages and waits, in seconds."""

    refresh_ahead: float = 480.0
    """From this age on a request starts a refresh in the background, and does not wait for it."""
    soft_age: float = 600.0
    """From this age on a request waits for the refresh, for as long as `patience`."""
    hard_age: float = float(HARD_KEY_AGE_SECONDS)
    """From this age on keys are not given out at all."""
    cooldown: float = 60.0
    """Between two fetches for keys that are not known, whether the first succeeded or failed."""
    first_cooldown: float = 5.0
    """The same while there are no keys at all: nobody can publish meanwhile."""
    unknown_for: float = 300.0
    """How long a key ID that a fetch did not bring is not looked for again."""
    budget: float = 10.0
    """For one refresh with all its attempts; npm gives the exchange one try."""
    patience: float = 2.0
    """How long a request waits for a refresh while there are keys that may still be used."""
    request_timeout: float = 4.0
    attempts: int = 3
    backoff: float = 0.25
    """Before the second attempt; doubled for each further one."""


class Need(Enum):
    """What a request needs before it can be answered."""

    NOTHING = "nothing"
    REFRESH_LATER = "refresh in the background"
    REFRESH_SOON = "refresh, waited for with patience"
    REFRESH_FIRST = "refresh, waited for until it ends"


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """What is held of an issuer at the moment of a request; times in seconds."""

    age: float
    """Since the keys were fetched; endless where there are none."""
    since_refresh: float
    """Since the last refresh ended, well or not."""
    is_refreshing: bool
    is_known: bool
    """The request's key is among the keys, or it names none."""
    since_looked_for: float
    """Since a fetch did not bring the request's key."""


def needed(held: Freshness, limits: KeySetLimits) -> Need:
    """Return what must happen before a request is answered.

    No fetch follows another within the cool-down, whoever asks and whether it went well: an
    issuer is not asked more often because it is down, or because somebody makes up key IDs.
    """
    if held.age >= limits.hard_age:
        cools = not held.is_refreshing and held.since_refresh < limits.first_cooldown
        return Need.NOTHING if cools else Need.REFRESH_FIRST
    cools = not held.is_refreshing and held.since_refresh < limits.cooldown
    if not held.is_known:
        settled = not held.is_refreshing and held.since_looked_for < limits.unknown_for
        return Need.NOTHING if cools or settled else Need.REFRESH_FIRST
    if cools or held.age < limits.refresh_ahead:
        return Need.NOTHING
    return Need.REFRESH_SOON if held.age >= limits.soft_age else Need.REFRESH_LATER
