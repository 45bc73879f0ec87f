"""Accounts and tokens by npm's own commands."""

import json

import pytest

from tests.support import ci
from tests.support.server import PASSWORD

NPMS = ["npm10", "npm11", "npm12"]


@pytest.mark.parametrize("client", [*NPMS, "pnpm12"])
def test_login_whoami_logout(client, bench, registry, person):
    answers = [
        ("sername:", person.name),
        ("assword:", PASSWORD),
        ("OTP:", registry.otp(person)),
    ]
    if client == "pnpm12":
        answers.insert(2, ("Email", "person@acme.example.test"))

    login = bench.converse(
        client,
        *(("login",) if client == "pnpm12" else ("login", "--auth-type=legacy")),
        folder=bench.folder,
        answers=answers,
    )
    known = bench.run(client, "whoami", folder=bench.folder)
    logout = bench.run(client, "logout", folder=bench.folder)

    assert login.code == 0, login.text
    assert f"Logged in on {registry.url}" in login.stdout
    assert (known.code, known.stdout) == (0, f"{person.name}\n")
    assert logout.code == 0, logout.text
    assert registry.tokens_of(person) == ["test"]


def test_logout_kills_the_token(bench, registry, person):
    extra = registry.token(person)
    bench.npmrc(token=extra)
    bench.run("npm12", "logout", folder=bench.folder)

    bench.npmrc(token=extra)
    ran = bench.run("npm12", "whoami", folder=bench.folder)

    assert (ran.code, ran.errors[0]) == (1, "code E401")
    assert ran.notices == [
        "the token is not known here: it was revoked, or was never one (hint: `npm login`, or ask for a new token)"
    ]


@pytest.mark.case("H08")
def test_a_run_of_ci_is_told_who_it_is(bench, registry, issuer, package):
    registry.trust(package)
    runner = ci.github_runner(issuer)
    bench.run("npm12", "publish", "--dry-run", folder=bench.package(package), ci=runner.variables())
    path = f"/-/npm/v1/oidc/token/exchange/package/{package.replace('/', '%2f')}"
    fresh = issuer.sign(issuer.github, runner.run.claims(), audience=ci.AUDIENCE)
    bench.npmrc(token=registry.http("POST", path, body=b"", token=fresh).json["token"])

    ran = bench.run("npm12", "whoami", folder=bench.folder)

    assert (ran.code, ran.stdout) == (
        0,
        "github acme/widget, workflow acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0, ref refs/tags/v1.0.0, environment npm, event push, run 17300200100\n",
    )


@pytest.mark.parametrize("client", NPMS)
def test_tokens_are_made_listed_and_revoked(client, bench, registry, person):
    bench.npmrc(token=person.token)
    folder, otp = bench.folder, f"--otp={registry.otp(person)}"

    if client == "npm10":
        made = bench.run(client, "token", "create", otp, folder=folder, typed=f"{PASSWORD}\n")
    else:
        words = ("--name=mine", f"--password={PASSWORD}", "--packages=@acme/widget")
        allowed = "--packages-and-scopes-permission=read-only"
        made = bench.run(client, "token", "create", *words, allowed, otp, folder=folder)
    listed = json.loads(bench.run(client, "token", "list", "--json", folder=folder).stdout)
    newest = next(token for token in listed if token["name"] != "test")
    revoked = bench.run(client, "token", "revoke", newest.get("id", newest["key"]), folder=folder)

    assert made.code == 0, made.text
    assert "imp_t_" in made.stdout
    assert len(listed) == 2
    assert revoked.code == 0, revoked.text
    assert registry.tokens_of(person) == ["test"]


def test_a_wrong_password_makes_no_token(bench, registry, person):
    bench.npmrc(token=person.token)

    ran = bench.run(
        "npm12",
        *("token", "create", "--name=mine", "--password=wrong", f"--otp={registry.otp(person)}"),
        folder=bench.folder,
    )

    assert ran.code == 1
    assert "the user name or the password is wrong (hint: try again)" in ran.notices


def test_the_profile_shows_the_second_factor(bench, registry, person):
    bench.npmrc(token=person.token)

    ran = bench.run("npm12", "profile", "get", folder=bench.folder)

    assert ran.code == 0
    assert f"name: {person.name}\n" in ran.stdout
    assert "two-factor auth: auth-and-writes\n" in ran.stdout


def test_ping(bench):
    ran = bench.run("npm12", "ping", folder=bench.folder)

    assert ran.code == 0
    assert ran.notices[-1].startswith("PONG")
