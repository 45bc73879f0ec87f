"""Registering issuers: URLs with one spelling, and defaults of the provider."""

import pytest

from imprint.identity.claims import table_of
from imprint.identity.workload import Provider
from imprint.refusals import Malformed
from imprint.tokens.issuers import Issuer, ReplayMode
from imprint.tokens.keysets import ALGORITHMS
from imprint.tokens.loopback import is_loopback
from imprint.tokens.registration import new_issuer


def issuer(url="https://ci.example.test", provider=Provider.GITHUB, **overrides) -> Issuer:
    return new_issuer(name="ci", url=url, provider=provider, **overrides)


def refused(**arguments) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        issuer(**arguments)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("provider", "replay"),
    [
        (Provider.GITHUB, ReplayMode.PER_REQUEST),
        (Provider.GITLAB, ReplayMode.PER_JOB),
        (Provider.CIRCLECI, ReplayMode.PER_JOB),
        (Provider.GENERIC, ReplayMode.PER_REQUEST),
    ],
)
def test_an_issuer_gets_the_defaults_of_its_provider(provider, replay):
    assert issuer(provider=provider) == Issuer(
        name="ci",
        url="https://ci.example.test",
        provider=provider,
        algorithms=("RS256",),
        maximum_lifetime_seconds=86_400,
        replay=replay,
        audiences=(),
    )


def test_whatever_is_given_replaces_the_default():
    assert issuer(
        algorithms=["ES256"],
        replay=ReplayMode.PER_JOB,
        maximum_lifetime_seconds=600,
        audiences=["acme"],
    ) == Issuer(
        name="ci",
        url="https://ci.example.test",
        provider=Provider.GITHUB,
        algorithms=("ES256",),
        maximum_lifetime_seconds=600,
        replay=ReplayMode.PER_JOB,
        audiences=("acme",),
    )


@pytest.mark.case("B11")
def test_every_provider_has_a_table_whose_algorithms_can_be_verified():
    for provider in Provider:
        table = table_of(provider)
        assert table.provider is provider
        assert table.algorithms
        assert set(table.algorithms) <= ALGORITHMS


@pytest.mark.case("A06", "A07", "A09")
@pytest.mark.parametrize(
    ("algorithms", "shown"), [([], ""), (["none"], "none"), (["RS256", "HS256"], "HS256")]
)
def test_algorithms_that_verify_nothing_cannot_be_registered(algorithms, shown):
    assert refused(algorithms=algorithms) == (
        "unsupported-algorithm",
        f"algorithm is `{shown}`, expected some of `ES256`, `ES384`, `ES512`, `PS256`, `PS384`, `PS512`, `RS256`, `RS384`, `RS512`",
    )


@pytest.mark.case("B04", "B05")
@pytest.mark.parametrize(
    "url",
    [
        "https://ci.example.test",
        "https://ci.example.test/acme-corp",
        "https://forge.example.test/_services/token",
        "https://forge.example.test:8443",
        "http://127.0.0.1:9000",
        "http://localhost:9000",
        "http://[::1]:9000",
    ],
)
def test_issuers_of_github_have_no_path_or_one_slug(url):
    assert issuer(url).url == url


@pytest.mark.case("B03", "B04", "B05")
@pytest.mark.parametrize(
    "url",
    [
        "",
        "ci.example.test",
        "http://ci.example.test",
        "http://10.0.0.1",
        "ftp://ci.example.test",
        "https://",
        "https:///acme",
        "https://ci.example.test/",
        "https://ci.example.test//acme",
        "https://ci.example.test/acme/",
        "https://ci.example.test/acme/x",
        "https://ci.example.test/acme_corp",
        "https://ci.example.test/acme%2fx",
        "https://ci.example.test/..",
        "https://ci.example.test/../acme",
        "https://ci.example.test?acme",
        "https://ci.example.test#acme",
        "https://user@ci.example.test",
        "https://user:word@ci.example.test",
        "https://CI.example.test",
        "HTTPS://ci.example.test",
        "https://ci.example.test:0443",
        "https://ci.example.test:port",
        "https://ci.example.test:",
        "https://ci_example.test",
        "https://bücher.example.test",
        "https://[::1",
        " https://ci.example.test",
        "https://ci.example.test\n",
    ],
)
def test_a_url_with_more_than_one_spelling_cannot_be_registered(url):
    code, message = refused(url=url)

    assert code == "malformed-issuer-url"
    assert message.endswith("`, expected one like `https://issuer.example.test`")


@pytest.mark.case("B05")
@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://issuer.example.test/", True),
        ("https://issuer.example.test/realms/acme_corp", True),
        ("https://issuer.example.test/realms/acme/", True),
        ("https://issuer.example.test/realms//acme", False),
        ("https://issuer.example.test/realms/./acme", False),
        ("https://issuer.example.test/realms/acme//", False),
    ],
)
def test_other_issuers_may_have_a_plain_path(url, fine):
    if fine:
        assert issuer(url, Provider.GENERIC).url == url
    else:
        assert refused(url=url, provider=Provider.GENERIC)[0] == "malformed-issuer-url"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback_is_known_without_asking_a_resolver(host, loopback):
    assert is_loopback(host) is loopback
