"""Whether a signature is over a bundle's content, and logs hold the same. Not here: whose key.

An artifact is known by its digests: algorithm (`sha256`, `sha384`, `sha512`) to its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from imprint.attestations.bundles import Bundle, Envelope, MessageSignature
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.logs.bodies import Hashed, read_body
from imprint.attestations.reading.statements import read_statement
from imprint.attestations.signatures import verifies, verifies_digest
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from imprint.attestations.bundles import Content, LogEntry

Digests: TypeAlias = Mapping[str, bytes]

_ALGORITHMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "sha256",
        "SHA2_256": "sha256",
        "SHA2_384": "sha384",
        "SHA2_512": "sha512",
    }
)
"""Of a message's digest; where none is stated it is SHA-256, as in every bundle before 0.3."""


def judge_artifact(content: Content, artifact: Digests | None) -> Rejection | None:
    """Return why a signature over an artifact cannot be judged (ARTIFACT), or None: it can.

    The cheapest step, and so the first one: a message signature says nothing without its artifact.
    """
    match content:
        case Envelope():
            return None
        case MessageSignature():
            if artifact is None:
                return _artifact("a signature over an artifact cannot be judged without it")
            algorithm = _ALGORITHMS.get(content.digest_algorithm)
            if algorithm is None or algorithm not in artifact:
                named = quoted(content.digest_algorithm)
                return _artifact(f"digest {named} of the artifact is not known, expected SHA-2")
            if content.digest and content.digest != artifact[algorithm]:
                return _artifact(
                    f"the artifact's {algorithm} is `{artifact[algorithm].hex()}`, and signed was"
                    f" `{content.digest.hex()[:128]}`"
                )
            return None


def judge_content(
    bundle: Bundle, *, public_key: PublicKeyTypes, verifier: bytes, artifact: Digests | None
) -> Rejection | None:
    """Return why the bundle's content is not signed by that key, and logged so; or None: it is.

    `verifier` is the DER of the certificate, or else of the key (SubjectPublicKeyInfo).

    (6) the signature is the key's (SIGNATURE)
    (7) what is signed is about the artifact, where one is given (ARTIFACT, FORMAT)
    (8) each log entry is about these bytes, this signature and this verifier (BODY)
    """
    rejection = _judge_signature(bundle.content, public_key, artifact)
    if rejection is not None:
        return rejection
    for entry in bundle.entries:
        rejection = _judge_body(entry, bundle.content, verifier, artifact)
        if rejection is not None:
            return rejection
    return None


def _judge_signature(
    content: Content, public_key: PublicKeyTypes, artifact: Digests | None
) -> Rejection | None:
    match content:
        case Envelope():
            right = verifies(public_key, content.signature, content.signed_bytes)
        case MessageSignature():
            algorithm = _ALGORITHMS[content.digest_algorithm]
            digest = (artifact or {})[algorithm]
            right = verifies_digest(public_key, content.signature, digest, algorithm)
    if not right:
        return Rejection(
            code=Code.SIGNATURE, message="the signature is not that key's over this content"
        )
    if isinstance(content, Envelope) and artifact is not None:
        return _judge_subjects(content, artifact)
    return None


def _judge_subjects(envelope: Envelope, artifact: Digests) -> Rejection | None:
    try:
        statement = read_statement(envelope)
    except Malformed as err:
        return Rejection(code=Code.FORMAT, message=err.message)
    for subject in statement.subjects:
        common = subject.digests.keys() & artifact.keys()
        if common and all(subject.digests[name] == artifact[name].hex() for name in common):
            return None
    return _artifact("the statement is about other things than this artifact")


def _judge_body(
    entry: LogEntry, content: Content, verifier: bytes, artifact: Digests | None
) -> Rejection | None:
    try:
        logged = read_body(entry)
    except Malformed as err:
        return Rejection(code=Code.BODY, message=err.message)
    for name, expected, found in (
        ("content", _digest(content, logged.hashed, logged.algorithm, artifact), logged.digest),
        ("signature", content.signature, logged.signature),
        ("certificate or key", verifier, logged.verifier),
    ):
        if expected != found:
            return Rejection(
                code=Code.BODY,
                message=f"log entry `{entry.log_index}` is about another {name} than the bundle's",
            )
    return None


def _digest(
    content: Content, hashed: Hashed, algorithm: str, artifact: Digests | None
) -> bytes | None:
    match content:
        case Envelope():
            signed = content.payload if hashed is Hashed.PAYLOAD else content.signed_bytes
            return hashlib.new(algorithm, signed).digest()
        case MessageSignature():
            return None if hashed is Hashed.PAYLOAD else (artifact or {}).get(algorithm)


def _artifact(message: str) -> Rejection:
    return Rejection(code=Code.ARTIFACT, message=message)
