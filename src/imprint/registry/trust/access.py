"""`visibility`, `access` and `collaborators` of a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.http.replies import json_reply
from imprint.refusals import Malformed, Refusal
from imprint.registry.authority.permissions import Ownership, owner_of
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import events, packages
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


DEFAULT, ALLOWED, DISALLOWED = "default", "allowed", "disallowed"
_STRICTNESS = {ALLOWED: 0, DEFAULT: 1, DISALLOWED: 2}


class _AccessBody(msgspec.Struct):
    access: str | None = None
    publish_requires_tfa: bool | None = None
    automation_token_overrides_tfa: bool | None = None
    provenance_public: bool | None = None
    """Ours: whether npm may sign provenance in a public log by itself."""
    provenance_required: bool | None = None
    """Ours: whether versions without verified provenance are refused."""


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
    `mfa=automation` allows them beside a trusted publisher, `mfa=none` is the default. Two members
    are ours, `provenance_public` and `provenance_required`. What loosens, or lets a run's identity
    into a public log, needs a second factor; what tightens does not.
    """
    try:
        body = msgspec.json.decode(request.body, type=_AccessBody)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", f"the request body is not what it should be: {err}"
        ) from err
    if body.access not in (None, "public", "restricted"):
        raise Malformed("malformed-body", "`access` may be `public` or `restricted`")
    values = _values(body)
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=False)
        if not isinstance(asked, Refusal) and _loosens(asked.package, values):
            asked = owner_of(
                registry, connection, request, name, with_second_factor=True, fresh=True
            )
        if isinstance(asked, Refusal):
            return refused(asked)
        package = _changed(registry, connection, request, asked, values)
    return Outcome(json_reply(_access(package)), changed=(str(name),))


def _changed(
    registry: Registry,
    connection: Connection,
    request: Request,
    asked: Ownership,
    values: Mapping[str, str | bool],
) -> Package:
    before, now = asked.package, registry.clock()
    packages.update_package(connection, before.id, **{"access": before.access, **values})
    packages.changed(connection, before.id, now=now)
    after = packages.find(connection, before.name) or before
    event = Event(
        kind="access-changed",
        package=before.name,
        actor=asked.holder.user.name,
        address=request.address,
        at=now,
        data={"before": _told(before, values), "after": _told(after, values)},
    )
    owners = packages.owners_of(connection, before.id)
    mails = [
        Mail(recipient=owner.email, template="access-changed", data=dict(event.data))
        for owner in owners
        if owner.email
    ]
    events.record(connection, event, mails)
    return after


def _told(package: Package, values: Mapping[str, str | bool]) -> dict[str, object]:
    names = ("access", "token_rule", *(name for name in values if name.startswith("provenance")))
    return {name: getattr(package, name) for name in names}


def _values(body: _AccessBody) -> Mapping[str, str | bool]:
    """Return the columns that a body sets."""
    values: dict[str, str | bool | None] = {
        "access": body.access,
        "token_rule": _rule(body),
        "provenance_public": body.provenance_public,
        "provenance_required": body.provenance_required,
    }
    return {name: value for name, value in values.items() if value is not None}


def _rule(body: _AccessBody) -> str | None:
    if body.publish_requires_tfa is None:
        return None
    if not body.publish_requires_tfa:
        return DEFAULT
    return ALLOWED if body.automation_token_overrides_tfa else DISALLOWED


def _loosens(package: Package, values: Mapping[str, str | bool]) -> bool:
    rule = values.get("token_rule", package.token_rule)
    return (
        (values.get("access") == "public" and package.access == "restricted")
        or _STRICTNESS[str(rule)] < _STRICTNESS[package.token_rule]
        or (values.get("provenance_public") is True and not package.provenance_public)
        or (values.get("provenance_required") is False and package.provenance_required)
    )


def _access(package: Package) -> dict[str, object]:
    return {
        "access": package.access,
        "publish_requires_tfa": package.token_rule != DEFAULT,
        "automation_token_overrides_tfa": package.token_rule == ALLOWED,
        "token_rule": package.token_rule,
        "provenance_public": package.provenance_public,
        "provenance_required": package.provenance_required,
    }
