"""What a client is told when something was not done: statuses, and sentences about upstreams.

Nothing that an upstream says of its errors is passed on: not its text, nor its headers.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from imprint.http.replies import refusal_reply
from imprint.refusals import Refusal
from imprint.upstream.failures import FetchReason

if TYPE_CHECKING:
    from imprint.gate.model import Upstream
    from imprint.http.replies import Reply
    from imprint.upstream.failures import FetchFailed

# Codes of bad input that are not here are 400, and what is denied to somebody is 403.
_STATUS: Final = {
    "body-too-large": 413,
    "query-too-long": 414,
    "headers-too-large": 431,
    "name-of-another-upstream": 404,
    "name-reserved-here": 404,
    "no-attestations": 404,
    "no-package": 404,
    "no-route": 404,
    "not-upstream": 404,
    "upstream-failed": 502,
}
_SAID: Final = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
)


def status_of(code: str, *, malformed: bool = True) -> int:
    """Return the status of `code`; `malformed` says which default holds, bad input or denied."""
    return _STATUS.get(code, 400 if malformed else 403)


def refused(refusal: Refusal) -> Reply:
    """Return a refusal with the status of its code.

    No notice of a 404: every first publication asks whether there is a package already.
    """
    status = status_of(refusal.code, malformed=False)
    return refusal_reply(refusal, status, noticed=status != HTTPStatus.NOT_FOUND)


def outcome_of(status: int) -> str:
    """Return what an answer of this status counts as."""
    match status // 100:
        case 2:
            return "served"
        case 3:
            return "unchanged"
        case 4:
            return {403: "refused", 404: "missing"}.get(status, "malformed")
        case _:
            return "failed"


def fetch_failed(err: FetchFailed, upstream: Upstream, *, what: str) -> Reply:
    """Return how a client is told that `what` could not be had from `upstream`.

    404 where the upstream says that there is no such thing, or shows it to others alone: it asks
    us who we are, and not the client. 502 where it does not answer, or says what it should not.
    """
    if err.reason is FetchReason.STATUS and err.status in _SAID:
        return refused(
            Refusal(
                code="not-upstream",
                message=f"the upstream `{upstream.label}` does not have {what}"
                f" (it answered `{err.status}`)",
            )
        )
    return refused(
        Refusal(
            code="upstream-failed",
            message=f"{what} could not be had from the upstream `{upstream.label}`: {err.message}",
            hint="try again later: nothing is said about the package",
        )
    )
