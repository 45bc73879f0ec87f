"""Trusted roots: what is read of them, and where one is malformed."""

import hashlib

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.reading.trusted_roots import MAX_TRUSTED_ROOT_BYTES, read_trusted_root
from imprint.attestations.roots import Window
from imprint.refusals import Malformed
from tests.attestations.authorities import (
    authority_json,
    dump,
    encoded,
    intermediate,
    issue,
    key,
    log_json,
    root,
    signer_extensions,
    spki,
    timestamper,
    trusted_root_json,
)

ROOT = root()
INTERMEDIATE = intermediate(ROOT)
LOG_KEY = key("log").public_key()
WHOLE = dump(trusted_root_json())


def read(**changes):
    return read_trusted_root(dump(trusted_root_json(**changes)))


def refused(raw):
    with pytest.raises(Malformed) as caught:
        read_trusted_root(raw)
    assert caught.value.code == "malformed-trusted-root"
    return caught.value.message


def refused_with(**changes):
    return refused(dump(trusted_root_json(**changes)))


def test_authorities_and_logs_are_read_with_their_windows():
    found = read(certificateAuthorities=[authority_json(INTERMEDIATE, ROOT)])

    authority, log = found.signing_authorities[0], found.logs[0]
    assert authority.certificates == (INTERMEDIATE.loaded, ROOT.loaded)
    assert authority.window == Window(start=1_577_836_800.0, end=None)
    assert log.log_id == hashlib.sha256(spki(LOG_KEY)).digest()
    assert (log.public_key, log.base_url) == (LOG_KEY, "https://log.example.test")
    assert log.checkpoint_key_id is None
    assert len(found.timestamp_authorities) == len(found.certificate_logs) == 1


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("P-256", "PKIX_ECDSA_P256_SHA_256"),
        ("P-384", "PKIX_ECDSA_P384_SHA_384"),
        ("Ed25519", "PKIX_ED25519"),
        ("RSA-2048", "PKIX_RSA_PKCS1V15_2048_SHA256"),
    ],
)
def test_each_kind_of_log_key_is_read(kind, details):
    public_key = key("log", kind).public_key()

    assert read(tlogs=[log_json(public_key, details=details)]).logs[0].public_key == public_key


def test_a_log_of_a_kind_nobody_knows_is_passed_over():
    later = log_json(LOG_KEY, details="ML_DSA_65")

    assert [log.public_key for log in read(tlogs=[later, log_json(LOG_KEY)]).logs] == [LOG_KEY]


def test_an_authority_without_certificates_is_passed_over():
    assert len(read(timestampAuthorities=[authority_json()]).timestamp_authorities) == 0


def test_a_log_without_an_id_has_that_of_its_key():
    stated = log_json(LOG_KEY)
    del stated["logId"]

    assert read(tlogs=[stated]).logs[0].log_id == hashlib.sha256(spki(LOG_KEY)).digest()


def test_checkpoints_may_name_a_key_otherwise_than_entries_do():
    stated = log_json(LOG_KEY, checkpointKeyId={"keyId": encoded(b"\x01\x02\x03\x04")})

    assert read(tlogs=[stated]).logs[0].checkpoint_key_id == b"\x01\x02\x03\x04"


@pytest.mark.parametrize(
    ("stated", "window"),
    [
        (None, Window(start=None, end=None)),
        ({}, Window(start=None, end=None)),
        ({"end": "2021-01-01T00:00:00Z"}, Window(start=None, end=1_609_459_200.0)),
        ({"start": "2021-01-01T00:00:00.500Z"}, Window(start=1_609_459_200.5, end=None)),
        ({"start": "2021-01-01T01:00:00+01:00"}, Window(start=1_609_459_200.0, end=None)),
    ],
)
def test_a_window_is_what_was_stated(stated, window):
    found = read(certificateAuthorities=[authority_json(INTERMEDIATE, ROOT, validFor=stated)])

    assert found.signing_authorities[0].window == window


@pytest.mark.parametrize(
    "time", ["2021-01-01", "20210101T000000Z", "2021-13-01T00:00:00Z", "2021-01-01T00:00:00", "", 7]
)
def test_a_time_that_is_none_is_malformed(time):
    stated = authority_json(INTERMEDIATE, ROOT, validFor={"start": time})

    message = refused_with(certificateAuthorities=[stated])

    assert message.startswith("`certificateAuthorities[0].validFor.start` is")


def leaf_of(issuer):
    return issue("leaf", signer_extensions(), issuer=issuer)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mediaType": None}, "`mediaType` of the trusted root is not a text"),
        (
            {"mediaType": "application/json"},
            "`mediaType` of the trusted root is `application/json`",
        ),
        ({"tlogs": {}}, "`tlogs` of the trusted root is not a list"),
        ({"tlogs": ["log"]}, "`tlogs[0]` of the trusted root is not an object"),
        ({"tlogs": [log_json(LOG_KEY)] * 65}, "`tlogs` of the trusted root has `65` entries"),
        ({"tlogs": [log_json(LOG_KEY, hashAlgorithm="SHA2_512")]}, "`tlogs[0].hashAlgorithm`"),
        ({"tlogs": [log_json(LOG_KEY, baseUrl=7)]}, "`tlogs[0].baseUrl`"),
        ({"tlogs": [log_json(LOG_KEY, logId={"keyId": "AAAA"})]}, "`tlogs[0].logId`"),
        ({"tlogs": [log_json(LOG_KEY, logId={"keyId": "?"})]}, "`tlogs[0].logId.keyId`"),
        ({"tlogs": [log_json(LOG_KEY, logId={})]}, "`tlogs[0].logId.keyId`"),
        ({"tlogs": [log_json(LOG_KEY, publicKey=None)]}, "`tlogs[0].publicKey`"),
        ({"tlogs": [log_json(LOG_KEY, details="PKIX_ED25519")]}, "`tlogs[0].publicKey`"),
        (
            {"tlogs": [log_json(key("weak", "P-224").public_key())]},
            "`tlogs[0].publicKey` of the trusted root is not a key of `PKIX_ECDSA_P256_SHA_256`",
        ),
        ({"ctlogs": [{}]}, "`ctlogs[0].publicKey`"),
        ({"certificateAuthorities": [{}]}, "`certificateAuthorities[0].certChain`"),
        (
            {"certificateAuthorities": [authority_json(leaf_of(ROOT), ROOT)]},
            "certificate 0 is not one of a certificate authority",
        ),
        (
            {"certificateAuthorities": [authority_json(ROOT, INTERMEDIATE)]},
            "certificate 0 is not issued by the next one",
        ),
        (
            {
                "timestampAuthorities": [
                    authority_json(
                        timestamper(ROOT, purposes=[ExtendedKeyUsageOID.CODE_SIGNING]),
                        root(private_key=key("another")),
                    )
                ]
            },
            "`timestampAuthorities[0].certChain.certificates` of the trusted root is not a chain",
        ),
        (
            {"certificateAuthorities": [authority_json(*[ROOT] * 9)]},
            "`certificateAuthorities[0].certChain.certificates` of the trusted root has `9` entries",
        ),
        (
            {
                "certificateAuthorities": [
                    authority_json(certChain={"certificates": [{"rawBytes": "AAAA"}]})
                ]
            },
            "`certificateAuthorities[0].certChain.certificates[0]` of the trusted root cannot be used",
        ),
        (
            {"tlogs": [], "certificateAuthorities": []},
            "trusted root has neither certificate authorities nor logs to trust",
        ),
    ],
)
def test_what_is_malformed_is_named_with_its_place(changes, message):
    assert message in refused_with(**changes)


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"null", b"{", b"\xff", b'{"tlogs":[],"tlogs":[]}', b"[" * 100_000],
)
def test_what_is_no_document_is_malformed(raw):
    assert "trusted root" in refused(raw)


def test_a_file_that_is_too_long_is_not_read():
    assert "at most" in refused(WHOLE + b" " * MAX_TRUSTED_ROOT_BYTES)


@st.composite
def damaged(draw):
    start = draw(st.integers(0, len(WHOLE)))
    end = draw(st.integers(start, min(len(WHOLE), start + 20)))
    return WHOLE[:start] + draw(st.binary(max_size=20)) + WHOLE[end:]


@given(raw=damaged() | st.binary(max_size=200))
def test_damaged_bytes_are_a_trusted_root_or_malformed(raw):
    try:
        read_trusted_root(raw)
    except Malformed as err:
        refused = err.code
    else:
        refused = "malformed-trusted-root"
    assert refused == "malformed-trusted-root"
