"""Bundles are read strictly: every generation there was, and nothing else."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import (
    MAX_BUNDLE_BYTES,
    CertificateMaterial,
    Envelope,
    KeyMaterial,
    MessageSignature,
)
from imprint.attestations.reading.bundles import parse_bundle
from imprint.refusals import Malformed
from tests.authority.bundles import CURRENT, PROMISED, PROVED, REKOR_V2, SECOND
from tests.support.attested import PROVENANCE_STATEMENT, REGISTRY, stand_in, whole

TEXT = base64.b64encode(b"bytes").decode()


def bundle(*, without=(), **changes):
    """A whole bundle of the current generation; `a__b` names a member within another one."""
    document = whole(generation=CURRENT)
    for path, value in changes.items():
        *parents, name = path.split("__")
        place(document, parents)[name] = value
    for path in without:
        *parents, name = path.split("__")
        del place(document, parents)[name]
    return document


def place(document, parents):
    for parent in parents:
        document = document[int(parent)] if parent.isdecimal() else document[parent]
    return document


def refused(raw):
    with pytest.raises(Malformed) as caught:
        parse_bundle(raw if isinstance(raw, (bytes, str)) else json.dumps(raw))
    assert caught.value.code == "FORMAT"
    assert caught.value.message.isprintable()
    assert caught.value.message.isascii()
    return caught.value.message


@pytest.mark.parametrize(
    ("generation", "version", "certificates"),
    [(PROMISED, (0, 1), 3), (PROVED, (0, 1), 1), (SECOND, (0, 2), 1), (CURRENT, (0, 3), 1)],
)
def test_every_generation_is_read(generation, version, certificates):
    found = parse_bundle(json.dumps(whole(generation=generation)))

    assert found.version == version
    assert isinstance(found.material, CertificateMaterial)
    assert len(found.material.certificates) == certificates
    assert isinstance(found.content, Envelope)
    assert found.content.payload == PROVENANCE_STATEMENT


def test_bytes_and_text_are_the_same():
    raw = json.dumps(bundle())

    assert parse_bundle(raw) == parse_bundle(raw.encode())


def test_version_three_has_two_names():
    old = bundle(mediaType="application/vnd.dev.sigstore.bundle+json;version=0.3")

    assert parse_bundle(json.dumps(old)).version == (0, 3)


@pytest.mark.parametrize("version", ["0.1", "0.2", "0.3"])
def test_a_key_hint_may_be_in_every_version(version):
    document = whole(signer=REGISTRY)
    document["mediaType"] = f"application/vnd.dev.sigstore.bundle+json;version={version}"

    assert parse_bundle(json.dumps(document)).material == KeyMaterial(hint=REGISTRY.hint)


def test_zeros_that_are_left_out_are_zeros():
    document = bundle(
        without=[
            "verificationMaterial__tlogEntries__0__logIndex",
            "verificationMaterial__tlogEntries__0__inclusionProof__logIndex",
            "verificationMaterial__tlogEntries__0__inclusionPromise",
            "dsseEnvelope__payload",
            "dsseEnvelope__signatures__0__keyid",
        ]
    )
    document["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = None

    found = parse_bundle(json.dumps(document))

    assert found.entries[0].log_index == 0
    assert found.entries[0].proof.log_index == 0
    assert found.entries[0].promise is None
    assert found.entries[0].integrated_time == 0
    assert found.content.payload == b""
    assert found.content.unverified_key_id == ""


@pytest.mark.parametrize("value", [7, "7"])
def test_an_integer_is_a_number_or_a_text(value):
    found = parse_bundle(json.dumps(bundle(verificationMaterial__tlogEntries__0__logIndex=value)))

    assert found.entries[0].log_index == 7


@pytest.mark.parametrize(
    "value", [-1, "-1", "07", "1e3", "", " 7", 7.0, True, [], 2**63, "\N{ARABIC-INDIC DIGIT SEVEN}"]
)
def test_other_integers_are_malformed(value):
    message = refused(bundle(verificationMaterial__tlogEntries__0__logIndex=value))

    assert message.startswith("`logIndex` is ")


def test_what_nobody_here_knows_is_passed_over():
    document = bundle()

    old = {**document, "verificationData": {"tlogEntries": 3}}

    assert parse_bundle(json.dumps(old)) == parse_bundle(json.dumps(document))


def test_a_message_signature_is_read():
    document = bundle(without=["dsseEnvelope"])
    digest = {"algorithm": "SHA2_256", "digest": TEXT}
    document["messageSignature"] = {"messageDigest": digest, "signature": TEXT}

    assert parse_bundle(json.dumps(document)).content == MessageSignature(
        digest_algorithm="SHA2_256", digest=b"bytes", signature=b"bytes"
    )


def test_timestamps_are_read():
    assert len(parse_bundle(json.dumps(whole(generation=REKOR_V2))).timestamps) == 1


@pytest.mark.parametrize(
    ("changes", "without", "message"),
    [
        ({"mediaType": "x;version=0.4"}, [], "`mediaType` is `x;version=0.4`"),
        ({}, ["mediaType"], "`mediaType` is missing"),
        ({}, ["verificationMaterial"], "`verificationMaterial` is missing"),
        ({}, ["verificationMaterial__certificate"], "not exactly one of a certificate, a chain"),
        (
            {"verificationMaterial__publicKey": {"hint": "x"}},
            [],
            "not exactly one of a certificate, a chain",
        ),
        (
            {"mediaType": "application/vnd.dev.sigstore.bundle+json;version=0.2"},
            [],
            "`certificate` is in a bundle before 0.3",
        ),
        (
            {"verificationMaterial__x509CertificateChain": {"certificates": []}},
            ["verificationMaterial__certificate"],
            "`x509CertificateChain` is in a bundle of 0.3",
        ),
        ({"verificationMaterial__certificate__rawBytes": "!"}, [], "`rawBytes` is `!`"),
        ({"verificationMaterial__certificate__rawBytes": ""}, [], "`rawBytes` is missing"),
        (
            {"verificationMaterial__certificate__rawBytes": "AAAA" * 5_462},
            [],
            "`rawBytes` has `16386` bytes",
        ),
        ({"messageSignature": {"signature": TEXT}}, [], "not exactly one of `dsseEnvelope`"),
        ({}, ["dsseEnvelope"], "not exactly one of `dsseEnvelope`"),
        ({"dsseEnvelope__signatures": []}, [], "the envelope has `0` signatures"),
        ({"dsseEnvelope__signatures": [{}, {}]}, [], "the envelope has `2` signatures"),
        ({"dsseEnvelope__signatures": {"sig": TEXT}}, [], "`signatures` is an object"),
        ({"dsseEnvelope__payloadType": ""}, [], "`payloadType` is missing"),
        ({"dsseEnvelope__payloadType": 7}, [], "`payloadType` is `7`, expected a text"),
        ({"dsseEnvelope__payload": "a b="}, [], "`payload` is `a b=`, expected base64"),
        ({"dsseEnvelope__signatures__0__sig": ""}, [], "`sig` is missing"),
        ({"verificationMaterial__tlogEntries": [None]}, [], "`tlogEntries` is `null`"),
        ({"verificationMaterial__tlogEntries": [{}] * 17}, [], "`tlogEntries` has `17` items"),
        (
            {"verificationMaterial__tlogEntries__0__inclusionProof__hashes": [TEXT] * 65},
            [],
            "`hashes` has `65` items",
        ),
        ({}, ["verificationMaterial__tlogEntries__0__logId"], "`logId` is missing"),
        (
            {},
            ["verificationMaterial__tlogEntries__0__canonicalizedBody"],
            "`canonicalizedBody` is missing",
        ),
        (
            {
                "verificationMaterial__timestampVerificationData": {
                    "rfc3161Timestamps": [{"signedTimestamp": TEXT}] * 33
                }
            },
            [],
            "`rfc3161Timestamps` has `33` items",
        ),
    ],
)
def test_anything_else_is_malformed(changes, without, message):
    assert message in refused(bundle(without=without, **changes))


def test_a_chain_is_not_empty_and_not_long():
    document = whole(generation=SECOND)
    chain = document["verificationMaterial"]["x509CertificateChain"]
    listed = chain["certificates"]
    chain["certificates"] = []
    assert "`certificates` is empty" in refused(document)

    chain["certificates"] = listed * 9
    assert "`certificates` has `9` items" in refused(document)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b"\xff", "is not UTF-8"),
        ("\ud800", "is not UTF-8"),
        (b'{"a":1,"a":2}', "has the name `a` twice"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "is nested too deeply"),
        (b'{"a":' * 60_000, "has `300000` bytes"),
        ("x" * (MAX_BUNDLE_BYTES + 1), "bytes, expected at most"),
    ],
)
def test_what_is_no_json_object_is_malformed(raw, message):
    assert message in refused(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PATHS = [
    "mediaType",
    "verificationMaterial",
    "verificationMaterial__certificate",
    "verificationMaterial__tlogEntries",
    "verificationMaterial__tlogEntries__0__logId",
    "verificationMaterial__tlogEntries__0__kindVersion",
    "verificationMaterial__tlogEntries__0__inclusionPromise",
    "verificationMaterial__tlogEntries__0__inclusionProof",
    "verificationMaterial__tlogEntries__0__inclusionProof__hashes",
    "verificationMaterial__tlogEntries__0__inclusionProof__checkpoint",
    "verificationMaterial__timestampVerificationData",
    "dsseEnvelope",
    "dsseEnvelope__signatures",
    "dsseEnvelope__signatures__0__sig",
]


@given(path=st.sampled_from(PATHS), value=JSON)
def test_whatever_stands_anywhere_it_is_a_bundle_or_malformed(path, value):
    try:
        found = parse_bundle(json.dumps(bundle(**{path: value})))
    except Malformed as err:
        assert err.code == "FORMAT"  # noqa: PT017 - both ends are good ones
    else:
        assert found.version == (0, 3)


@given(raw=st.binary() | st.text())
def test_no_input_is_too_strange(raw):
    refused(raw)


def test_two_stand_ins_of_one_seed_have_one_certificate_authority():
    # What the other tests rest on: a domain believes the bundles of another stand-in of its seed.
    one, other = stand_in(), stand_in()

    assert one.log.log_id == other.log.log_id
    assert one.timestamps.certificate == other.timestamps.certificate
