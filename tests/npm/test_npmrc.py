"""npm's configuration chain: which registry, which token, and which file says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.npmrc import (
    AuthToken,
    NpmrcLayer,
    ResolvedRegistry,
    auth_token,
    environment_layer,
    nerf_dart,
    parse_npmrc,
    resolve_registry,
)


def layer(origin="project/.npmrc", **values) -> NpmrcLayer:
    return NpmrcLayer(origin=origin, values=values)


def parse(text, **environment):
    return dict(parse_npmrc(text, origin=".npmrc", environment=environment).values)


def test_a_file_is_read_as_npm_reads_it():
    text = (
        "; a comment\r\n"
        "# another\n"
        "registry = https://registry.example.test/ ; why\n"
        '@acme:registry="https://acme.example.test/"\n'
        "//registry.example.test/:_authToken=${TOKEN}\n"
        "fund\n"
        "ca[] = one\n"
        "registry=https://second.example.test/\n"
        "[section]\n"
        "registry=https://third.example.test/\n"
    )

    assert parse(text, TOKEN="secret") == {
        "registry": "https://second.example.test/",
        "@acme:registry": "https://acme.example.test/",
        "//registry.example.test/:_authToken": "secret",
        "fund": "true",
    }


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("${SET}", "value"),
        ("a-${SET}-b", "a-value-b"),
        ("${UNSET}", "${UNSET}"),
        ("${UNSET?}", ""),
        ("${SET?}", "value"),
        ("$SET", "$SET"),
        ("a\\;b\\#c\\d", "a;b#c\\d"),
        ("a;b", "a"),
        ("'single ; quoted'", "single ; quoted"),
        ('"a\\u0062c"', "abc"),
        ('"unclosed', '"unclosed'),
    ],
)
def test_values_are_unquoted_and_variables_replaced(value, read):
    assert parse(f"k={value}", SET="value") == {"k": read}


def test_environment_variables_are_settings_too():
    found = environment_layer(
        {
            "npm_config_registry": "https://r.example.test/",
            "NPM_CONFIG_FETCH_RETRIES": "3",
            "npm_config_@acme:registry": "https://acme.example.test/",
            "npm_config_//r.example.test/:_authToken": "${TOKEN}",
            "npm_config__auth": "x",
            "npm_config_empty": "",
            "TOKEN": "secret",
        }
    )

    assert found.origin == "environment"
    assert dict(found.values) == {
        "registry": "https://r.example.test/",
        "fetch-retries": "3",
        "@acme:registry": "https://acme.example.test/",
        "//r.example.test/:_authToken": "secret",
        "_auth": "x",
    }


def test_the_first_layer_wins():
    layers = [
        layer("--registry"),
        layer("project/.npmrc", registry="https://one.example.test"),
        layer("~/.npmrc", registry="https://two.example.test/"),
    ]

    assert resolve_registry(layers) == ResolvedRegistry(
        url="https://one.example.test/", key="registry", origin="project/.npmrc"
    )


def test_the_registry_of_a_scope_comes_before_the_general_one_of_any_layer():
    layers = [
        layer("--registry", registry="https://one.example.test/"),
        layer("~/.npmrc", **{"@acme:registry": "https://acme.example.test/npm"}),
    ]

    assert resolve_registry(layers, "acme") == ResolvedRegistry(
        url="https://acme.example.test/npm/", key="@acme:registry", origin="~/.npmrc"
    )
    general = resolve_registry(layers, "other")
    assert general is not None
    assert general.key == "registry"


@pytest.mark.parametrize(
    "value", ["", "registry.example.test", "ftp://x", "https://", "http://[", "http://x:y/"]
)
def test_what_is_no_url_is_passed_over(value):
    layers = [layer(registry=value), layer("~/.npmrc", registry="https://two.example.test/")]

    found = resolve_registry(layers)

    assert found is not None
    assert found.origin == "~/.npmrc"


def test_nothing_said_is_nothing_found():
    assert resolve_registry([]) is None
    assert resolve_registry([layer()], "acme") is None
    assert auth_token([layer()], "https://r.example.test/") is None


def test_a_registry_is_named_in_credentials_by_host_and_folder():
    assert nerf_dart("https://R.example.test:443/npm/private") == "//r.example.test/npm/"
    assert nerf_dart("http://[::1]:4873") == "//[::1]:4873/"


def test_the_token_of_the_longest_path_is_sent():
    values = {
        "//r.example.test/:_authToken": "host",
        "//r.example.test/npm/:_authToken": "path",
    }

    found = auth_token([layer(**values)], "https://r.example.test/npm/@acme%2fwidget")

    assert found == AuthToken(
        token="path", key="//r.example.test/npm/:_authToken", origin="project/.npmrc"
    )
    assert auth_token([layer(**values)], "https://r.example.test/other/x") == AuthToken(
        token="host", key="//r.example.test/:_authToken", origin="project/.npmrc"
    )
    assert auth_token([layer(**values)], "https://evil.example.test/npm/") is None


def test_a_password_of_a_longer_path_comes_before_the_token_of_a_shorter_one():
    values = {
        "//r.example.test/:_authToken": "host",
        "//r.example.test/npm/:username": "ann",
        "//r.example.test/npm/:_password": "x",
    }

    assert auth_token([layer(**values)], "https://r.example.test/npm/") is None


@pytest.mark.parametrize(("environment", "is_unexpanded"), [({}, True), ({"TOKEN": "x"}, False)])
def test_a_token_that_is_a_variable_nobody_set_is_recognised(environment, is_unexpanded):
    text = "//r.example.test/:_authToken=${TOKEN}"
    read = parse_npmrc(text, origin=".npmrc", environment=environment)

    found = auth_token([read], "https://r.example.test/")

    assert found is not None
    assert found.is_unexpanded is is_unexpanded


def test_a_token_is_not_shown():
    layers = [layer(**{"//r.example.test/:_authToken": "very-secret"})]

    assert "very-secret" not in repr(layers)
    assert "very-secret" not in repr(auth_token(layers, "https://r.example.test/"))


@given(text=st.text() | st.text("=\n[];#\\\"'${}?A/:_ k"), url=st.text() | st.text("htps:/[]@.1"))
def test_any_text_is_read(text, url):
    layers = [parse_npmrc(text, origin="x", environment={"A": "a"})]

    auth_token(layers, url)
    resolve_registry(layers)
    nerf_dart(url)
