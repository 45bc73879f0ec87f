"""Whether a token was signed by its issuer: steps (1) to (5) of `verify`. Not here: its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jwt import PyJWTError
from jwt.algorithms import get_default_algorithms

from imprint.refusals import Refusal, Unavailable, quoted
from imprint.tokens.keysets import ALGORITHMS
from imprint.tokens.selection import unsupported_issuer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.tokens.envelope import UnverifiedToken
    from imprint.tokens.issuers import Issuer
    from imprint.tokens.keysets import KeySet, VerificationKey

HARD_KEY_AGE_SECONDS: Final = 86_400
"""Keys that were not confirmed by their issuer for a day verify nothing any more."""

_VERIFIERS: Final = {
    name: verifier for name, verifier in get_default_algorithms().items() if name in ALGORITHMS
}


def judge_signature(
    token: UnverifiedToken, issuer: Issuer, keys: KeySet, keys_age_seconds: float
) -> Refusal | None:
    """Return why the token is not proved to be the issuer's, or None: it is.

    Refusals and steps as in `verify`; raises Unavailable `keys-too-old`.
    """
    # (1) the keys were confirmed within a day
    if not keys_age_seconds < HARD_KEY_AGE_SECONDS:
        raise Unavailable(
            "keys-too-old",
            f"keys of issuer `{issuer.name}` were last confirmed more than a day ago",
            "try again once the issuer can be reached from the registry",
        )
    # (2) `iss` is this issuer, to the letter
    # (of the bytes that step 5 judges, not of what selected the issuer)
    if token.unverified_claims.get("iss") != issuer.url:
        return unsupported_issuer(token.unverified_issuer)
    # (3) the algorithm is one that the issuer uses
    if token.algorithm not in issuer.algorithms or token.algorithm not in _VERIFIERS:
        allowed = ", ".join(f"`{name}`" for name in issuer.algorithms)
        return Refusal(
            code="algorithm-denied",
            message=f"token is signed by {quoted(token.algorithm)},"
            f" expected {allowed} from issuer `{issuer.name}`",
        )
    # (4) the key is the issuer's, and is made for that algorithm
    key = keys.find(token.key_id)
    if key is None:
        return Refusal(
            code="unknown-key",
            message=f"issuer `{issuer.name}` has no key {quoted(token.key_id)}",
            hint="get a new ID token: the issuer may have changed its keys",
        )
    if token.algorithm not in key.algorithms:
        return Refusal(
            code="algorithm-denied",
            message=f"token is signed by `{token.algorithm}`, and key {quoted(token.key_id)} of"
            f" issuer `{issuer.name}` is for {_listed(key.algorithms)}",
        )
    # (5) the signature is right
    return _judge_bytes(token, issuer, key)


def _judge_bytes(token: UnverifiedToken, issuer: Issuer, key: VerificationKey) -> Refusal | None:
    verifier = _VERIFIERS[token.algorithm]
    try:
        valid = verifier.verify(token.signing_input, key.public_key, token.signature)
    except (PyJWTError, ArithmeticError, LookupError, TypeError, ValueError) as err:
        # Whatever a library trips over in bytes that anyone can send is a refusal, not a crash.
        # The code of its own makes it seen: with a key that was read, this does not happen.
        return Refusal(
            code="unverifiable-signature",
            message=f"signature of the token could not be verified: `{type(err).__name__}`",
        )
    if valid:
        return None
    return Refusal(
        code="bad-signature",
        message=f"signature of the token is not by key {quoted(token.key_id)}"
        f" of issuer `{issuer.name}`",
    )


def _listed(names: Iterable[str]) -> str:
    return " or ".join(f"`{name}`" for name in sorted(names))
