"""Our own packages beside those of the upstream: who publishes what, and whose a name is."""

import json

import pytest

from tests.support.gate_histories import CLEAN, CLEAN_TREE, trusted

INSTALLERS = ["npm10", "npm12", "pnpm12", "yarn4", "bun"]
PUBLISHERS = ["npm10", "npm11", "npm12", "pnpm12"]


@pytest.fixture(scope="session")
def publisher(gated):
    return gated.gate.person("publisher")


@pytest.fixture
def private(gated, publisher, name):
    """A package of our own, which needs one of the upstream's."""
    needs = {CLEAN: "^2.0.0"}
    gated.gate.seed(name, by=publisher, version="1.0.0", manifest={"dependencies": needs})
    return name


def application(bench, dependencies):
    folder = bench.application(dependencies)
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    return folder


def installed(folder, name):
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None


def asked_of(gated, name, *, since):
    """What the upstream was asked or told that has the name in it."""
    found = gated.upstream.asked[since:]
    stem = name.partition("/")[2] or name
    return [one.path for one in found if stem in one.path or stem.encode() in one.body]


@pytest.mark.parametrize("client", INSTALLERS)
def test_our_own_and_the_upstreams_are_installed_together(client, gated_bench, private):
    folder = application(gated_bench, {private: "^1.0.0", CLEAN: "^2.0.0"})

    ran = gated_bench.run(client, "install", folder=folder)

    assert ran.code == 0, ran.text
    assert installed(folder, private) == "1.0.0"
    assert installed(folder, CLEAN) == CLEAN_TREE[CLEAN]


@pytest.mark.parametrize("client", INSTALLERS)
def test_a_higher_version_upstream_is_never_taken(client, gated, gated_bench, private):
    trusted(gated.upstream, private, "99.0.0", days_ago=60)
    since = len(gated.upstream.asked)
    folder = application(gated_bench, {private: ">=1.0.0"})

    ran = gated_bench.run(client, "install", folder=folder, npm_config_audit="true")

    assert ran.code == 0, ran.text
    assert installed(folder, private) == "1.0.0"
    assert asked_of(gated, private, since=since) == []


def test_a_name_without_a_scope_is_ours_as_well(gated, gated_bench, publisher):
    gated.gate.seed("ledger-of-ours", by=publisher, version="1.0.0")
    trusted(gated.upstream, "ledger-of-ours", "99.0.0", days_ago=60)
    since = len(gated.upstream.asked)
    folder = application(gated_bench, {"ledger-of-ours": "*"})

    ran = gated_bench.run("npm12", "install", folder=folder, npm_config_audit="true")

    assert (ran.code, installed(folder, "ledger-of-ours")) == (0, "1.0.0"), ran.text
    assert asked_of(gated, "ledger-of-ours", since=since) == []


@pytest.mark.parametrize("client", PUBLISHERS)
def test_nothing_is_published_to_the_upstream(client, gated, gated_bench, publisher):
    gated_bench.npmrc(token=publisher.token)
    since = len(gated.upstream.asked)

    ran = gated_bench.publish(client, folder=gated_bench.package(CLEAN, "3.0.0"))

    assert ran.code != 0
    assert f"`{CLEAN}`" in ran.text
    assert "upstream" in ran.text
    assert {"PUT", "DELETE"}.isdisjoint(one.method for one in gated.upstream.asked[since:])
    assert gated.gate.package(CLEAN) is None


@pytest.mark.parametrize("client", PUBLISHERS)
def test_our_own_are_published_through_the_gates_address(client, gated, gated_bench, publisher):
    gated_bench.npmrc(token=publisher.token)
    name = f"@acme/tool-by-{client}"

    ran = gated_bench.publish(client, folder=gated_bench.package(name, "1.0.0"))

    assert ran.code == 0, ran.text
    assert gated.gate.http("GET", f"/{name.replace('/', '%2f')}").status == 200


def test_no_credential_of_a_client_reaches_the_upstream(gated, gated_bench, publisher):
    gated_bench.npmrc(token=publisher.token)
    since = len(gated.upstream.asked)

    ran = gated_bench.run(
        "npm12",
        "install",
        folder=application(gated_bench, {CLEAN: "^2.0.0"}),
        npm_config_audit="true",
    )

    assert ran.code == 0, ran.text
    assert all("authorization" not in one.headers for one in gated.upstream.asked[since:])
    sent = b"".join(one.body for one in gated.upstream.asked)
    assert publisher.token.encode() not in sent
