"""Statements: of the two known types, about whatever they say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import Envelope
from imprint.attestations.reading.statements import PAYLOAD_TYPE, read_statement
from imprint.refusals import Malformed
from tests.support.attested import PROVENANCE_STATEMENT, PUBLISH_STATEMENT, SHA512

SAID = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "pkg:npm/rocket@1.2.0", "digest": {"sha512": SHA512}}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {"runDetails": {}},
}


def envelope(payload, payload_type=PAYLOAD_TYPE):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Envelope(payload_type=payload_type, payload=raw, signature=b"s", unverified_key_id="")


def refused(payload, payload_type=PAYLOAD_TYPE):
    with pytest.raises(Malformed) as caught:
        read_statement(envelope(payload, payload_type))
    assert caught.value.code == "FORMAT"
    return caught.value.message


def test_a_statement_is_read():
    statement = read_statement(envelope(SAID))

    assert statement.type == SAID["_type"]
    assert statement.predicate_type == SAID["predicateType"]
    assert [subject.name for subject in statement.subjects] == ["pkg:npm/rocket@1.2.0"]
    assert dict(statement.subjects[0].digests) == {"sha512": SHA512}
    assert statement.predicate == {"runDetails": {}}


@pytest.mark.parametrize("payload", [PROVENANCE_STATEMENT, PUBLISH_STATEMENT])
def test_both_types_of_statement_are_known(payload):
    assert read_statement(envelope(payload)).subjects[0].digests["sha512"] == SHA512


@pytest.mark.parametrize("subject", [None, []])
def test_a_statement_may_be_about_nothing(subject):
    # That npm's are about exactly one thing is a rule of documents.
    assert read_statement(envelope({**SAID, "subject": subject})).subjects == ()


def test_a_subject_may_lack_a_name_and_digests():
    (subject,) = read_statement(envelope({**SAID, "subject": [{}]})).subjects

    assert (subject.name, dict(subject.digests)) == ("", {})


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({**SAID, "_type": None}, "`_type` of the statement is ``"),
        ({**SAID, "_type": "https://in-toto.io/Statement/v2"}, "`_type` of the statement is"),
        ({**SAID, "_type": ["https://in-toto.io/Statement/v1"]}, "`_type` is a list"),
        ({**SAID, "predicateType": ""}, "`predicateType` is missing"),
        ({**SAID, "predicate": []}, "`predicate` is a list"),
        ({**SAID, "subject": {}}, "`subject` is an object"),
        ({**SAID, "subject": ["x"]}, "a subject is `x`"),
        ({**SAID, "subject": [{"name": 1}]}, "`name` is `1`"),
        ({**SAID, "subject": [{"digest": {"sha512": 1}}]}, "digest `sha512` of a subject"),
        ({**SAID, "subject": [{}] * 1025}, "`subject` has `1025` items"),
        (b"[]", "is not a JSON object"),
        (b'{"_type":1,"_type":2}', "twice"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "is nested too deeply"),
    ],
)
def test_anything_else_is_malformed(payload, message):
    assert message in refused(payload)


def test_another_payload_is_no_statement():
    assert "`payloadType` is `text/plain`" in refused(SAID, "text/plain")


@given(payload=st.binary())
def test_no_payload_is_too_strange(payload):
    refused(payload)
