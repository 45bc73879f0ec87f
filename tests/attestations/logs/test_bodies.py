"""A log entry's body says what was signed, by which key: each kind in its own words."""

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.bundles import LogEntry
from imprint.attestations.logs.bodies import Hashed, read_body
from imprint.refusals import Malformed
from tests.authority.keys import curve_key, pem, spki

KEY = curve_key("bodies", "signer").public_key()
DIGEST = hashlib.sha256(b"signed")
HEX = {"algorithm": "sha256", "value": DIGEST.hexdigest()}


def text64(raw):
    return base64.b64encode(raw).decode()


BASE64 = {"algorithm": "SHA2_256", "digest": text64(DIGEST.digest())}
KEY_OF_V2 = {"keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": {"rawBytes": text64(spki(KEY))}}
SIGNATURE, VERIFIER = text64(b"signature"), text64(pem(KEY))

SPECS: dict[tuple[str, str], dict[str, object]] = {
    ("intoto", "0.0.2"): {
        "content": {
            "envelope": {
                "payloadType": "x",
                "signatures": [{"sig": text64(SIGNATURE.encode()), "publicKey": VERIFIER}],
            },
            "hash": {"algorithm": "sha256", "value": "of the client's spelling"},
            "payloadHash": HEX,
        }
    },
    ("dsse", "0.0.1"): {
        "envelopeHash": {"algorithm": "sha256", "value": "of the client's spelling"},
        "payloadHash": HEX,
        "signatures": [{"signature": SIGNATURE, "verifier": VERIFIER}],
    },
    ("hashedrekord", "0.0.1"): {
        "data": {"hash": HEX},
        "signature": {"content": SIGNATURE, "publicKey": {"content": VERIFIER}},
    },
    ("dsse", "0.0.2"): {
        "dsseV002": {
            "payloadHash": BASE64,
            "signatures": [{"content": SIGNATURE, "verifier": KEY_OF_V2}],
        }
    },
    ("hashedrekord", "0.0.2"): {
        "hashedRekordV002": {
            "data": BASE64,
            "signature": {"content": SIGNATURE, "verifier": KEY_OF_V2},
        }
    },
}


def entry(kind, spec):
    name, version = kind
    body = {"kind": name, "apiVersion": version, "spec": spec}
    return entry_of(json.dumps(body).encode(), name, version)


def entry_of(body, kind="dsse", version="0.0.1"):
    return LogEntry(
        log_id=b"log",
        log_index=7,
        kind=kind,
        kind_version=version,
        integrated_time=0,
        promise=None,
        proof=None,
        body=body,
    )


def refused(found):
    with pytest.raises(Malformed) as caught:
        read_body(found)
    assert caught.value.code == "BODY"
    assert caught.value.message.startswith("log entry `7`: ")
    return caught.value.message


@pytest.mark.parametrize("kind", SPECS, ids=" ".join)
def test_every_kind_is_read(kind):
    found = read_body(entry(kind, SPECS[kind]))

    assert found.hashed is (Hashed.SIGNED if kind[0] == "hashedrekord" else Hashed.PAYLOAD)
    assert (found.algorithm, found.digest) == ("sha256", DIGEST.digest())
    assert found.signature == b"signature"
    assert found.verifier == spki(KEY)


@pytest.mark.parametrize("kind", SPECS, ids=" ".join)
def test_the_bundle_has_to_say_the_kind_that_is_logged(kind):
    found = entry_of(entry(kind, SPECS[kind]).body, "dsse", "0.0.3")

    assert "and the bundle says `dsse 0.0.3`" in refused(found)


def test_other_kinds_are_not_read():
    assert "expected one of `intoto 0.0.2`" in refused(entry(("rfc3161", "0.0.1"), {}))


def spec_of(kind, *path, value):
    spec = json.loads(json.dumps(SPECS[kind]))
    *parents, name = path
    at = spec
    for parent in parents:
        at = at[parent]
    at[name] = value
    return entry(kind, spec)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (spec_of(("dsse", "0.0.1"), "signatures", value=[]), "`signatures` is empty"),
        (
            spec_of(("dsse", "0.0.1"), "signatures", value=[{}, {}]),
            "`signatures` has `2` items",
        ),
        (
            spec_of(("dsse", "0.0.1"), "payloadHash", "algorithm", value="md5"),
            "the hash `md5` is not one of SHA-2",
        ),
        (
            spec_of(("dsse", "0.0.1"), "payloadHash", "value", value="AB"),
            "the hash `sha256` is not one of SHA-2 in hex",
        ),
        (
            spec_of(("dsse", "0.0.1"), "payloadHash", "value", value="zz"),
            "the hash `sha256` is not one of SHA-2 in hex",
        ),
        (
            spec_of(("dsse", "0.0.1"), "signatures", 0, "verifier", value=text64(b"PEM")),
            "the verifier is not one certificate or public key",
        ),
        (
            spec_of(("dsse", "0.0.1"), "signatures", 0, "verifier", value=text64(pem(KEY) * 2)),
            "the verifier is not one certificate or public key",
        ),
        (
            spec_of(
                ("intoto", "0.0.2"),
                "content",
                "envelope",
                "signatures",
                0,
                "sig",
                value=text64(b"!"),
            ),
            "`sig` is not base64 within base64",
        ),
        (
            spec_of(("hashedrekord", "0.0.2"), "hashedRekordV002", value=None),
            "`hashedRekordV002` is missing",
        ),
        (
            spec_of(
                ("hashedrekord", "0.0.2"), "hashedRekordV002", "data", "algorithm", value="MD5"
            ),
            "the hash is `MD5`",
        ),
        (
            spec_of(
                ("hashedrekord", "0.0.2"),
                "hashedRekordV002",
                "signature",
                "verifier",
                "x509Certificate",
                value={"rawBytes": SIGNATURE},
            ),
            "`verifier` has not exactly one of",
        ),
        (entry_of(b"{}"), "`kind` is missing"),
        (entry_of(b"\xff"), "is not UTF-8"),
        (entry_of(b'{"a":' * 13 + b"1" + b"}" * 13), "is nested too deeply"),
    ],
)
def test_anything_else_is_malformed(found, message):
    assert message in refused(found)


@given(kind=st.sampled_from(list(SPECS)), body=st.binary())
def test_no_body_is_too_strange(kind, body):
    refused(entry_of(body, *kind))


JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(
    kind=st.sampled_from(list(SPECS)),
    name=st.sampled_from(
        [
            "data",
            "signature",
            "content",
            "payloadHash",
            "signatures",
            "dsseV002",
            "hashedRekordV002",
        ]
    ),
    value=JSON,
)
def test_no_part_of_a_body_is_too_strange(kind, name, value):
    spec = {**SPECS[kind], name: value}

    try:
        found = read_body(entry(kind, spec))
    except Malformed as err:
        assert err.code == "BODY"  # noqa: PT017 - both ends are good ones
    else:
        assert found.signature == b"signature"
