"""An unverified token, its issuer, that issuer's keys and the time → TokenProof, or why not.

The one place that makes a TokenProof. Not here: whether the Workload may publish anything, and
whether the token was used before.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from imprint.identity.claim_values import is_missing, shown
from imprint.identity.claims import read_claims, table_of
from imprint.refusals import Malformed, Refusal
from imprint.tokens.audiences import read_audience
from imprint.tokens.proof import TokenProof
from imprint.tokens.signatures import judge_signature
from imprint.tokens.times import TokenTimes, judge_times

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imprint.tokens.envelope import UnverifiedToken
    from imprint.tokens.issuers import Issuer
    from imprint.tokens.keysets import KeySet

MAX_TOKEN_ID_CHARACTERS: Final = 256


def verify(
    token: UnverifiedToken,
    *,
    issuer: Issuer,
    keys: KeySet,
    keys_age_seconds: float,
    audiences: Collection[str],
    now: float,
) -> TokenProof | Refusal:
    """Judge a token by everything that can be judged without knowing what it is for.

    `issuer` is the registered one that `token.unverified_issuer` selected, `keys` are its keys,
    `audiences` the registry's own (`audiences_of`), `now` is Unix seconds. In this order:

    (1) the keys were confirmed within a day
    (2) `iss` is this issuer, to the letter
    (3) the algorithm is one that the issuer uses
    (4) the key is the issuer's, and is made for that algorithm
    (5) the signature is right
    (6) the audience is ours, and only ours
    (7) issued in the past, begun, not expired, each within the leeway
    (8) it does not live longer than tokens of the issuer do
    (9) its id, where tokens of the provider have one
    (10) the provider's claims

    A decision against is a Refusal: `unsupported-issuer`, `algorithm-denied`, `unknown-key`,
    `bad-signature`, `unverifiable-signature`, `wrong-audience`, `token-expired`,
    `token-not-yet-valid`, `lifetime-too-long`. Raises Malformed `missing-claim`, `malformed-claim`
    or `conflicting-claims`, and Unavailable `keys-too-old`.
    """
    refusal = judge_signature(token, issuer, keys, keys_age_seconds)
    if refusal is not None:
        return refusal
    claims = token.unverified_claims  # proved from here on
    expected = (*audiences, *issuer.audiences)
    audience = read_audience(claims, expected)  # (6)
    if isinstance(audience, Refusal):
        return audience
    times = TokenTimes.read(claims)
    refusal = judge_times(times, issuer, now)
    if refusal is not None:
        return refusal
    token_id = _read_token_id(claims, required=table_of(issuer.provider).token_id_required)  # (9)
    reading = read_claims(claims, issuer_url=issuer.url, provider=issuer.provider)  # (10)
    return TokenProof(
        workload=reading.workload,
        issuer=issuer,
        audience=audience,
        token_id=token_id,
        replay_key=_replay_key(token, token_id),
        issued_at=float(times.issued_at),
        expires_at=float(times.expires_at),
        replayable_until=float(times.replayable_until),
        verified_at=now,
        claims_digest=token.claims_digest,
        unknown_claims=reading.unknown_claims,
    )


def _read_token_id(claims: Mapping[str, object], *, required: bool) -> str | None:
    token_id = claims.get("jti")
    if token_id is None and not required:
        return None
    if is_missing(token_id):
        raise Malformed("missing-claim", "claim `jti` is missing, expected the token's own ID")
    if not isinstance(token_id, str) or len(token_id) > MAX_TOKEN_ID_CHARACTERS:
        raise Malformed(
            "malformed-claim",
            f"claim `jti` is {shown(token_id)},"
            f" expected a text of at most `{MAX_TOKEN_ID_CHARACTERS}` characters",
        )
    return token_id


def _replay_key(token: UnverifiedToken, token_id: str | None) -> str:
    # Never the signature: an ECDSA signature can be changed by anyone without becoming invalid.
    return hashlib.sha256(
        token.signing_input if token_id is None else token_id.encode()
    ).hexdigest()
