"""What everybody installs through the gate: what policy admits, and a reason for the rest."""

import json

import pytest

from tests.support.gate_histories import BAD, CLEAN, CLEAN_TREE, DOWNGRADED, NEWBORN

INSTALLERS = ["npm10", "npm11", "npm12", "pnpm10", "pnpm12", "yarn4", "bun"]
NPM = ["npm10", "npm11", "npm12"]
# What others say of a version that is not in the packument; they have no place for a reason.
NO_SUCH_VERSION = {
    "pnpm10": "ERR_PNPM_NO_MATCHING_VERSION",
    "pnpm12": "ERR_PNPM_NO_MATCHING_VERSION",
    "yarn4": "No candidates found",
    "bun": "No version matching",
}
EACH_BAD = [pytest.param(one, id=one.code) for one in BAD]


def application(bench, dependencies, **more):
    folder = bench.application(dependencies, **more)
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    return folder


def installed(folder, name):
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None


def test_scene_holds_together(gated):
    served = {one.name: gated.gate.http("GET", f"/{one.name}").json for one in BAD}

    assert {name: found["dist-tags"] for name, found in served.items()} == {
        one.name: {"latest": one.good} for one in BAD
    }
    assert {one.name for one in BAD if one.bad in served[one.name]["versions"]} == set()


@pytest.mark.parametrize("client", INSTALLERS)
def test_a_range_takes_the_newest_that_is_admitted(client, gated_bench):
    ranges = {one.name: f"^{one.good.partition('.')[0]}.0.0" for one in BAD}
    folder = application(gated_bench, {**ranges, CLEAN: "^2.0.0"})

    ran = gated_bench.run(client, "install", folder=folder)

    assert ran.code == 0, ran.text
    found = {name: installed(folder, name) for name in (*ranges, CLEAN)}
    assert found == {**{one.name: one.good for one in BAD}, CLEAN: CLEAN_TREE[CLEAN]}


@pytest.mark.parametrize("client", INSTALLERS)
def test_latest_is_the_newest_that_is_admitted(client, gated_bench):
    folder = application(gated_bench, {})

    ran = gated_bench.run(
        client, "install" if client.startswith("npm") else "add", DOWNGRADED.name, folder=folder
    )

    assert ran.code == 0, ran.text
    assert installed(folder, DOWNGRADED.name) == DOWNGRADED.good


@pytest.mark.parametrize("bad", EACH_BAD)
@pytest.mark.parametrize("client", NPM)
def test_npm_says_why_exactly_this_version_is_refused(client, bad, gated_bench):
    folder = application(gated_bench, {bad.name: bad.bad})

    ran = gated_bench.run(client, "install", folder=folder)

    assert (ran.code, ran.errors[0]) == (1, "code ETARGET")
    said = [line for line in ran.notices if f"`{bad.name}@{bad.bad}` is refused" in line]
    assert len(said) == 1, ran.text
    assert f"`imprint explain {bad.code}`" in said[0]
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("bad", EACH_BAD)
@pytest.mark.parametrize("client", NO_SUCH_VERSION)
def test_exactly_this_version_is_refused(client, bad, gated_bench):
    folder = application(gated_bench, {bad.name: bad.bad})

    ran = gated_bench.run(client, "install", folder=folder)

    assert ran.code != 0
    assert NO_SUCH_VERSION[client] in ran.text
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("client", NPM)
def test_npm_says_what_it_does_not_install(client, gated_bench):
    folder = application(gated_bench, {DOWNGRADED.name: "^1.0.0"})

    ran = gated_bench.run(client, "install", folder=folder)

    assert [line.partition(":")[0] for line in ran.notices] == ["imprint"]
    assert "published with a token, by `wile`" in ran.notices[0]


def test_what_only_the_bad_version_needs_is_not_asked_for(gated, gated_bench):
    folder = application(gated_bench, {DOWNGRADED.name: "^1.0.0"})

    ran = gated_bench.run("npm12", "install", folder=folder)

    assert ran.code == 0, ran.text
    assert installed(folder, NEWBORN) is None


def test_the_document_of_one_version_says_why(gated):
    answer = gated.gate.http("GET", f"/{DOWNGRADED.name}/{DOWNGRADED.bad}")

    assert (answer.status, answer.json["code"]) == (403, DOWNGRADED.code)
