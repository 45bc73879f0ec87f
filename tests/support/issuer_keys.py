"""An issuer that signs tokens for tests, rightly and in every wrong way that matters."""

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms


@functools.cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key for each name, made once: making them is what takes time."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


@functools.cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """One P-256 key for each name."""
    return ec.generate_private_key(ec.SECP256R1())


def base64url(raw: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def compact(header: Mapping[str, object] | bytes, payload: object, signature: bytes) -> str:
    """Three segments out of anything; bytes are taken as they are."""
    parts = [part if isinstance(part, bytes) else dump(part) for part in (header, payload)]
    return ".".join(base64url(part) for part in (*parts, signature))


def dump(value: object) -> bytes:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningIssuer:
    """A private key under a key ID."""

    key_id: str
    algorithm: str
    private_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @classmethod
    def rsa(cls, key_id: str = "key-1", *, key: str = "issuer", algorithm: str = "RS256") -> Self:
        """An RSA key; `key` names the key itself, so that two issuers can share a key ID."""
        return cls(key_id=key_id, algorithm=algorithm, private_key=rsa_key(key))

    @classmethod
    def ec(cls, key_id: str = "key-ec", *, key: str = "issuer") -> Self:
        """A P-256 key."""
        return cls(key_id=key_id, algorithm="ES256", private_key=ec_key(key))

    def sign(self, claims: object, **header: object) -> str:
        """A token of these claims; `header` overrides or adds, and None takes out."""
        return self.sign_payload(dump(claims), **header)

    def sign_payload(self, payload: bytes, **header: object) -> str:
        """A rightly signed token of any payload, JSON or not."""
        signed = self._signed(payload, header)
        algorithm = get_default_algorithms()[self.algorithm]
        return f"{signed}.{base64url(algorithm.sign(signed.encode(), self.private_key))}"

    def unsigned(self, claims: object, **header: object) -> str:
        """`alg` none: header, payload, and nothing behind the last dot."""
        return f"{self._signed(dump(claims), {'alg': 'none', **header})}."

    def confused(self, claims: object) -> str:
        """HS256 with the public key, as it is published, for a secret."""
        secret = self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        signed = self._signed(dump(claims), {"alg": "HS256"})
        return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}"

    def jwk(self, **overrides: object) -> dict[str, object]:
        """The public key as published; None takes a member out."""
        public_key = self.private_key.public_key()
        if isinstance(public_key, rsa.RSAPublicKey):
            numbers = RSAAlgorithm.to_jwk(public_key, as_dict=True)
        else:
            numbers = ECAlgorithm.to_jwk(public_key, as_dict=True)
        numbers.pop("key_ops", None)
        members = {
            **numbers,
            "kid": self.key_id,
            "alg": self.algorithm,
            "use": "sig",
            **overrides,
        }
        return {name: value for name, value in members.items() if value is not None}

    def jwks(self, *others: "SigningIssuer") -> bytes:
        """The key set document of this key and others."""
        return jwks(self.jwk(), *(other.jwk() for other in others))

    def _signed(self, payload: bytes, header: Mapping[str, object]) -> str:
        members = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT", **header}
        kept = {name: value for name, value in members.items() if value is not None}
        return f"{base64url(dump(kept))}.{base64url(payload)}"


def jwks(*keys: Mapping[str, object]) -> bytes:
    """A key set document of any entries."""
    return dump({"keys": list(keys)})
