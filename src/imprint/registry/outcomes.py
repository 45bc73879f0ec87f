"""What a use case gives back to the route: a reply, and which packages it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.http.replies import refusal_reply
from imprint.registry.statuses import status_of

if TYPE_CHECKING:
    from imprint.http.replies import FileReply, Reply
    from imprint.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply; `changed` are the names whose packuments are to be rendered again."""

    reply: Reply | FileReply
    changed: tuple[str, ...] = ()


class Undone(Exception):
    """Rolls a transaction back, and says why: the use case that opened it catches this."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal that is answered."""
        super().__init__(refusal.code)
        self.refusal = refusal


def refused(refusal: Refusal) -> Outcome:
    """Return a refusal, with its status and, for a 401, what would authenticate."""
    status = status_of(refusal.code, malformed=False)
    challenge: str | None = None
    if status == 401:  # noqa: PLR2004  (the only status that takes one)
        # npm asks for a one-time password when, and only when, this says OTP.
        challenge = "OTP" if refusal.code.startswith("second-factor") else "Bearer"
    return Outcome(refusal_reply(refusal, status, challenge=challenge))
