"""Whether an authority of the trusted root issued a certificate, while all of it was valid.

Chains of authorities are judged once, when a root is read (`judge_authority`); afterwards a leaf
costs one signature. Not here: what the leaf is made for (`leaves`), and timestamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.signatures import supports, verifies_ecdsa
from imprint.attestations.x509.certificates import (
    ANY_PURPOSE,
    BASIC_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    TIME_STAMPING,
)

if TYPE_CHECKING:
    from imprint.attestations.roots import CertificateAuthority
    from imprint.attestations.x509.certificates import X509Certificate

_PLAIN: Final = frozenset({BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE})


def verify_chain(
    leaf: X509Certificate,
    authorities: tuple[CertificateAuthority, ...],
    times: tuple[float, ...],
) -> X509Certificate | Rejection:
    """Return the certificate that issued `leaf`, or why no authority did at all of `times`.

    Authorities may share a name: each is tried. Both ends of every window are included. Codes:
    TIME where there is no time, CERT_TIME where the leaf was not valid at one, CHAIN otherwise.
    """
    if not times:
        return Rejection(code=Code.TIME, message="there is no verified time of signing")
    # (4a) the leaf was valid at every time: the cheapest, and the same for each authority
    if not covers(leaf, times):
        return Rejection(
            code=Code.CERT_TIME,
            message="signing certificate was not valid when it was used",
        )
    refused: Rejection | None = None
    for authority in authorities:
        if not authority.certificates or not is_issued_by(leaf, authority.certificates[0]):
            continue
        wrong = judge_times(authority, times)
        if wrong is None:
            return authority.certificates[0]
        refused = Rejection(
            code=Code.CHAIN, message=f"signing certificate was issued by an authority {wrong}"
        )
    return refused or Rejection(
        code=Code.CHAIN,
        message="signing certificate was issued by no authority of the trusted root",
    )


def judge_times(authority: CertificateAuthority, times: tuple[float, ...]) -> str | None:
    """Return why the authority was not good at all of `times`, or None: it was.

    The answer follows a noun: `that …`.
    """
    # (4b) the trusted root's window, and the validity of each certificate of the chain
    if not all(authority.window.covers(moment) for moment in times):
        return "that is not trusted at that time, by its window in the trusted root"
    if not all(covers(certificate, times) for certificate in authority.certificates):
        return "whose chain was not valid at that time"
    # (4c) what is restricted in a way that nobody here can judge is closed
    if any(_is_special(certificate) for certificate in authority.certificates):
        return "that name constraints or a critical extension restrict, which nobody here judges"
    return None


def covers(certificate: X509Certificate, times: tuple[float, ...]) -> bool:
    """Return whether the certificate is valid at each of `times`, both ends included."""
    return all(certificate.not_before <= moment <= certificate.not_after for moment in times)


def is_issued_by(certificate: X509Certificate, issuer: X509Certificate) -> bool:
    """Return whether `issuer` is named by `certificate` and signed it; never raises.

    The name is compared first, so that only one that may be right costs a signature.
    """
    if certificate.issuer != issuer.subject or certificate.has_weak_digest:
        return False
    ecdsa, public_key = certificate.ecdsa, issuer.public_key
    if ecdsa is not None and isinstance(public_key, EllipticCurvePublicKey):
        return verifies_ecdsa(public_key, ecdsa.signature, ecdsa.signed, ecdsa.hashed)
    try:
        certificate.loaded().verify_directly_issued_by(issuer.loaded())
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def judge_authority(certificates: tuple[X509Certificate, ...], purpose: str) -> str | None:
    """Return what is wrong with a chain, issuer of leaves first, or None: it is one.

    Each certificate is issued by the next one; each one that issues is a CA's, with a key that
    can be used, and may issue so deep (RFC 5280 §4.2.1.9) and for `purpose`, an extended key
    usage. The first certificate of a timestamp authority may be the one that signs timestamps.
    The last one is believed as it is: its signature of itself would prove nothing.
    """
    for depth, certificate in enumerate(certificates):
        if not supports(certificate.public_key):
            return f"certificate {depth} has a key that cannot be used"
        signs_timestamps = depth == 0 and purpose == TIME_STAMPING
        if not (signs_timestamps and not certificate.is_authority):
            below = depth if certificates[0].is_authority else depth - 1
            wrong = _judge_issuer(certificate, below, purpose)
            if wrong is not None:
                return f"certificate {depth} {wrong}"
        if depth + 1 < len(certificates) and not is_issued_by(certificate, certificates[depth + 1]):
            return f"certificate {depth} is not issued by the next one"
    return None


def _judge_issuer(certificate: X509Certificate, below: int, purpose: str) -> str | None:
    if not certificate.is_authority:
        return "is not one of a certificate authority"
    allowed = certificate.path_length
    if allowed is not None and allowed < below:
        return f"may have `{allowed}` authorities below it, and has `{below}`"
    if certificate.usage is not None and not certificate.usage.key_cert_sign:
        return "has no key usage `keyCertSign`"
    if certificate.purposes is not None and not {purpose, ANY_PURPOSE} & {*certificate.purposes}:
        return "is an authority for other uses"
    return None


def _is_special(certificate: X509Certificate) -> bool:
    return certificate.has_name_constraints or not _PLAIN.issuperset(certificate.critical)
