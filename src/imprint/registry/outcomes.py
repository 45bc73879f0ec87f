"""What a use case gives back to the route: a reply, and which packages it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.http.replies import refusal_reply
from imprint.refusals import Refusal
from imprint.registry.statuses import retry_after_of, status_of

if TYPE_CHECKING:
    from imprint.http.replies import FileReply, Reply


class Outcome(msgspec.Struct, frozen=True):
    """A reply; `changed` are the names whose packuments are to be rendered again."""

    reply: Reply | FileReply
    changed: tuple[str, ...] = ()
    attests: int | None = None
    """The row of a version that the registry has yet to attest to, before the reply is sent."""


class Undone(Exception):
    """Rolls a transaction back, and says why: the use case that opened it catches this."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal that is answered."""
        super().__init__(refusal.code)
        self.refusal = refusal


def refused(refusal: Refusal, *, noticed: bool = True) -> Outcome:
    """Return a refusal, with its status and, where a second factor is asked for, that challenge.

    `noticed` False leaves out the line that npm shows by itself: the refusal is an ordinary answer.
    """
    status = status_of(refusal.code, malformed=False)
    # npm asks for a one-time password when, and only when, this says so; pnpm's login reads it in
    # lower case. Any other challenge makes npm and pnpm hide the sentence behind "need: Bearer" and
    # the advice to run `npm login`, so a 401 without a second factor has none.
    is_second_factor = status == 401 and refusal.code.startswith("second-factor")  # noqa: PLR2004  (the only status that takes one)
    challenge = "otp" if is_second_factor else None
    reply = refusal_reply(refusal, status, challenge=challenge, noticed=noticed)
    if (seconds := retry_after_of(refusal.code)) is not None:
        later = (b"retry-after", str(seconds).encode())
        reply = replace(reply, headers=(*reply.headers, later))
    return Outcome(reply)


NO_DATABASE = Refusal(
    code="database-unavailable",
    message="the registry's database does not answer, and nothing of the request was kept",
    hint="try again; the server's log has the cause",
)
