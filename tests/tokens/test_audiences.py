"""Audiences of a registry, and the one that a token was issued for."""

import pytest

from imprint.refusals import Malformed, Refusal
from imprint.tokens.audiences import audience_matches, audiences_of, read_audience


@pytest.mark.case("B14")
@pytest.mark.parametrize(
    ("url", "audiences"),
    [
        ("https://registry.example.test", ("npm:registry.example.test",)),
        ("https://registry.example.test:443/", ("npm:registry.example.test",)),
        ("https://Registry.Example.TEST/npm/", ("npm:registry.example.test",)),
        ("http://127.0.0.1:4873/", ("npm:127.0.0.1", "npm:127.0.0.1:4873")),
        ("http://[::1]:4873/", ("npm:[::1]", "npm:[::1]:4873")),
        ("http://localhost:80", ("npm:localhost",)),
    ],
)
def test_a_registry_has_the_audience_that_npm_asks_for_and_the_one_of_yarn(url, audiences):
    assert audiences_of(url) == audiences


def test_several_public_urls_give_each_audience_once_and_the_first_one_first():
    audiences = audiences_of(
        "https://b.example.test/", "https://a.example.test", "http://b.example.test:8080"
    )

    assert audiences == ("npm:b.example.test", "npm:a.example.test", "npm:b.example.test:8080")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry.example.test",
        "ftp://r.example.test",
        "https://",
        "https://h:x/",
        "https://[::/",
        "https://bücher.example.test/",
    ],
)
def test_a_registry_url_without_a_plain_host_is_refused(url):
    with pytest.raises(Malformed) as caught:
        audiences_of(url)

    assert caught.value.code == "malformed-registry-url"


@pytest.mark.case("B14")
@pytest.mark.parametrize(
    ("claimed", "matches"),
    [
        ("npm:registry.example.test", True),
        ("npm:REGISTRY.example.test", True),
        ("npm:registry.example.test:8443", True),
        ("npm:registry.example.test:443", False),
        ("npm:registry.example.test.", False),
        ("npm:registry.example.test.evil.test", False),
        ("npm:egistry.example.test", False),
        ("registry.example.test", False),
        ("npm:", False),
        ("Builder", True),
        ("builder", False),
        ("npm:registry.example.te\u017ft", False),
    ],
)
def test_only_the_case_of_a_host_is_folded(claimed, matches):
    ours = ("npm:registry.example.test", "npm:registry.example.test:8443", "Builder")

    assert audience_matches(claimed, ours) is matches


@pytest.mark.case("B13")
def test_a_list_of_one_audience_is_that_audience():
    assert (
        read_audience({"aud": ["npm:r.example.test"]}, ("npm:r.example.test",))
        == "npm:r.example.test"
    )


@pytest.mark.case("B13")
def test_two_audiences_are_refused_also_when_ours_is_one_of_them():
    refusal = read_audience({"aud": ["npm:r.example.test", "sigstore"]}, ("npm:r.example.test",))

    assert refusal == Refusal(
        code="wrong-audience",
        message="token was issued for `2` audiences, expected only `npm:r.example.test`",
        hint="request an ID token with the audience `npm:r.example.test` alone",
    )


@pytest.mark.case("B12", "B14")
def test_the_audience_of_another_registry_is_named():
    refusal = read_audience(
        {"aud": "npm:x.example.test"}, ("npm:y.example.test", "npm:y.example.test:1")
    )

    assert refusal == Refusal(
        code="wrong-audience",
        message="token was issued for `npm:x.example.test`, this registry is `npm:y.example.test`",
        hint="request an ID token with the audience `npm:y.example.test`",
    )


@pytest.mark.case("B12")
@pytest.mark.parametrize("claims", [{}, {"aud": None}, {"aud": ""}, {"aud": []}, {"aud": [""]}])
def test_a_missing_or_empty_audience_is_malformed(claims):
    with pytest.raises(Malformed) as caught:
        read_audience(claims, ("npm:r.example.test",))

    assert caught.value.code == "missing-claim"
    assert caught.value.message == "claim `aud` is missing, expected `npm:r.example.test`"


@pytest.mark.case("B12")
@pytest.mark.parametrize(
    "claimed", [7, {"a": 1}, ["npm:r.example.test", 7], [["npm:r.example.test"]], True]
)
def test_an_audience_that_is_no_text_is_malformed(claimed):
    with pytest.raises(Malformed) as caught:
        read_audience({"aud": claimed}, ("npm:r.example.test",))

    assert caught.value.code == "malformed-claim"


def test_a_registry_without_audiences_accepts_no_token():
    refusal = read_audience({"aud": "npm:r.example.test"}, ())

    assert isinstance(refusal, Refusal)
