"""Signed timestamps: whose count, for what, and when."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.proof import TimeSource, VerifiedTime
from imprint.attestations.roots import Window
from imprint.attestations.timestamp_shapes import IssuerAndSerialNumber
from imprint.attestations.timestamp_tokens import MAX_TIMESTAMP_BYTES
from imprint.attestations.timestamps import verify_timestamp
from tests.attestations.authorities import (
    CONTENT_TYPE_OID,
    DATA_OID,
    ECDSA_SHA384_OID,
    MESSAGE_DIGEST_OID,
    RSA_OID,
    SHA1_OID,
    SHA384_OID,
    SIGNED_AT,
    SIGNING_CERTIFICATE_OID,
    TSTINFO_OID,
    attribute,
    authority,
    intermediate,
    key,
    names_certificate,
    root,
    stamp,
    timestamp_info,
    timestamper,
    value,
)

SIGNED = b"a signature"
ROOT = root()
INTERMEDIATE = intermediate(ROOT)
TIMESTAMPER = timestamper(INTERMEDIATE)
AUTHORITY = authority(TIMESTAMPER, INTERMEDIATE, ROOT)
WITHOUT_LEAF = authority(INTERMEDIATE, ROOT)
VERIFIED = VerifiedTime(moment=SIGNED_AT, source=TimeSource.TIMESTAMP_AUTHORITY)


def verified(raw, *authorities):
    return verify_timestamp(raw, signed=SIGNED, authorities=authorities or (AUTHORITY,))


def rejected(raw, *authorities):
    rejection = verified(raw, *authorities)
    assert isinstance(rejection, Rejection)
    assert rejection.code == Code.TSA
    return rejection.message


def stamped(by=TIMESTAMPER, **changes):
    return stamp(SIGNED, by, **changes)


def test_a_trusted_authority_says_when_it_saw_the_signature():
    assert verified(stamped()) == VERIFIED


@pytest.mark.parametrize("status", [0, 1])
def test_a_granted_timestamp_counts_with_modifications_too(status):
    assert verified(stamped(status=status)) == VERIFIED


def test_fractions_of_a_second_are_kept():
    assert verified(stamped(at=SIGNED_AT + 0.25)).moment == SIGNED_AT + 0.25


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA-2048", "Ed25519"])
def test_each_kind_of_key_signs_timestamps(kind):
    by = timestamper(INTERMEDIATE, private_key=key("timestamper", kind))

    assert verified(stamped(by), authority(by, INTERMEDIATE, ROOT)) == VERIFIED


def test_digests_may_be_longer():
    raw = stamped(hashed=SHA384_OID, digest_algorithm=SHA384_OID)

    assert verified(raw) == VERIFIED


def test_a_certificate_that_came_along_is_the_trusted_one():
    assert verified(stamped(embedded=[TIMESTAMPER.certificate])) == VERIFIED


def test_a_certificate_that_came_along_may_be_issued_by_the_trusted_one():
    raw = stamped(embedded=[ROOT.certificate, TIMESTAMPER.certificate])

    assert verified(raw, WITHOUT_LEAF) == VERIFIED


def test_a_key_identifier_names_a_certificate_too():
    identifier = x509.SubjectKeyIdentifier(b"by identifier")
    by = timestamper(INTERMEDIATE, more=[(identifier, False)])

    assert verified(stamped(by, named=b"by identifier"), authority(by, ROOT)) == VERIFIED
    assert "no authority" in rejected(stamped(by, named=b"another"), authority(by, ROOT))


def test_authorities_that_share_a_name_are_each_tried():
    twin = timestamper(INTERMEDIATE, private_key=key("another"))

    assert verified(stamped(), authority(twin, INTERMEDIATE), AUTHORITY) == VERIFIED


@pytest.mark.parametrize(
    "attributed",
    [
        names_certificate(TIMESTAMPER.certificate),
        names_certificate(
            TIMESTAMPER.certificate,
            hashed=SHA384_OID,
            digest=hashlib.sha384(TIMESTAMPER.der).digest(),
        ),
        names_certificate(
            TIMESTAMPER.certificate,
            oid=SIGNING_CERTIFICATE_OID,
            digest=hashlib.sha1(TIMESTAMPER.der).digest(),
        ),
    ],
)
def test_an_attribute_that_names_the_signers_certificate_holds(attributed):
    assert verified(stamped(more=[attributed])) == VERIFIED


@pytest.mark.parametrize(
    "attributed",
    [
        names_certificate(INTERMEDIATE.certificate),
        names_certificate(TIMESTAMPER.certificate, hashed=SHA1_OID),
        names_certificate(TIMESTAMPER.certificate, oid=SIGNING_CERTIFICATE_OID),
    ],
)
def test_an_attribute_that_names_another_certificate_is_rejected(attributed):
    assert "another certificate" in rejected(stamped(more=[attributed]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": 2}, "was not granted"),
        ({"status": -1}, "was not granted"),
        ({"token_kind": DATA_OID}, "is no signed TSTInfo"),
        ({"content_kind": DATA_OID}, "is no signed TSTInfo"),
        ({"signers": 0}, "has `0` signers, expected one"),
        ({"signers": 2}, "has `2` signers, expected one"),
        ({"version": 2}, "has version `2`, expected 1"),
        ({"extensions": []}, "has extensions, which nobody here understands"),
        ({"info": b"\x30\x00"}, "is not a TSTInfo in DER"),
        ({"hashed": SHA1_OID}, "is over a digest of another kind"),
        ({"digest_algorithm": SHA1_OID}, "is signed over another digest"),
        ({"info": timestamp_info(b"another")}, "is over something else than this signature"),
        ({"signature": b""}, "is signed by no authority"),
        ({"signature": b"nonsense"}, "is signed by no authority"),
        ({"signature_algorithm": RSA_OID}, "is signed by no authority"),
        ({"signature_algorithm": ECDSA_SHA384_OID}, "is signed by no authority"),
        ({"signature_algorithm": DATA_OID}, "is signed by no authority"),
    ],
)
def test_what_is_no_good_timestamp_is_rejected(changes, message):
    assert message in rejected(stamped(**changes))


CONTENT_TYPE = attribute(CONTENT_TYPE_OID, asn1.encode_der(TSTINFO_OID))
DIGEST = asn1.encode_der(hashlib.sha256(timestamp_info(SIGNED)).digest())
MESSAGE_DIGEST = attribute(MESSAGE_DIGEST_OID, DIGEST)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ([MESSAGE_DIGEST], "is not of a kind in DER"),
        ([CONTENT_TYPE], "is not over a digest in DER"),
        (
            [attribute(CONTENT_TYPE_OID, asn1.encode_der(DATA_OID)), MESSAGE_DIGEST],
            "another kind of content",
        ),
        (
            [CONTENT_TYPE, attribute(MESSAGE_DIGEST_OID, asn1.encode_der(b"another"))],
            "another content",
        ),
        ([CONTENT_TYPE, attribute(MESSAGE_DIGEST_OID, b"\x05\x00")], "is not over a digest"),
        ([CONTENT_TYPE, MESSAGE_DIGEST, MESSAGE_DIGEST], "attribute twice"),
        ([CONTENT_TYPE, attribute(MESSAGE_DIGEST_OID)], "several values"),
        ([CONTENT_TYPE, attribute(MESSAGE_DIGEST_OID, DIGEST, DIGEST)], "several values"),
    ],
)
def test_attributes_that_do_not_bind_the_content_are_rejected(attributes, message):
    assert message in rejected(stamped(attributes=attributes))


@pytest.mark.parametrize("authorities", [(authority(),), (authority(ROOT),), (WITHOUT_LEAF,)])
def test_a_timestamp_of_no_trusted_authority_is_rejected(authorities):
    assert "is signed by no authority" in rejected(stamped(), *authorities)


def test_a_stranger_that_brings_its_own_certificates_is_rejected():
    top = root(private_key=key("stranger"))
    by = timestamper(top, private_key=key("stranger"), serial=TIMESTAMPER.certificate.serial_number)
    raw = stamped(by, embedded=[by.certificate, top.certificate])

    assert "is signed by no authority" in rejected(raw)
    assert "is signed by no authority" in rejected(raw, WITHOUT_LEAF)


def test_a_certificate_that_came_along_does_not_replace_the_trusted_one():
    other = timestamper(INTERMEDIATE, private_key=key("another"))

    assert "no authority" in rejected(stamped(other, embedded=[other.certificate]))


@pytest.mark.parametrize(
    ("issuer", "serial_number"),
    [(ROOT, TIMESTAMPER.certificate.serial_number), (INTERMEDIATE, 1)],
    ids=["another issuer", "another number"],
)
def test_a_signer_that_is_named_otherwise_is_rejected(issuer, serial_number):
    name = value(issuer.certificate.subject.public_bytes())

    named = IssuerAndSerialNumber(issuer=name, serial_number=serial_number)

    assert "is signed by no authority" in rejected(stamped(named=named))


@pytest.mark.parametrize(
    "changes",
    [
        {"critical": False},
        {"purposes": [ExtendedKeyUsageOID.CODE_SIGNING]},
        {"purposes": [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING]},
        {"more": [(x509.OCSPNoCheck(), True)]},
    ],
)
def test_a_certificate_that_is_not_for_timestamps_alone_is_rejected(changes):
    by = timestamper(INTERMEDIATE, **changes)

    assert "for timestamps alone" in rejected(stamped(by), authority(by, INTERMEDIATE, ROOT))


def test_an_authoritys_own_key_signs_no_timestamps():
    raw = stamped(INTERMEDIATE, embedded=[INTERMEDIATE.certificate])

    assert "is signed by no authority" in rejected(raw, WITHOUT_LEAF)
    assert "for timestamps alone" in rejected(raw, authority(ROOT))


@pytest.mark.parametrize(
    "window",
    [
        Window(start=None, end=None),
        Window(start=SIGNED_AT + 1, end=None),
        Window(start=0, end=SIGNED_AT - 1),
    ],
)
def test_an_authority_outside_of_its_window_is_rejected(window):
    stale = authority(TIMESTAMPER, INTERMEDIATE, ROOT, window=window)

    assert "not trusted at that time" in rejected(stamped(), stale)


def test_no_authority_lends_its_window_to_another():
    stale = authority(TIMESTAMPER, INTERMEDIATE, ROOT, window=Window(start=0, end=SIGNED_AT - 1))
    other = authority(timestamper(INTERMEDIATE, private_key=key("another")), INTERMEDIATE, ROOT)

    assert "not trusted at that time" in rejected(stamped(), stale, other, authority())


@pytest.mark.parametrize("expired", ["timestamper", "intermediate", "root"])
def test_a_chain_that_was_not_valid_then_is_rejected(expired):
    ended = {"end": SIGNED_AT - 1}
    top = root(**(ended if expired == "root" else {}))
    below = intermediate(top, **(ended if expired == "intermediate" else {}))
    by = timestamper(below, **(ended if expired == "timestamper" else {}))

    assert "not valid at that time" in rejected(stamped(by), authority(by, below, top))
    brought = stamped(by, embedded=[by.certificate])
    assert "not valid at that time" in rejected(brought, authority(below, top))


def test_what_is_too_long_is_not_read():
    assert "at most" in rejected(stamped() + bytes(MAX_TIMESTAMP_BYTES))


def test_bytes_after_the_end_are_rejected():
    assert "is not a TimeStampResp" in rejected(stamped() + b"\0")


def test_many_certificates_are_rejected():
    assert "has `9` certificates" in rejected(stamped(embedded=[TIMESTAMPER.certificate] * 9))


WHOLE = stamped(embedded=[TIMESTAMPER.certificate])


@st.composite
def damaged(draw):
    start = draw(st.integers(0, len(WHOLE) - 1))
    end = draw(st.integers(start + 1, min(len(WHOLE), start + 8)))
    return WHOLE[:start] + draw(st.binary(max_size=8)) + WHOLE[end:]


@given(raw=damaged() | st.binary(max_size=300))
def test_damaged_bytes_say_no_other_time(raw):
    found = verified(raw)

    match found:
        case Rejection():
            assert found.code == Code.TSA
        case _:
            assert found == VERIFIED


def test_nesting_costs_nothing():
    deep = b"\x30\x80" * 10_000

    assert "is not a TimeStampResp" in rejected(deep)
