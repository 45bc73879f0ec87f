"""The instance as a whole: its keys, and what it issues to whom. Not here: its HTTP face."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.tokens import envelope
from imprint.tokens.issuers import Issuer
from imprint.tokens.keysets import KeySet
from imprint.tokens.verify import verify
from tests.authority.certificates import CertificateLog, Chain, issue
from tests.authority.identities import identity_of
from tests.authority.keys import curve_key, edwards_key
from tests.authority.log import TransparencyLog
from tests.authority.timestamps import TimestampAuthority

HOST = "authority.example.test"
STOCK_AUDIENCE = "sigstore"
"""What npm, pnpm and yarn ask their CI for, and cannot be told otherwise."""


class Denied(PermissionError):
    """No certificate for this request."""


@dataclass(slots=True, kw_only=True)
class Authority:
    """Everything that the stand-in is. Two with one seed have the same keys."""

    seed: str = "stand-in"
    curve: EllipticCurve = field(default_factory=SECP256R1)
    """Of the certificate authority; the public one has P-384."""
    chain: Chain = field(init=False)
    certificate_log: CertificateLog = field(init=False)
    log: TransparencyLog = field(init=False)
    second_log: TransparencyLog = field(init=False)
    """Of the second version: for documents, no client is told of it."""
    timestamps: TimestampAuthority = field(init=False)

    def __post_init__(self) -> None:
        self.chain = Chain(self.seed, "signers", curve=self.curve)
        self.certificate_log = CertificateLog(curve_key(self.seed, "certificate log"))
        self.log = TransparencyLog(HOST, curve_key(self.seed, "log"))
        self.second_log = TransparencyLog(
            f"log2026-1.{HOST}", edwards_key(self.seed, "second log"), states_times=False
        )
        self.timestamps = TimestampAuthority(self.seed)


@dataclass(slots=True, kw_only=True)
class Registrar:
    """Who may have certificates: the ID tokens of registered issuers, verified as imprint does."""

    authority: Authority
    audiences: tuple[str, ...]
    keys_of: Callable[[Issuer], KeySet]
    """How the keys of an issuer are had."""
    issuers: Mapping[str, Issuer]
    """By URL."""

    def certify(self, request: Mapping[str, Any], *, now: float) -> bytes:
        """Return the certificate (DER) that a request of Fulcio v2 asks for.

        Raises Denied where the ID token is not believed, or the key is not the requester's.
        """
        raw = request["credentials"]["oidcIdentityToken"]
        try:
            token = envelope.parse(raw.encode())
            issuer = self.issuers.get(token.unverified_issuer)
            if issuer is None:
                raise Denied(f"no such issuer is registered: `{token.unverified_issuer}`")
            proof = verify(
                token,
                issuer=issuer,
                keys=self.keys_of(issuer),
                keys_age_seconds=0,
                audiences=self.audiences,
                now=now,
            )
        except (Malformed, Unavailable) as err:
            raise Denied(err.message) from err
        if isinstance(proof, Refusal):
            raise Denied(proof.message)
        claims = token.unverified_claims  # proved
        public_key = _possessed(request["publicKeyRequest"], str(claims["sub"]))
        identity = identity_of(claims, issuer.provider)
        chain, log = self.authority.chain, self.authority.certificate_log
        return issue(chain, log, public_key, identity, now=now)


def _possessed(request: Mapping[str, Any], subject: str) -> EllipticCurvePublicKey:
    """Return the key whose owner signed the token's subject."""
    key = load_pem_public_key(request["publicKey"]["content"].encode())
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise Denied("the key is not one of P-256")
    try:
        proof = base64.b64decode(request["proofOfPossession"])
        key.verify(proof, subject.encode(), ECDSA(SHA256()))
    except InvalidSignature as err:
        raise Denied("the proof of possession is not that key's over `sub`") from err
    return key
