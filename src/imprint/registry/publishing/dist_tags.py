"""Dist-tags: list, set and remove, by a token of an owner or by a publish credential."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.http.replies import json_reply
from imprint.npm.ranges import is_dist_tag
from imprint.publishers.credentials import Use, judge_use
from imprint.publishers.limits import judge_dist_tag
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.authority.permissions import editor_of
from imprint.registry.authority.principals import CredentialHolder, identify
from imprint.registry.outcomes import Outcome, refused
from imprint.registry.publishing.authorisation import switched_off
from imprint.registry.reading.reads import readable
from imprint.storage import events, packages
from imprint.storage.events import Event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import DistTags
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


def list_tags(registry: Registry, request: Request, route: DistTags) -> Outcome:
    """`GET …/dist-tags`."""
    with registry.database.reading() as connection:
        package = readable(registry, connection, request, route.package)
        if isinstance(package, Refusal):
            return refused(package)
        return Outcome(json_reply(dict(packages.tags_of(connection, package.id))))


def set_tag(registry: Registry, request: Request, route: DistTags) -> Outcome:
    """`PUT …/dist-tags/<tag>` with the version as a JSON string."""
    tag = _tag(route)
    try:
        version = msgspec.json.decode(request.body, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise Malformed(
            "malformed-body", 'the body is not a version as a JSON string, `"1.0.0"`'
        ) from err
    with registry.database.writing() as connection:
        changer = _changer(registry, connection, request, route.package, tag=tag, version=version)
        if isinstance(changer, Refusal):
            return refused(changer)
        actor, package = changer
        stored = packages.version_of(connection, package.id, version)
        if stored is None or stored.unpublished_at is not None:
            return refused(
                Refusal(
                    code="no-version",
                    message=f"`{route.package}` has no version {quoted(version)} to tag",
                )
            )
        packages.set_tag(connection, package.id, tag, version)
        _note(
            registry,
            connection,
            request,
            package,
            actor=actor,
            data={"tag": tag, "version": version},
        )
    return Outcome(json_reply({"ok": True}, status=201), changed=(package.name,))


def drop_tag(registry: Registry, request: Request, route: DistTags) -> Outcome:
    """`DELETE …/dist-tags/<tag>`; `latest` stays: every install without a range needs it."""
    tag = _tag(route)
    if tag == "latest":
        return refused(
            Refusal(
                code="latest-stays",
                message=f"the dist-tag `latest` of `{route.package}` cannot be removed",
                hint=f"point it elsewhere: `npm dist-tag add {route.package}@VERSION latest`",
            )
        )
    with registry.database.writing() as connection:
        changer = _changer(registry, connection, request, route.package, tag=tag, version=None)
        if isinstance(changer, Refusal):
            return refused(changer)
        actor, package = changer
        if not packages.drop_tag(connection, package.id, tag):
            return refused(
                Refusal(code="no-tag", message=f"`{route.package}` has no dist-tag {quoted(tag)}")
            )
        _note(
            registry, connection, request, package, actor=actor, data={"tag": tag, "version": None}
        )
    return Outcome(json_reply({"ok": True}), changed=(package.name,))


def _tag(route: DistTags) -> str:
    tag = route.tag or ""
    if not is_dist_tag(tag):
        raise Malformed(
            "invalid-dist-tag",
            f"the dist-tag {quoted(tag)} is none: it must not look like a version or range",
        )
    return tag


def _changer(
    registry: Registry,
    connection: Connection,
    request: Request,
    name: PackageName,
    *,
    tag: str,
    version: str | None,
) -> tuple[str, Package] | Refusal:
    package = packages.hold(connection, str(name))
    principal = identify(registry, connection, request)
    if isinstance(principal, CredentialHolder):
        refusal = judge_use(
            principal.credential,
            use=Use.DIST_TAG,
            package=name,
            now=registry.clock(),
            publisher_revision=principal.publisher_revision,
            package_id=None if package is None else package.id,
        ) or judge_dist_tag(principal.credential.limits, tag=tag, version=version)
        if refusal is not None:
            return refusal
        if package is None:
            return Refusal(code="no-package", message=f"there is no package `{name}` here")
        actor = f"publisher:{principal.credential.publisher_id}"
    else:
        asked = editor_of(registry, connection, request, name)
        if isinstance(asked, Refusal):
            return asked
        actor, package = asked.holder.user.name, asked.package
    return switched_off(connection, name) or (actor, package)


def _note(
    registry: Registry,
    connection: Connection,
    request: Request,
    package: Package,
    *,
    actor: str,
    data: dict[str, object],
) -> None:
    now = registry.clock()
    packages.changed(connection, package.id, now=now)
    event = Event(
        kind="dist-tag-changed",
        package=package.name,
        actor=actor,
        address=request.address,
        at=now,
        data=data,
    )
    events.record(connection, event)
