"""Fetching: what may be reached, how far, how large, how long, and that only one error comes out."""

import asyncio
import sys

import pytest

from imprint.publishers.credentials import Secret
from imprint.upstream.failures import FetchFailed, FetchReason
from imprint.upstream.fetch import Fetcher, Reach
from tests.support.fake_issuer import Answer, FakeIssuer, FakeResolver

pytestmark = pytest.mark.anyio


async def refused(
    url: str, *, reach: Reach = Reach.REGISTERED, fetcher=None, **limits
) -> FetchFailed:
    async with fetcher or Fetcher() as open_fetcher:
        with pytest.raises(FetchFailed) as caught:
            await open_fetcher.get(url, reach=reach, **{"timeout_seconds": 5.0, **limits})
    return caught.value


async def test_a_document_is_fetched_uncompressed_and_without_cookies():
    async with FakeIssuer() as server, Fetcher() as fetcher:
        server.answers["/doc"] = Answer(b"{}", headers={"Set-Cookie": "a=b"})

        first = await fetcher.get(f"{server.url}/doc", reach=Reach.REGISTERED, timeout_seconds=5)
        await fetcher.get(f"{server.url}/doc", reach=Reach.REGISTERED, timeout_seconds=5)

        assert first == b"{}"
        assert {header["Accept-Encoding"] for header in server.headers} == {"identity"}
        assert not any("Cookie" in header for header in server.headers)


FIRST_REQUEST = """\
import asyncio, sys
from imprint.upstream.fetch import Fetcher, Reach

async def main(url):
    async with Fetcher() as fetcher:
        fetcher.prepare()
        before = set(sys.modules)
        await fetcher.get(url, reach=Reach.REGISTERED, timeout_seconds=30)
        print(sorted(set(sys.modules) - before))

asyncio.run(main(sys.argv[1]))
"""


async def test_the_first_request_of_a_server_that_is_prepared_imports_nothing():
    async with FakeIssuer() as server:
        server.answers["/doc"] = Answer(b"{}")
        words = (sys.executable, "-c", FIRST_REQUEST, f"{server.url}/doc")

        ran = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        said, _ = await ran.communicate()

        assert (ran.returncode, said) == (0, b"[]\n")


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example.test/keys",
        "http://10.0.0.1/keys",
        "ftp://issuer.example.test/keys",
        "file:///etc/passwd",
        "https://user@issuer.example.test/keys",
        "https:///keys",
        "/keys",
        "",
        "https://[::1/keys",
    ],
)
async def test_only_https_urls_of_a_host_are_fetched(url):
    failure = await refused(url, fetcher=Fetcher(resolver=FakeResolver))

    assert failure.reason is FetchReason.URL
    assert not failure.is_transient


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/keys", FetchReason.URL),
        ("http://localhost:9/keys", FetchReason.URL),
        ("https://127.0.0.1:9/keys", FetchReason.ADDRESS),
        ("https://169.254.169.254/latest/meta-data", FetchReason.ADDRESS),
        ("https://[::1]:9/keys", FetchReason.ADDRESS),
        ("https://[::ffff:10.0.0.1]/keys", FetchReason.ADDRESS),
        ("https://2130706433/keys", FetchReason.ADDRESS),
        ("https://private.example.test/keys", FetchReason.ADDRESS),
        ("https://half.example.test/keys", FetchReason.ADDRESS),
    ],
)
async def test_a_host_that_was_learned_is_public_or_not_reached(url, reason):
    resolver = FakeResolver(
        private_example_test=["10.0.0.1"], half_example_test=["93.184.216.34", "::1"]
    )

    failure = await refused(url, reach=Reach.LEARNED, fetcher=Fetcher(resolver=lambda: resolver))

    assert failure.reason is reason
    assert not failure.is_transient


@pytest.mark.case("C13")
async def test_a_host_that_was_registered_may_be_private():
    resolver = FakeResolver(forge_example_test=["127.0.0.1"])

    failure = await refused(
        "https://forge.example.test:9/keys", fetcher=Fetcher(resolver=lambda: resolver)
    )

    assert failure.reason is FetchReason.UNREACHABLE
    assert resolver.asked == ["forge.example.test"]


@pytest.mark.case("C13")
@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/keys",
        "https://127.0.0.1/keys",
        "http://localhost/keys",
        "//evil.example.test/keys",
        "file:///etc/passwd",
        "",
        "http://[",
    ],
)
async def test_a_redirect_to_anywhere_else_is_not_followed(location):
    async with FakeIssuer() as server:
        server.answers["/doc"] = Answer(status=302, headers={"Location": location})

        failure = await refused(f"{server.url}/doc")

    assert failure.reason in (FetchReason.REDIRECT, FetchReason.URL)
    assert server.requests == ["/doc"]


async def test_three_redirects_on_the_same_host_are_followed_and_a_fourth_is_not():
    async with FakeIssuer() as server, Fetcher() as fetcher:
        for number in range(4):
            location = {"Location": f"/{number + 1}"}
            server.answers[f"/{number}"] = Answer(status=307, headers=location)
        server.answers["/4"] = Answer(b"there")

        third = await fetcher.get(f"{server.url}/1", reach=Reach.REGISTERED, timeout_seconds=5)
        failure = await refused(f"{server.url}/0")

    assert third == b"there"
    assert failure.message == f"`{server.url}/0` redirects more than `3` times"


@pytest.mark.case("C05", "C07")
@pytest.mark.parametrize(
    ("status", "is_transient"),
    [(204, False), (304, False), (403, False), (404, False), (429, True), (500, True), (503, True)],
)
async def test_any_status_but_200_is_a_failure(status, is_transient):
    async with FakeIssuer() as server:
        server.answers["/doc"] = Answer(status=status)

        failure = await refused(f"{server.url}/doc?secret=1")

    assert failure.reason is FetchReason.STATUS
    assert failure.message == f"`{server.url}/doc` answered `{status}`, expected `200`"
    assert failure.is_transient is is_transient


async def test_what_a_registry_says_with_its_refusal_is_told_in_one_line():
    async with FakeIssuer() as server:
        notice = "left@1.0.0 is too young `until` tomorrow"
        server.answers["/doc"] = Answer(b"{}", status=403, headers={"npm-notice": notice})

        failure = await refused(f"{server.url}/doc")

    assert failure.message == (
        f"`{server.url}/doc` answered `403`, expected `200`; it says"
        " `left@1.0.0 is too young \\u{60}until\\u{60} tomorrow`"
    )


async def test_a_document_of_the_greatest_size_is_read_and_a_larger_one_is_not():
    async with FakeIssuer() as server, Fetcher() as fetcher:
        server.answers["/fits"] = Answer(b"x" * 1_048_576)
        server.answers["/large"] = Answer(b"x" * 1_048_577)

        body = await fetcher.get(f"{server.url}/fits", reach=Reach.REGISTERED, timeout_seconds=5)
        failure = await refused(f"{server.url}/large")

    assert len(body) == 1_048_576
    assert failure.reason is FetchReason.TOO_LARGE
    assert failure.message == f"`{server.url}/large` is larger than `1048576` bytes"


async def test_a_compressed_answer_is_refused_instead_of_unpacked():
    async with FakeIssuer() as server:
        server.answers["/doc"] = Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

        failure = await refused(f"{server.url}/doc")

    assert failure.reason is FetchReason.ENCODING


@pytest.mark.case("C10")
async def test_a_server_that_does_not_answer_in_time_is_a_failure():
    async with FakeIssuer() as server:
        server.gate.clear()

        failure = await refused(f"{server.url}/doc", timeout_seconds=0.05)

    assert failure.reason is FetchReason.TIMEOUT
    assert failure.message == f"`{server.url}/doc` did not answer within `0.05` seconds"
    assert failure.is_transient


@pytest.mark.case("C10")
async def test_a_connection_that_breaks_is_a_failure():
    async with FakeIssuer() as server:
        server.answers["/doc"] = Answer(drops=True)

        failure = await refused(f"{server.url}/doc")

    assert failure.reason is FetchReason.UNREACHABLE
    assert failure.message.endswith(
        ("it closed the connection without an answer", "it reset the connection")
    )
    assert failure.is_transient


@pytest.mark.case("C10")
async def test_a_port_where_nothing_listens_is_told_as_that():
    async with FakeIssuer() as server:
        url = f"{server.url}/doc"

    failure = await refused(url)

    assert failure.message == f"`{url}` could not be reached: nothing listens there"
    assert failure.is_transient


@pytest.mark.case("C10")
@pytest.mark.parametrize("host", ["missing.example.test", "x" * 64 + ".example.test"])
async def test_a_name_that_does_not_resolve_is_a_failure(host):
    failure = await refused(f"https://{host}/keys", fetcher=Fetcher(resolver=FakeResolver))

    assert failure.reason is FetchReason.UNREACHABLE
    assert failure.message.endswith("could not be reached: its host name is not known")
    assert failure.is_transient


@pytest.mark.case("C10")
async def test_a_server_without_tls_is_a_failure():
    async with FakeIssuer() as server:
        failure = await refused(server.url.replace("http:", "https:") + "/doc")

    assert failure.reason is FetchReason.TLS


async def test_closing_twice_is_fine():
    fetcher = Fetcher()
    async with FakeIssuer() as server:
        await fetcher.get(f"{server.url}/keys", reach=Reach.REGISTERED, timeout_seconds=5)

    await fetcher.close()
    await fetcher.close()
    await asyncio.sleep(0)


class TestByTheProxiesOfTheEnvironment:
    """As a person's commands ask: what else that person's machine knows is not theirs to send."""

    @pytest.fixture(autouse=True)
    def _netrc(self, tmp_path, monkeypatch):
        file = tmp_path / "netrc"
        file.write_text("default login someone password of-another-host\n")
        file.chmod(0o600)
        monkeypatch.setenv("NETRC", str(file))
        for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    async def test_no_password_of_the_netrc_file_is_sent(self):
        async with FakeIssuer() as server, Fetcher(by_proxy=True) as fetcher:
            server.answers["/doc"] = Answer(b"{}")

            await fetcher.get(f"{server.url}/doc", reach=Reach.REGISTERED, timeout_seconds=5)

        assert "Authorization" not in server.headers[0]

    async def test_the_netrc_file_is_not_in_the_way_of_a_token(self):
        async with FakeIssuer() as server, Fetcher(by_proxy=True) as fetcher:
            server.answers["/doc"] = Answer(b"{}")

            await fetcher.get(
                f"{server.url}/doc",
                reach=Reach.REGISTERED,
                timeout_seconds=5,
                bearer=Secret("npm_one"),
            )

        assert server.headers[0]["Authorization"] == "Bearer npm_one"

    async def test_the_proxy_is_asked(self, monkeypatch):
        async with FakeIssuer() as server, Fetcher(by_proxy=True) as fetcher:
            monkeypatch.setenv("http_proxy", server.url)
            server.answers["/doc"] = Answer(b"by the proxy")

            found = await fetcher.get(
                "http://127.0.0.1:9/doc", reach=Reach.REGISTERED, timeout_seconds=5
            )

        assert found == b"by the proxy"

    async def test_the_proxy_gets_the_password_that_its_address_has(self, monkeypatch):
        async with FakeIssuer() as server, Fetcher(by_proxy=True) as fetcher:
            address = server.url.replace("//", "//someone:password@")
            monkeypatch.setenv("http_proxy", address)
            server.answers["/doc"] = Answer(b"by the proxy")

            await fetcher.get("http://127.0.0.1:9/doc", reach=Reach.REGISTERED, timeout_seconds=5)

        assert server.headers[0]["Proxy-Authorization"] == "Basic c29tZW9uZTpwYXNzd29yZA=="

    async def test_a_host_that_needs_no_proxy_is_asked_itself(self, monkeypatch):
        async with FakeIssuer() as server, Fetcher(by_proxy=True) as fetcher:
            monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            server.answers["/doc"] = Answer(b"itself")

            found = await fetcher.get(
                f"{server.url}/doc", reach=Reach.REGISTERED, timeout_seconds=5
            )

        assert found == b"itself"
