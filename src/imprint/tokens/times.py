"""When a token is good: `iat`, `nbf`, `exp` against a given time. Not here: a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from imprint.identity.claim_values import is_missing, shown
from imprint.refusals import Malformed, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.tokens.issuers import Issuer

LEEWAY_SECONDS: Final = 60
"""How far the issuer's clock and ours may differ. Also how much longer a replay record lives: were
the two ever different, an expired token could be accepted after its record was gone."""

REPLAY_MARGIN_SECONDS: Final = 5
"""Rounding, and the time between deciding and recording."""

_LATEST_TIME: Final = 253_402_300_799
"""The end of the year 9999, in Unix seconds."""


class TokenTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The three times of a token, in whole Unix seconds."""

    issued_at: int
    expires_at: int
    not_before: int | None

    @classmethod
    def read(cls, claims: Mapping[str, object]) -> TokenTimes:
        """Read `iat`, `exp` and `nbf`; the last may be missing.

        Raises Malformed: RFC 7519 allows fractions of seconds, no CI provider sends any, so a
        time is an integer here and nothing else; and it must not expire before it begins.
        """
        issued_at, expires_at = _read_time(claims, "iat"), _read_time(claims, "exp")
        not_before = None if claims.get("nbf") is None else _read_time(claims, "nbf")
        for name, start in (("iat", issued_at), ("nbf", not_before)):
            if start is not None and expires_at <= start:
                raise Malformed(
                    "malformed-claim",
                    f"claim `exp` is `{expires_at}`, expected a time after `{name}`: `{start}`",
                )
        return cls(issued_at=issued_at, expires_at=expires_at, not_before=not_before)

    @property
    def replayable_until(self) -> int:
        """Until when the token could be accepted again, so a record of its use must be kept."""
        return self.expires_at + LEEWAY_SECONDS + REPLAY_MARGIN_SECONDS


def _read_time(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if is_missing(value):
        raise Malformed("missing-claim", f"claim `{name}` is missing, expected Unix seconds")
    if type(value) is not int or not 0 <= value <= _LATEST_TIME:
        raise Malformed(
            "malformed-claim",
            f"claim `{name}` is {shown(value)}, expected whole Unix seconds as a number",
        )
    return value


def judge_times(times: TokenTimes, issuer: Issuer, now: float) -> Refusal | None:
    """Judge by the time (`now`, Unix seconds) and by how long tokens of the issuer live.

    Refusals: `token-expired`, `token-not-yet-valid`, `lifetime-too-long`. The numbers are those
    of `verify`.
    """
    # (7) issued in the past, begun, not expired, each within the leeway
    if now >= times.expires_at + LEEWAY_SECONDS:
        return Refusal(
            code="token-expired",
            message=f"token expired `{now - times.expires_at:.0f}` seconds ago",
            hint="request the ID token right before the exchange; check the runner's clock",
        )
    begins_at = max(times.issued_at, times.not_before or 0)
    if begins_at > now + LEEWAY_SECONDS:
        return Refusal(
            code="token-not-yet-valid",
            message=f"token becomes valid in `{begins_at - now:.0f}` seconds",
            hint="check the clocks of the issuer and of the registry",
        )
    # (8) it does not live longer than tokens of the issuer do
    lifetime_seconds = times.expires_at - times.issued_at
    if lifetime_seconds > issuer.maximum_lifetime_seconds:
        return Refusal(
            code="lifetime-too-long",
            message=f"token lives `{lifetime_seconds}` seconds, expected at most"
            f" `{issuer.maximum_lifetime_seconds}` from issuer `{issuer.name}`",
        )
    return None
