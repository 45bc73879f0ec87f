"""Repositories, ids and environments as administrators write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.workload import Provider
from imprint.publishers.forges import (
    forge_host,
    normalise_environment,
    normalise_id,
    normalise_repository,
    normalise_uuid,
    same_name,
)
from imprint.refusals import Malformed

HOST = "forge.example.test"


@pytest.mark.case("D18", "K03")
@pytest.mark.parametrize(
    "text",
    [
        "acme/rocket",
        "acme/rocket/",
        " acme/rocket ",
        "https://forge.example.test/acme/rocket",
        "https://forge.example.test/acme/rocket/",
        "https://Forge.example.test/acme/rocket.git",
        "git+https://forge.example.test/acme/rocket.git",
        "ssh://git@forge.example.test/acme/rocket.git",
        "git@forge.example.test:acme/rocket.git",
    ],
)
def test_a_github_repository_is_its_owner_and_name(text):
    assert normalise_repository(text, provider=Provider.GITHUB, host=HOST) == "acme/rocket"


@pytest.mark.case("D18", "E07")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "rocket",
        "acme/rocket/tree",
        "acme//rocket",
        "/acme/rocket",
        "acme/ro cket",
        "acme/rocket.git",
        "acme/..",
        "acme/r\u043ecket",
        "https://forge.example.test/acme/rocket/tree/main",
        "https://forge.example.test.evil.test/acme/rocket",
        "https://other.test/acme/rocket",
        "https://forge.example.test@evil.test/acme/rocket",
        "file://forge.example.test/acme/rocket",
        "git@evil.test:acme/rocket.git",
    ],
)
def test_anything_else_is_no_github_repository(text):
    with pytest.raises(Malformed) as refused:
        normalise_repository(text, provider=Provider.GITHUB, host=HOST)

    assert refused.value.code == "invalid-repository"


@pytest.mark.case("F04", "F16")
@pytest.mark.parametrize(
    "path", ["acme/rocket", "acme/tools/deep/rocket", "a-b_c.d/e", "a/" + "b" * 253]
)
def test_a_gitlab_project_keeps_its_groups(path):
    assert normalise_repository(path, provider=Provider.GITLAB, host=HOST) == path


@pytest.mark.case("F05", "F16")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "rocket",
        "acme/rocket.git",
        "acme/rocket.atom",
        "acme.git/rocket",
        "-acme/rocket",
        "acme/rocket-",
        "acme/_rocket",
        "acme/ro--cket",
        "acme/ro.-cket",
        "acme//rocket",
        "a/" + "b" * 254,
    ],
)
def test_what_gitlab_would_not_name_a_project_is_refused(path):
    with pytest.raises(Malformed) as refused:
        normalise_repository(path, provider=Provider.GITLAB, host=HOST)

    assert refused.value.code == "invalid-repository"


@pytest.mark.case("F17")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://forge.example.test/acme/rocket", "has a scheme"),
        ("acme/rocket", "is not `provider/owner/repository`"),
        ("forge.example.test//rocket", "is not an origin"),
    ],
)
def test_a_circleci_origin_has_three_parts_and_no_scheme(text, why):
    with pytest.raises(Malformed, match=why):
        normalise_repository(text, provider=Provider.CIRCLECI, host=HOST)


def test_a_circleci_origin_is_kept():
    origin = "forge.example.test/acme/rocket"

    assert normalise_repository(origin, provider=Provider.CIRCLECI, host=HOST) == origin


@pytest.mark.case("E08")
@pytest.mark.parametrize("text", ["", "x", "1.0", "-1", "0", "007", "\u0661", "1" * 21, "1e3"])
def test_an_id_is_a_decimal_number(text):
    with pytest.raises(Malformed) as refused:
        normalise_id(text, provider=Provider.GITHUB, what="owner_id")

    assert refused.value.code == "invalid-id"


def test_an_id_is_kept_to_the_digit():
    assert normalise_id(" 9007199254740993 ", provider=Provider.GITLAB, what="id") == (
        "9007199254740993"
    )


@pytest.mark.case("F17")
def test_a_circleci_id_is_a_uuid():
    text = "94B40E60-cfd5-486f-a04b-507abf27a83d"

    assert normalise_id(text, provider=Provider.CIRCLECI, what="org") == text.lower()
    for bad in ("", "94b40e60cfd5486fa04b507abf27a83d", "{" + text + "}", "901", text + "0"):
        with pytest.raises(Malformed, match="is not a UUID"):
            normalise_uuid(bad, what="org")


@pytest.mark.case("F16")
@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("npm", Provider.GITHUB),
        (" npm ", Provider.GITHUB),
        ("Prod (EU)", Provider.GITHUB),
        ("review/${CI_COMMIT} 1.x", Provider.GITLAB),
        ("e" * 255, Provider.GITLAB),
    ],
)
def test_an_environment_is_kept(text, provider):
    assert normalise_environment(text, provider=provider) == text.strip()


@pytest.mark.case("F16")
@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("", Provider.GITHUB),
        ("  ", Provider.GITLAB),
        ("a;b", Provider.GITHUB),
        ("a`b", Provider.GITHUB),
        ("a\nb", Provider.GITHUB),
        ("a(b)", Provider.GITLAB),
        ("/a", Provider.GITLAB),
        ("a/", Provider.GITLAB),
        ("e" * 256, Provider.GITHUB),
    ],
)
def test_an_environment_that_no_forge_allows_is_refused(text, provider):
    with pytest.raises(Malformed) as refused:
        normalise_environment(text, provider=provider)

    assert refused.value.code == "invalid-environment"


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("https://token.actions.githubusercontent.com", "github.com"),
        ("https://token.actions.githubusercontent.com/acme", "github.com"),
        ("https://token.actions.acme.ghe.com", "acme.ghe.com"),
        ("https://code.example.test/_services/token", "code.example.test"),
        ("https://gitlab.example.test", "gitlab.example.test"),
        ("https://gitlab.example.test:8443/gitlab", "gitlab.example.test:8443/gitlab"),
    ],
)
def test_an_issuer_speaks_for_a_forge(issuer, host):
    assert forge_host(issuer) == host


@pytest.mark.case("E06")
def test_only_ascii_letters_have_no_case():
    assert same_name(Provider.GITHUB, "Acme/Rocket", "acme/rocket")
    assert not same_name(Provider.GITHUB, "acme/roc\u212aet", "acme/rocket")
    assert not same_name(Provider.GENERIC, "Acme", "acme")


@given(st.text(max_size=30), st.sampled_from(list(Provider)))
def test_parsing_raises_nothing_but_malformed(text, provider):
    for parse in (
        lambda: normalise_repository(text, provider=provider, host=HOST),
        lambda: normalise_id(text, provider=provider, what="id"),
        lambda: normalise_environment(text, provider=provider),
    ):
        with contextlib.suppress(Malformed):
            assert parse() == parse().strip()
