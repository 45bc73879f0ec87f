"""Reading other registries: which address, with which credential, and what counts as not there."""

import hashlib

import pytest

from imprint.npm.names import PackageName
from imprint.publishers.credentials import Secret
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.support.fake_issuer import Answer, FakeIssuer

pytestmark = pytest.mark.anyio

NAME = PackageName.parse("widget")


@pytest.fixture
async def server():
    async with FakeIssuer() as running:
        yield running


@pytest.fixture
async def registry(server):
    async with Fetcher() as fetcher:
        yield UpstreamRegistry(fetcher=fetcher, url=f"{server.url}/")


async def test_documents_come_as_they_are(server, registry):
    server.answers["/widget"] = Answer(b"packument")
    server.answers["/-/npm/v1/keys"] = Answer(b"keys")
    server.answers["/-/npm/v1/attestations/widget@1.0.0"] = Answer(b"attestations")

    assert await registry.packument(NAME) == b"packument"
    assert await registry.keys() == b"keys"
    assert await registry.attestations(NAME, "1.0.0", claimed_url=None) == b"attestations"


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_is_none(server, registry, status):
    for path in ("/widget", "/a.tgz"):
        server.answers[path] = Answer(status=status)

    assert await registry.packument(NAME) is None
    assert await registry.tarball(f"{server.url}/a.tgz") is None


@pytest.mark.parametrize("status", [400, 404])
async def test_a_registry_says_in_two_ways_that_it_has_no_keys(server, registry, status):
    server.answers["/-/npm/v1/keys"] = Answer(status=status)

    assert await registry.keys() is None


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_any_other_status_is_not_an_absence(server, registry, status):
    server.answers["/widget"] = Answer(status=status)

    with pytest.raises(FetchFailed) as caught:
        await registry.packument(NAME)

    assert (caught.value.reason, caught.value.status) == (FetchReason.STATUS, status)


@pytest.mark.parametrize(
    ("claimed", "path"),
    [
        ("https://evil.example.test/x/attestations/y", "/x/attestations/y"),
        ("https://evil.example.test/x?token=1#y", "/x"),
        ("no address", "/-/npm/v1/attestations/widget@1.0.0"),
        (
            "https://evil.example.test//evil.example.test/",
            "/-/npm/v1/attestations/widget@1.0.0",
        ),
        ("https://[", "/-/npm/v1/attestations/widget@1.0.0"),
    ],
)
async def test_of_a_claimed_address_the_path_alone_is_taken(server, registry, claimed, path):
    server.answers[path] = Answer(b"here")

    assert await registry.attestations(NAME, "1.0.0", claimed_url=claimed) == b"here"


@pytest.mark.parametrize(
    ("claimed", "sends"),
    [
        (None, True),
        ("https://other.example.test/npm/-/npm/v1/attestations/@acme%2Fwidget@1.0.0", True),
        ("https://other.example.test/npm/-/npm/v1/attestations/@acme/widget@1.0.0", True),
        ("https://other.example.test/-/npm/v1/attestations/@acme%2fwidget@1.0.0", False),
        ("https://other.example.test/npm/-/npm/v1/attestations/@acme%2fwidget@2.0.0", False),
        ("https://other.example.test/npm/-/npm/v1/attestations/../../tokens", False),
        ("https://other.example.test/npm/private/-/private-1.0.0.tgz", False),
        ("https://other.example.test/api/tokens", False),
    ],
)
async def test_a_claimed_path_has_no_credential_but_the_own_route(server, claimed, sends):
    name = PackageName.parse("@acme/widget")
    async with Fetcher() as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher,
            url=f"{server.url}/npm/",
            credential_for=lambda _: Secret("npm_secret"),
        )
        await registry.attestations(name, "1.0.0", claimed_url=claimed)

    assert [headers.get("Authorization") for headers in server.headers] == [
        "Bearer npm_secret" if sends else None
    ]


async def test_a_tarball_is_hashed_as_it_comes(server, registry):
    data = b"tarball" * 100_000
    server.answers["/a.tgz"] = Answer(data)

    found = await registry.tarball(f"{server.url}/a.tgz")

    assert (found.sha512, found.size_bytes) == (hashlib.sha512(data).hexdigest(), len(data))
    assert found.data == data


async def test_a_tarball_on_another_host_must_be_https_and_public(registry):
    for url in ("http://127.0.0.1:1/a.tgz", "https://127.0.0.1:1/a.tgz", "file:///etc/passwd", ""):
        with pytest.raises(FetchFailed) as caught:
            await registry.tarball(url)

        assert caught.value.reason in (FetchReason.URL, FetchReason.ADDRESS)


async def test_a_tarball_that_moved_to_a_private_host_is_not_fetched(server, registry):
    server.answers["/a.tgz"] = Answer(
        status=302, headers={"Location": "https://169.254.169.254/latest/meta-data"}
    )

    with pytest.raises(FetchFailed) as caught:
        await registry.tarball(f"{server.url}/a.tgz")

    assert caught.value.reason is FetchReason.ADDRESS


async def test_a_credential_is_asked_for_by_address_and_sent_nowhere_else(server):
    asked = []

    def credential_for(url):
        asked.append(url)
        return Secret("npm_secret")

    server.answers["/widget"] = Answer(b"{}")
    async with Fetcher() as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher, url=f"{server.url}/", credential_for=credential_for
        )
        await registry.packument(NAME)

    assert asked == [f"{server.url}/widget"]
    assert server.headers[0]["Authorization"] == "Bearer npm_secret"
    assert "npm_secret" not in repr(registry)


async def test_a_credential_that_no_header_may_have_is_never_shown(server):
    async with Fetcher() as fetcher:
        registry = UpstreamRegistry(
            fetcher=fetcher, url=f"{server.url}/", credential_for=lambda _: Secret("a\nb secret")
        )

        with pytest.raises(FetchFailed) as caught:
            await registry.packument(NAME)

    assert "secret" not in caught.value.message
    assert server.requests == []
