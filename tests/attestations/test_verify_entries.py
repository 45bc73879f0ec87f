"""Where and when a signature was logged: what is wrong with any log entry refuses the bundle."""

import base64
import copy
import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from imprint.attestations.codes import Code
from imprint.attestations.domains import Thresholds
from imprint.attestations.proof import CertificateProof
from tests.authority.bundles import (
    CURRENT,
    PROMISED,
    PROVED,
    REKOR_V2,
    SECOND,
    CertificateSigner,
    stamp,
)
from tests.support.attested import (
    GENERATIONS,
    IDENTITY,
    REGISTRY,
    altered,
    code_of,
    domain,
    entry_of,
    judge,
    read,
    registry_keys,
    stand_in,
    whole,
)
from tests.support.claims import NOW


def test_two_entries_of_one_log_are_one_logs_word():
    authority = stand_in()
    bundle = whole(authority)
    entries = bundle["verificationMaterial"]["tlogEntries"]
    entries.append(copy.deepcopy(entries[0]))

    assert code_of(bundle, by=domain(thresholds=Thresholds(log_entries=2))) is Code.LOG


def test_an_unknown_log_is_refused():
    assert code_of(whole(stand_in("another"))) is Code.LOG


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
def test_a_logs_key_without_a_start_is_never_good(generation, code):
    def forget(root):
        for log in root["tlogs"]:
            log["publicKey"]["validFor"] = {}

    assert code_of(whole(generation=generation), by=domain(edit=forget)) is code


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


@pytest.mark.parametrize(("generation", "code"), [(CURRENT, Code.SET), (REKOR_V2, Code.CHECKPOINT)])
def test_a_logs_key_has_to_be_good_when_it_was_used(generation, code):
    def end(root):
        for log in root["tlogs"]:
            log["publicKey"]["validFor"]["end"] = "2026-02-01T00:00:00Z"

    assert code_of(whole(generation=generation), by=domain(edit=end)) is code
