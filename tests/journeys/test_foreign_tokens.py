"""Tokens that are none: what the person who left one in .npmrc is told."""

import pytest

from tests.support import ci

NOTICES = {
    "XXXXX-XXXXX-XXXXX-XXXXX": (
        "the token is the placeholder that actions/setup-node writes, not a token",
        "no token is needed: remove `registry-url` from setup-node, and let npm exchange its ID token (`permissions: id-token: write`, npm 11.5.1 or later)",
    ),
    "${NODE_AUTH_TOKEN}": (
        "the token is the text of a variable that was never set, `${NODE_AUTH_TOKEN}` or alike",
        "remove the `_authToken` line from .npmrc: a trusted publisher needs none",
    ),
    "ghs_16C7e42F292c6912E7710c838347Ae178B4a": (
        "the token is one of the forge (GitHub or GitLab), not of this registry",
        "a forge's token cannot publish here: add a trusted publisher, or use a token of this registry",
    ),
    "npm_16C7e42F292c6912E7710c838347Ae178B4a": (
        "the token is not one of this registry",
        "look at the `_authToken` line for this registry in .npmrc: its token is another's",
    ),
    "imp_t_" + "1" * 49: (
        "the token is damaged: its checksum does not fit, as when it was cut or mistyped",
        "copy it again, as a whole",
    ),
    "eyJhbGciOiJSUzI1NiJ9.e30.c2ln": (
        "an ID token was sent where a publish credential is needed: it must be exchanged first",
        "npm 11.5.1 or later does that by itself; with npm 10 use `imprint exchange`",
    ),
}


@pytest.mark.case("H05")
@pytest.mark.parametrize("client", ["npm10", "npm12"])
@pytest.mark.parametrize("token", NOTICES)
def test_npm_shows_what_the_token_really_is(client, token, bench, registry, package):
    message, hint = NOTICES[token]
    bench.npmrc(token=token)

    ran = bench.run(client, "publish", folder=bench.package(package))

    path = package.replace("/", "%2f")
    assert ran.code == 1
    assert ran.said[-1] == f"{message} (hint: {hint})"
    assert ran.errors == [
        "code E401",
        f"401 Unauthorized - PUT {registry.url}/{path} - {message}",
    ]


@pytest.mark.parametrize("client", ["pnpm11", "pnpm12", "bun"])
def test_the_other_clients_show_it_too(client, bench, package):
    bench.npmrc(token="XXXXX-XXXXX-XXXXX-XXXXX")

    ran = bench.publish(client, folder=bench.package(package))

    assert ran.code == 1
    said = " ".join(ran.text.replace("│", " ").split())
    assert "the token is the placeholder that actions/setup-node writes, not a token" in said


def test_yarn_shows_only_that_it_is_wrong(bench, package):
    bench.npmrc(token="XXXXX-XXXXX-XXXXX-XXXXX")

    ran = bench.publish("yarn4", folder=bench.package(package))

    assert ran.code == 1
    assert "Invalid authentication (as an unknown user)" in ran.text


@pytest.mark.case("H04")
def test_a_token_for_another_package_says_which(bench, registry, owner, package):
    token = registry.token(owner, packages=["@acme/other"])
    bench.npmrc(token=token)

    ran = bench.run("npm12", "publish", folder=bench.package(package))

    shown = token[:8] + "..." + token[-4:]
    assert ran.code == 1
    assert ran.said[-1] == (
        f"the token `{shown}` may not publish `{package}`: it is read-write for @acme/other"
    )


def test_a_token_of_somebody_else_says_whose(bench, person, package):
    bench.npmrc(token=person.token)

    ran = bench.run("npm12", "publish", folder=bench.package(package))

    assert ran.code == 1
    assert ran.said[-1] == (
        f"`{person.name}` does not own `{package}` (hint: an owner adds you: `npm owner add {person.name} {package}`)"
    )


def test_the_placeholder_does_no_harm_where_the_exchange_succeeds(bench, registry, issuer, package):
    registry.trust(package)
    bench.npmrc(token="XXXXX-XXXXX-XXXXX-XXXXX")

    ran = bench.run("npm12", "publish", folder=bench.package(package), ci=ci.github(issuer))

    assert ran.code == 0, ran.text
