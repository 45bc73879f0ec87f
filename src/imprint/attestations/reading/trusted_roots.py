"""Trusted roots, from sigstore's JSON (`sigstore_trustroot.proto`) to keys and verified chains.

Passed over, because nothing can be verified by it: a log whose kind of key is not known here, and
an authority without certificates. Whatever else is not as it should be refuses the whole file.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from imprint.attestations.bundles import MAX_CERTIFICATES
from imprint.attestations.certificates import load_certificate
from imprint.attestations.chains import judge_authority
from imprint.attestations.reading.protobuf_json import decode_base64
from imprint.attestations.reading.public_keys import KEY_DETAILS, load_public_key
from imprint.attestations.reading.windows import read_window
from imprint.attestations.roots import CertificateAuthority, Log, TrustedRoot
from imprint.attestations.x509.certificates import CODE_SIGNING, TIME_STAMPING
from imprint.npm import strict_json
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from imprint.npm.strict_json import Json, JsonObject

MAX_TRUSTED_ROOT_BYTES = 1_048_576
MAX_AUTHORITIES = 64
MAX_LOGS = 64
LOG_ID_BYTES: Final = 32
"""SHA-256 of the key (RFC 6962 §3.2), or what a Rekor v2 log is named by."""

MEDIA_TYPES: Final = frozenset(
    {
        "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    }
)
_CODE: Final = "malformed-trusted-root"


def read_trusted_root(raw: bytes) -> TrustedRoot:
    """Return what a trusted root says. Chains of authorities are verified here, once.

    Raises Malformed `malformed-trusted-root`, with the place in the document.
    """
    document = strict_json.parse_object(
        raw, max_bytes=MAX_TRUSTED_ROOT_BYTES, max_depth=12, code=_CODE, what="trusted root"
    )
    kind = document.get("mediaType")
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        shown = quoted(kind) if isinstance(kind, str) else "not a text"
        raise _malformed("mediaType", f"is {shown}, expected one of a trusted root")
    root = TrustedRoot(
        signing_authorities=_authorities(document, "certificateAuthorities", CODE_SIGNING),
        timestamp_authorities=_authorities(document, "timestampAuthorities", TIME_STAMPING),
        logs=_logs(document, "tlogs"),
        certificate_logs=_logs(document, "ctlogs"),
    )
    if not root.signing_authorities and not root.logs:
        raise Malformed(_CODE, "trusted root has neither certificate authorities nor logs to trust")
    return root


def _authorities(document: JsonObject, name: str, purpose: str) -> tuple[CertificateAuthority, ...]:
    entries = _list(document, name, name, MAX_AUTHORITIES)
    read = (_authority(entry, f"{name}[{n}]", purpose) for n, entry in enumerate(entries))
    return tuple(authority for authority in read if authority.certificates)


def _authority(entry: Json, place: str, purpose: str) -> CertificateAuthority:
    members = _object(entry, place)
    chain = _object(members.get("certChain"), f"{place}.certChain")
    where = f"{place}.certChain.certificates"
    certificates = []
    for n, item in enumerate(_list(chain, "certificates", where, MAX_CERTIFICATES)):
        der = _bytes(_object(item, f"{where}[{n}]"), "rawBytes", f"{where}[{n}]")
        try:
            certificates.append(load_certificate(der))
        except Malformed as err:
            raise _malformed(f"{where}[{n}]", f"cannot be used: {err.message}") from err
    wrong = judge_authority(tuple(certificates), purpose)
    if wrong is not None:
        raise _malformed(where, f"is not a chain: {wrong}")
    return CertificateAuthority(
        certificates=tuple(certificates),
        window=read_window(members.get("validFor"), place=f"{place}.validFor", code=_CODE),
        uri=_text(members, "uri", place),
    )


def _logs(document: JsonObject, name: str) -> tuple[Log, ...]:
    entries = _list(document, name, name, MAX_LOGS)
    read = (_log(entry, f"{name}[{n}]") for n, entry in enumerate(entries))
    return tuple(log for log in read if log is not None)


def _log(entry: Json, place: str) -> Log | None:
    members = _object(entry, place)
    key = _object(members.get("publicKey"), f"{place}.publicKey")
    details = _text(key, "keyDetails", f"{place}.publicKey")
    window = read_window(key.get("validFor"), place=f"{place}.publicKey.validFor", code=_CODE)
    spki = _bytes(key, "rawBytes", f"{place}.publicKey")
    # The hash of the log's tree: one by another would fail at every proof, and say a wrong reason.
    if members.get("hashAlgorithm", "SHA2_256") != "SHA2_256":
        raise _malformed(f"{place}.hashAlgorithm", "is not `SHA2_256`")
    if details not in KEY_DETAILS:
        return None
    public_key = load_public_key(spki, details)
    if public_key is None:
        raise _malformed(f"{place}.publicKey", f"is not a key of {quoted(details)}")
    log_id = _key_id(members, "logId", place)
    return Log(
        log_id=log_id or sha256(spki).digest(),
        base_url=_text(members, "baseUrl", place),
        public_key=public_key,
        window=window,
        checkpoint_key_id=_key_id(members, "checkpointKeyId", place),
    )


def _key_id(members: JsonObject, name: str, place: str) -> bytes | None:
    if members.get(name) is None:
        return None
    key_id = _bytes(_object(members[name], f"{place}.{name}"), "keyId", f"{place}.{name}")
    if name == "logId" and len(key_id) != LOG_ID_BYTES:
        raise _malformed(f"{place}.{name}", f"has `{len(key_id)}` bytes, expected {LOG_ID_BYTES}")
    return key_id


def _object(value: Json, place: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _malformed(place, "is not an object")
    return value


def _list(members: JsonObject, name: str, place: str, most: int) -> list[Json]:
    value = members.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _malformed(place, "is not a list")
    if len(value) > most:
        raise _malformed(place, f"has `{len(value)}` entries: at most {most} are read")
    return value


def _text(members: JsonObject, name: str, place: str) -> str:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise _malformed(f"{place}.{name}", "is not a text")
    return value


def _bytes(members: JsonObject, name: str, place: str) -> bytes:
    value = members.get(name)
    decoded = decode_base64(value) if isinstance(value, str) else None
    if not decoded:
        raise _malformed(f"{place}.{name}", "is not base64 of anything")
    return decoded


def _malformed(place: str, what: str) -> Malformed:
    return Malformed(_CODE, f"`{place}` of the trusted root {what}")
