"""A token in .npmrc beside a trusted publisher: it is never a silent fall-back."""

import pytest

from tests.support import ci

NPMS = ["npm11", "npm12"]
WRONG_WORKFLOW = (
    "trusted publisher of `{}` refuses this run: `workflow_ref` is"
    " `acme/widget/.github/workflows/ci.yml@refs/tags/v1.0.0`, expected"
    " `acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0`"
)


@pytest.mark.parametrize("client", [*NPMS, "pnpm11", "pnpm12"])
def test_a_successful_exchange_wins_over_a_stale_token(client, bench, registry, issuer, package):
    registry.trust(package)
    bench.npmrc(token="stale")

    ran = bench.publish(client, folder=bench.package(package), ci=ci.github(issuer))

    assert ran.code == 0, ran.text
    assert len(registry.events(package, "exchange-minted")) == 1


@pytest.mark.case("I02", "I05")
@pytest.mark.parametrize("client", NPMS)
def test_npm_falls_back_to_a_token_and_the_registry_refuses(
    client, bench, registry, issuer, owner, package
):
    registry.trust(package)
    bench.npmrc(token=owner.token)
    folder = bench.package(package)

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    exchange = WRONG_WORKFLOW.format(package)
    publish = (
        f"the exchange of the ID token failed ({exchange}) and the client fell back to a token; a"
        f" token cannot publish `{package}`: it has a trusted publisher, and its owner did not opt"
        " in to tokens beside it"
    )
    assert ran.said == [
        exchange,
        f"Publishing to {registry.url}/ with tag latest and default access",
        publish + f" (hint: repair the exchange; `imprint exchange {package} --dry-run`"
        " shows what does not fit)",
    ]
    path = package.replace("/", "%2f")
    assert ran.errors[:2] == [
        "code E403",
        f"403 403 Forbidden - PUT {registry.url}/{path} - {publish}",
    ]
    assert ran.code == 1


@pytest.mark.case("I05")
@pytest.mark.parametrize("client", ["pnpm11", "pnpm12"])
def test_pnpm_falls_back_to_a_token_and_the_registry_refuses(
    client, bench, registry, issuer, owner, package
):
    registry.trust(package)
    bench.npmrc(token=owner.token)
    folder = bench.package(package)

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    assert ran.code == 1
    said = " ".join(ran.text.replace("│", " ").split())
    assert "and the client fell back to a token; a token cannot publish" in said


@pytest.mark.case("I05")
@pytest.mark.parametrize("client", NPMS)
def test_a_stale_token_after_a_refused_exchange_names_the_exchange(
    client, bench, registry, issuer, package
):
    registry.trust(package)
    bench.npmrc(token="stale")
    folder = bench.package(package)

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    assert ran.code == 1
    assert ran.errors[1] == (
        f"401 Unauthorized - PUT {registry.url}/{package.replace('/', '%2f')} - the exchange of the"
        f" ID token failed ({WRONG_WORKFLOW.format(package)}), and the token is not one of this"
        " registry"
    )


@pytest.mark.case("I05")
@pytest.mark.parametrize("client", NPMS)
def test_where_the_owner_allows_tokens_the_fall_back_is_loud(
    client, bench, registry, issuer, person, name
):
    registry.seed(name, by=person)
    registry.trust(name)
    bench.npmrc(token=person.token)
    folder = bench.package(name)
    allowed = bench.run(
        client,
        "access",
        "set",
        "mfa=automation",
        name,
        f"--otp={registry.otp(person)}",
        folder=folder,
    )

    ran = bench.publish(client, folder=folder, ci=ci.github(issuer, workflow="ci.yml"))

    assert (allowed.code, ran.code) == (0, 0)
    shown = person.token[:8] + "..." + person.token[-4:]
    assert ran.said[-1] == (
        f"{name}@1.0.0 is published, by the token `{shown}` of {person.name}. Beware: the exchange of the ID token failed ({WRONG_WORKFLOW.format(name)}) and the client fell back to a token"
    )
    assert [event["version"] for event in registry.events(name, "token-after-failed-exchange")] == [
        "1.0.0"
    ]


@pytest.mark.case("I02")
def test_a_token_cannot_publish_beside_a_publisher(bench, registry, owner, package):
    registry.trust(package)
    bench.npmrc(token=owner.token)

    ran = bench.publish("npm12", folder=bench.package(package))

    assert ran.code == 1
    assert ran.said[-1] == (
        f"a token cannot publish `{package}`: it has a trusted publisher, and its owner did not opt in to tokens beside it (hint: publish from the trusted publisher's workflow, or let an owner allow tokens: `npm access set mfa=automation PACKAGE` with a one-time password)"
    )


@pytest.mark.case("I02")
def test_yarn_prefers_the_token_and_is_told_why_not(bench, registry, issuer, owner, package):
    registry.trust(package)
    bench.npmrc(token=owner.token)
    folder = bench.package(package, publishConfig={"access": "public"})

    ran = bench.publish("yarn4", folder=folder, ci=ci.github(issuer))

    assert ran.code == 1
    assert (
        f"a token cannot publish `{package}`: it has a trusted publisher, and its owner did not opt"
        " in to tokens beside it"
    ) in ran.text
