"""Attestations of versions: what was verified and is served, and what still waits for its log."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import bindparam, case, func, select, tuple_, update

from imprint.storage.conflicts import InsertIfNew
from imprint.storage.schema import attestations, packages, versions
from imprint.storage.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from imprint.storage.statements import Row

_MOST_ASKED = 400
"""In one statement: SQLite takes 32,766 parameters, older ones 999."""


class Kind(StrEnum):
    """Whose attestation it is: a version has one of each at most."""

    PROVENANCE = "provenance"
    """The build's, as its client sent it."""
    PUBLISH = "publish"
    """The registry's own."""


class State(StrEnum):
    """Whether it may be served and advertised."""

    VERIFIED = "verified"
    WAITING = "waiting"
    """Signed, and in no transparency log yet: clients of npm's kind are not told of it."""
    UNSIGNED = "unsigned"
    """A statement of the registry, yet to be signed: nobody is told of it."""


class NewAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """An attestation to be kept."""

    version_id: int
    kind: Kind
    predicate_type: str
    bundle: bytes
    """JSON, exactly as it is served."""
    state: State
    domain: str | None
    """The trust domain that verified it."""
    proof: str
    """JSON for timelines: identity, times, log entry."""
    created_at: float
    logged_at: float | None = None


class StoredAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """An attestation as it is kept."""

    id: int
    version_id: int
    kind: Kind
    predicate_type: str
    bundle: bytes
    state: State
    domain: str | None
    proof: str
    created_at: float
    logged_at: float | None


class ServedAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """What clients get of one that is verified."""

    kind: Kind
    predicate_type: str
    bundle: bytes


class AttestedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A served version with its verified attestations, provenance first."""

    package_id: str
    access: str
    sha512: str
    """Of its tarball, hex."""
    attestations: tuple[ServedAttestation, ...]


class KeptAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one without its bundle."""

    version_id: int
    kind: Kind
    predicate_type: str
    state: State
    domain: str | None
    proof: str = ""
    """Empty for provenance, where a whole package's are read."""


_ADD = InsertIfNew(attestations)
_OF_VERSION = Statement(
    select(attestations)
    .where(attestations.c.version_id == bindparam("key"))
    .order_by(attestations.c.kind)
)
_WAITING = Statement(
    select(attestations)
    .where(attestations.c.state == bindparam("state"), attestations.c.id > bindparam("after"))
    .order_by(attestations.c.id)
    .limit(bindparam("most"))
)
_OF_PACKAGE = Statement(
    select(
        attestations.c.version_id,
        attestations.c.kind,
        attestations.c.predicate_type,
        attestations.c.state,
        attestations.c.domain,
        # Provenance's is long, and packuments need the other alone.
        case((attestations.c.kind == Kind.PUBLISH.value, attestations.c.proof), else_="").label(
            "proof"
        ),
    )
    .join(versions, versions.c.id == attestations.c.version_id)
    .where(versions.c.package_id == bindparam("key"))
    .order_by(attestations.c.version_id, attestations.c.kind)
)
_PACKAGE = Statement(
    select(packages.c.id, packages.c.name, versions.c.version)
    .join(versions, versions.c.package_id == packages.c.id)
    .where(versions.c.id == bindparam("key"))
)
_SUBJECT = Statement(
    select(packages.c.name, versions.c.version, versions.c.sha512)
    .join(versions, versions.c.package_id == packages.c.id)
    .where(versions.c.id == bindparam("key"))
)
_CHANGED = Statement(
    update(packages)
    .where(packages.c.id == bindparam("key"))
    .values(generation=packages.c.generation + 1)
)


def add(connection: Connection, attestation: NewAttestation) -> bool:
    """Keep an attestation; False when the version has one of this kind.

    The package's generation is the caller's to raise.
    """
    values = {name: getattr(attestation, name) for name in NewAttestation.__struct_fields__}
    values |= {"kind": attestation.kind.value, "state": attestation.state.value}
    return _ADD(connection, values)


def of_version(connection: Connection, version_id: int) -> tuple[StoredAttestation, ...]:
    """Return a version's attestations in every state, provenance first."""
    return tuple(_stored(row) for row in _OF_VERSION.all(connection, key=version_id))


def served_of(connection: Connection, name: str, version: str) -> AttestedVersion | None:
    """Return what may be served of one version; None where there is no such version."""
    return of_versions(connection, ((name, version),)).get((name, version))


def of_versions(
    connection: Connection, wanted: Iterable[tuple[str, str]]
) -> Mapping[tuple[str, str], AttestedVersion]:
    """Return what may be served of many (name, version); those that are not there are left out.

    A version without attestations is there with none. Who may read them is the caller's to judge.
    """
    asked = sorted({pair for pair in wanted if not any("\0" in text for text in pair)})
    found: dict[tuple[str, str], AttestedVersion] = {}
    for start in range(0, len(asked), _MOST_ASKED):
        found |= _of_some(connection, asked[start : start + _MOST_ASKED])
    return found


def of_package(
    connection: Connection, package_id: str
) -> Mapping[int, tuple[KeptAttestation, ...]]:
    """Return a package's attestations in every state, by version id, provenance first."""
    return _by_version(_OF_PACKAGE.all(connection, key=package_id))


def proofs_of(
    connection: Connection, version_ids: Iterable[int]
) -> Mapping[int, tuple[KeptAttestation, ...]]:
    """Return the attestations of these versions, at most a thousand, with their proofs."""
    query = (
        select(
            attestations.c.version_id,
            attestations.c.kind,
            attestations.c.predicate_type,
            attestations.c.state,
            attestations.c.domain,
            attestations.c.proof,
        )
        .where(attestations.c.version_id.in_(tuple(version_ids)))
        .order_by(attestations.c.version_id, attestations.c.kind)
    )
    return _by_version(connection.execute(query))


def _by_version(rows: Iterable[Row]) -> Mapping[int, tuple[KeptAttestation, ...]]:
    found: dict[int, list[KeptAttestation]] = defaultdict(list)
    for row in rows:
        values = row._asdict()
        kind, state = Kind(values.pop("kind")), State(values.pop("state"))
        found[row.version_id].append(KeptAttestation(kind=kind, state=state, **values))
    return {version_id: tuple(kept) for version_id, kept in found.items()}


def waiting(
    connection: Connection, *, state: State = State.WAITING, after: int = 0, limit: int = 100
) -> tuple[StoredAttestation, ...]:
    """Return those that wait, for their log or in another state, with ids above `after`."""
    rows = _WAITING.all(connection, state=state.value, after=after, most=limit)
    return tuple(_stored(row) for row in rows)


def count_by_state(connection: Connection) -> Mapping[State, int]:
    """Return how many there are in each state; those without any are left out."""
    query = select(attestations.c.state, func.count().label("found")).group_by(attestations.c.state)
    return {State(row.state): int(row.found) for row in connection.execute(query)}


def subject_of(connection: Connection, version_id: int) -> tuple[str, str, str] | None:
    """Return (package name, version, sha512 of the tarball in hex) of a version's row."""
    row = _SUBJECT.first(connection, key=version_id)
    return None if row is None else (str(row.name), str(row.version), str(row.sha512))


def set_signed(connection: Connection, attestation_id: int, *, bundle: bytes, proof: str) -> bool:
    """Keep what was signed, in place of the statement or of an earlier signature.

    It then waits for its log. False when another process has brought it there.
    """
    result = connection.execute(
        update(attestations)
        .where(attestations.c.id == attestation_id, attestations.c.state != State.VERIFIED.value)
        .values(bundle=bundle, proof=proof, state=State.WAITING.value)
    )
    return result.rowcount == 1


def set_logged(
    connection: Connection,
    attestation_id: int,
    *,
    bundle: bytes,
    proof: str,
    domain: str | None,
    now: float,
) -> str | None:
    """Let one that waited be served, with the `bundle` that has its log entry.

    Returns the name of the package, which is served anew; None when it waits no longer.
    """
    result = connection.execute(
        update(attestations)
        .where(attestations.c.id == attestation_id, attestations.c.state == State.WAITING.value)
        .values(
            state=State.VERIFIED.value, bundle=bundle, proof=proof, domain=domain, logged_at=now
        )
    )
    if result.rowcount != 1:
        return None
    query = select(attestations.c.version_id).where(attestations.c.id == attestation_id)
    row = _PACKAGE.first(connection, key=connection.execute(query).scalar())
    if row is None:
        return None
    _CHANGED.run(connection, key=row.id)
    return str(row.name)


def withdraw(connection: Connection, key_id: str, *, logged_since: float) -> None:
    """Let publish attestations that this key signed, logged since then, wait again: unserved.

    Their packages are served anew.
    """
    touched = (
        (attestations.c.kind == Kind.PUBLISH.value)
        & (attestations.c.state == State.VERIFIED.value)
        & (attestations.c.logged_at >= logged_since)
        # The record of who signed; nothing in a key's id is special to LIKE.
        & attestations.c.proof.contains(f'"{key_id}"', autoescape=True)
    )
    attested = select(attestations.c.version_id).where(touched)
    of_packages = select(versions.c.package_id).where(versions.c.id.in_(attested))
    connection.execute(
        update(packages)
        .where(packages.c.id.in_(of_packages))
        .values(generation=packages.c.generation + 1)
    )
    connection.execute(
        update(attestations).where(touched).values(state=State.WAITING.value, logged_at=None)
    )


def _of_some(
    connection: Connection, wanted: list[tuple[str, str]]
) -> dict[tuple[str, str], AttestedVersion]:
    query = (
        select(
            packages.c.id,
            packages.c.name,
            packages.c.access,
            versions.c.version,
            versions.c.sha512,
            attestations.c.kind,
            attestations.c.predicate_type,
            attestations.c.bundle,
        )
        .select_from(packages)
        .join(versions, versions.c.package_id == packages.c.id)
        .outerjoin(
            attestations,
            (attestations.c.version_id == versions.c.id)
            & (attestations.c.state == State.VERIFIED.value),
        )
        .where(
            packages.c.name.in_({name for name, _ in wanted}),
            versions.c.version.in_({version for _, version in wanted}),
            # Names and versions alone would be every combination of them, each with its bundles.
            tuple_(packages.c.name, versions.c.version).in_(wanted),
            packages.c.unpublished_at.is_(None),
            versions.c.unpublished_at.is_(None),
        )
        .order_by(attestations.c.kind)
    )
    of: dict[tuple[str, str, str, str, str], list[ServedAttestation]] = defaultdict(list)
    for row in connection.execute(query):
        served = of[row.name, row.version, row.id, row.access, row.sha512]
        if row.kind is not None:
            served.append(
                ServedAttestation(
                    kind=Kind(row.kind), predicate_type=row.predicate_type, bundle=row.bundle
                )
            )
    return {
        (name, version): AttestedVersion(
            package_id=package_id, access=access, sha512=sha512, attestations=tuple(served)
        )
        for (name, version, package_id, access, sha512), served in of.items()
    }


def _stored(row: Row) -> StoredAttestation:
    values = row._asdict()
    kind, state = Kind(values.pop("kind")), State(values.pop("state"))
    return StoredAttestation(kind=kind, state=state, **values)
