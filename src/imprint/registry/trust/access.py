"""`visibility`, `access` and `collaborators` of a package."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from imprint.http.replies import json_reply
from imprint.refusals import Malformed, Refusal
from imprint.registry.authority.permissions import Ownership, owner_of
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import events, packages
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


DEFAULT, ALLOWED, DISALLOWED = "default", "allowed", "disallowed"


class _AccessBody(msgspec.Struct):
    access: str | None = None
    publish_requires_tfa: bool | None = None
    automation_token_overrides_tfa: bool | None = None


def visibility(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET …/visibility`: whether npm may sign provenance in a public log.

    `public` true makes npm and pnpm send the run's identity to the public sigstore by themselves
    (facts/wire.md §0.6), so it is a setting of each package and false until somebody sets it.
    `npm access get status` asks the same route, and is told what it asks: who may read.
    """
    with registry.database.reading() as connection:
        package = packages.find(connection, str(name))
    # The same answer for a restricted package and none: the route asks for no token.
    is_public = package is not None and package.access == "public"
    if request.header("npm-command") != "access":
        is_public = is_public and package is not None and package.provenance_public
    return Outcome(json_reply({"public": is_public}))


def show_access(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET …/access`: npm's two fields, and ours in clear."""
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=False)
    if isinstance(asked, Refusal):
        return refused(asked)
    return Outcome(json_reply(_access(asked.package)))


def collaborators(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`GET …/collaborators`: the owners, all of whom may write."""
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=False)
        if isinstance(asked, Refusal):
            return refused(asked)
        owners = packages.owners_of(connection, asked.package.id)
    return Outcome(json_reply({owner.name: "write" for owner in owners}))


def set_access(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`POST …/access`: `npm access set status=…` and `npm access set mfa=…`.

    `mfa=publish` disallows tokens (npm calls it "require 2FA and disallow tokens"),
    `mfa=automation` allows them beside a trusted publisher, `mfa=none` is the default. What loosens
    needs a second factor; what tightens does not.
    """
    try:
        body = msgspec.json.decode(request.body, type=_AccessBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", f"the request body is not what it should be: {err}"
        ) from err
    if body.access not in (None, "public", "restricted"):
        raise Malformed("malformed-body", "`access` may be `public` or `restricted`")
    rule = _rule(body)
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=False)
        if not isinstance(asked, Refusal) and _loosens(asked.package, body.access, rule):
            asked = owner_of(
                registry, connection, request, name, with_second_factor=True, fresh=True
            )
        if isinstance(asked, Refusal):
            return refused(asked)
        package = _changed(registry, connection, request, asked, access=body.access, rule=rule)
    return Outcome(json_reply(_access(package)), changed=(str(name),))


def _changed(
    registry: Registry,
    connection: Connection,
    request: Request,
    asked: Ownership,
    *,
    access: str | None,
    rule: str | None,
) -> Package:
    before, now = asked.package, registry.clock()
    values = {"access": access or before.access, "token_rule": rule or before.token_rule}
    packages.update_package(connection, before.id, **values)
    packages.changed(connection, before.id, now=now)
    event = Event(
        kind="access-changed",
        package=before.name,
        actor=asked.holder.user.name,
        address=request.address,
        at=now,
        data={
            "before": {"access": before.access, "token_rule": before.token_rule},
            "after": values,
        },
    )
    owners = packages.owners_of(connection, before.id)
    mails = [
        Mail(recipient=owner.email, template="access-changed", data=dict(event.data))
        for owner in owners
        if owner.email
    ]
    events.record(connection, event, mails)
    return replace(before, access=access or before.access, token_rule=rule or before.token_rule)


def _rule(body: _AccessBody) -> str | None:
    if body.publish_requires_tfa is None:
        return None
    if not body.publish_requires_tfa:
        return DEFAULT
    return ALLOWED if body.automation_token_overrides_tfa else DISALLOWED


def _loosens(package: Package, access: str | None, rule: str | None) -> bool:
    strictness = {ALLOWED: 0, DEFAULT: 1, DISALLOWED: 2}
    opens = access == "public" and package.access == "restricted"
    return opens or (rule is not None and strictness[rule] < strictness[package.token_rule])


def _access(package: Package) -> dict[str, object]:
    return {
        "access": package.access,
        "publish_requires_tfa": package.token_rule != DEFAULT,
        "automation_token_overrides_tfa": package.token_rule == ALLOWED,
        "token_rule": package.token_rule,
        "provenance_public": package.provenance_public,
    }
