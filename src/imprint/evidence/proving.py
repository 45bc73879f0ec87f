"""What was gathered → what is proven of each version: pieces put together, and judged in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from imprint.evidence.collect import UNASKED
from imprint.evidence.gathering import document_integrity
from imprint.evidence.identities import identity_from
from imprint.evidence.looked import Had, NotThere
from imprint.evidence.pieces import Pieces
from imprint.evidence.proven import Proven, prove
from imprint.evidence.verdict import Standing
from imprint.history.axes import Carries
from imprint.npm.published import (
    ClaimedAttestations,
    ClaimedPublisher,
    ClaimedSignature,
    PublishedVersion,
)
from imprint.policy.pins import pin_for
from imprint.storage.projections import AttestedVersion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.evidence.gathering import Gathered
    from imprint.evidence.looked import Looked
    from imprint.evidence.verdict import Verdict
    from imprint.evidence.wanted import Wanted
    from imprint.history.identities import PublisherIdentity
    from imprint.history.pins import Pin
    from imprint.history.publications import Publication

NO_CARRIES = Carries(
    times=False,
    users=False,
    trusted_publishers=False,
    approvers=False,
    signatures=False,
    attestations=False,
)
"""Of a registry of which nothing was read."""


class Judge(Protocol):
    """Verifies pieces of versions of one registry, by the trust of whoever asks."""

    def __call__(
        self, pieces: Sequence[Pieces], *, registry: str, keys: Looked[bytes]
    ) -> Sequence[Verdict]:
        """Return a verdict on each, in their order."""
        ...


class Proofs(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven."""

    proven: Mapping[tuple[str, str, str | None], Proven]
    """By name, version and the lockfile's integrity."""
    identities: Mapping[str, Mapping[str, PublisherIdentity]]
    """By name, then version: who published, verified; those that were only compared too."""
    hiding: frozenset[str]
    """Registries that claim attestations and serve none: a mirror that does not hand them on."""

    def of(self, wanted: Wanted) -> Proven | None:
        """Return what is proven of a version; None: nothing was read of it."""
        return self.proven.get((wanted.name, wanted.version, wanted.integrity))


def prove_all(
    wanted: Sequence[Wanted],
    gathered: Gathered,
    *,
    judge: Judge,
    pins: Mapping[str, tuple[Pin, ...]],
    serving: frozenset[str] = frozenset(),
) -> Proofs:
    """Verify everything that was gathered, each registry's versions in one go.

    `serving` are registries that are known to hand on attestations: from what was gathered of one
    package alone that may not show.
    """
    hiding = frozenset(_hiding(gathered, wanted)) - serving
    proven: dict[tuple[str, str, str | None], Proven] = {}
    identities: dict[str, dict[str, PublisherIdentity]] = {}
    for registry in dict.fromkeys(one.registry for one in wanted):
        own = [one for one in wanted if one.registry == registry]
        carries = gathered.carries.get(registry, NO_CARRIES)
        keys = gathered.keys.get(registry, UNASKED)
        asked = list(_asked(own, gathered))
        verdicts = judge([one.pieces for one in asked], registry=registry, keys=keys)
        for one, verdict in zip(asked, verdicts, strict=True):
            identity = _identity(verdict)
            if identity is not None:
                identities.setdefault(one.name, {})[one.row.version] = identity
            if one.wanted is not None:
                proven[one.wanted.name, one.wanted.version, one.wanted.integrity] = prove(
                    one.row,
                    verdict,
                    carries=carries,
                    pin=pin_for(pins, one.name, one.row.version),
                    locked_integrity=one.wanted.integrity,
                    hides_documents=registry in hiding,
                )
    return Proofs(proven=proven, identities=identities, hiding=hiding)


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One version that is to be verified."""

    name: str
    row: Publication
    pieces: Pieces
    wanted: Wanted | None
    """None: it is only compared with."""


def _asked(wanted: Sequence[Wanted], gathered: Gathered) -> Iterator[_Asked]:
    own = {one.key for one in wanted}
    for one in wanted:
        history = gathered.history(one.name)
        row = None if history is None else history.publication(one.version)
        if history is None or row is None:
            continue
        pieces = _pieces(one.name, row, gathered, locked=one.integrity)
        yield _Asked(name=one.name, row=row, pieces=pieces, wanted=one)
        for version in gathered.compared.get(one.key, ()):
            other = history.publication(version)
            if other is not None and (one.name, version) not in own:
                own.add((one.name, version))
                pieces = _pieces(one.name, other, gathered, locked=None)
                yield _Asked(name=one.name, row=other, pieces=pieces, wanted=None)


def _pieces(name: str, row: Publication, gathered: Gathered, *, locked: str | None) -> Pieces:
    integrity = document_integrity(locked, row.integrity)
    document: Looked[bytes] = NotThere()
    if row.has_attestations:
        attested = AttestedVersion(name, row.version, integrity or "")
        document = gathered.documents.get(attested, UNASKED)
    return Pieces(
        published=published_of(name, row, integrity=integrity), document=document, tarball=UNASKED
    )


def published_of(name: str, row: Publication, *, integrity: str | None) -> PublishedVersion:
    """Return a row in the form that is verified, with the bytes that it is to be about."""
    claimed = None
    if row.has_attestations:
        claimed = ClaimedAttestations(url=row.attestations_url, provenance_type=row.provenance_type)
    publisher = ClaimedPublisher(
        name=row.user,
        trusted_publisher=row.trusted_publisher,
        configuration_id=row.configuration_id,
        approver=row.approver,
    )
    return PublishedVersion(
        name=name,
        version=row.version,
        integrity=integrity,
        tarball=row.tarball,
        signatures=tuple(
            ClaimedSignature(key_id=key_id, signature=text) for key_id, text in row.signatures
        ),
        attestations=claimed,
        publisher=publisher,
        repository=row.repository,
        commit=row.commit,
        published_at=row.published,
    )


def _identity(verdict: Verdict) -> PublisherIdentity | None:
    """Return who signed, where every attestation of the document holds."""
    if verdict.identity is None:
        return None
    if any(one.state is Standing.REJECTED for one in verdict.attestations):
        return None
    return identity_from(verdict.identity)


def _hiding(gathered: Gathered, wanted: Sequence[Wanted]) -> Iterator[str]:
    """Yield the registries that claim attestations of some versions, and have not one document."""
    served: dict[str, set[bool]] = {}
    registry_of = {one.name: one.registry for one in wanted}
    for attested, looked in gathered.documents.items():
        if isinstance(looked, Had | NotThere):
            served.setdefault(registry_of[attested.name], set()).add(isinstance(looked, Had))
    for registry, outcomes in served.items():
        if outcomes == {False}:
            yield registry
