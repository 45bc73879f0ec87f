"""Asking a service of a sigstore instance, which an administrator named. Not here: what for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from imprint.npm import strict_json
from imprint.refusals import Malformed, Unavailable, quoted
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Reach

if TYPE_CHECKING:
    from collections.abc import Collection

    from imprint.npm.strict_json import JsonObject
    from imprint.upstream.fetch import Answer, Fetcher

TIMEOUT_SECONDS: Final = 15.0
MAX_ANSWER_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 16
JSON: Final = "application/json"

_HINT: Final = "try again: nothing was published"


async def post(
    fetcher: Fetcher,
    url: str,
    body: bytes,
    *,
    what: str,
    content_type: str = JSON,
    accept: str = JSON,
    accepted: Collection[int] = (HTTPStatus.OK, HTTPStatus.CREATED),
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Answer:
    """Send `body` to the service that `what` names, and return its answer.

    Raises Unavailable: `sigstore-unavailable` where it does not answer, is busy or broken,
    `sigstore-refused` where it answers with any status that is not `accepted`.
    """
    try:
        answer = await fetcher.post(
            url,
            body,
            content_type=content_type,
            accept=accept,
            reach=Reach.REGISTERED,
            timeout_seconds=timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
        )
    except FetchFailed as err:
        raise Unavailable("sigstore-unavailable", f"the {what}: {err.message}", _HINT) from err
    if answer.status in accepted:
        return answer
    if (
        answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or answer.status == HTTPStatus.TOO_MANY_REQUESTS
    ):
        message = f"the {what} answered `{answer.status}`, expected `{min(accepted)}`"
        raise Unavailable("sigstore-unavailable", message, _HINT)
    raise Unavailable(
        "sigstore-refused",
        f"the {what} refused with `{answer.status}`{_said(answer.body)}",
        "compare the trust domain's addresses, and which issuers and audience the instance takes",
    )


async def get(
    fetcher: Fetcher, url: str, *, what: str, timeout_seconds: float = TIMEOUT_SECONDS
) -> bytes:
    """Return the document at `url`; raises Unavailable `sigstore-unavailable`."""
    try:
        return await fetcher.get(
            url,
            reach=Reach.REGISTERED,
            timeout_seconds=timeout_seconds,
            max_bytes=MAX_ANSWER_BYTES,
        )
    except FetchFailed as err:
        raise Unavailable("sigstore-unavailable", f"the {what}: {err.message}", _HINT) from err


def read_object(raw: bytes, *, what: str) -> JsonObject:
    """Return a JSON object that a service sent; raises Malformed `malformed-sigstore-answer`."""
    return strict_json.parse_object(
        raw,
        max_bytes=MAX_ANSWER_BYTES,
        max_depth=MAX_DEPTH,
        code="malformed-sigstore-answer",
        what=f"answer of the {what}",
    )


def malformed(what: str, field: str, wanted: str) -> Malformed:
    """Return the error that says which field of an answer is not what it should be."""
    return Malformed(
        "malformed-sigstore-answer", f"`{field}` in the answer of the {what} is not {wanted}"
    )


def _said(body: bytes) -> str:
    """Return the service's own reason: Fulcio and Rekor send `{"code", "message"}`."""
    try:
        message = read_object(body, what="service").get("message")
    except Malformed:
        return ""
    return f": {quoted(message)}" if isinstance(message, str) else ""
