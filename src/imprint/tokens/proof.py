"""TokenProof: the only thing that can mint. Only `tokens.verify` makes one; a test holds that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.identity.workload import Workload
    from imprint.tokens.issuers import Issuer


class TokenProof(msgspec.Struct, frozen=True, kw_only=True):
    """An ID token whose signature, issuer, audience and times were verified at `verified_at`."""

    workload: Workload
    issuer: Issuer
    audience: str
    token_id: str | None
    """`jti`, or None where the issuer sends none."""
    replay_key: str
    """64 hex digits: sha256 of `jti`, or, without one, of header and payload, never of the
    signature: some signatures can be changed without becoming invalid."""
    issued_at: float
    expires_at: float
    """Unix seconds, as claimed; the leeway is not in it."""
    replayable_until: float
    """Until when a replay record must be kept: expiry + leeway + margin (Unix seconds)."""
    verified_at: float
    claims_digest: str
    """sha256 of the payload, hex: names the token in logs without showing it."""
    unknown_claims: tuple[str, ...] = ()
    """Names of claims that this provider's table does not list: counted, otherwise ignored."""
