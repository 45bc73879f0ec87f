"""Edits that send a whole document back: deprecation, owners, unpublishing.

Only the difference counts, and only in what may be edited; everything else of the document is
ignored, since clients send what they were served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.http.replies import json_reply
from imprint.npm.publish_body import Deprecations, MaintainersEdit, Publication, decode
from imprint.npm.versions import Version
from imprint.refusals import Malformed, Refusal, quoted
from imprint.registry.authority.permissions import Ownership, editor_of, owner_of
from imprint.registry.mails import mails_to_owners
from imprint.registry.outcomes import Outcome, refused
from imprint.storage import events, packages, users
from imprint.storage.events import Event, Mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from imprint.http.requests import Request
    from imprint.http.routes import Tarball
    from imprint.npm.names import PackageName
    from imprint.registry.context import Registry
    from imprint.storage.packages import Package


def edit(
    registry: Registry, request: Request, name: PackageName, body: Deprecations | MaintainersEdit
) -> Outcome:
    """`PUT /<name>` and `PUT /<name>/-rev/<rev>` without a tarball.

    A document sent back to its revision lacks what `npm unpublish` takes out of it; without a
    revision in the path it is `npm deprecate`, which never takes anything out.
    """
    match body:
        case MaintainersEdit(names=names):
            return _set_owners(registry, request, name, names)
        case Deprecations(messages=messages):
            return _deprecate(registry, request, name, messages)


def put_revision(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`PUT /<name>/-rev/<rev>`: new owners, or the document without some versions."""
    body = decode(request.body, package=name)
    match body:
        case MaintainersEdit(names=names):
            return _set_owners(registry, request, name, names)
        case Deprecations(messages=messages):
            return _keep_versions(registry, request, name, frozenset(messages))
        case Publication():
            raise Malformed(
                "malformed-body", "a version is published at the package's path, without `-rev`"
            )


def unpublish_package(registry: Registry, request: Request, name: PackageName) -> Outcome:
    """`DELETE /<name>/-rev/<rev>`: nothing is served any more, and the name stays taken."""
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=True, fresh=True)
        if isinstance(asked, Refusal):
            return refused(asked)
        package, now = asked.package, registry.clock()
        for stored in packages.versions_of(connection, package.id):
            packages.unpublish_version(connection, stored.id, now=now)
        packages.update_package(connection, package.id, unpublished_at=now)
        packages.changed(connection, package.id, now=now)
        kind = "package-unpublished"
        mails = mails_to_owners(connection, name, template=kind, data={})
        _note(registry, connection, request, asked, kind=kind, data={}, mails=mails)
    return Outcome(json_reply({"ok": True}), changed=(str(name),))


def remove_tarball(registry: Registry, request: Request, route: Tarball) -> Outcome:
    """`DELETE /<name>/-/<file>/-rev/<rev>`: the last step of npm unpublish, done with the document.

    The blob stays: lock files name it, and another version may have the same bytes.
    """
    with registry.database.writing() as connection:
        asked = editor_of(registry, connection, request, route.package)
        if isinstance(asked, Refusal):
            return refused(asked)
        stored = packages.version_of(connection, asked.package.id, route.version)
    if stored is not None and stored.unpublished_at is not None:
        return Outcome(json_reply({"ok": True}))
    return refused(
        Refusal(
            code="no-version",
            message=f"`{route.package}` has no unpublished version {quoted(route.version)}",
        )
    )


def _deprecate(
    registry: Registry, request: Request, name: PackageName, messages: Mapping[str, str | None]
) -> Outcome:
    with registry.database.writing() as connection:
        asked = editor_of(registry, connection, request, name)
        if isinstance(asked, Refusal):
            return refused(asked)
        package = asked.package
        changed: list[str] = []
        for stored in packages.versions_of(connection, package.id):
            if stored.version not in messages:
                continue
            text = messages[stored.version] or None
            if text != stored.deprecated:
                packages.set_deprecated(connection, stored.id, text)
                changed.append(stored.version)
        packages.changed(connection, package.id, now=registry.clock())
        _note(
            registry,
            connection,
            request,
            asked,
            kind="versions-deprecated",
            data={"versions": changed},
        )
    return Outcome(json_reply({"ok": True}), changed=(str(name),))


def _set_owners(
    registry: Registry, request: Request, name: PackageName, names: tuple[str, ...]
) -> Outcome:
    with registry.database.writing() as connection:
        asked = owner_of(registry, connection, request, name, with_second_factor=True, fresh=True)
        if isinstance(asked, Refusal):
            return refused(asked)
        found = [(owner, users.find_user(connection, owner)) for owner in names]
        missing = [owner for owner, user in found if user is None]
        if missing or not found:
            text = quoted(missing[0]) if missing else "nobody"
            return refused(
                Refusal(
                    code="no-user",
                    message=f"the owners cannot be set to {text}: each must be a user here",
                )
            )
        before = packages.owners_of(connection, asked.package.id)
        ids = tuple(sorted({user.id for _, user in found if user is not None}))
        packages.set_owners(connection, asked.package.id, ids)
        packages.changed(connection, asked.package.id, now=registry.clock())
        data = {"before": [owner.name for owner in before], "after": list(names)}
        # Who is an owner no longer has most reason to be told.
        after = packages.owners_of(connection, asked.package.id)
        mails = [
            Mail(recipient=address, template="owners-changed", data={"package": str(name), **data})
            for address in dict.fromkeys(owner.email for owner in (*before, *after))
            if address
        ]
        _note(registry, connection, request, asked, kind="owners-changed", data=data, mails=mails)
    return Outcome(json_reply({"ok": True}), changed=(str(name),))


def _keep_versions(
    registry: Registry, request: Request, name: PackageName, kept: frozenset[str]
) -> Outcome:
    with registry.database.writing() as connection:
        asked = editor_of(registry, connection, request, name)
        if isinstance(asked, Refusal):
            return refused(asked)
        package, now = asked.package, registry.clock()
        versions = packages.versions_of(connection, package.id)
        removed = [stored for stored in versions if stored.version not in kept]
        if len(removed) == len(versions):
            return refused(
                Refusal(
                    code="last-version",
                    message=f"that would leave `{name}` without a version",
                    hint=f"`npm unpublish {name} --force` unpublishes the whole package",
                )
            )
        for stored in removed:
            packages.unpublish_version(connection, stored.id, now=now)
        _repair_tags(connection, package, {stored.version for stored in removed})
        packages.changed(connection, package.id, now=now)
        data = {"versions": [stored.version for stored in removed]}
        kind = "versions-unpublished"
        mails = mails_to_owners(connection, name, template=kind, data=data)
        _note(registry, connection, request, asked, kind=kind, data=data, mails=mails)
    return Outcome(json_reply({"ok": True}), changed=(str(name),))


def _repair_tags(connection: Connection, package: Package, removed: set[str]) -> None:
    """Drop dist-tags of removed versions; `latest` goes to the newest version that is left."""
    left = packages.versions_of(connection, package.id)
    for tag, version in packages.tags_of(connection, package.id).items():
        if version not in removed:
            continue
        if tag == "latest" and left:
            packages.set_tag(connection, package.id, tag, newest(v.version for v in left))
        else:
            packages.drop_tag(connection, package.id, tag)


def newest(versions: Iterable[str]) -> str:
    """Return the highest version, of releases where there is one."""
    parsed = [Version.parse(version) for version in versions]
    releases = [version for version in parsed if not version.is_prerelease]
    return str(max(releases or parsed))


def _note(
    registry: Registry,
    connection: Connection,
    request: Request,
    asked: Ownership,
    *,
    kind: str,
    data: Mapping[str, object],
    mails: Iterable[Mail] = (),
) -> None:
    now, package = registry.clock(), asked.package
    event = Event(
        kind=kind,
        package=package.name,
        actor=asked.holder.user.name,
        address=request.address,
        at=now,
        data=data,
    )
    events.record(connection, event, mails)
