"""Proven: what one version's pieces come to on the four axes, and what verification found broken.

Pure: verdicts in, axes out. Not here: comparing versions (`history.drift`), and policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from imprint.attestations.codes import Code
from imprint.attestations.repositories import normalise_address
from imprint.evidence.identities import identity_from
from imprint.evidence.verdict import Standing
from imprint.history.axes import Origin, Signature, Source
from imprint.history.claims import claimed_axes
from imprint.history.events import DriftEvent, EventId, EventSeverity
from imprint.policy.subjects import Lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.evidence.verdict import SignatureStanding, Verdict
    from imprint.history.axes import Axes, Carries
    from imprint.history.identities import PublisherIdentity
    from imprint.history.pins import Pin
    from imprint.history.publications import Publication

_PROVENANCE = "provenance"
_OTHER_SUBJECT = frozenset({Code.SUBJECT, Code.ARTIFACT, Code.PUBLISH_PREDICATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What is proven of one version."""

    axes: Axes
    identity: PublisherIdentity | None = None
    signed_at: float | None = None
    """Unix seconds: when the provenance was signed, by a log or a timestamp authority."""
    broken: tuple[DriftEvent, ...] = ()
    lacking: tuple[Lacking, ...] = field(default=())


def prove(
    publication: Publication,
    verdict: Verdict | None,
    *,
    carries: Carries,
    pin: Pin | None,
    locked_integrity: str | None,
    hides_documents: bool,
) -> Proven:
    """Return what a version proves.

    `verdict` is the one on its pieces with the *lockfile's* integrity; None: nothing was verified.
    `hides_documents`: the registry claims attestations and serves none for any version, as mirrors
    do: then origin is what is claimed, and lacking; it is not broken.
    """
    axes = claimed_axes(publication, carries)
    if verdict is None:
        return Proven(axes=axes)
    axes, broken = _signed(axes, verdict.signature)
    identity = None if verdict.identity is None else identity_from(verdict.identity)
    origin, reason = _origin(verdict, publication, hides_documents=hides_documents)
    lacking: tuple[Lacking, ...] = ()
    match origin:
        case Standing.VERIFIED:
            bound = identity is not None and _is_bound(identity, publication, pin, locked_integrity)
            value = Origin.BOUND if bound else Origin.VERIFIED
            axes = replace(axes, origin=value, origin_source=Source.VERIFIED)
        case Standing.REJECTED:
            axes = replace(axes, origin=Origin.INVALID, origin_source=Source.VERIFIED)
            broken += (reason,) if isinstance(reason, DriftEvent) else ()
        case Standing.UNDECIDED:
            why = reason.message if isinstance(reason, DriftEvent) else "it could not be verified"
            lacking = (Lacking(axis="origin", why=why, is_of_registry=hides_documents),)
        case Standing.ABSENT:
            pass
    signed_at = (verdict.identity or {}).get("signed_at")
    return Proven(
        axes=axes,
        identity=identity if origin is Standing.VERIFIED else None,
        signed_at=signed_at if isinstance(signed_at, float | int) else None,
        broken=broken,
        lacking=lacking + tuple(_signature_lacking(axes, verdict.signature)),
    )


def _signed(axes: Axes, standing: SignatureStanding) -> tuple[Axes, tuple[DriftEvent, ...]]:
    message = standing.message or "the registry's signature does not verify"
    match standing.state:
        case Standing.VERIFIED:
            value, events = Signature.VALID, ()
        case Standing.ABSENT:
            return replace(axes, signature=Signature.NOT_APPLICABLE), ()
        case Standing.UNDECIDED:
            return replace(axes, signature=Signature.UNKNOWN, signature_source=Source.UNKNOWN), ()
        case Standing.REJECTED:
            value, events = _rejected(standing, message)
    return replace(axes, signature=value, signature_source=Source.VERIFIED), events


def _rejected(
    standing: SignatureStanding, message: str
) -> tuple[Signature, tuple[DriftEvent, ...]]:
    if standing.code == Code.MISSING_SIGNATURE:
        return Signature.ABSENT, ()  # whether that is an event, drift says
    if standing.is_foreign:
        # Rotated, or another registry's: an alarm would be false more often than not.
        event = _event(EventId.SIGNATURE_KEY_UNKNOWN, message, severity=EventSeverity.WARN)
        return Signature.PRESENT, (event,)
    value = Signature.EXPIRED_KEY if standing.code == Code.KEY else Signature.INVALID
    return value, (_event(EventId.SIGNATURE_INVALID, message),)


def _origin(
    verdict: Verdict, publication: Publication, *, hides_documents: bool
) -> tuple[Standing, DriftEvent | None]:
    """Return how the provenance stands, and why, where it is not verified."""
    found = [
        one
        for one in verdict.attestations
        if one.predicate_type is not None and _PROVENANCE in one.predicate_type
    ]
    # Rejected in any part, the document is no evidence: which of two is genuine nobody knows.
    rejected = next((one for one in verdict.attestations if one.state is Standing.REJECTED), None)
    if rejected is not None:
        event_id = (
            EventId.ATTESTATION_SUBJECT_MISMATCH
            if rejected.code in _OTHER_SUBJECT
            else EventId.ATTESTATION_INVALID
        )
        return Standing.REJECTED, _event(event_id, f"{rejected.code}: {rejected.message}")
    if found and all(one.state is Standing.VERIFIED for one in found):
        return Standing.VERIFIED, None
    if found:
        why = next((one.message for one in found if one.message), None)
        return Standing.UNDECIDED, _event(EventId.ATTESTATION_INVALID, why or "undecided")
    if publication.provenance_type is None:
        return Standing.ABSENT, None
    if hides_documents:
        why = "the registry claims attestations, and serves none"
        return Standing.UNDECIDED, _event(EventId.ATTESTATION_INVALID, why)
    return _claimed_only(verdict)


def _claimed_only(verdict: Verdict) -> tuple[Standing, DriftEvent | None]:
    """Return how provenance stands that is claimed, and was not in what the registry served."""
    could_not = next((one.why for one in verdict.not_checked if one.what == "attestations"), None)
    if could_not is not None:
        return Standing.UNDECIDED, _event(EventId.ATTESTATION_INVALID, could_not)
    message = f"{verdict.code}: {verdict.message}" if verdict.code else "it is claimed, and missing"
    return Standing.REJECTED, _event(EventId.ATTESTATION_INVALID, message)


def _is_bound(
    identity: PublisherIdentity,
    publication: Publication,
    pin: Pin | None,
    locked_integrity: str | None,
) -> bool:
    """Tell whether provenance is of these bytes and of the repository that it should be of.

    Facts: consumers §6.1: pinned ids, else what the version's own manifest names.
    """
    if locked_integrity is not None and locked_integrity != publication.integrity:
        return False
    pinned = None if pin is None else pin.identity
    if pinned is not None and pinned.repository_id is not None:
        return (pinned.issuer, pinned.repository_id, pinned.owner_id) == (
            identity.issuer,
            identity.repository_id,
            identity.owner_id,
        )
    claimed = normalise_address(publication.repository or "")
    if claimed is None or identity.repository is None:
        return False
    return claimed.path == identity.repository.lower() or claimed.path == identity.repository


def _signature_lacking(axes: Axes, standing: SignatureStanding) -> Iterator[Lacking]:
    if axes.signature is Signature.UNKNOWN:
        why = standing.message or "the registry's keys could not be had"
        yield Lacking(axis="signature", why=why)


def _event(
    event_id: EventId, message: str, *, severity: EventSeverity = EventSeverity.ERROR
) -> DriftEvent:
    return DriftEvent(id=event_id, severity=severity, message=message)
