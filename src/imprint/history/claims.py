"""What a packument's row says of each axis, by the registry's unsigned word alone.

Not here: anything that was verified (`evidence/` puts that in the place of what is said here).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from imprint.history.axes import Approval, Auth, Axes, Origin, Signature, Source

if TYPE_CHECKING:
    from imprint.history.axes import Carries
    from imprint.history.publications import Publication

_BY_CREDENTIAL = {
    "trusted-publisher": Auth.OIDC,
    "human-2fa": Auth.HUMAN_2FA,
    "token": Auth.TOKEN,
}


def auth_of(credential: str | None) -> Auth | None:
    """Return what an imprint registry says of the credential; None: it says nothing known."""
    return _BY_CREDENTIAL.get(credential or "")


def claimed_axes(publication: Publication, carries: Carries) -> Axes:
    """Return the four axes of one row, each by the registry's word or unknown.

    A field that the registry has for no version is unknown for every version (facts: consumers
    §6.1). A staged publication hides who started it, which is unknown and not a token.
    """
    return _axes(
        _auth(publication, carries),
        _approval(publication, carries),
        _origin(publication, carries),
        _signature(publication, carries),
    )


@cache
def _axes(auth: Auth, approval: Approval, origin: Origin, signature: Signature) -> Axes:
    """Return axes as the registry says them; there are fewer than a hundred, for all versions."""
    return Axes(
        auth=auth,
        auth_source=_source(is_known=auth is not Auth.UNKNOWN),
        approval=approval,
        approval_source=_source(is_known=approval is not Approval.UNKNOWN),
        origin=origin,
        origin_source=_source(is_known=origin is not Origin.UNKNOWN),
        signature=signature,
        signature_source=_source(is_known=signature is not Signature.UNKNOWN),
    )


def _auth(publication: Publication, carries: Carries) -> Auth:
    if publication.trusted_publisher is not None:
        return Auth.OIDC
    said = auth_of(publication.credential)
    # `dist` may be a publisher's own on other registries, `_npmUser` is nowhere: who claims to be a
    # trusted publisher there has a mark of it here.
    if said is not None and said is not Auth.OIDC:
        return said
    if publication.approver is not None or not carries.trusted_publishers:
        return Auth.UNKNOWN
    return Auth.TOKEN if _names_user(publication) else Auth.UNKNOWN


def _approval(publication: Publication, carries: Carries) -> Approval:
    if publication.approver is not None:
        return Approval.STAGED
    if not carries.approvers or not _names_user(publication):
        return Approval.UNKNOWN
    return Approval.NONE


def _origin(publication: Publication, carries: Carries) -> Origin:
    if publication.has_attestations and publication.provenance_type is not None:
        return Origin.PRESENT
    return Origin.ABSENT if carries.attestations else Origin.UNKNOWN


def _signature(publication: Publication, carries: Carries) -> Signature:
    if publication.signatures:
        return Signature.PRESENT
    return Signature.ABSENT if carries.signatures else Signature.UNKNOWN


def _names_user(publication: Publication) -> bool:
    """Whether the row has a `_npmUser` at all: without, nobody says who published."""
    return publication.user is not None or publication.email is not None


def _source(*, is_known: bool) -> Source:
    return Source.REGISTRY if is_known else Source.UNKNOWN
