"""Which HTTP status a code is sent with. Policy is never 5xx: npm would wait and try again."""

from __future__ import annotations

_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404

# Codes that are not here are decisions against somebody who is known: 403.
_STATUS: dict[str, int] = {
    # the ID token
    "missing-id-token": _UNAUTHORIZED,
    "unsupported-issuer": _UNAUTHORIZED,
    "wrong-audience": _UNAUTHORIZED,
    "token-expired": _UNAUTHORIZED,
    "token-not-yet-valid": _UNAUTHORIZED,
    "bad-signature": _UNAUTHORIZED,
    "unknown-key": _UNAUTHORIZED,
    "unverifiable-signature": _UNAUTHORIZED,
    "wrong-issuer": _UNAUTHORIZED,
    "algorithm-denied": _UNAUTHORIZED,
    "lifetime-too-long": _UNAUTHORIZED,
    "already-used": 409,
    "no-publisher": _NOT_FOUND,
    # tokens and credentials
    "setup-node-placeholder": _UNAUTHORIZED,
    "unset-variable": _UNAUTHORIZED,
    "forge-token": _UNAUTHORIZED,
    "foreign-token": _UNAUTHORIZED,
    "id-token-as-token": _UNAUTHORIZED,
    "damaged-token": _UNAUTHORIZED,
    "authorization-scheme": _UNAUTHORIZED,
    "unknown-credential": _UNAUTHORIZED,
    "unknown-token": _UNAUTHORIZED,
    "token-is-expired": _UNAUTHORIZED,
    "credential-expired": _UNAUTHORIZED,
    "credential-revoked": _UNAUTHORIZED,
    "not-authenticated": _UNAUTHORIZED,
    "second-factor-needed": _UNAUTHORIZED,
    "second-factor-wrong": _UNAUTHORIZED,
    "wrong-password": _UNAUTHORIZED,
    # looking for things
    "no-package": _NOT_FOUND,
    "no-version": _NOT_FOUND,
    "no-tag": _NOT_FOUND,
    "no-route": _NOT_FOUND,
    "no-staged-version": _NOT_FOUND,
    "no-token": _NOT_FOUND,
    "no-user": _NOT_FOUND,
    "no-such-publisher": _NOT_FOUND,
    "method-not-allowed": 405,
    "publisher-exists": 409,
    "user-exists": 409,
    "already-decided": 409,
    "version-staged": 409,
    "body-too-large": 413,
    "too-many-publications": 429,
    "too-many-publishers": 429,
    "busy": 429,
}

_DECISIONS = frozenset(
    {
        "exchange-switched-off",
        "name-too-similar",
        "reserved-name",
    }
)


def status_of(code: str, *, malformed: bool = True) -> int:
    """Return the status of `code`; `malformed` says which default holds, bad input or denied."""
    if code in _STATUS:
        return _STATUS[code]
    if malformed and code not in _DECISIONS:
        return _BAD_REQUEST
    return _FORBIDDEN
