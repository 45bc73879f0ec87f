"""Asking when a signature was seen: an answer that verifies, and those that are not answers."""

import pytest

from imprint.attestations.proof import VerifiedTime
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.timestamps import verify_timestamp
from imprint.refusals import Malformed, Unavailable
from imprint.upstream.fetch import Fetcher
from imprint.upstream.sigstore.timestamps import ask_for_timestamp
from tests.authority.authority import Authority
from tests.authority.documents import trusted_root
from tests.authority.log import canonical
from tests.authority.server import AuthorityServer
from tests.support.answering import answering

pytestmark = pytest.mark.anyio

NOW = 1_772_366_400.0


@pytest.fixture(scope="module")
def face():
    with AuthorityServer(Authority(), clock=lambda: NOW) as running:
        yield running


async def asked(url, signature=b"a signature"):
    async with Fetcher() as fetcher:
        return await ask_for_timestamp(fetcher, url, signature)


async def test_an_authority_says_when_it_saw_a_signature(face):
    raw = await asked(f"{face.address}/api/v1/timestamp")

    root = read_trusted_root(canonical(trusted_root(face.authority)))
    verified = verify_timestamp(raw, signed=b"a signature", authorities=root.timestamp_authorities)
    assert isinstance(verified, VerifiedTime), verified
    assert verified.moment == NOW


async def test_an_answer_about_another_signature_is_malformed(face):
    other = face.authority.timestamps.stamp(b"another", now=NOW)

    with answering(body=other) as server, pytest.raises(Malformed) as caught:
        await asked(server.url)

    assert caught.value.code == "malformed-sigstore-answer"
    assert "messageImprint" in caught.value.message


@pytest.mark.parametrize("body", [b"", b"{}", b"0\x03\x02\x01\x02", b"<html></html>"])
async def test_an_answer_that_is_no_timestamp_is_malformed(body):
    with answering(body=body) as server, pytest.raises(Malformed) as caught:
        await asked(server.url)

    assert caught.value.code == "malformed-sigstore-answer"


async def test_an_authority_that_refuses_is_said_to():
    with answering(status=400, body=b"no") as server, pytest.raises(Unavailable) as caught:
        await asked(server.url)

    assert caught.value.code == "sigstore-refused"
