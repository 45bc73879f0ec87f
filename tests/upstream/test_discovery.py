"""Discovery: an issuer speaks for itself only, and its keys come from its own host."""

import pytest

from imprint.identity.workload import Provider
from imprint.refusals import Malformed
from imprint.tokens.issuers import Issuer
from imprint.upstream.discovery import fetch_key_set
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Fetcher
from tests.support.fake_issuer import DISCOVERY, KEYS, Answer, FakeIssuer

pytestmark = pytest.mark.anyio


async def fetched(server: FakeIssuer, issuer: Issuer | None = None, **options):
    async with Fetcher() as fetcher:
        return await fetch_key_set(fetcher, issuer or server.issuer, timeout_seconds=5.0, **options)


async def malformed(server: FakeIssuer, **options) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        await fetched(server, **options)
    return caught.value.code, caught.value.message


async def test_keys_are_found_by_discovery():
    async with FakeIssuer() as server:
        keys = await fetched(server)

    assert list(keys.keys) == ["key-1"]
    assert server.requests == [DISCOVERY, KEYS]


async def test_an_issuer_with_a_path_has_its_document_below_it():
    async with FakeIssuer() as server:
        url = f"{server.url}/acme/"
        server.document(issuer=url)
        server.answers[f"/acme{DISCOVERY}"] = server.answers.pop(DISCOVERY)

        await fetched(server, Issuer(name="acme", url=url, provider=Provider.GENERIC))

    assert server.requests == [f"/acme{DISCOVERY}", KEYS]


@pytest.mark.case("C06")
@pytest.mark.parametrize("jwks_uri", [None, "", 7, ["x"]])
async def test_a_document_without_a_key_url_is_malformed(jwks_uri):
    async with FakeIssuer() as server:
        server.document(jwks_uri=jwks_uri)

        assert await malformed(server) == (
            "malformed-discovery",
            "discovery document has no `jwks_uri`, expected the URL of the keys",
        )


@pytest.mark.case("C09")
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b'{"issuer":1,"issuer":2}'])
async def test_a_document_that_is_no_json_object_is_malformed(body):
    async with FakeIssuer() as server:
        server.answers[DISCOVERY] = Answer(body)

        assert (await malformed(server))[0] == "malformed-discovery"


@pytest.mark.case("C11", "C13")
@pytest.mark.parametrize(
    "jwks_uri",
    [
        "https://evil.example.test/keys",
        "http://127.0.0.1:1/keys",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/keys",
        "file:///etc/passwd",
        "/keys",
        "http://[",
    ],
)
async def test_keys_on_another_host_are_refused(jwks_uri):
    async with FakeIssuer() as server:
        server.document(jwks_uri=jwks_uri)

        assert await malformed(server) == (
            "malformed-discovery",
            f"`jwks_uri` is `{jwks_uri}`, expected one on the host of `{server.url}`",
        )
        assert server.requests == [DISCOVERY]


@pytest.mark.case("C11")
async def test_keys_on_a_host_that_an_administrator_named_are_fetched_from_there():
    async with FakeIssuer() as server:
        server.document(jwks_uri="https://127.0.0.1:1/keys")

        with pytest.raises(FetchFailed, match="could not be reached"):
            await fetched(server, key_hosts=["127.0.0.1:1"])


@pytest.mark.case("C11", "C13")
async def test_a_named_host_still_needs_https():
    async with FakeIssuer() as server:
        server.document(jwks_uri="http://127.0.0.1:1/keys")

        assert (await malformed(server, key_hosts=["127.0.0.1:1"]))[0] == "malformed-discovery"


@pytest.mark.case("C12")
@pytest.mark.parametrize("claimed", [None, 7, "https://ci.example.test"])
async def test_a_document_of_another_issuer_is_refused(claimed):
    async with FakeIssuer() as server:
        server.document(issuer=claimed)

        code, message = await malformed(server)

    shown = f"`{claimed}`" if isinstance(claimed, str) else "missing"
    assert code == "malformed-discovery"
    assert message == f"issuer of the discovery document is {shown}, expected `{server.url}`"


@pytest.mark.case("C08")
async def test_an_empty_key_set_is_malformed():
    async with FakeIssuer() as server:
        server.answers[KEYS] = Answer(b'{"keys":[]}')

        assert (await malformed(server))[0] == "empty-key-set"
