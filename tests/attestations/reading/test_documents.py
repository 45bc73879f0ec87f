"""npm's documents: one bundle that cannot be read hides no other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import MAX_BUNDLE_BYTES, Bundle
from imprint.attestations.reading.documents import Document, parse_document, parse_stored
from imprint.refusals import Malformed
from tests.authority.bundles import document_of
from tests.authority.statements import PROVENANCE, PUBLISH
from tests.support.attested import REGISTRY, read, whole

PUBLISHED = whole(signer=REGISTRY)
BUILT = whole()


def refused(raw):
    with pytest.raises(Malformed) as caught:
        parse_document(raw)
    assert caught.value.code == "FORMAT"
    return caught.value.message


def listing(*attestations):
    return json.dumps({"attestations": attestations}).encode()


def test_a_document_is_read_in_its_order():
    document = parse_document(json.dumps(document_of(PUBLISHED, BUILT)).encode())

    assert [found.unverified_predicate_type for found in document.attestations] == [
        PUBLISH,
        PROVENANCE,
    ]
    assert [found.bundle for found in document.attestations] == [read(PUBLISHED), read(BUILT)]


def test_a_document_may_be_empty():
    assert parse_document(b'{"attestations":[]}') == Document(attestations=())


def test_what_else_npm_serves_is_passed_over():
    raw = listing({"predicateType": PROVENANCE, "bundle": BUILT, "signedAccessSignatureUrl": "x"})

    assert isinstance(parse_document(raw).attestations[0].bundle, Bundle)


@pytest.mark.parametrize(
    ("attestation", "message"),
    [
        (None, "an attestation is `null`"),
        ([], "an attestation is a list"),
        ({"bundle": BUILT}, "`predicateType` is missing"),
        ({"predicateType": 7, "bundle": BUILT}, "`predicateType` is `7`"),
        ({"predicateType": PROVENANCE}, "`bundle` is missing"),
        ({"predicateType": PROVENANCE, "bundle": {}}, "`mediaType` is missing"),
    ],
)
def test_an_attestation_that_cannot_be_read_hides_no_other(attestation, message):
    good = {"predicateType": PROVENANCE, "bundle": BUILT}

    bad, read_well = parse_document(listing(attestation, good)).attestations

    assert isinstance(bad.bundle, Malformed)
    assert message in bad.bundle.message
    assert read_well.bundle == read(BUILT)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is not JSON"),
        (b"{}", "`attestations` is `null`"),
        (b'{"attestations":{}}', "`attestations` is an object"),
        (b'{"attestations":[' + b"1," * 16 + b"1]}", "`attestations` has `17` items"),
        (b" " * (4 * 1024 * 1024 + 1), "bytes: at most"),
        (b'{"attestations":[],"attestations":[]}', "twice"),
    ],
)
def test_what_is_no_document_is_malformed(raw, message):
    assert message in refused(raw)


def test_a_file_is_a_document_or_a_single_bundle():
    assert isinstance(parse_stored(listing()), Document)
    assert parse_stored(json.dumps(BUILT).encode()) == read(BUILT)


def test_a_single_bundle_is_no_larger_for_being_in_a_file():
    raw = json.dumps({**BUILT, "more": "x" * MAX_BUNDLE_BYTES}).encode()

    with pytest.raises(Malformed, match="the bundle has"):
        parse_stored(raw)


@given(raw=st.binary())
def test_no_bytes_are_too_strange(raw):
    refused(raw)
