"""Packages, their owners, versions and dist-tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, update

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import dist_tags, owners, packages, users, versions
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package; one with `unpublished_at` keeps its name for ever (architecture decision 13)."""

    id: str
    name: str
    canonical: str
    access: str
    token_rule: str
    provenance_public: bool
    provenance_required: bool
    generation: int
    readme: str
    created_at: float
    changed_at: float
    unpublished_at: float | None


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """A user who owns a package."""

    user_id: int
    name: str
    email: str | None
    disabled: bool
    has_second_factor: bool


class NewVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version to be kept: everything of it, in the form it is served and judged by."""

    version: str
    full: bytes
    corgi: bytes
    dist: bytes
    npm_user: bytes | None
    sha256: str
    sha512: str
    size_bytes: int
    access: str | None
    body_digest: str
    evidence: str
    bundle: bytes | None
    published_at: float
    signatures: bytes | None = None
    """JSON, `dist.signatures`; None: not signed."""
    signed_with: str | None = None
    """The id of the key that made the newest of them."""


class StoredVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is kept."""

    id: int
    package_id: str
    version: str
    full: bytes
    corgi: bytes
    dist: bytes
    npm_user: bytes | None
    deprecated: str | None
    sha256: str
    sha512: str
    size_bytes: int
    access: str | None
    body_digest: str
    evidence: str
    bundle: bytes | None
    published_at: float
    unpublished_at: float | None
    signatures: bytes | None
    signed_with: str | None


_FIND = Statement(select(packages).where(packages.c.name == bindparam("key")))
# SQLite has one writer and no such clause. Rows that refer to the package are not held up.
_HOLD = Statement(
    select(packages).where(packages.c.name == bindparam("key")).with_for_update(key_share=True)
)
_GENERATION = Statement(select(packages.c.generation).where(packages.c.name == bindparam("key")))
_SIMILAR = Statement(
    select(packages.c.name).where(
        packages.c.canonical == bindparam("canonical"), packages.c.name != bindparam("other_than")
    )
)
_CREATE = InsertIfNew(packages)
_UPDATE = Statement(update(packages).where(packages.c.id == bindparam("key")))
_CHANGED = Statement(
    update(packages)
    .where(packages.c.id == bindparam("key"))
    .values(generation=packages.c.generation + 1, changed_at=bindparam("now"))
)
_ADD_OWNER = Statement(insert(owners))
_OWNERS = Statement(
    select(users.c.id, users.c.name, users.c.email, users.c.disabled_at, users.c.totp_sealed)
    .join(owners, owners.c.user_id == users.c.id)
    .where(owners.c.package_id == bindparam("key"))
    .order_by(users.c.name)
)
_VERSION = Statement(
    select(versions).where(
        versions.c.package_id == bindparam("key"), versions.c.version == bindparam("version")
    )
)
_VERSION_ID = Statement(
    select(versions.c.id).where(
        versions.c.package_id == bindparam("key"), versions.c.version == bindparam("version")
    )
)
_COUNT_SINCE = Statement(
    select(func.count().label("published")).where(
        versions.c.package_id == bindparam("key"), versions.c.published_at >= bindparam("since")
    )
)
_ADD_VERSION = InsertIfNew(versions)
_NEW_TAG = InsertIfNew(dist_tags)
_MOVE_TAG = Statement(
    update(dist_tags).where(
        dist_tags.c.package_id == bindparam("key"), dist_tags.c.tag == bindparam("moved")
    )
)


def find(connection: Connection, name: str) -> Package | None:
    """Return the package of that name, also an unpublished one."""
    row = _FIND.first(connection, key=name)
    return None if row is None else Package(**row._asdict())


def hold(connection: Connection, name: str) -> Package | None:
    """Return what `find` does, held until the transaction ends.

    Whoever holds it next waits, and finds what this one has changed: of two that unpublish, publish
    or set who may, neither decides on what the other takes away meanwhile.
    """
    row = _HOLD.first(connection, key=name)
    return None if row is None else Package(**row._asdict())


def generation_of(connection: Connection, name: str) -> int | None:
    """Return the number that rises with every change of what is served."""
    row = _GENERATION.first(connection, key=name)
    return None if row is None else int(row.generation)


def similar(connection: Connection, canonical: str, *, other_than: str) -> str | None:
    """Return the name of a package whose canonical name is the same."""
    row = _SIMILAR.first(connection, canonical=canonical, other_than=other_than)
    return None if row is None else str(row.name)


def create(
    connection: Connection,
    *,
    package_id: str,
    name: str,
    canonical: str,
    access: str,
    owner_ids: tuple[int, ...],
    now: float,
) -> bool:
    """Create a package with its owners; False when another one just took the name."""
    values = {
        "id": package_id,
        "name": name,
        "canonical": canonical,
        "access": access,
        "token_rule": "default",
        "provenance_public": False,
        "provenance_required": False,
        "generation": 1,
        "readme": "",
        "created_at": now,
        "changed_at": now,
    }
    if not _CREATE(connection, values):
        return False
    for user_id in owner_ids:
        _ADD_OWNER.run(connection, package_id=package_id, user_id=user_id)
    return True


def changed(connection: Connection, package_id: str, *, now: float) -> None:
    """Say that what is served of a package has changed."""
    _CHANGED.run(connection, key=package_id, now=now)


def update_package(connection: Connection, package_id: str, **values: object) -> None:
    """Set columns of a package: `access`, `token_rule`, `provenance_public`, `readme`, ..."""
    _UPDATE.run(connection, key=package_id, **values)


def owners_of(connection: Connection, package_id: str) -> tuple[Owner, ...]:
    """Return the owners, by name."""
    return tuple(
        Owner(
            user_id=row.id,
            name=row.name,
            email=row.email,
            disabled=row.disabled_at is not None,
            has_second_factor=row.totp_sealed is not None,
        )
        for row in _OWNERS.all(connection, key=package_id)
    )


def set_owners(connection: Connection, package_id: str, user_ids: tuple[int, ...]) -> None:
    """Replace the owners."""
    connection.execute(delete(owners).where(owners.c.package_id == package_id))
    for user_id in user_ids:
        _ADD_OWNER.run(connection, package_id=package_id, user_id=user_id)


def names_owned_by(connection: Connection, user_id: int) -> tuple[str, ...]:
    """Return the names of a user's packages."""
    query = (
        select(packages.c.name)
        .join(owners, owners.c.package_id == packages.c.id)
        .where(owners.c.user_id == user_id, packages.c.unpublished_at.is_(None))
        .order_by(packages.c.name)
    )
    return tuple(str(row.name) for row in connection.execute(query))


def version_of(connection: Connection, package_id: str, version: str) -> StoredVersion | None:
    """Return one version, also an unpublished one: its number is never given again."""
    if "\0" in version:
        return None  # PostgreSQL cannot be asked for it
    row = _VERSION.first(connection, key=package_id, version=version)
    return None if row is None else StoredVersion(**row._asdict())


def version_id_of(connection: Connection, package_id: str, version: str) -> int:
    """Return the row of a version that is there."""
    row = _VERSION_ID.first(connection, key=package_id, version=version)
    if row is None:
        raise LookupError(version)
    return int(row.id)


def versions_of(connection: Connection, package_id: str) -> tuple[StoredVersion, ...]:
    """Return every served version, oldest first."""
    query = (
        select(versions)
        .where(versions.c.package_id == package_id, versions.c.unpublished_at.is_(None))
        .order_by(versions.c.published_at, versions.c.id)
    )
    return tuple(StoredVersion(**row) for row in connection.execute(query).mappings())


def blob_of(connection: Connection, name: str, version: str) -> tuple[str, int, str] | None:
    """Return (sha256, size in bytes, access) of a served version's tarball."""
    query = (
        select(versions.c.sha256, versions.c.size_bytes, packages.c.access)
        .join(packages, packages.c.id == versions.c.package_id)
        .where(
            packages.c.name == name,
            versions.c.version == version,
            versions.c.unpublished_at.is_(None),
        )
    )
    row = connection.execute(query).first()
    return None if row is None else (row.sha256, row.size_bytes, row.access)


def count_versions_since(connection: Connection, package_id: str, *, since: float) -> int:
    """Return how many versions of a package were published since then."""
    row = _COUNT_SINCE.first(connection, key=package_id, since=since)
    return 0 if row is None else int(row.published)


def add_version(connection: Connection, package_id: str, version: NewVersion) -> bool:
    """Keep a version; False when this number was ever used: of several at once, one wins."""
    values = {name: getattr(version, name) for name in NewVersion.__struct_fields__}
    return _ADD_VERSION(connection, {"package_id": package_id, **values})


def set_deprecated(connection: Connection, version_id: int, text: str | None) -> None:
    """Deprecate a version with a text, or take that back with None."""
    connection.execute(update(versions).where(versions.c.id == version_id).values(deprecated=text))


def unpublish_version(connection: Connection, version_id: int, *, now: float) -> None:
    """Serve a version no longer; its row stays, so that its number is never given again."""
    connection.execute(
        update(versions).where(versions.c.id == version_id).values(unpublished_at=now)
    )


def tags_of(connection: Connection, package_id: str) -> Mapping[str, str]:
    """Return dist-tag → version."""
    query = (
        select(dist_tags.c.tag, dist_tags.c.version)
        .where(dist_tags.c.package_id == package_id)
        .order_by(dist_tags.c.tag)
    )
    return {row.tag: row.version for row in connection.execute(query)}


def set_tag(connection: Connection, package_id: str, tag: str, version: str) -> None:
    """Point a dist-tag at a version; of several at once, the last one stands."""
    values = {"package_id": package_id, "tag": tag, "version": version}
    if not _NEW_TAG(connection, values):
        _MOVE_TAG.run(connection, key=package_id, moved=tag, version=version)


def drop_tag(connection: Connection, package_id: str, tag: str) -> bool:
    """Remove a dist-tag; False when there was none."""
    same = (dist_tags.c.package_id == package_id) & (dist_tags.c.tag == tag)
    return connection.execute(delete(dist_tags).where(same)).rowcount == 1
