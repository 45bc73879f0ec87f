"""Signing certificates: what is read of them, and what is no certificate."""

import hashlib

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import MAX_CERTIFICATE_BYTES
from imprint.attestations.certificates import load_certificate, read_certificate
from imprint.attestations.x509.fulcio import USER_NAME
from imprint.refusals import Malformed
from tests.attestations.authorities import (
    ISSUER,
    SIGNED_AT,
    WORKFLOW,
    CertificateLog,
    fulcio,
    intermediate,
    root,
    signer,
    signer_extensions,
    text,
)

AUTHORITY = intermediate(root())
OTHER_NAME = x509.ObjectIdentifier(USER_NAME)
DER = signer(AUTHORITY).der


def read(**changes):
    leaf = signer(AUTHORITY, extensions=signer_extensions(**changes))
    return read_certificate(load_certificate(leaf.der))


def refused(der):
    with pytest.raises(Malformed) as caught:
        read_certificate(load_certificate(der))
    assert caught.value.code == "FORMAT"
    return caught.value.message


def refused_with(**changes):
    return refused(signer(AUTHORITY, extensions=signer_extensions(**changes)).der)


def test_a_certificate_says_who_signed_and_when_it_is_valid():
    found = read_certificate(load_certificate(DER))

    assert (found.issuer, found.subject) == (ISSUER, WORKFLOW)
    assert dict(found.extensions) == {1: ISSUER, 8: ISSUER, 15: "12345"}
    assert (found.not_before, found.not_after) == (SIGNED_AT - 300, SIGNED_AT + 300)
    assert found.sha256 == hashlib.sha256(DER).hexdigest()


def test_extension_8_names_the_issuer_before_extension_1():
    assert read(claims=[(1, b"https://old.example.test"), (8, text(ISSUER))]).issuer == ISSUER
    assert read(claims=[(1, b"https://old.example.test")]).issuer == "https://old.example.test"
    assert read(claims=[]).issuer == ""


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (x509.RFC822Name("dev@example.test"), "dev@example.test"),
        (x509.UniformResourceIdentifier("https://a.test/b"), "https://a.test/b"),
        (x509.OtherName(OTHER_NAME, text("dev!example.test")), "dev!example.test"),
    ],
)
def test_a_subject_is_a_uri_a_mail_address_or_a_user_name(name, subject):
    assert read(names=[name]).subject == subject


def test_a_long_text_is_read_whole():
    assert read(claims=[(9, text("x" * 127)), (10, text("y" * 300))]).extensions == {
        9: "x" * 127,
        10: "y" * 300,
    }


def test_extensions_that_nobody_documented_are_passed_over():
    found = read(more=[fulcio(7, b"\x05\x00"), fulcio(25, b"\x01\x01\xff"), fulcio("9.1", b"x")])

    assert set(found.extensions) == {1, 8, 15}


@pytest.mark.parametrize(
    "names",
    [
        [],
        [x509.UniformResourceIdentifier(WORKFLOW), x509.RFC822Name("dev@example.test")],
        [x509.DNSName("a.test")],
        [x509.UniformResourceIdentifier("")],
        [x509.OtherName(x509.ObjectIdentifier("1.2.3"), text("dev"))],
        [x509.OtherName(OTHER_NAME, b"\x04\x03dev")],
    ],
)
def test_a_certificate_with_no_one_subject_is_malformed(names):
    assert "certificate" in refused_with(names=names)


@pytest.mark.parametrize(
    "claim",
    [
        (1, b"\xff"),
        (8, b"https://not.der.test"),
        (8, b""),
        (8, b"\x0c"),
        (8, b"\x0c\x05abc"),
        (8, b"\x0c\x03abcd"),
        (8, b"\x0c\x81\x03abc"),
        (8, b"\x0c\x01\xff"),
        (8, b"\x13\x03abc"),
    ],
)
def test_an_extension_that_is_no_text_is_malformed(claim):
    assert f"extension {claim[0]}" in refused_with(claims=[claim])


def test_a_certificate_that_is_too_long_is_not_read():
    assert "at most" in refused(DER + bytes(MAX_CERTIFICATE_BYTES))


def test_bytes_after_a_certificate_are_malformed():
    assert "is not X.509" in refused(DER + b"\0")


def test_an_sct_that_the_library_cannot_read_is_malformed():
    log = CertificateLog()

    leaf = signer(AUTHORITY, promises=lambda tbs, issuer: [log.promise(tbs, issuer, hashed=99)])

    assert "is not X.509" in refused(leaf.der)


@st.composite
def damaged(draw):
    start = draw(st.integers(0, len(DER)))
    end = draw(st.integers(start, min(len(DER), start + 8)))
    return DER[:start] + draw(st.binary(max_size=8)) + DER[end:]


@given(der=damaged() | st.binary(max_size=200))
def test_damaged_bytes_are_a_certificate_or_malformed(der):
    try:
        found = read_certificate(load_certificate(der))
    except Malformed as err:
        refused = err.code
    else:
        refused = "FORMAT"
        assert found.subject
        assert found.sha256 == hashlib.sha256(der).hexdigest()
    assert refused == "FORMAT"
