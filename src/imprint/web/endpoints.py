"""An endpoint: one HTTP request in, one Reply out, and every failure in the same envelope."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy.exc import OperationalError

from imprint.http.asgi import LargeBody, address_of, headers_of, read_body, send_reply
from imprint.http.replies import refusal_reply
from imprint.http.requests import Request
from imprint.refusals import Malformed, Refusal, Unavailable, quoted
from imprint.registry.outcomes import NO_DATABASE
from imprint.registry.statuses import status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from imprint.http.asgi import Receive, Scope, Send
    from imprint.http.replies import Reply

Answer: TypeAlias = "Callable[[Request, Mapping[str, str]], Awaitable[Reply]]"
"""From a request and what its path names to a reply."""

log = logging.getLogger("imprint.web")

MAX_BODY_BYTES = 64 * 1024
"""Where nothing takes a body a small one is read, so that the client sees the answer."""


class Endpoint:
    """An ASGI application for one path and one method."""

    def __init__(
        self,
        method: str,
        answer: Answer,
        *,
        trusted_proxies: frozenset[str],
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        """Answer requests of `method` (GET: HEAD too) by `answer`."""
        self._max_body_bytes = max_body_bytes
        self._methods = ("GET", "HEAD") if method == "GET" else (method,)
        self._answer = answer
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            reply = await self._reply(scope, receive)
        except Malformed as err:
            reply = refusal_reply(err.refusal(), status_of(err.code))
        except Unavailable as err:
            log.warning("unavailable", extra={"code": err.code, "reason": err.message})
            reply = refusal_reply(err.refusal(), 503)
        except OperationalError:
            log.exception("database-unavailable")
            reply = refusal_reply(NO_DATABASE, 503)
        except Exception:  # a face's last line: the client gets a sentence, the log the bug
            log.exception("bug")
            reply = refusal_reply(_BUG, 500)
        await send_reply(scope, send, reply)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        if scope["method"] not in self._methods:
            return refusal_reply(_method(scope["method"]), 405)
        headers = headers_of(scope)
        try:
            body = await read_body(receive, headers, limit=self._max_body_bytes)
        except LargeBody as err:
            raise Malformed(
                "body-too-large", f"the request body is larger than {err.limit} bytes"
            ) from err
        request = Request(
            method=scope["method"],
            raw_path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            address=address_of(scope, headers, self._trusted_proxies),
            body=body,
        )
        return await self._answer(request, scope["path_params"])


async def no_route(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer that there is nothing at this path."""
    await send_reply(scope, send, refusal_reply(_NO_ROUTE, 404))


def _method(method: str) -> Refusal:
    return Refusal(code="method-not-allowed", message=f"this path does not take {quoted(method)}")


_NO_ROUTE = Refusal(code="no-route", message="this registry has nothing at this path")
_BUG = Refusal(
    code="internal-error",
    message="the registry failed on this request",
    hint="the server's log has the cause",
)
