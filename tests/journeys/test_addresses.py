"""Where the registry is: under a path, by another name, beside another registry."""

import pytest

from tests.support import ci


@pytest.mark.case("I09")
@pytest.mark.parametrize("client", ["npm11", "npm12", "pnpm12"])
def test_a_registry_setting_with_a_path_is_exchanged_and_then_told_what_is_wrong(
    client, bench, registry, issuer, package
):
    registry.trust(package)
    bench.registry_url = f"{registry.url}/npm"
    bench.npmrc()

    ran = bench.publish(client, folder=bench.package(package), ci=ci.github(issuer))

    assert ran.code == 1
    assert [event["kind"] for event in registry.events(package)][-1] == "exchange-minted"
    assert "this registry has nothing at this path" in ran.text


@pytest.mark.case("B14")
@pytest.mark.parametrize("client", ["npm12", "yarn4"])
def test_another_spelling_of_the_host_is_another_registry(client, bench, registry, issuer, package):
    registry.trust(package)
    bench.registry_url = registry.url.replace("127.0.0.1", "localhost")
    bench.npmrc()

    ran = bench.publish(
        client,
        folder=bench.package(package, publishConfig={"access": "public"}),
        ci=ci.github(issuer),
        YARN_UNSAFE_HTTP_WHITELIST="localhost",
    )

    assert ran.code == 1
    if client == "npm12":
        assert ran.said[0] == (
            "token was issued for `npm:localhost`, this registry is `npm:127.0.0.1` (hint: request an ID token with the audience `npm:127.0.0.1`)"
        )


@pytest.mark.case("I10")
@pytest.mark.parametrize("client", ["npm11", "npm12"])
def test_a_scope_at_another_registry_is_exchanged_there(client, bench, registry, issuer, package):
    registry.trust(package)
    # npm asks the default registry, and not the scope's, for the package's visibility.
    default = registry.url.replace("127.0.0.1", "localhost")
    (bench.home / ".npmrc").write_text(f"registry={default}/\n@acme:registry={registry.url}/\n")

    ran = bench.run(client, "publish", folder=bench.package(package), ci=ci.github(issuer))

    assert ran.code == 0, ran.text


def test_the_registry_of_the_package_itself_is_exchanged_there(bench, registry, issuer, package):
    registry.trust(package)
    bench.registry_url = registry.url.replace("127.0.0.1", "localhost")
    bench.npmrc()
    folder = bench.package(package, publishConfig={"registry": f"{registry.url}/"})

    ran = bench.run("npm12", "publish", folder=folder, ci=ci.github(issuer))

    assert ran.code == 0, ran.text
