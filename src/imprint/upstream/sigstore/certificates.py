"""Asking a certificate authority (Fulcio v2) for a signing certificate, by an ID token.

The token goes to that authority alone. What comes back is read, not verified: whoever makes a
bundle of it verifies the bundle by `attestations`.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from imprint.attestations.bundles import MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES
from imprint.refusals import Malformed, quoted
from imprint.tokens import envelope
from imprint.upstream.sigstore import asking

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from imprint.npm.strict_json import Json
    from imprint.upstream.fetch import Fetcher

PATH: Final = "/api/v2/signingCert"
AUDIENCE_PREFIX: Final = "imprint-authority:"

_WHAT: Final = "certificate authority"
_ANSWERS: Final = ("signedCertificateEmbeddedSct", "signedCertificateDetachedSct")
_UNREADABLE: Final = (UnsupportedAlgorithm, ValueError, x509.InvalidVersion)
"""What the library raises for a certificate that is none, or whose key it does not know."""


class SigningCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate for one key, good for some minutes, and what it was issued by."""

    certificate: bytes
    """DER."""
    chain: tuple[bytes, ...]
    """The certificates above it, DER, the issuer first."""

    @property
    def pem(self) -> bytes:
        """The certificate alone, as a log wants it."""
        return x509.load_der_x509_certificate(self.certificate).public_bytes(Encoding.PEM)


def audience_of(authority_url: str) -> str:
    """Return the audience of ID tokens for a private authority: `imprint-authority:<host>`.

    The port is part of it unless it is the scheme's own. Never `sigstore`: a token for one private
    instance must buy no certificate at the public one, where its identity would be published.
    Raises Malformed `malformed-sigstore-url`.
    """
    try:
        url = URL(authority_url)
        host = url.raw_host
        shown = url.raw_authority if url.explicit_port else host
    except ValueError:
        url, host, shown = URL(), None, None
    if not host or not shown or url.scheme not in {"https", "http"} or url.user is not None:
        raise Malformed(
            "malformed-sigstore-url",
            f"address of the {_WHAT} is {quoted(authority_url)},"
            " expected one like `https://fulcio.example.test`",
        )
    return AUDIENCE_PREFIX + (host if url.is_default_port() else shown)


async def ask_for_certificate(
    fetcher: Fetcher,
    authority_url: str,
    id_token: str,
    key: EllipticCurvePrivateKey,
    *,
    timeout_seconds: float = asking.TIMEOUT_SECONDS,
) -> SigningCertificate:
    """Return a certificate for the public half of `key` (P-256), which nobody else may have.

    The proof of possession is a signature over the token's subject, as Fulcio takes it: `email`
    where there is one, else `sub`. Raises Unavailable `sigstore-unavailable`, `sigstore-refused`;
    Malformed `malformed-token`, `missing-claim`, `malformed-sigstore-answer`.
    """
    answer = await asking.post(
        fetcher,
        authority_url.rstrip("/") + PATH,
        _request(id_token, key),
        what=_WHAT,
        timeout_seconds=timeout_seconds,
    )
    document = asking.read_object(answer.body, what=_WHAT)
    found = next((document[name] for name in _ANSWERS if name in document), None)
    first, *others = _certificates(found)
    leaf = x509.load_der_x509_certificate(first)
    ours = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    theirs = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if theirs != ours:
        raise asking.malformed(_WHAT, "certificates", "a certificate for the key that asked")
    return SigningCertificate(certificate=first, chain=tuple(others))


def _request(id_token: str, key: EllipticCurvePrivateKey) -> bytes:
    claims = envelope.parse(id_token.encode()).unverified_claims
    subject = claims.get("email") or claims.get("sub")
    if not isinstance(subject, str):
        raise Malformed("missing-claim", "claim `sub` is missing, expected whom the token is for")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    proof = key.sign(subject.encode(), ECDSA(SHA256()))
    request = {
        "credentials": {"oidcIdentityToken": id_token},
        "publicKeyRequest": {
            "publicKey": {"algorithm": "ECDSA", "content": public.decode()},
            "proofOfPossession": base64.b64encode(proof).decode(),
        },
    }
    return json.dumps(request).encode()


def _certificates(answer: Json) -> list[bytes]:
    chain: Json = answer.get("chain") if isinstance(answer, dict) else None
    listed: Json = chain.get("certificates") if isinstance(chain, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_CERTIFICATES:
        raise asking.malformed(_WHAT, "certificates", f"a list of 1 to {MAX_CERTIFICATES}")
    return [_der(item) for item in listed]


def _der(item: Json) -> bytes:
    wanted = "a list of certificates as PEM"
    if not isinstance(item, str) or len(item) > 2 * MAX_CERTIFICATE_BYTES:
        raise asking.malformed(_WHAT, "certificates", wanted)
    try:
        certificate = x509.load_pem_x509_certificate(item.encode())
        certificate.public_key()
    except _UNREADABLE as err:
        raise asking.malformed(_WHAT, "certificates", wanted) from err
    return certificate.public_bytes(Encoding.DER)
