"""Publish attestations on their way: signed, then in their log, then verified as others would.

Each step reads, works without a transaction in hand, and writes what it made; any of them can be
done again by any process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from imprint.attestations.documents import verify_document
from imprint.attestations.domains import RegistryKeySet
from imprint.attestations.keys import KeyUsage, RegistryKey
from imprint.attestations.predicates import PUBLISH_TYPE
from imprint.attestations.reading.documents import parse_document
from imprint.attestations.roots import Window
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.attestations.verdicts import State as VerdictState
from imprint.npm.names import PackageName
from imprint.refusals import Unavailable
from imprint.registry.attesting.publish_attestation import payload_of, sign_statement, with_entry
from imprint.registry.attesting.records import SigningRecord, signed_proof, signing_record
from imprint.registry.attesting.serving import document_of
from imprint.registry.signing.keys import keys_of
from imprint.registry.signing.windows import SigningKeys
from imprint.storage import attestations, signing_keys
from imprint.storage.attestations import Kind, State, StoredAttestation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.attestations.proof import KeyProof
    from imprint.registry.context import Registry


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A signed publish attestation that is in no log yet."""

    id: int
    version_id: int
    bundle: bytes
    record: SigningRecord
    verifier_pem: bytes
    """The public key by which its signature verifies."""


def waiting_after(
    registry: Registry, *, state: State, after: int, most: int
) -> tuple[StoredAttestation, ...]:
    """Return up to `most` attestations in this state, with ids above `after`."""
    with registry.database.reading() as connection:
        return attestations.waiting(connection, state=state, after=after, limit=most)


def sign_waiting(registry: Registry, version_id: int) -> Waiting | None:
    """Sign what the registry states of a version, unless a key that is good still has.

    None where nothing waits. Raises Unavailable when nothing can be signed now.
    """
    if registry.signing is None:
        return None
    with registry.database.reading() as connection:
        stored = _publish_attestation(attestations.of_version(connection, version_id))
        if stored is None:
            return None
        keys = keys_of(connection)
        signed = _signed(stored, keys, now=registry.clock())
        if signed is not None:
            return signed
        signer = registry.signing.signer(connection)
    payload = stored.bundle
    if stored.state is not State.UNSIGNED:
        payload = payload_of(stored.bundle)
    bundle = sign_statement(payload, key_id=signer.key_id, sign=signer.sign)
    proof = signed_proof(signer.key_id, at=registry.clock())
    with registry.database.writing() as connection:
        if not attestations.set_signed(connection, stored.id, bundle=bundle, proof=proof):
            return None
    return Waiting(
        id=stored.id,
        version_id=version_id,
        bundle=bundle,
        record=signing_record(proof),
        verifier_pem=_pem(signer.public_key),
    )


def settle(registry: Registry, waiting: Waiting, entry: Mapping[str, object]) -> str | None:
    """Keep the log entry with its attestation, and let it be served; returns the package's name.

    None where it waits no longer, or again, because its key ended meanwhile. Raises Malformed, or
    Unavailable (`attestation-unverified`), where the version's whole document, judged as everybody
    else will judge it, is not verified: nobody is told of such a one.
    """
    bundle = with_entry(waiting.bundle, entry)
    proof = _verified(registry, waiting, bundle)
    place = proof.entries[0] if proof.entries else None
    logged_at = min(time.moment for time in proof.times)
    record = msgspec.structs.replace(
        waiting.record,
        log_id=None if place is None else place.log_id,
        log_index=None if place is None else place.log_index,
        logged_at=logged_at,
    )
    with registry.database.writing() as connection:
        # Again: whoever ended the key since has withdrawn what was served, and this was not yet.
        key = signing_keys.hold(connection, record.key_id)
        if key is None or not SigningKeys((key,)).covers(key.key_id, logged_at):
            return None
        return attestations.set_logged(
            connection,
            waiting.id,
            bundle=bundle,
            proof=msgspec.json.encode(record).decode(),
            domain=proof.domain,
            now=registry.clock(),
        )


def _verified(registry: Registry, waiting: Waiting, bundle: bytes) -> KeyProof:
    with registry.database.reading() as connection:
        subject = attestations.subject_of(connection, waiting.version_id)
        others = [
            one
            for one in attestations.of_version(connection, waiting.version_id)
            if one.state is State.VERIFIED
        ]
        keys = own_keys(keys_of(connection))
    if subject is None:
        raise _unverified("its version is gone")
    name, version, sha512 = subject
    listed = [(one.predicate_type, one.bundle) for one in others] + [(PUBLISH_TYPE, bundle)]
    verdict = verify_document(
        parse_document(document_of(listed)),
        subject=ExpectedSubject(name=PackageName.parse(name), version=version, sha512=sha512),
        domains=registry.attestation_policy.domains,
        keys=keys,
        registry=registry.public_url,
        now=registry.clock(),
        provenance_expected=any(one.kind is Kind.PROVENANCE for one in others),
        publish_expected=True,
    )
    if verdict.state is not VerdictState.VERIFIED or verdict.publish is None:
        reasons = [one.message for one in verdict.rejections]
        reasons += [one.message or "" for one in verdict.attestations if one.code is not None]
        raise _unverified(f"{verdict.code}: {reasons[0] if reasons else 'no reason is known'}")
    return verdict.publish


def _unverified(why: str) -> Unavailable:
    return Unavailable(
        "attestation-unverified",
        f"the attestations of this registry do not verify as clients would verify them: {why}",
        hint="compare the setting `transparency_log` with the logs of the trust domains",
    )


def own_keys(keys: SigningKeys) -> RegistryKeySet:
    """Return the registry's keys as its clients read them from `/-/npm/v1/keys`."""
    found = tuple(
        RegistryKey(
            key_id=key.key_id,
            public_key=load_der_public_key(key.spki),
            spki=key.spki,
            usages=frozenset(KeyUsage),
            # Clients are told of an end alone.
            window=Window(start=0.0, end=key.valid_until),
        )
        for key in keys.keys
    )
    return RegistryKeySet(keys=found, digest="")


def _publish_attestation(found: tuple[StoredAttestation, ...]) -> StoredAttestation | None:
    for one in found:
        if one.kind is Kind.PUBLISH and one.state is not State.VERIFIED:
            return one
    return None


def _signed(stored: StoredAttestation, keys: SigningKeys, *, now: float) -> Waiting | None:
    """Return it as it is where it is signed, by a key whose window is open: the log says when."""
    if stored.state is State.UNSIGNED:
        return None
    record = signing_record(stored.proof)
    key = keys.find(record.key_id)
    if key is None or not keys.is_open(record.key_id, now):
        return None
    return Waiting(
        id=stored.id,
        version_id=stored.version_id,
        bundle=stored.bundle,
        record=record,
        verifier_pem=_pem(key.spki),
    )


def _pem(spki: bytes) -> bytes:
    return load_der_public_key(spki).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
