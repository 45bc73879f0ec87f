"""SCTs: whether certificate transparency logs promised a certificate."""

import pytest

from imprint.attestations.codes import Code
from imprint.attestations.roots import Window
from imprint.attestations.scts import MAX_SCTS, verify_scts
from tests.attestations.authorities import (
    SIGNED_AT,
    CertificateLog,
    intermediate,
    key,
    root,
    signer,
)

AUTHORITY = intermediate(root())
LOG = CertificateLog()
OTHER = CertificateLog(private_key=key("other log"))


def verified(leaf, logs=(LOG,), *, issuer=AUTHORITY, threshold=1):
    known = tuple(log.log() for log in logs)
    return verify_scts(leaf.loaded, issuer.loaded, known, threshold)


def promising(**changes):
    return signer(AUTHORITY, promises=lambda tbs, issuer: [LOG.promise(tbs, issuer, **changes)])


def rejected(leaf, *arguments, **changes):
    rejection = verified(leaf, *arguments, **changes)
    assert rejection.code == Code.SCT
    return rejection.message


def test_a_certificate_in_a_known_log_is_proved_to_be():
    assert verified(signer(AUTHORITY)) is None


@pytest.mark.parametrize("kind", ["P-256", "RSA-2048"])
def test_logs_sign_with_p256_or_rsa(kind):
    log = CertificateLog(private_key=key("log", kind))

    assert verified(signer(AUTHORITY, logs=[log]), [OTHER, log]) is None


def test_extensions_of_an_sct_are_signed_with_it():
    assert verified(promising(extensions=b"\x00\x00\x05\x00\x01\x02\x03\x04")) is None


def test_milliseconds_of_a_promise_are_signed_with_it():
    assert verified(promising(at=SIGNED_AT + 0.987)) is None


def test_several_logs_may_promise_and_each_has_to_hold():
    leaf = signer(AUTHORITY, logs=[LOG, OTHER])

    assert verified(leaf, [LOG, OTHER], threshold=2) is None
    assert "which the trusted root has not" in rejected(leaf, [LOG])


def test_a_log_that_promises_twice_counts_once():
    leaf = signer(AUTHORITY, logs=[LOG, LOG])

    assert "expected `2`" in rejected(leaf, threshold=2)


def test_a_certificate_without_an_sct_is_rejected_where_one_is_owed():
    bare = signer(AUTHORITY, promises=lambda *_: [])

    assert "is in `0` logs, expected `1`" in rejected(bare)
    assert verified(bare, [], threshold=0) is None


def test_an_sct_is_judged_even_where_none_is_owed():
    assert "which the trusted root has not" in rejected(signer(AUTHORITY), [], threshold=0)


def test_an_sct_over_another_certificate_is_rejected():
    leaf = signer(
        AUTHORITY, promises=lambda _, issuer: [LOG.promise(b"another certificate", issuer)]
    )

    assert "did not sign" in rejected(leaf)


def test_an_sct_for_another_issuers_key_is_rejected():
    twin = intermediate(root(), private_key=key("another"))

    assert "did not sign" in rejected(signer(AUTHORITY), issuer=twin)


@pytest.mark.parametrize(
    "window",
    [Window(start=None, end=None), Window(start=0, end=SIGNED_AT - 1)],
)
def test_an_sct_outside_of_the_logs_window_is_rejected(window):
    log = CertificateLog(window=window)

    assert "outside of that log's window" in rejected(signer(AUTHORITY), [log])


def test_a_log_that_is_listed_twice_is_good_in_either_window():
    old = CertificateLog(window=Window(start=0, end=SIGNED_AT - 1))

    assert verified(signer(AUTHORITY), [old, LOG]) is None


@pytest.mark.parametrize("hashed", [2, 5, 6])
def test_an_sct_by_another_hash_is_rejected(hashed):
    assert "SCT" in rejected(promising(hashed=hashed))


def test_a_time_that_no_calendar_has_is_rejected():
    assert "SCT" in rejected(promising(at=2**53))


def test_more_scts_than_anyone_needs_are_not_read():
    leaf = signer(AUTHORITY, logs=[LOG] * (MAX_SCTS + 1))

    assert "at most" in rejected(leaf)
