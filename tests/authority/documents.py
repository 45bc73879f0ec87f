"""What an instance tells others of itself: its trusted root, its addresses, registries' keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from tests.authority.certificates import FOUNDED
from tests.authority.keys import fingerprint, spki, text64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from tests.authority.authority import Authority

START = FOUNDED.isoformat().replace("+00:00", "Z")
USES = ("npm:signatures", "npm:attestations")


def trusted_root(authority: Authority) -> dict[str, Any]:
    """Return what verifiers believe (`sigstore_trustroot.proto`, `TrustedRoot`)."""
    chain, stamps = authority.chain, authority.timestamps
    logs = [authority.log, authority.second_log]
    promises = authority.certificate_log
    return {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [_log(log.base_url, log.key.public_key(), log.log_id) for log in logs],
        "certificateAuthorities": [
            _authority(authority.log.base_url, (chain.intermediate, chain.root))
        ],
        "ctlogs": [_log(authority.log.base_url, promises.key.public_key(), promises.log_id)],
        "timestampAuthorities": [_authority(authority.log.base_url, stamps.certificates)],
    }


def signing_config(address: str) -> dict[str, Any]:
    """Return where signers find the instance (`SigningConfig` v0.2); `address` is its face's."""

    def service(path: str = "") -> list[dict[str, Any]]:
        return [
            {
                "url": address + path,
                "majorApiVersion": 1,
                "validFor": {"start": START},
                "operator": "authority.example.test",
            }
        ]

    return {
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(),
        "oidcUrls": [],
        "rekorTlogUrls": service(),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": service("/api/v1/timestamp"),
        "tsaConfig": {"selector": "ANY"},
    }


def client_trust_config(authority: Authority, address: str) -> dict[str, Any]:
    """Return both in one, as clients of a private instance are configured (`ClientTrustConfig`)."""
    return {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": trusted_root(authority),
        "signingConfig": signing_config(address),
    }


def keys_of_registry(
    *keys: PublicKeyTypes, start: str = START, uses: Iterable[str] = USES
) -> dict[str, Any]:
    """Return the TUF target `<host>/keys.json` of a registry with these keys."""
    return {
        "keys": [
            {
                "keyId": fingerprint(key),
                "keyUsage": use,
                "publicKey": {
                    "rawBytes": text64(spki(key)),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": {"start": start},
                },
            }
            for key in keys
            for use in uses
        ]
    }


def _log(url: str, key: PublicKeyTypes, log_id: bytes) -> dict[str, Any]:
    is_edwards = isinstance(key, Ed25519PublicKey)
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": text64(spki(key)),
            "keyDetails": "PKIX_ED25519" if is_edwards else "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": START},
        },
        "logId": {"keyId": text64(log_id)},
    }


def _authority(url: str, certificates: Iterable[x509.Certificate]) -> dict[str, Any]:
    chain = [{"rawBytes": text64(found.public_bytes(Encoding.DER))} for found in certificates]
    return {
        "subject": {"organization": "authority.example.test", "commonName": "stand-in"},
        "uri": url,
        "certChain": {"certificates": chain},
        "validFor": {"start": START},
    }
