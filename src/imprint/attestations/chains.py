"""Whether an authority of the trusted root issued a certificate, while all of it was valid.

Chains of authorities are judged once, when a root is read (`judge_authority`); afterwards a leaf
costs one signature. Not here: what the leaf is made for (`leaves`), and timestamps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509.oid import ExtendedKeyUsageOID

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.signatures import supports

if TYPE_CHECKING:
    from imprint.attestations.roots import CertificateAuthority

_PLAIN: Final = frozenset({x509.BasicConstraints, x509.ExtendedKeyUsage, x509.KeyUsage})


def verify_chain(
    leaf: x509.Certificate,
    authorities: tuple[CertificateAuthority, ...],
    times: tuple[float, ...],
) -> x509.Certificate | Rejection:
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


def covers(certificate: x509.Certificate, times: tuple[float, ...]) -> bool:
    """Return whether the certificate is valid at each of `times`, both ends included."""
    start = certificate.not_valid_before_utc.timestamp()
    end = certificate.not_valid_after_utc.timestamp()
    return all(start <= moment <= end for moment in times)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether `issuer` is named by `certificate` and signed it; never raises.

    The name is compared first, so that only one that may be right costs a signature.
    """
    try:
        if not isinstance(certificate.signature_hash_algorithm, SHA256 | SHA384 | SHA512 | None):
            return False
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return True


def judge_authority(
    certificates: tuple[x509.Certificate, ...], purpose: x509.ObjectIdentifier
) -> str | None:
    """Return what is wrong with a chain, issuer of leaves first, or None: it is one.

    Each certificate is issued by the next one; each one that issues is a CA's, with a key that
    can be used, and may issue so deep (RFC 5280 §4.2.1.9) and for `purpose`, an extended key
    usage. The first certificate of a timestamp authority may be the one that signs timestamps.
    The last one is believed as it is: its signature of itself would prove nothing.
    """
    for depth, certificate in enumerate(certificates):
        if not supports(certificate.public_key()):
            return f"certificate {depth} has a key that cannot be used"
        signs_timestamps = depth == 0 and purpose == ExtendedKeyUsageOID.TIME_STAMPING
        if not (signs_timestamps and not is_authority(certificate)):
            below = depth if is_authority(certificates[0]) else depth - 1
            wrong = _judge_issuer(certificate, below, purpose)
            if wrong is not None:
                return f"certificate {depth} {wrong}"
        if depth + 1 < len(certificates) and not is_issued_by(certificate, certificates[depth + 1]):
            return f"certificate {depth} is not issued by the next one"
    return None


def is_authority(certificate: x509.Certificate) -> bool:
    """Return whether the certificate is one of a CA (basic constraints)."""
    return any(
        isinstance(extension.value, x509.BasicConstraints) and extension.value.ca
        for extension in certificate.extensions
    )


def _judge_issuer(
    certificate: x509.Certificate, below: int, purpose: x509.ObjectIdentifier
) -> str | None:
    if not is_authority(certificate):
        return "is not one of a certificate authority"
    for extension in certificate.extensions:
        match extension.value:
            case x509.BasicConstraints(path_length=int(allowed)) if allowed < below:
                return f"may have `{allowed}` authorities below it, and has `{below}`"
            case x509.KeyUsage(key_cert_sign=False):
                return "has no key usage `keyCertSign`"
            case x509.ExtendedKeyUsage() as usages if not (
                {purpose, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(usages)
            ):
                return "is an authority for other uses"
            case _:
                pass
    return None


def _is_special(certificate: x509.Certificate) -> bool:
    return any(
        type(extension.value) is x509.NameConstraints
        or (extension.critical and type(extension.value) not in _PLAIN)
        for extension in certificate.extensions
    )
