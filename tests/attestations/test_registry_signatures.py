"""Registry signatures: by which keys, of what, and judged by which time."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.codes import Code
from imprint.attestations.domains import RegistryKeySet
from imprint.attestations.keys import KeyUsage, RegistryKey
from imprint.attestations.proof import KeyProof, TimeSource, VerifiedTime
from imprint.attestations.registry_signatures import (
    PublicationTime,
    PublicationTimeSource,
    best_time,
    message_to_sign,
    verify_signatures,
)
from imprint.attestations.roots import Window
from imprint.attestations.single import verify_single
from imprint.attestations.verdicts import State
from imprint.npm.published import ClaimedSignature
from tests.authority.keys import curve_key, fingerprint, sign
from tests.support.attested import REGISTRY, domain, read, registry_keys, stand_in, whole
from tests.support.claims import NOW

INTEGRITY = "sha512-" + base64.b64encode(b"5" * 64).decode()
ALWAYS = Window(start=0.0, end=None)
OLD, NEW, FOREIGN = (curve_key("registry signatures", name) for name in ("old", "new", "foreign"))
SEEN = PublicationTime(moment=NOW, source=PublicationTimeSource.FIRST_OBSERVED)


def listed(private_key, *, window=ALWAYS, usages=frozenset({KeyUsage.SIGNATURES})):
    return RegistryKey(
        key_id=fingerprint(private_key.public_key()),
        public_key=private_key.public_key(),
        spki=b"",
        usages=usages,
        window=window,
    )


def key_set(*keys):
    return RegistryKeySet(keys=keys, digest="")


def signature(private_key, message=None, **overrides):
    raw = sign(private_key, message or message_to_sign("@acme/rocket", "1.2.0", INTEGRITY))
    return ClaimedSignature(
        **{
            "key_id": fingerprint(private_key.public_key()),
            "signature": base64.b64encode(raw).decode(),
            **overrides,
        }
    )


def judge(*signatures, keys=None, moment=SEEN):
    return verify_signatures(
        "@acme/rocket",
        "1.2.0",
        INTEGRITY,
        signatures,
        key_set(listed(OLD), listed(NEW)) if keys is None else keys,
        best_time=moment,
    )


def outcome(verdict):
    return verdict.state, verdict.code


def test_what_is_signed_is_name_version_and_integrity():
    assert message_to_sign("@acme/rocket", "1.2.0", "sha512-x") == b"@acme/rocket@1.2.0:sha512-x"


def test_a_version_that_the_registry_signed_is_verified():
    verdict = judge(signature(OLD))

    assert outcome(verdict) == (State.VERIFIED, None)
    assert verdict.key_ids == (fingerprint(OLD.public_key()),)


def test_several_signatures_are_all_verified():
    assert len(judge(signature(OLD), signature(NEW)).key_ids) == 2


@pytest.mark.parametrize(
    "message",
    [
        message_to_sign("@acme/rocket", "1.2.1", INTEGRITY),
        message_to_sign("@acme/racket", "1.2.0", INTEGRITY),
        message_to_sign("@acme/rocket", "1.2.0", "sha512-AAAA"),
    ],
)
def test_a_signature_of_something_else_is_refused(message):
    assert outcome(judge(signature(OLD, message))) == (State.REJECTED, Code.SIGNATURE)


def test_one_bad_signature_by_a_known_key_refuses_the_good_one():
    verdict = judge(signature(OLD), signature(NEW, b"something else"))

    assert outcome(verdict) == (State.REJECTED, Code.SIGNATURE)
    assert verdict.key_ids == ()


def test_a_signature_by_an_unknown_key_is_reported_beside_a_good_one():
    verdict = judge(signature(OLD), signature(FOREIGN))

    assert outcome(verdict) == (State.VERIFIED, None)
    assert verdict.unknown_key_ids == (fingerprint(FOREIGN.public_key()),)


def test_signatures_by_unknown_keys_alone_are_none():
    assert outcome(judge(signature(FOREIGN))) == (State.REJECTED, Code.KEY)


def test_a_version_without_a_signature_is_refused_where_the_registry_has_keys():
    assert outcome(judge()) == (State.REJECTED, Code.MISSING_SIGNATURE)


def test_without_keys_nothing_is_decided():
    verdict = verify_signatures(
        "@acme/rocket", "1.2.0", INTEGRITY, (signature(OLD),), None, best_time=SEEN
    )

    assert outcome(verdict) == (State.UNDECIDED, Code.KEY)
    assert verdict.unknown_key_ids == (fingerprint(OLD.public_key()),)


@pytest.mark.parametrize("text", ["", "?", "AAA", "A" * 2000, "é"])
def test_what_is_no_signature_is_refused(text):
    verdict = judge(signature(OLD, signature=text))

    assert outcome(verdict) in {(State.REJECTED, Code.FORMAT), (State.REJECTED, Code.SIGNATURE)}


def test_a_key_for_attestations_signs_no_versions():
    keys = key_set(listed(OLD, usages=frozenset({KeyUsage.ATTESTATIONS})))

    assert outcome(judge(signature(OLD), keys=keys)) == (State.REJECTED, Code.KEY)


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (NOW, (State.VERIFIED, None)),
        (NOW - 1, (State.REJECTED, Code.KEY)),
    ],
)
def test_a_key_counts_up_to_its_end(end, expected):
    keys = key_set(listed(OLD, window=Window(start=0.0, end=end)))

    assert outcome(judge(signature(OLD), keys=keys)) == expected


def test_a_later_key_may_sign_an_earlier_version_anew():
    keys = key_set(listed(NEW, window=Window(start=NOW + 1000, end=None)))

    assert outcome(judge(signature(NEW), keys=keys)) == (State.VERIFIED, None)


def test_a_key_without_a_start_is_never_good():
    keys = key_set(listed(OLD, window=Window(start=None, end=None)))

    assert outcome(judge(signature(OLD), keys=keys)) == (State.REJECTED, Code.KEY)


def test_without_a_time_a_key_with_an_end_decides_nothing():
    keys = key_set(listed(OLD, window=Window(start=0.0, end=NOW)))

    assert outcome(judge(signature(OLD), keys=keys, moment=None)) == (State.UNDECIDED, Code.TIME)
    assert outcome(judge(signature(OLD), moment=None)) == (State.VERIFIED, None)


def test_the_packuments_time_alone_is_unauthenticated():
    unsigned = best_time(publish=None, first_observed=None, packument=NOW)
    seen = best_time(publish=None, first_observed=NOW, packument=NOW - 5)

    assert judge(signature(OLD), moment=unsigned).time_unauthenticated
    assert not judge(signature(OLD), moment=seen).time_unauthenticated


def test_the_time_that_a_log_signed_goes_before_all_others():
    authority = stand_in()
    verdict = verify_single(
        read(whole(authority, signer=REGISTRY)),
        domains=(domain(authority),),
        keys=registry_keys(),
        now=NOW + 60,
    )
    assert isinstance(verdict.proof, KeyProof)

    found = best_time(publish=verdict.proof, first_observed=1.0, packument=2.0)

    assert found is not None
    assert found.source is PublicationTimeSource.PUBLISH_ATTESTATION
    assert verdict.proof.times[0] == VerifiedTime(moment=found.moment, source=TimeSource.LOG)


def test_without_any_time_there_is_none():
    assert best_time(publish=None, first_observed=None, packument=None) is None


@given(
    key_id=st.text(max_size=20) | st.just(fingerprint(OLD.public_key())),
    text=st.text(max_size=40),
    name=st.text(max_size=10),
)
def test_judging_is_total(key_id, text, name):
    verdict = verify_signatures(
        name,
        "1.0.0",
        "sha512-x",
        (ClaimedSignature(key_id=key_id, signature=text),),
        key_set(listed(OLD)),
        best_time=SEEN,
    )

    assert verdict.state is State.REJECTED
