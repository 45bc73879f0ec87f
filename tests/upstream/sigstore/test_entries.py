"""Logging an envelope: what comes back, also when it was there before, and what cannot be had."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed, Unavailable
from imprint.upstream.fetch import Fetcher
from imprint.upstream.sigstore.entries import log_envelope, read_entry
from tests.authority.authority import Authority
from tests.authority.bundles import KeySigner, envelope_of
from tests.authority.keys import pem
from tests.authority.server import AuthorityServer
from tests.support.answering import answering

pytestmark = pytest.mark.anyio

SIGNER = KeySigner()
VERIFIER = pem(SIGNER.key.public_key())


@pytest.fixture(scope="module")
def face():
    with AuthorityServer(Authority()) as running:
        yield running


def envelope(payload=b"{}"):
    return json.dumps(envelope_of(payload, SIGNER.key, key_id=SIGNER.hint)).encode()


async def logged(url, raw, *, verifier=VERIFIER):
    async with Fetcher() as fetcher:
        return await log_envelope(fetcher, url, raw, verifier)


async def test_an_envelope_is_logged_with_everything_that_a_bundle_needs(face):
    entry = await logged(face.address, envelope())

    log = face.authority.log
    kept = log.entries[int(entry["logIndex"])]
    assert base64.b64decode(entry["canonicalizedBody"]) == kept.body
    assert base64.b64decode(entry["logId"]["keyId"]) == log.log_id
    assert entry["kindVersion"] == {"kind": "dsse", "version": "0.0.1"}
    assert entry["integratedTime"] == str(kept.integrated_time)
    assert set(entry["inclusionProof"]) == {
        "logIndex",
        "rootHash",
        "treeSize",
        "hashes",
        "checkpoint",
    }
    assert entry["inclusionPromise"]["signedEntryTimestamp"]


async def test_the_same_envelope_is_logged_once_and_its_entry_fetched_after_that(face):
    raw = envelope(b'{"again": true}')

    first = await logged(face.address + "/", raw)
    second = await logged(face.address, raw)

    assert second["logIndex"] == first["logIndex"]
    assert second["canonicalizedBody"] == first["canonicalizedBody"]
    assert face.asked[-1].startswith("GET /api/v1/log/entries/")


async def test_a_log_that_refuses_is_quoted(face):
    other = envelope_of(b"{}", KeySigner().key)
    other["payload"] = "e30K"

    with pytest.raises(Unavailable) as caught:
        await logged(face.address, json.dumps(other).encode())

    assert caught.value.code == "sigstore-refused"
    assert "signature is not that key's" in caught.value.message


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_or_broken_log_can_be_asked_again(status):
    with answering(status=status) as server, pytest.raises(Unavailable) as caught:
        await logged(server.url, envelope())

    assert caught.value.code == "sigstore-unavailable"
    assert f"answered `{status}`" in caught.value.message


async def test_a_log_that_is_not_there_is_unavailable():
    with pytest.raises(Unavailable) as caught:
        await logged("http://127.0.0.1:9", envelope())

    assert caught.value.code == "sigstore-unavailable"


async def test_a_redirect_is_not_followed():
    with (
        answering(status=307, location="http://127.0.0.1:9/") as server,
        pytest.raises(Unavailable) as caught,
    ):
        await logged(server.url, envelope())

    assert "refused with `307`" in caught.value.message


@pytest.mark.parametrize("location", ["", "https://elsewhere.example.test/x", "../../secrets"])
async def test_a_conflict_without_the_name_of_an_entry_is_malformed(location):
    with answering(status=409, location=location) as server, pytest.raises(Malformed) as caught:
        await logged(server.url, envelope())

    assert caught.value.code == "malformed-sigstore-answer"


def whole(**changes):
    body = base64.b64encode(b'{"kind":"dsse","apiVersion":"0.0.1"}').decode()
    proof = {"hashes": [], "logIndex": 1, "rootHash": "00" * 32, "treeSize": 2, "checkpoint": "x"}
    entry = {
        "body": body,
        "integratedTime": 1,
        "logID": "ab" * 32,
        "logIndex": 1,
        "verification": {"signedEntryTimestamp": "AA==", "inclusionProof": proof},
    }
    return json.dumps({"f" * 80: {**entry, **changes}}).encode()


def test_an_index_of_zero_is_kept():
    assert read_entry(whole(logIndex=0))["logIndex"] == "0"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"a": {}, "b": {}}',
        b'{"a": 1}',
        whole(body="***"),
        whole(body="e30="),
        whole(body=None),
        whole(logID="AB"),
        whole(logIndex="1"),
        whole(logIndex=True),
        whole(logIndex=-1),
        whole(integratedTime=1.5),
        whole(verification=None),
        whole(verification={"signedEntryTimestamp": "AA=="}),
        whole(verification={"signedEntryTimestamp": "AA==", "inclusionProof": {"hashes": [1]}}),
    ],
)
def test_an_answer_that_is_no_entry_is_malformed(raw):
    with pytest.raises(Malformed) as caught:
        read_entry(raw)

    assert caught.value.code == "malformed-sigstore-answer"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
NAMES = ("body", "integratedTime", "logID", "logIndex", "verification")


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_an_entry_or_malformed(raw):
    with contextlib.suppress(Malformed):
        read_entry(raw)


@given(name=st.sampled_from(NAMES), value=JSON)
def test_an_entry_with_any_one_member_changed_is_one_or_malformed(name, value):
    with contextlib.suppress(Malformed):
        assert "logIndex" in read_entry(whole(**{name: value}))
