"""What is kept of a publish attestation beside its bundle: by whom, and where it is logged."""

from __future__ import annotations

import msgspec


class SigningRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """The `proof` of a publish attestation: who signed, and where that is logged."""

    key_id: str
    signed_at: float
    """Unix seconds, by the registry's clock."""
    log_id: str | None = None
    log_index: int | None = None
    logged_at: float | None = None
    """Unix seconds, as the log has signed it."""


def signing_record(proof: str) -> SigningRecord:
    """Return what `proof` of a signed publish attestation says."""
    return msgspec.json.decode(proof, type=SigningRecord)


def signed_proof(key_id: str, *, at: float) -> str:
    """Return the `proof` of one that this key has just signed."""
    return msgspec.json.encode(SigningRecord(key_id=key_id, signed_at=at)).decode()
