"""Publication: one version's who, how and from where, as the registry records it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import asdict

from imprint.identity.records import workload_from_json, workload_to_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.identity.workload import Workload


class CredentialKind(StrEnum):
    """With what a version was published."""

    TRUSTED_PUBLISHER = "trusted-publisher"
    TOKEN = "token"  # noqa: S105  (a kind, not a secret)
    HUMAN_2FA = "human-2fa"
    """A token, and a one-time password with it."""


class VerifiedProvenance(msgspec.Struct, frozen=True, kw_only=True):
    """What the attached provenance bundle proved when it was verified, at the publication."""

    domain: str
    """The trust domain that it rests on."""
    level: str
    """How much the certificate says of who signed: `attestations.proof.Level`."""
    predicate_type: str
    signed_at: float
    """Unix seconds, by the first verified time."""
    log_id: str | None
    """Hex; None: in no transparency log (GitHub's own instance for private repositories)."""
    log_index: int | None
    certificate: str
    """sha256 of the signing certificate, hex."""
    workload: Workload
    """As the certificate has it."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """Who published one version, with what, from where. Nothing here was sent by the client."""

    credential: CredentialKind
    publisher_id: str | None = None
    publisher: str | None = None
    """The publisher in one line, as it was then."""
    workload: Workload | None = None
    user: str | None = None
    """Who holds the token, for publications by token."""
    approver: str | None = None
    """Who approved it, for staged ones."""
    exchange_address: str | None = None
    publish_address: str
    user_agent: str
    claims_digest: str | None = None
    provenance: VerifiedProvenance | None = None
    """None: no bundle was attached, or, before bundles were verified, one was kept unverified."""


class _Recorded(msgspec.Struct, frozen=True, omit_defaults=True):
    credential: CredentialKind
    publish_address: str
    user_agent: str
    publisher_id: str | None = None
    publisher: str | None = None
    workload: msgspec.Raw = msgspec.Raw()
    user: str | None = None
    approver: str | None = None
    exchange_address: str | None = None
    claims_digest: str | None = None
    provenance: _RecordedProvenance | None = None


class _RecordedCredential(msgspec.Struct, frozen=True):
    credential: CredentialKind


class _RecordedProvenance(msgspec.Struct, frozen=True):
    domain: str
    level: str
    predicate_type: str
    signed_at: float
    log_id: str | None
    log_index: int | None
    certificate: str
    workload: msgspec.Raw


_PLAIN = (
    "credential",
    "publisher_id",
    "publisher",
    "user",
    "approver",
    "exchange_address",
    "publish_address",
    "user_agent",
    "claims_digest",
)


def publication_to_json(publication: Publication) -> str:
    """Return the recorded form."""
    recorded: dict[str, object] = {
        name: value for name in _PLAIN if (value := getattr(publication, name)) is not None
    }
    if publication.workload is not None:
        recorded["workload"] = workload_to_mapping(publication.workload)
    if publication.provenance is not None:
        recorded["provenance"] = provenance_to_mapping(publication.provenance)
    return msgspec.json.encode(recorded).decode()


def publication_from_json(raw: str) -> Publication:
    """Return what was recorded; raises msgspec.ValidationError for a foreign form."""
    recorded = msgspec.json.decode(raw, type=_Recorded)
    raw_workload = bytes(recorded.workload)
    workload = workload_from_json(raw_workload) if raw_workload else None
    values = {name: getattr(recorded, name) for name in _PLAIN}
    provenance = None if recorded.provenance is None else _provenance(recorded.provenance)
    return Publication(workload=workload, provenance=provenance, **values)


def credential_of(raw: str) -> CredentialKind:
    """Return with what a recorded publication was made; reads no more of it than that.

    Raises msgspec.ValidationError for a foreign form.
    """
    return msgspec.json.decode(raw, type=_RecordedCredential).credential


def provenance_to_mapping(provenance: VerifiedProvenance) -> Mapping[str, object]:
    """Return the recorded form as a mapping, for JSON answers too."""
    recorded = asdict(provenance)
    return recorded | {"workload": workload_to_mapping(provenance.workload)}


def _provenance(recorded: _RecordedProvenance) -> VerifiedProvenance:
    values = {name: getattr(recorded, name) for name in recorded.__struct_fields__}
    return VerifiedProvenance(**values | {"workload": workload_from_json(bytes(recorded.workload))})
