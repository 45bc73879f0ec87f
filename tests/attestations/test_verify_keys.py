"""By which key and over what: bundles of registries, given keys, artifacts."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from imprint.attestations.bundles import MessageSignature
from imprint.attestations.codes import Code
from imprint.attestations.proof import CertificateProof, KeyProof
from imprint.attestations.verify import verify_bundle
from tests.authority.bundles import (
    OLD_PUBLISH,
    PUBLISH,
    KeySigner,
    stamp,
)
from tests.authority.keys import curve_key, pem
from tests.support.attested import (
    PROVENANCE_STATEMENT,
    REGISTRY,
    SHA512,
    code_of,
    domain,
    judge,
    read,
    registry_keys,
    stand_in,
    whole,
)
from tests.support.claims import NOW


@pytest.mark.parametrize("generation", [PUBLISH, OLD_PUBLISH], ids=["dsse", "intoto"])
def test_what_the_registry_signed_proves_its_key(generation):
    proof = judge(whole(signer=REGISTRY, generation=generation), keys=registry_keys())

    assert isinstance(proof, KeyProof)
    assert proof.key_id == REGISTRY.hint
    assert proof.domain == "private"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"uses": ["npm:signatures"]}, "is for other uses"),
        ({"start": "2027-01-01T00:00:00Z"}, "was not valid when it was used"),
    ],
)
def test_a_key_that_was_not_good_for_this_is_refused(options, message):
    verdict = judge(whole(signer=REGISTRY), keys=registry_keys(**options))

    assert verdict.code is Code.KEY
    assert message in verdict.message


def test_a_key_has_to_be_good_at_every_time():
    authority = stand_in()
    bundle = whole(authority, signer=REGISTRY)
    stamp(authority, bundle, now=NOW + 5)
    keys = registry_keys(start=datetime.fromtimestamp(NOW + 2, UTC).isoformat())

    assert code_of(bundle, keys=keys) is Code.KEY


@pytest.mark.parametrize("keys", [None, registry_keys()])
def test_a_key_that_the_registry_has_not_is_refused(keys):
    signer = KeySigner(key=curve_key("another", "registry"))

    assert code_of(whole(signer=signer), keys=keys) is Code.KEY


def test_a_hint_at_another_key_is_a_wrong_signature():
    bundle = whole(signer=KeySigner(key=curve_key("another", "registry")))
    bundle["verificationMaterial"]["publicKey"]["hint"] = REGISTRY.hint

    assert code_of(bundle, keys=registry_keys()) is Code.SIGNATURE


def test_a_given_key_stands_for_the_registrys_and_is_named_by_itself():
    bundle = whole(signer=REGISTRY)
    bundle["verificationMaterial"]["publicKey"]["hint"] = "whatever"

    proof = judge(bundle, public_key=REGISTRY.key.public_key())

    assert isinstance(proof, KeyProof)
    assert len(base64.b64decode(proof.key_id)) == 32


def test_a_given_key_refuses_certificates():
    assert code_of(whole(), public_key=REGISTRY.key.public_key()) is Code.KEY


def test_a_statement_about_the_artifact_is_accepted():
    verdict = judge(whole(), artifact={"sha512": bytes.fromhex(SHA512), "sha256": bytes(32)})

    assert isinstance(verdict, CertificateProof)


@pytest.mark.parametrize("artifact", [{}, {"sha256": bytes(32)}, {"sha512": bytes(64)}])
def test_a_statement_about_other_things_is_refused(artifact):
    assert code_of(whole(), artifact=artifact) is Code.ARTIFACT


def test_every_digest_that_is_known_has_to_be_right():
    said = json.loads(PROVENANCE_STATEMENT)
    said["subject"][0]["digest"]["sha256"] = "00" * 32
    artifact = {"sha512": bytes.fromhex(SHA512), "sha256": b"\1" * 32}

    assert code_of(whole(payload=json.dumps(said).encode()), artifact=artifact) is Code.ARTIFACT


def test_an_envelope_without_a_statement_is_about_no_artifact():
    assert code_of(whole(payload=b"{}"), artifact={"sha512": bytes(64)}) is Code.FORMAT


@pytest.mark.parametrize(
    ("algorithm", "digest", "artifact"),
    [
        ("SHA2_256", bytes(32), None),
        ("SHA2_256", bytes(32), {}),
        ("SHA2_256", b"\1" * 32, {"sha256": bytes(32)}),
        ("SHA2_512", bytes(64), {"sha256": bytes(32)}),
        ("MD5", bytes(16), {"MD5": bytes(16)}),
    ],
)
def test_a_signature_over_an_artifact_needs_that_artifact(algorithm, digest, artifact):
    message = MessageSignature(digest_algorithm=algorithm, digest=digest, signature=b"signed")
    bundle = read(whole())._replace(content=message)

    verdict = verify_bundle(bundle, domain=domain(), keys=None, now=NOW, artifact=artifact)

    assert verdict.code is Code.ARTIFACT


def message_bundle(authority, artifact):
    """A signature over an artifact instead of an envelope, logged as such."""
    signature = base64.b64encode(REGISTRY.key.sign(artifact, ECDSA(SHA256()))).decode()
    bundle = whole(authority, signer=REGISTRY)
    key = base64.b64encode(pem(REGISTRY.key.public_key())).decode()
    digest = hashlib.sha256(artifact)
    body = {
        "apiVersion": "0.0.1",
        "kind": "hashedrekord",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": digest.hexdigest()}},
            "signature": {"content": signature, "publicKey": {"content": key}},
        },
    }
    entry = authority.log.append(json.dumps(body).encode(), now=NOW)
    bundle["verificationMaterial"]["tlogEntries"] = [authority.log.bundled(entry)]
    del bundle["dsseEnvelope"]
    stated = {"algorithm": "SHA2_256", "digest": base64.b64encode(digest.digest()).decode()}
    bundle["messageSignature"] = {"messageDigest": stated, "signature": signature}
    return bundle


def test_a_signature_over_an_artifact_is_judged_with_it():
    bundle = message_bundle(stand_in(), b"artifact")
    known = {"sha256": hashlib.sha256(b"artifact").digest()}

    proof = judge(bundle, keys=registry_keys(), artifact=known)

    assert isinstance(proof, KeyProof)


def test_a_signature_over_another_artifact_is_refused_even_where_the_bundle_states_no_digest():
    bundle = message_bundle(stand_in(), b"artifact")
    del bundle["messageSignature"]["messageDigest"]
    known = {"sha256": hashlib.sha256(b"another").digest()}

    assert code_of(bundle, keys=registry_keys(), artifact=known) is Code.SIGNATURE
