"""A bundle proves who signed it, or is refused by the code of the first step that it fails."""

import base64
import copy

import pytest

from imprint.attestations.bundles import CertificateMaterial
from imprint.attestations.codes import Code, Rejection
from imprint.attestations.domains import Thresholds
from imprint.attestations.evidence import CLOCK_LEEWAY_SECONDS
from imprint.attestations.proof import CertificateProof, Level, TimeSource
from imprint.attestations.verify import verify_bundle
from imprint.refusals import Malformed
from tests.authority.bundles import (
    REKOR_V2,
    STAMPED,
    CertificateSigner,
    stamp,
)
from tests.authority.certificates import Chain
from tests.support.attested import (
    GENERATIONS,
    IDENTITY,
    altered,
    code_of,
    domain,
    judge,
    read,
    stand_in,
    whole,
)
from tests.support.claims import NOW

LOGGED_NOWHERE = Thresholds(log_entries=0, certificate_timestamps=0, times=1)


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


def test_another_authoritys_certificate_is_refused():
    signer = CertificateSigner(identity=IDENTITY, chain=Chain("another", "signers"))

    assert code_of(whole(signer=signer)) is Code.CHAIN


def test_a_certificate_that_is_in_no_log_is_refused():
    signer = CertificateSigner(identity=IDENTITY, is_promised=False)

    assert code_of(whole(signer=signer)) is Code.SCT


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


def test_bytes_that_are_no_certificate_are_refused():
    bundle = read(whole())._replace(material=CertificateMaterial(certificates=(b"\x30\x00",)))

    verdict = verify_bundle(bundle, domain=domain(), keys=None, now=NOW)

    assert verdict.code is Code.FORMAT


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
