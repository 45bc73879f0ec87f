"""Which HTTP status a code is sent with. Policy is never 5xx: npm would wait and try again."""

from __future__ import annotations

_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_FORBIDDEN = 403
_NOT_FOUND = 404
_CONFLICT = 409
_UNPROCESSABLE = 422

# Codes that are not here: 400 where the input is bad, 403 where somebody who is known is denied.
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
    "algorithm-denied": _UNAUTHORIZED,
    "lifetime-too-long": _UNAUTHORIZED,
    "already-used": _CONFLICT,
    "pinned-at-once": _CONFLICT,
    "no-publisher": _NOT_FOUND,
    "no-advisories": _NOT_FOUND,
    "exchange-switched-off": _FORBIDDEN,
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
    # provenance, as npm's users know it
    "provenance-undecided": _UNPROCESSABLE,
    "provenance-malformed": _UNPROCESSABLE,
    "provenance-unverified": _UNPROCESSABLE,
    "provenance-issuer": _UNPROCESSABLE,
    "provenance-legacy": _UNPROCESSABLE,
    "provenance-type": _UNPROCESSABLE,
    "provenance-subject": _UNPROCESSABLE,
    "provenance-predicate": _UNPROCESSABLE,
    "provenance-visibility": _UNPROCESSABLE,
    "provenance-runner": _UNPROCESSABLE,
    "provenance-repository": _UNPROCESSABLE,
    "provenance-run": _UNPROCESSABLE,
    "provenance-publisher": _UNPROCESSABLE,
    "provenance-required": _UNPROCESSABLE,
    # looking for things
    "no-attestations": _NOT_FOUND,
    "no-package": _NOT_FOUND,
    "no-version": _NOT_FOUND,
    "no-tag": _NOT_FOUND,
    "no-route": _NOT_FOUND,
    "no-staged-version": _NOT_FOUND,
    "no-token": _NOT_FOUND,
    "no-user": _NOT_FOUND,
    "no-such-publisher": _NOT_FOUND,
    "method-not-allowed": 405,
    # somebody was quicker
    "publisher-exists": _CONFLICT,
    "user-exists": _CONFLICT,
    "already-decided": _CONFLICT,
    "version-staged": _CONFLICT,
    "created-at-once": _CONFLICT,
    "published-at-once": _CONFLICT,
    # bad input that is judged as a value
    "user-name": _BAD_REQUEST,
    "weak-password": _BAD_REQUEST,
    # too much
    "body-too-large": 413,
    "tarball-too-large": 413,
    "headers-too-large": 431,
    "too-many-publications": 429,
    "too-many-publishers": 429,
    "too-many-guesses": 429,
    # what is stored cannot be judged: nothing was decided
    "unreadable-publisher": 503,
}

_RETRY_AFTER_SECONDS = {
    "too-many-guesses": 3600,
    "too-many-publications": 3600,
    "too-many-publishers": 86_400,
}


def status_of(code: str, *, malformed: bool = True) -> int:
    """Return the status of `code`; `malformed` says which default holds, bad input or denied."""
    if code in _STATUS:
        return _STATUS[code]
    return _BAD_REQUEST if malformed else _FORBIDDEN


def retry_after_of(code: str) -> int | None:
    """Return after how many seconds it makes sense to try again; None where it never does."""
    return _RETRY_AFTER_SECONDS.get(code)
