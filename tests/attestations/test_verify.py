"""A bundle proves who signed it, or is refused by the code of the first step that it fails."""

import base64
import copy
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from imprint.attestations.bundles import CertificateMaterial, MessageSignature
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.domains import Thresholds
from imprint.attestations.evidence import CLOCK_LEEWAY_SECONDS
from imprint.attestations.proof import CertificateProof, KeyProof, Level, TimeSource
from imprint.attestations.verify import verify_bundle
from imprint.refusals import Malformed
from tests.authority.bundles import (
    CURRENT,
    HASHED,
    OLD_PUBLISH,
    PROMISED,
    PROVED,
    PUBLISH,
    REKOR_V2,
    SECOND,
    STAMPED,
    CertificateSigner,
    KeySigner,
    stamp,
)
from tests.authority.certificates import Chain
from tests.authority.keys import curve_key, pem
from tests.support.attested import (
    IDENTITY,
    PROVENANCE_STATEMENT,
    REGISTRY,
    SHA512,
    domain,
    read,
    registry_keys,
    stand_in,
    whole,
)
from tests.support.claims import NOW

GENERATIONS = {
    "promised": PROMISED,
    "proved": PROVED,
    "second": SECOND,
    "current": CURRENT,
    "hashed": HASHED,
    "rekor-v2": REKOR_V2,
}
LOGGED_NOWHERE = Thresholds(log_entries=0, certificate_timestamps=0, times=1)


def judge(bundle, *, by=None, keys=None, now=NOW + 30, **known):
    return verify_bundle(read(bundle), domain=by or domain(), keys=keys, now=now, **known)


def code_of(bundle, **options):
    verdict = judge(bundle, **options)
    assert isinstance(verdict, Rejection), verdict
    assert verdict.message.isascii()
    assert "\n" not in verdict.message
    return verdict.code


def entry_of(bundle):
    return bundle["verificationMaterial"]["tlogEntries"][0]


def altered(text):
    """Other bytes, of the same length, in base64."""
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=GENERATIONS)
def test_provenance_of_every_generation_proves_the_run(generation):
    proof = judge(whole(generation=generation))

    assert isinstance(proof, CertificateProof)
    assert proof.domain == "private"
    assert proof.level is Level.FULL
    assert proof.workload.repository_id == IDENTITY.extensions[15]
    assert proof.certificate.subject == IDENTITY.subject
    assert [time.moment for time in proof.times] == [NOW]
    assert [entry.log_index for entry in proof.entries] == [1]


@pytest.mark.parametrize("generation", [PUBLISH, OLD_PUBLISH], ids=["dsse", "intoto"])
def test_what_the_registry_signed_proves_its_key(generation):
    proof = judge(whole(signer=REGISTRY, generation=generation), keys=registry_keys())

    assert isinstance(proof, KeyProof)
    assert proof.key_id == REGISTRY.hint
    assert proof.domain == "private"


def test_a_domain_without_logs_takes_a_timestamp_alone():
    proof = judge(whole(generation=STAMPED), by=domain(thresholds=LOGGED_NOWHERE))

    assert isinstance(proof, CertificateProof)
    assert proof.entries == ()
    assert [time.source for time in proof.times] == [TimeSource.TIMESTAMP_AUTHORITY]


def test_a_timestamp_beside_a_log_is_a_second_time():
    authority = stand_in()
    bundle = whole(authority)
    stamp(authority, bundle, now=NOW + 5)

    proof = judge(bundle, by=domain(thresholds=Thresholds(times=2)))

    assert [time.moment for time in proof.times] == [NOW, NOW + 5]


def test_a_timestamp_alone_does_not_do_where_logs_are_asked_for():
    assert code_of(whole(generation=STAMPED)) is Code.LOG


def test_too_few_times_are_refused():
    assert code_of(whole(), by=domain(thresholds=Thresholds(times=2))) is Code.TIME


def test_a_domain_that_asks_for_no_time_still_needs_one():
    bundle = whole()
    bundle["verificationMaterial"]["tlogEntries"] = []
    asks_for_nothing = Thresholds(log_entries=0, certificate_timestamps=0, times=0)

    assert code_of(bundle, by=domain(thresholds=asks_for_nothing)) is Code.TIME


def test_two_entries_of_one_log_are_one_logs_word():
    authority = stand_in()
    bundle = whole(authority)
    entries = bundle["verificationMaterial"]["tlogEntries"]
    entries.append(copy.deepcopy(entries[0]))

    assert code_of(bundle, by=domain(thresholds=Thresholds(log_entries=2))) is Code.LOG


def test_one_timestamp_twice_is_refused():
    bundle = whole(generation=REKOR_V2)
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    stamps.append(copy.deepcopy(stamps[0]))

    assert code_of(bundle) is Code.TSA


def test_a_timestamp_of_another_authority_is_refused_even_where_a_log_states_a_time():
    bundle = whole()
    stamp(stand_in("another"), bundle, now=NOW)

    assert code_of(bundle) is Code.TSA


@pytest.mark.parametrize(
    ("now", "accepted"),
    [
        (NOW, True),
        (NOW - CLOCK_LEEWAY_SECONDS, True),
        (NOW - CLOCK_LEEWAY_SECONDS - 1, False),
    ],
)
def test_a_time_in_the_future_is_refused_beyond_a_late_clock(now, accepted):
    verdict = judge(whole(), now=now)

    assert isinstance(verdict, CertificateProof) is accepted
    assert accepted or verdict.code is Code.TIME


def test_each_time_in_the_future_is_refused():
    authority = stand_in()
    bundle = whole(authority)
    stamp(authority, bundle, now=NOW + 3600)

    assert code_of(bundle, now=NOW + 30) is Code.TIME


@pytest.mark.parametrize("seconds", [-1, 601])
def test_a_certificate_that_was_not_valid_when_it_was_logged_is_refused(seconds):
    bundle = whole(now=NOW, logged_at=NOW + seconds)

    assert code_of(bundle, now=NOW + 3600) is Code.CERT_TIME


def test_every_time_has_to_be_within_the_certificates():
    authority = stand_in()
    bundle = whole(authority)
    stamp(authority, bundle, now=NOW + 3600)

    assert code_of(bundle, now=NOW + 7200) is Code.CERT_TIME


def test_an_unknown_log_is_refused():
    assert code_of(whole(stand_in("another"))) is Code.LOG


def test_another_authoritys_certificate_is_refused():
    signer = CertificateSigner(identity=IDENTITY, chain=Chain("another", "signers"))

    assert code_of(whole(signer=signer)) is Code.CHAIN


def test_a_certificate_that_is_in_no_log_is_refused():
    signer = CertificateSigner(identity=IDENTITY, is_promised=False)

    assert code_of(whole(signer=signer)) is Code.SCT


def test_a_changed_promise_is_refused():
    bundle = whole()
    promise = entry_of(bundle)["inclusionPromise"]
    promise["signedEntryTimestamp"] = altered(promise["signedEntryTimestamp"])

    assert code_of(bundle) is Code.SET


@pytest.mark.parametrize("name", ["integratedTime", "logIndex"])
def test_what_a_promise_is_about_cannot_be_changed(name):
    bundle = whole()
    entry_of(bundle)[name] = str(int(entry_of(bundle)[name]) + 1)

    assert code_of(bundle) is Code.SET


def test_an_integrated_time_that_nobody_promised_is_no_time():
    bundle = whole()
    del entry_of(bundle)["inclusionPromise"]

    assert code_of(bundle) is Code.TIME


def test_an_index_that_nobody_promised_is_not_the_proved_one():
    bundle = whole(generation=REKOR_V2)
    entry_of(bundle)["logIndex"] = "77"

    assert [entry.log_index for entry in judge(bundle).entries] == [1]


@pytest.mark.parametrize(("generation", "code"), [(SECOND, Code.PROOF), (PROVED, None)])
def test_a_proof_is_needed_from_the_second_version_on(generation, code):
    bundle = whole(generation=generation)
    del entry_of(bundle)["inclusionProof"]

    verdict = judge(bundle)

    assert getattr(verdict, "code", None) is code


def test_the_first_version_needs_a_promise_or_a_proof():
    bundle = whole(generation=PROMISED)
    del entry_of(bundle)["inclusionPromise"]

    assert code_of(bundle) is Code.LOG


def test_a_changed_path_is_refused():
    bundle = whole()
    hashes = entry_of(bundle)["inclusionProof"]["hashes"]
    hashes[0] = altered(hashes[0])

    assert code_of(bundle) is Code.PROOF


def test_the_proof_has_to_be_for_the_checkpoints_tree():
    authority = stand_in()
    bundle = whole(authority)
    authority.log.append(b'{"kind":"later"}', now=NOW)
    later = authority.log.checkpoint()
    entry_of(bundle)["inclusionProof"]["checkpoint"]["envelope"] = later

    assert code_of(bundle) is Code.PROOF


def test_a_checkpoint_of_another_history_is_not_the_proofs():
    # The log's own key signed both: it showed two trees of one size.
    bundle, fork = whole(), whole(payload=b'{"other":"statement"}')
    other = entry_of(fork)["inclusionProof"]["checkpoint"]
    entry_of(bundle)["inclusionProof"]["checkpoint"] = other

    assert code_of(bundle) is Code.PROOF


def test_a_tree_of_another_size_is_not_the_checkpoints_though_the_path_be_as_long():
    authority = stand_in()
    bundle = whole(authority)
    authority.log.append(b'{"kind":"later","apiVersion":"0"}', now=NOW)
    entry = authority.log.bundled(authority.log.entries[1])
    bundle["verificationMaterial"]["tlogEntries"] = [entry]
    assert isinstance(judge(bundle), CertificateProof)

    entry["inclusionProof"]["treeSize"] = "4"

    assert code_of(bundle) is Code.PROOF


@pytest.mark.parametrize("generation", [SECOND, CURRENT, REKOR_V2])
def test_a_proof_without_a_checkpoint_is_refused(generation):
    bundle = whole(generation=generation)
    del entry_of(bundle)["inclusionProof"]["checkpoint"]

    assert code_of(bundle) is Code.CHECKPOINT


def test_the_first_version_may_have_a_proof_without_a_checkpoint_beside_a_promise():
    bundle = whole(generation=PROVED)
    del entry_of(bundle)["inclusionProof"]["checkpoint"]

    assert isinstance(judge(bundle), CertificateProof)
    assert entry_of(bundle)["inclusionProof"]["hashes"]


def test_a_checkpoint_that_another_key_signed_is_refused():
    bundle, other = whole(), whole(stand_in("another"))
    note = entry_of(bundle)["inclusionProof"]["checkpoint"]
    signature = entry_of(other)["inclusionProof"]["checkpoint"]["envelope"].rpartition("\n\n")[2]
    note["envelope"] = note["envelope"].rpartition("\n\n")[0] + "\n\n" + signature

    assert code_of(bundle) is Code.CHECKPOINT


@pytest.mark.parametrize(("generation", "code"), [(CURRENT, Code.SET), (REKOR_V2, Code.CHECKPOINT)])
def test_a_logs_key_has_to_be_good_when_it_was_used(generation, code):
    def end(root):
        for log in root["tlogs"]:
            log["publicKey"]["validFor"]["end"] = "2026-02-01T00:00:00Z"

    assert code_of(whole(generation=generation), by=domain(edit=end)) is code


@pytest.mark.parametrize(("generation", "code"), [(CURRENT, Code.SET), (REKOR_V2, Code.CHECKPOINT)])
def test_a_logs_key_without_a_start_is_never_good(generation, code):
    def forget(root):
        for log in root["tlogs"]:
            log["publicKey"]["validFor"] = {}

    assert code_of(whole(generation=generation), by=domain(edit=forget)) is code


def test_an_authority_whose_window_ended_is_refused():
    def end(root):
        root["certificateAuthorities"][0]["validFor"]["end"] = "2026-02-01T00:00:00Z"

    assert code_of(whole(), by=domain(edit=end)) is Code.CHAIN


def test_a_changed_payload_is_a_wrong_signature():
    bundle = whole()
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"rocket", b"hammer")
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()

    assert code_of(bundle) is Code.SIGNATURE


def test_a_changed_payload_type_is_a_wrong_signature():
    bundle = whole()
    bundle["dsseEnvelope"]["payloadType"] = "application/vnd.in-toto+xml"

    assert code_of(bundle) is Code.SIGNATURE


@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=GENERATIONS)
def test_a_log_entry_about_another_signature_is_refused(generation):
    authority = stand_in()
    other = whole(authority, payload=b'{"other":"statement"}', generation=generation)
    bundle = whole(authority, generation=generation)
    bundle["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    material = bundle["verificationMaterial"]
    material.pop("timestampVerificationData", None)
    if generation.is_stamped:
        stamp(authority, bundle, now=NOW)

    assert code_of(bundle) is Code.BODY


def relogged(authority, bundle, edit):
    """The bundle with an entry that the log was told otherwise."""
    body = json.loads(base64.b64decode(entry_of(bundle)["canonicalizedBody"]))
    edit(body["spec"])
    entry = authority.log.append(json.dumps(body).encode(), now=NOW)
    bundle["verificationMaterial"]["tlogEntries"] = [authority.log.bundled(entry)]
    return bundle


def test_a_log_entry_about_another_signature_of_the_same_payload_is_refused():
    authority = stand_in()
    bundle = whole(authority, signer=REGISTRY)
    again = REGISTRY.key.sign(read(bundle).content.signed_bytes, ECDSA(SHA256()))

    def edit(spec):
        spec["signatures"][0]["signature"] = base64.b64encode(again).decode()

    verdict = judge(relogged(authority, bundle, edit), keys=registry_keys())

    assert verdict.code is Code.BODY
    assert "about another signature" in verdict.message


def test_a_log_entry_about_another_payload_is_refused_though_it_has_the_signature():
    authority = stand_in()

    def edit(spec):
        spec["payloadHash"]["value"] = "00" * 32

    verdict = judge(relogged(authority, whole(authority), edit))

    assert verdict.code is Code.BODY
    assert "about another content" in verdict.message


@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=GENERATIONS)
def test_a_log_entry_has_to_name_the_very_certificate(generation):
    # The same key, and so the same signature; the certificate says somebody else.
    authority = stand_in()
    bundle = whole(authority, generation=generation)
    identity = replace(IDENTITY, subject="https://forge.example.test/evil/fork")
    der = CertificateSigner(identity=identity).certify(authority, NOW)
    single = {"rawBytes": base64.b64encode(der).decode()}
    material = bundle["verificationMaterial"]
    if "certificate" in material:
        material["certificate"] = single
    else:
        material["x509CertificateChain"] = {"certificates": [single]}

    assert code_of(bundle) is Code.BODY


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


def test_bytes_that_are_no_certificate_are_refused():
    bundle = replace(read(whole()), material=CertificateMaterial(certificates=(b"\x30\x00",)))

    verdict = verify_bundle(bundle, domain=domain(), keys=None, now=NOW)

    assert verdict.code is Code.FORMAT


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
    bundle = replace(read(whole()), content=message)

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


HARMLESS = {
    # Which key it was the hint says, and nobody believes either.
    ("dsseEnvelope", "signatures", 0, "keyid"),
    # Of a chain only the signing certificate is looked at.
    ("verificationMaterial", "x509CertificateChain", "certificates", 1, "rawBytes"),
    ("verificationMaterial", "x509CertificateChain", "certificates", 2, "rawBytes"),
}


def leaves(value, path=()):
    match value:
        case dict():
            for name, item in value.items():
                yield from leaves(item, (*path, name))
        case list():
            for index, item in enumerate(value):
                yield from leaves(item, (*path, index))
        case _:
            yield path, value


def changed(value):
    """A value of the same form, as far as that is easily had."""
    if value.isdecimal():
        return str(int(value) + 1)
    try:
        return altered(value)
    except ValueError:
        return value + "x"


def with_leaf(document, path, value):
    found = copy.deepcopy(document)
    at = found
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return found


@pytest.mark.parametrize("generation", GENERATIONS.values(), ids=GENERATIONS)
def test_whatever_is_changed_in_a_bundle_it_is_refused(generation):
    bundle = whole(generation=generation)
    believing = domain()
    # Without a promise nobody signed the entry's own index: the proof's is what is proved.
    unsigned = {("verificationMaterial", "tlogEntries", 0, "logIndex")}
    accepted = set()
    for path, value in leaves(bundle):
        try:
            verdict = judge(with_leaf(bundle, path, changed(value or "AAAA")), by=believing)
        except Malformed:
            continue
        if not isinstance(verdict, Rejection):
            accepted.add(path)

    assert accepted <= HARMLESS | (unsigned if generation is REKOR_V2 else set())
    assert sum(1 for _ in leaves(bundle)) > 12
