"""What audience an ID token must be issued for: asked by clients before they fetch one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import json_reply
from imprint.refusals import Refusal
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import switches
from imprint.tokens.audiences import audiences_of

if TYPE_CHECKING:
    from imprint.registry.context import Registry


def audience(registry: Registry) -> Outcome:
    """`GET /-/imprint/v1/audience`: 403 while the exchange is switched off (case B15)."""
    with registry.database.reading() as connection:
        reason = switches.switched_off(connection, "exchange", package="")
    if reason is not None:
        return refused(
            Refusal(
                code="exchange-switched-off",
                message=f"the exchange is switched off: {reason}",
                hint="an administrator switched it off, and can switch it on again",
            )
        )
    accepted = ordered_audiences(registry)
    return Outcome(json_reply({"audience": accepted[0], "audiences": accepted}))


def ordered_audiences(registry: Registry) -> tuple[str, ...]:
    """Return every audience that is accepted, the one that npm asks for first."""
    preferred = audiences_of(registry.public_url)
    return (*preferred, *sorted(registry.audiences.difference(preferred)))
