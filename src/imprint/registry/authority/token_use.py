"""A long-lived token wants to change a package: what the decision needs is looked up here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.registry.authority.token_rules import TokenSituation, judge_token
from imprint.storage import packages, publishers, switches

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.refusals import Refusal
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


def situation_of(
    registry: Registry,
    connection: Connection,
    request: Request,
    name: PackageName,
    package: Package | None,
    *,
    user: str | None = None,
) -> TokenSituation:
    """Return what decides whether a token may be used; `user` is who makes a new package."""
    now = registry.clock()
    owner_names = [user] if user is not None else []
    if package is not None:
        owner_names = [owner.name for owner in packages.owners_of(connection, package.id)]
    found = publishers.for_package(connection, name)
    return TokenSituation(
        package=str(name),
        package_rule="default" if package is None else package.token_rule,
        rule_above=switches.disallowing(connection, scope=name.scope, owners=owner_names),
        # A pending publisher of somebody does not reserve a name, and so closes nothing.
        has_publisher=any(not publisher.pending for publisher in found),
        refused_exchange=registry.recent_refusals.before(str(name), request.address, now=now),
    )


def judge_token_use(
    registry: Registry,
    connection: Connection,
    request: Request,
    name: PackageName,
    package: Package | None,
) -> Refusal | None:
    """Return why a token may not change the package, or None."""
    return judge_token(situation_of(registry, connection, request, name, package))
