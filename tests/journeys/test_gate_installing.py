"""What everybody installs through the gate: what policy admits, and a reason for the rest."""

import json
import re

import pytest

from tests.support.clients import CLIENTS
from tests.support.gate_histories import (
    BAD,
    CLEAN,
    CLEAN_TREE,
    DOWNGRADED,
    NEW_PACKAGE,
    NEWBORN,
)

NPM = ["npm10", "npm11", "npm12"]
PNPM = ["pnpm10", "pnpm11", "pnpm12"]
# What others say of a version that is not in the packument; they have no place for a reason.
NO_SUCH_VERSION = {
    "yarn1": "Couldn't find any versions",
    "yarn4": "No candidates found",
    "bun": "No version matching",
    "deno": "Could not find npm package",
}
INSTALLERS = [*NPM, *PNPM, *NO_SUCH_VERSION]
EACH_BAD = [pytest.param(one, id=one.code) for one in BAD]


def application(bench, dependencies, **more):
    folder = bench.application(dependencies, **more)
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    return folder


def said_by(ran):
    """What a client said, without the places where it breaks and joins words."""
    return re.sub(r"[\s_`]", "", ran.text)


def add(bench, client, name, *, folder):
    match CLIENTS[client].family:
        case "npm":
            words = ("install", name)
        case "deno":
            words = ("add", f"npm:{name}")
        case _:
            words = ("add", name)
    return bench.run(client, *words, folder=folder)


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

    ran = add(gated_bench, client, DOWNGRADED.name, folder=folder)

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
@pytest.mark.parametrize("client", PNPM)
def test_pnpm_says_why_exactly_this_version_is_refused(client, bad, gated, gated_bench):
    folder = application(gated_bench, {bad.name: bad.bad})

    ran = gated_bench.run(client, "install", folder=folder)

    said = said_by(ran)
    assert ran.code == 1
    assert "ERR_PNPM_NO_MATCHING_VERSION" in ran.text
    assert f"{bad.name}@{bad.bad}isrefused:" in said
    assert f"imprintexplain{bad.code};insteadthereis:{bad.good}" in said
    assert f"see{gated.url}/-/imprint/gate/packages/{bad.name}forwhy" in said
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("bad", EACH_BAD)
@pytest.mark.parametrize("client", NO_SUCH_VERSION)
def test_exactly_this_version_is_refused(client, bad, gated_bench):
    folder = application(gated_bench, {bad.name: bad.bad})

    ran = gated_bench.run(client, "install", folder=folder)

    assert ran.code != 0
    assert NO_SUCH_VERSION[client] in ran.text
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("client", [*NPM, *NO_SUCH_VERSION])
def test_where_nothing_is_admitted_clients_say_why(client, gated_bench):
    folder = application(gated_bench, {NEW_PACKAGE: "^1.0.0"})

    ran = gated_bench.run(client, "install", folder=folder)

    assert ran.code != 0
    assert f"{NEW_PACKAGE}@1.0.1isrefused:published2hago" in said_by(ran)
    assert installed(folder, NEW_PACKAGE) is None


@pytest.mark.parametrize("client", PNPM)
def test_where_nothing_is_admitted_pnpm_says_that_it_is_refused(client, gated_bench):
    folder = application(gated_bench, {NEW_PACKAGE: "^1.0.0"})

    ran = gated_bench.run(client, "install", folder=folder)

    assert (ran.code, "ERR_PNPM_FETCH_403" in ran.text) == (1, True)


@pytest.mark.parametrize("client", INSTALLERS)
def test_what_is_optional_and_refused_stops_who_it_always_stops(client, gated_bench):
    folder = application(gated_bench, {CLEAN: "^2.0.0"})
    manifest = json.loads((folder / "package.json").read_text())
    manifest["optionalDependencies"] = {NEW_PACKAGE: "^1.0.0"}
    (folder / "package.json").write_text(json.dumps(manifest))

    ran = gated_bench.run(client, "install", folder=folder)

    # yarn resolves what is optional like all else, and stops at any answer that has no version.
    assert (ran.code == 0) is (CLIENTS[client].family != "yarn"), ran.text
    assert installed(folder, NEW_PACKAGE) is None


@pytest.mark.parametrize("client", NO_SUCH_VERSION)
def test_one_command_says_why_where_a_client_does_not(client, gated_bench):
    folder = application(gated_bench, {DOWNGRADED.name: DOWNGRADED.bad})
    failed = gated_bench.run(client, "install", folder=folder)

    ran = gated_bench.imprint("gate", "why", f"{DOWNGRADED.name}@{DOWNGRADED.bad}", folder=folder)

    assert failed.code != 0
    assert (ran.code, "published with a token, by `wile`" in ran.stdout) == (1, True)


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
