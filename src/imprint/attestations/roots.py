"""A trusted root as data, with everything that can be computed once. Reading: `reading/`.

Shape: sigstore `protobuf-specs`, `sigstore_trustroot.proto`. A window without a start is no window:
what it covers is never valid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.x509.certificates import X509Certificate


class Window(NamedTuple):
    """From when to when something is good, both ends included; Unix seconds."""

    start: float | None
    """None: never."""
    end: float | None
    """None: without an end yet."""

    def covers(self, moment: float) -> bool:
        """Whether it is good at `moment`."""
        return (
            self.start is not None
            and self.start <= moment
            and (self.end is None or moment <= self.end)
        )


class CertificateAuthority(NamedTuple):
    """A chain from the issuing certificate to its root: of signers, or of a timestamp authority."""

    certificates: tuple[X509Certificate, ...]
    """The issuer of leaves first, the root last; the chain itself was verified when it was read."""
    window: Window
    uri: str


class Log(NamedTuple):
    """A transparency log's key: of entries (Rekor), or of certificates (CT)."""

    log_id: bytes
    """What entries and SCTs name it by."""
    base_url: str
    public_key: PublicKeyTypes
    window: Window
    checkpoint_key_id: bytes | None = None
    """What checkpoints name its key by, of which the first 4 bytes are their key hint. None: by
    `log_id`, as all logs do whose root does not say otherwise."""


class TrustedRoot(NamedTuple):
    """Everything that a trust domain believes."""

    signing_authorities: tuple[CertificateAuthority, ...]
    timestamp_authorities: tuple[CertificateAuthority, ...]
    logs: tuple[Log, ...]
    certificate_logs: tuple[Log, ...]
