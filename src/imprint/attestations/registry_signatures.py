"""Registry signatures (`dist.signatures`): whether a registry's keys signed this very version.

Signed is `name@version:integrity` with ECDSA P-256 and SHA-256 (npm, `pacote/lib/registry.js`).
"""

from __future__ import annotations

import binascii
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.keys import KeyUsage
from imprint.attestations.signatures import verifies
from imprint.attestations.verdicts import State
from imprint.refusals import quoted

if TYPE_CHECKING:
    from imprint.attestations.domains import RegistryKeySet
    from imprint.attestations.keys import RegistryKey
    from imprint.attestations.proof import KeyProof
    from imprint.npm.published import ClaimedSignature

MAX_SIGNATURE_CHARACTERS = 1_024


class PublicationTimeSource(StrEnum):
    """Who says when a version was published, the best first."""

    PUBLISH_ATTESTATION = "publish-attestation"
    """A log's or timestamp authority's time, signed."""
    FIRST_OBSERVED = "first-observed"
    """It was seen then, by ourselves."""
    PACKUMENT = "packument"
    """The registry says so, and nobody signed it."""


class PublicationTime(msgspec.Struct, frozen=True, kw_only=True):
    """When a version was published at the latest; Unix seconds."""

    moment: float
    source: PublicationTimeSource


class SignatureVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry signatures of one version come to."""

    state: State
    code: Code | None
    message: str | None
    key_ids: tuple[str, ...]
    """Keys that have signed, verified."""
    unknown_key_ids: tuple[str, ...]
    """Keys that others may know: their signatures were not checked."""
    is_foreign: bool
    """There are signatures, and none of them is by a key that is known."""
    time_unauthenticated: bool
    """True: whether a key was still good was judged by the packument's time alone."""


def message_to_sign(name: str, version: str, integrity: str) -> bytes:
    """Return what a registry signature is over; `integrity` as it stands in the packument."""
    return f"{name}@{version}:{integrity}".encode()


def best_time(
    *, publish: KeyProof | None, first_observed: float | None, packument: float | None
) -> PublicationTime | None:
    """Return the best available time of publication: what is signed goes before what is said."""
    if publish is not None and publish.times:
        moment = min(time.moment for time in publish.times)
        return PublicationTime(moment=moment, source=PublicationTimeSource.PUBLISH_ATTESTATION)
    if first_observed is not None:
        return PublicationTime(moment=first_observed, source=PublicationTimeSource.FIRST_OBSERVED)
    if packument is not None:
        return PublicationTime(moment=packument, source=PublicationTimeSource.PACKUMENT)
    return None


def verify_signatures(
    name: str,
    version: str,
    integrity: str,
    signatures: tuple[ClaimedSignature, ...],
    keys: RegistryKeySet | None,
    *,
    best_time: PublicationTime | None,
) -> SignatureVerdict:
    """Judge the registry signatures of one version by the registry's `keys`.

    (1) where the registry has keys the version has a signature: MISSING_SIGNATURE
    (2) at least one is by a key that is known, and for signing versions: KEY
    (3) that key had not ended when the version was published: KEY
    (4) each signature by a known key is base64 (FORMAT) and verifies: SIGNATURE
    Without keys, and without a time for a key that ends, nothing is decided.

    A key's start is not compared: a version is signed anew, by a later key, when keys are rotated.
    """
    known = tuple((s, found) for s in signatures if (found := _keys_of(s.key_id, keys)))
    moment = None if best_time is None else best_time.moment
    if known or keys is None:
        state, reason = _decide(known, keys, message_to_sign(name, version, integrity), moment)
    else:
        # (1), (2) there is a signature, and one by a known key
        state, reason = State.REJECTED, _missing(name, version, signatures)
    unknown: tuple[str, ...] = ()
    if len(known) != len(signatures):
        unknown = tuple(s.key_id for s in signatures if not _keys_of(s.key_id, keys))
    return SignatureVerdict(
        state=state,
        code=None if reason is None else reason.code,
        message=None if reason is None else reason.message,
        key_ids=tuple(s.key_id for s, _ in known) if state is State.VERIFIED else (),
        unknown_key_ids=unknown,
        is_foreign=bool(signatures) and not known,
        time_unauthenticated=best_time is not None
        and best_time.source is PublicationTimeSource.PACKUMENT,
    )


def _decide(
    known: tuple[tuple[ClaimedSignature, tuple[RegistryKey, ...]], ...],
    keys: RegistryKeySet | None,
    message: bytes,
    moment: float | None,
) -> tuple[State, Rejection | None]:
    if keys is None:
        reason = Rejection(code=Code.KEY, message="no keys of the registry are known")
        return State.UNDECIDED, reason
    for signature, found in known:
        rejection = _judge(signature, found, message, moment)
        if rejection is not None:
            return State.REJECTED, rejection
    if moment is None and any(_may_have_ended(key) for _, found in known for key in found):
        text = "nothing says when the version was published, and its key has an end"
        return State.UNDECIDED, Rejection(code=Code.TIME, message=text)
    return State.VERIFIED, None


def _keys_of(key_id: str, keys: RegistryKeySet | None) -> tuple[RegistryKey, ...]:
    return () if keys is None else tuple([key for key in keys.keys if key.key_id == key_id])


def _missing(name: str, version: str, signatures: tuple[ClaimedSignature, ...]) -> Rejection:
    if not signatures:
        return Rejection(
            code=Code.MISSING_SIGNATURE,
            message=f"{quoted(f'{name}@{version}')} has no registry signature, "
            "expected one by the registry's keys",
        )
    return Rejection(
        code=Code.KEY,
        message=f"signed by key {quoted(signatures[0].key_id)}, which is none of the registry's",
    )


def _judge(
    signature: ClaimedSignature,
    keys: tuple[RegistryKey, ...],
    message: bytes,
    moment: float | None,
) -> Rejection | None:
    # (2) the key is for signing versions
    signing = [key for key in keys if KeyUsage.SIGNATURES in key.usages]
    if not signing:
        return _refused(Code.KEY, signature, "is for other uses, expected `npm:signatures`")
    # (3) it had not ended
    good = [key for key in signing if moment is None or _had_not_ended(key, moment)]
    if not good:
        return _refused(Code.KEY, signature, "had ended when the version was published")
    # (4) the signature verifies
    raw = _decode(signature.signature)
    if raw is None:
        return Rejection(
            code=Code.FORMAT,
            message=f"the signature by key {quoted(signature.key_id)} is not base64",
        )
    for key in good:
        if verifies(key.public_key, raw, message):
            return None
    return Rejection(
        code=Code.SIGNATURE,
        message=f"the registry signature by key {quoted(signature.key_id)} is not over"
        f" {quoted(message.decode())}",
    )


def _refused(code: Code, signature: ClaimedSignature, why: str) -> Rejection:
    return Rejection(code=code, message=f"key {quoted(signature.key_id)} {why}")


def _may_have_ended(key: RegistryKey) -> bool:
    return KeyUsage.SIGNATURES in key.usages and key.window.end is not None


def _had_not_ended(key: RegistryKey, moment: float) -> bool:
    window = key.window
    return window.start is not None and (window.end is None or moment <= window.end)


def _decode(text: str) -> bytes | None:
    if len(text) > MAX_SIGNATURE_CHARACTERS:
        return None
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error, or not ASCII
        return None
