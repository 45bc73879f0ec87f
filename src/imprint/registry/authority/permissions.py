"""Who may change a package's settings: its owners, by a token that may write, often with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Refusal
from imprint.registry.authority import second_factor
from imprint.registry.authority.principals import (
    NOT_AUTHENTICATED,
    Anonymous,
    CredentialHolder,
    TokenHolder,
    identify,
)
from imprint.registry.authority.token_use import judge_token_use
from imprint.storage import packages

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


class Ownership(msgspec.Struct, frozen=True):
    """An owner, or an administrator, at work on a package."""

    holder: TokenHolder
    package: Package


class Newcomer(msgspec.Struct, frozen=True):
    """A user at work on a name that no package has."""

    holder: TokenHolder


def owner_of(
    registry: Registry,
    connection: Connection,
    request: Request,
    name: PackageName,
    *,
    with_second_factor: bool,
    fresh: bool = False,
) -> Ownership | Refusal:
    """Return the owner who asks; a refusal for everybody else, and where there is no package.

    `connection` must be writing where a second factor is asked for; `fresh`: one given now, for
    what hands the package over or takes it away.
    """
    asked = owner_or_newcomer(
        registry,
        connection,
        request,
        name,
        with_second_factor=with_second_factor,
        fresh=fresh,
    )
    if isinstance(asked, Newcomer):
        return Refusal(code="no-package", message=f"there is no package `{name}` in this registry")
    return asked


def owner_or_newcomer(
    registry: Registry,
    connection: Connection,
    request: Request,
    name: PackageName,
    *,
    with_second_factor: bool,
    fresh: bool = False,
) -> Ownership | Newcomer | Refusal:
    """Return the owner who asks, or any user where no package has the name."""
    principal = identify(registry, connection, request)
    match principal:
        case Refusal():
            return principal
        case Anonymous():
            return NOT_AUTHENTICATED
        case CredentialHolder():
            return Refusal(
                code="outside-package",
                message="a publish credential may publish; settings need a token of an owner",
            )
    if not principal.may_write(name):
        return Refusal(
            code="token-permission",
            message=f"the token `{principal.token.shown}` may not change `{name}`",
        )
    package = packages.hold(connection, str(name))
    if package is not None and not _owns(connection, package, principal):
        return Refusal(
            code="not-an-owner", message=f"`{principal.user.name}` does not own `{name}`"
        )
    if with_second_factor:
        refusal = second_factor.require(
            registry,
            connection,
            principal.user,
            principal.token,
            request.header("npm-otp"),
            fresh=fresh,
        )
        if refusal is not None:
            return refusal
    return Newcomer(principal) if package is None else Ownership(principal, package)


def editor_of(
    registry: Registry, connection: Connection, request: Request, name: PackageName
) -> Ownership | Refusal:
    """Return the owner who edits; where a token may not publish, a second factor is needed."""
    asked = owner_of(registry, connection, request, name, with_second_factor=False)
    if isinstance(asked, Refusal):
        return asked
    if judge_token_use(registry, connection, request, name, asked.package) is None:
        return asked
    return owner_of(registry, connection, request, name, with_second_factor=True)


def _owns(connection: Connection, package: Package, holder: TokenHolder) -> bool:
    if holder.user.is_admin:
        return True
    owners = packages.owners_of(connection, package.id)
    return any(owner.user_id == holder.user.id for owner in owners)
