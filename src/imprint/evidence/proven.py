"""Proven: what one version's pieces come to on the four axes, and what verification found broken.

Pure: verdicts in, axes out. Not here: comparing versions (`history.drift`), and policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from imprint.attestations.codes import Code
from imprint.attestations.repositories import normalise_address
from imprint.evidence.identities import identity_from
from imprint.evidence.verdict import Outcome, Standing
from imprint.history.axes import Approval, Auth, Origin, Signature, Source
from imprint.history.claims import auth_of, claimed_axes
from imprint.history.events import EventId
from imprint.policy.subjects import Lacking
from imprint.publishers.forges import forge_host

if TYPE_CHECKING:
    from imprint.evidence.verdict import SignatureStanding, Verdict
    from imprint.history.axes import Axes, Carries
    from imprint.history.identities import PublisherIdentity
    from imprint.history.pins import Pin
    from imprint.history.publications import Publication

_PROVENANCE = "provenance"
_BROKEN_SIGNATURES = frozenset({Signature.INVALID, Signature.EXPIRED_KEY})
_OF_DOCUMENT = frozenset(
    {
        Code.DUPLICATE,
        Code.EMPTY,
        Code.MISSING_PROVENANCE,
        Code.MISSING_PUBLISH,
        Code.SUBJECT,
    }
)
"""What is wrong with a document whose attestations are each right."""
_GITHUB, _GITLAB = "github.com", "gitlab"
_OTHER_SUBJECT = frozenset({Code.SUBJECT, Code.ARTIFACT, Code.PUBLISH_PREDICATE})


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """What is proven of one version."""

    axes: Axes
    identity: PublisherIdentity | None = None
    signed_at: float | None = None
    """Unix seconds: when the provenance was signed, by a log or a timestamp authority.

    A publisher may sign long before publishing: it bounds the age of a release from above alone.
    """
    broken: Mapping[EventId, str] = msgspec.field(default_factory=dict)
    """What failed to verify, each with its line."""
    lacking: tuple[Lacking, ...] = ()


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
    axes = unsigned(claimed_axes(publication, carries))
    if verdict is None:
        return Proven(axes=axes)
    standing = verdict.signature
    axes = _signed(axes, standing, carries)
    broken, lacking = dict[EventId, str](), list[Lacking]()
    if axes.signature in _BROKEN_SIGNATURES and standing.message:
        broken[EventId.SIGNATURE_INVALID] = standing.message
    if axes.signature is Signature.UNKNOWN and carries.signatures:
        why = standing.message or "the registry's keys could not be had"
        # Without keys nothing of the registry can be verified: that is said once, not for each.
        is_of_registry = standing.code == Code.KEY
        lacking.append(Lacking(axis="signature", why=why, is_of_registry=is_of_registry))
    axes = _vouched(axes, verdict)
    identity = None if verdict.identity is None else identity_from(verdict.identity)
    if identity is not None and verdict.registry_word is not None:
        identity = _completed(identity, verdict.registry_word)
    origin = _origin(verdict, publication, hides_documents=hides_documents)
    match origin.standing:
        case Standing.VERIFIED:
            bound = identity is not None and _is_bound(identity, publication, pin, locked_integrity)
            value = Origin.BOUND if bound else Origin.VERIFIED
            axes = replace(axes, origin=value, origin_source=Source.VERIFIED)
        case Standing.REJECTED:
            axes = replace(axes, origin=Origin.INVALID, origin_source=Source.VERIFIED)
            broken[origin.event] = origin.why
        case Standing.UNDECIDED:
            lacking.append(Lacking(axis="origin", why=origin.why, is_of_registry=hides_documents))
        case Standing.ABSENT:
            pass
    signed_at = (verdict.identity or {}).get("signed_at")
    return Proven(
        axes=axes,
        identity=identity if origin.standing is Standing.VERIFIED else None,
        signed_at=signed_at if isinstance(signed_at, float | int) else None,
        broken=broken,
        lacking=tuple(lacking),
    )


def published_at(proven: Proven, publication: Publication) -> float | None:
    """Return when a version was published, Unix seconds: no earlier than it was signed.

    Not when it was signed: whoever does so weeks ahead would pass every cooldown. None where the
    registry tells no time.
    """
    said = publication.published
    return said if said is None or proven.signed_at is None else max(said, proven.signed_at)


def unsigned(axes: Axes) -> Axes:
    """Return what a version is believed on a registry's word alone.

    A person's second factor is told by imprint registries only, in a member of `dist` that other
    registries may let publishers write: it counts where it is signed.
    """
    if axes.auth is not Auth.HUMAN_2FA:
        return axes
    return replace(axes, auth=Auth.UNKNOWN, auth_source=Source.UNKNOWN)


def assumed(publication: Publication, carries: Carries) -> Proven:
    """Return what a version would prove if everything that it claims verified.

    For hints, and for lists of versions of which only those that are asked for are verified:
    whoever takes one has it judged in full.
    """
    return _assumed(claimed_axes(publication, carries))


@cache
def _assumed(axes: Axes) -> Proven:
    """Return axes as if they were verified: there are fewer than a hundred, for all versions."""
    if axes.origin is Origin.PRESENT:
        axes = replace(axes, origin=Origin.BOUND)
    if axes.signature is Signature.PRESENT:
        axes = replace(axes, signature=Signature.VALID)
    return Proven(axes=axes)


def _signed(axes: Axes, standing: SignatureStanding, carries: Carries) -> Axes:
    if not carries.signatures and standing.code == Code.MISSING_SIGNATURE:
        # A mirror that strips them from every version: unknown, never absent.
        return replace(axes, signature=Signature.UNKNOWN, signature_source=Source.UNKNOWN)
    value, source = Signature.UNKNOWN, Source.VERIFIED
    match standing.state:
        case Standing.VERIFIED:
            value = Signature.VALID
        case Standing.ABSENT:
            return replace(axes, signature=Signature.NOT_APPLICABLE)
        case Standing.UNDECIDED:
            source = Source.UNKNOWN
        case Standing.REJECTED:
            value = _rejected(standing)
    return replace(axes, signature=value, signature_source=source)


def _vouched(axes: Axes, verdict: Verdict) -> Axes:
    """Return axes with what the registry signed of the credential and the approval."""
    told = verdict.registry_word
    # One part of a document that is rejected leaves no other to rely on.
    if told is None or verdict.outcome is Outcome.INVALID:
        return axes
    credential = told.get("credential")
    auth = auth_of(credential) if isinstance(credential, str) else None
    if auth is not None:
        axes = replace(axes, auth=auth, auth_source=Source.VERIFIED)
    approval = Approval.STAGED if told.get("is_approved") is True else Approval.NONE
    return replace(axes, approval=approval, approval_source=Source.VERIFIED)


def _completed(identity: PublisherIdentity, told: Mapping[str, object]) -> PublisherIdentity:
    """Return an identity with what no certificate has: environment, whether a ref is protected."""
    environment, protected = told.get("environment"), told.get("ref_protected")
    if identity.environment is None and isinstance(environment, str):
        identity = replace(identity, environment=environment)
    if identity.ref_protected is None and isinstance(protected, bool):
        identity = replace(identity, ref_protected=protected)
    return identity


def _rejected(standing: SignatureStanding) -> Signature:
    if standing.code == Code.MISSING_SIGNATURE:
        return Signature.ABSENT
    if standing.is_foreign:
        # Rotated, or another registry's: an alarm would be false more often than not.
        return Signature.PRESENT
    return Signature.EXPIRED_KEY if standing.code == Code.KEY else Signature.INVALID


class _Provenance(NamedTuple):
    """How the provenance of a version stands."""

    standing: Standing
    why: str = ""
    event: EventId = EventId.ATTESTATION_INVALID


def _origin(verdict: Verdict, publication: Publication, *, hides_documents: bool) -> _Provenance:
    found = [
        one
        for one in verdict.attestations
        if one.predicate_type is not None and _PROVENANCE in one.predicate_type
    ]
    # Rejected in any part, the document is no evidence: which part is genuine nobody knows.
    rejected = next((one for one in verdict.attestations if one.state is Standing.REJECTED), None)
    if rejected is not None:
        is_other = rejected.code in _OTHER_SUBJECT
        event = EventId.ATTESTATION_SUBJECT_MISMATCH if is_other else EventId.ATTESTATION_INVALID
        return _Provenance(Standing.REJECTED, f"{rejected.code}: {rejected.message}", event)
    if found and (against := _against_document(verdict)) is not None:
        return _Provenance(Standing.REJECTED, against)
    if found and all(one.state is Standing.VERIFIED for one in found):
        return _Provenance(Standing.VERIFIED)
    if found:
        why = next((one.message for one in found if one.message), "it could not be verified")
        return _Provenance(Standing.UNDECIDED, why)
    if publication.provenance_type is None:
        return _Provenance(Standing.ABSENT)
    if hides_documents:
        why = "the registry claims attestations, and serves none"
        return _Provenance(Standing.UNDECIDED, why)
    could_not = next((one.why for one in verdict.not_checked if one.what == "attestations"), None)
    if could_not is not None:
        return _Provenance(Standing.UNDECIDED, could_not)
    why = f"{verdict.code}: {verdict.message}" if verdict.code else "it is claimed, and missing"
    return _Provenance(Standing.REJECTED, why)


def _against_document(verdict: Verdict) -> str | None:
    """Return what speaks against attestations that each verify: two of a kind, or a lie in one."""
    if verdict.outcome is Outcome.INVALID and verdict.code in _OF_DOCUMENT:
        return f"{verdict.code}: {verdict.message}"
    lies = (one for one in verdict.findings if one.code == Code.PREDICATE_CERT_MISMATCH)
    return next((f"{one.code}: {one.message}" for one in lies), None)


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
    if claimed.host != (_forge_of(identity) or claimed.host):
        return False  # The same name at another forge is another's.
    return claimed.path == identity.repository.lower() or claimed.path == identity.repository


def _forge_of(identity: PublisherIdentity) -> str | None:
    """Return the host of the forge that an issuer speaks for, where its address tells."""
    host = forge_host(identity.issuer).partition("/")[0]
    is_told = identity.provider == _GITLAB or host == _GITHUB
    return host if is_told else None
