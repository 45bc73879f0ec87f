"""Whether an administrator asks: for what is about everybody's packages at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Refusal
from imprint.registry.authority.principals import TokenHolder, identify, not_a_user

if TYPE_CHECKING:
    from imprint.http.requests import Request
    from imprint.registry.context import Registry


def not_an_administrator(
    registry: Registry, request: Request, *, writes: bool = False
) -> Refusal | None:
    """Return why the sender may not ask; None: it is an administrator, by a token for everything.

    A token that is for some packages alone is good for nothing else, whoever holds it; nor does one
    that may only read change anything (`writes`).
    """
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    if not isinstance(principal, TokenHolder):
        return not_a_user(principal)
    if not principal.user.is_admin:
        return Refusal(
            code="not-an-administrator",
            message=f"`{principal.user.name}` is no administrator of this registry",
            hint="`imprint admin user add NAME --admin` makes one, where the registry runs",
        )
    token = principal.token
    if token.targets or (writes and token.permission != "read-write"):
        return Refusal(
            code="token-permission",
            message=f"the token `{token.shown}` is not for this: it takes one for all packages"
            + (" that may write" if writes else ""),
        )
    return None


def is_a_user(registry: Registry, request: Request) -> bool:
    """Return whether somebody with an account here asks, by a token that is for all packages."""
    with registry.database.reading() as connection:
        principal = identify(registry, connection, request)
    return isinstance(principal, TokenHolder) and not principal.token.targets
