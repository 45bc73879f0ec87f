"""What a lockfile, a cache or another host brings past packuments: refused, or told of."""

import json
import re
import shutil

import pytest

from tests.support.gate_histories import BAD, CLEAN, CLEAN_TREE, DOWNGRADED
from tests.support.gate_world import ENFORCING
from tests.support.workbench import Workbench

NPM = ["npm10", "npm11", "npm12"]
FROZEN = {
    "npm10": ("ci",),
    "npm11": ("ci",),
    "npm12": ("ci",),
    "pnpm10": ("install", "--frozen-lockfile"),
    "pnpm11": ("install", "--frozen-lockfile"),
    "pnpm12": ("install", "--frozen-lockfile"),
    "yarn1": ("install", "--frozen-lockfile"),
    "yarn4": ("install", "--immutable"),
    "bun": ("install", "--frozen-lockfile"),
    "deno": ("ci",),
}
# How those say that a tarball was answered with 403 who show nothing of the answer.
FORBIDDEN = {
    "pnpm10": "ERR_PNPM_FETCH_403",
    "pnpm11": "ERR_PNPM_FETCH_403",
    "pnpm12": "HTTP 403",
    "yarn1": 'Request failed "403 Forbidden"',
}
# And those who show the address that answered last, or all of the answer.
SHOWN = {
    "yarn4": "403 (Forbidden)",
    "bun": "- 403",
    "deno": "Bad response: 403",
}
AUDITS = {
    "npm10": ("audit",),
    "npm12": ("audit",),
    "pnpm10": ("audit",),
    "pnpm11": ("audit",),
    "pnpm12": ("audit",),
    # It falls over a version that is not in its packument when it looks for deprecations.
    "yarn4": ("npm", "audit", "--no-deprecations"),
    "bun": ("audit",),
    "deno": ("audit",),
}
"""Without yarn 1, whose `audit` asks its own public registry, whatever is configured."""
LOCKFILES = ("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "deno.lock")
EACH_BAD = [pytest.param(one, id=one.code) for one in BAD]


@pytest.fixture
def direct(tmp_path, gated):
    """Clients that ask the upstream itself, with homes and caches of their own."""
    return Workbench(tmp_path / "direct", registry_url=gated.upstream.url.rstrip("/"))


def locked(direct, gated, client, dependencies):
    """Lock as nobody is there to refuse, for the gate's address; nothing stays installed."""
    folder = direct.application(dependencies)
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    # It locks nothing of the last 24 hours by itself.
    (folder / "deno.json").write_text('{"minimumDependencyAge": 0}\n')
    ran = direct.run(client, "install", folder=folder)
    assert ran.code == 0, ran.text
    shutil.rmtree(folder / "node_modules")
    shutil.rmtree(folder / ".yarn", ignore_errors=True)
    readdress(folder, gated.upstream.url, f"{gated.url}/")
    return folder


def readdress(folder, before, after):
    for file in (folder / name for name in LOCKFILES):
        if file.exists():
            file.write_text(file.read_text().replace(before, after))


def installed(folder, name):
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None


def audit(bench, gated, folder, *options):
    (folder / "imprint.toml").write_text(ENFORCING)
    words = ("audit", "--data", str(gated.gate.folder), "--format", "json", *options)
    ran = bench.imprint(*words, folder=folder)
    packages = json.loads(ran.stdout)["packages"]
    return ran.code, {one["name"]: [r["code"] for r in one["reasons"]] for one in packages}


@pytest.mark.parametrize("client", FROZEN)
def test_a_lockfile_of_good_versions_is_installed(client, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {CLEAN: "^2.0.0"})

    ran = gated_bench.run(client, *FROZEN[client], folder=folder)

    assert ran.code == 0, ran.text
    assert installed(folder, CLEAN) == CLEAN_TREE[CLEAN]


@pytest.mark.parametrize("bad", EACH_BAD)
@pytest.mark.parametrize("client", NPM)
def test_npm_ci_says_why_a_locked_version_is_refused(client, bad, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {bad.name: bad.bad})

    ran = gated_bench.run(client, "ci", folder=folder)

    assert (ran.code, ran.errors[0]) == (1, "code E403")
    assert f" - `{bad.name}@{bad.bad}` is refused: " in ran.errors[1]
    assert f"`imprint explain {bad.code}`" in ran.errors[1]
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("client", FORBIDDEN)
def test_a_locked_version_is_refused(client, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {DOWNGRADED.name: DOWNGRADED.bad})

    ran = gated_bench.run(client, *FROZEN[client], folder=folder)

    assert ran.code != 0
    assert FORBIDDEN[client] in ran.text
    assert installed(folder, DOWNGRADED.name) is None


@pytest.mark.parametrize("bad", EACH_BAD)
@pytest.mark.parametrize("client", SHOWN)
def test_whoever_shows_addresses_or_answers_says_why(client, bad, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {bad.name: bad.bad})

    ran = gated_bench.run(client, *FROZEN[client], folder=folder)

    said = re.sub(r"[\s_`]", "", ran.text)
    assert ran.code != 0
    assert SHOWN[client] in ran.text
    assert f"{bad.name}@{bad.bad}isrefused:" in said
    assert f"readimprintexplain{bad.code}" in said
    assert installed(folder, bad.name) is None


@pytest.mark.parametrize("client", NPM)
def test_what_comes_from_a_warm_cache_is_told_of(client, direct, gated):
    folder = locked(direct, gated, client, {DOWNGRADED.name: DOWNGRADED.bad})
    through = {"npm_config_registry": f"{gated.url}/", "npm_config_audit": "true"}

    ran = direct.run(client, "ci", folder=folder, **through)

    assert (ran.code, installed(folder, DOWNGRADED.name)) == (0, DOWNGRADED.bad)
    assert "1 high severity vulnerability" in ran.stdout
    assert ran.notices[0].startswith(
        f"imprint: 1 of 3 versions falls short of policy: `{DOWNGRADED.name}@{DOWNGRADED.bad}`"
    )


@pytest.mark.parametrize("client", NPM)
def test_what_another_host_brings_is_told_of(client, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {DOWNGRADED.name: DOWNGRADED.bad})
    readdress(folder, f"{gated.url}/", gated.upstream.url)
    others = {"npm_config_allow_remote": "all"} if client == "npm12" else {}

    ran = gated_bench.run(client, "ci", folder=folder, npm_config_audit="true", **others)

    assert (ran.code, installed(folder, DOWNGRADED.name)) == (0, DOWNGRADED.bad), ran.text
    assert f"falls short of policy: `{DOWNGRADED.name}@{DOWNGRADED.bad}`" in ran.text


@pytest.mark.parametrize("client", AUDITS)
def test_an_audit_by_the_client_says_why(client, direct, gated, gated_bench):
    folder = locked(direct, gated, client, {DOWNGRADED.name: DOWNGRADED.bad})

    ran = gated_bench.run(client, *AUDITS[client], folder=folder, npm_config_audit="true")

    assert ran.code == 1
    assert "refused by policy" in ran.text
    assert DOWNGRADED.name in ran.text


def test_what_was_installed_past_the_gate_is_refused_by_the_audit(direct, gated, gated_bench):
    folder = locked(direct, gated, "npm12", {DOWNGRADED.name: DOWNGRADED.bad})

    code, reasons = audit(gated_bench, gated, folder, "--registry", gated.url)

    assert code == 1
    assert reasons[DOWNGRADED.name] == ["release-unpublished", "unknown-evidence"]


def test_the_audit_of_the_upstream_gives_the_gates_reasons(direct, gated, gated_bench):
    folder = locked(direct, gated, "npm12", {DOWNGRADED.name: DOWNGRADED.bad})
    readdress(folder, f"{gated.url}/", gated.upstream.url)

    code, reasons = audit(gated_bench, gated, folder, "--registry", gated.upstream.url)

    assert code == 1
    assert reasons[DOWNGRADED.name][:2] == ["auth-regressed", "origin-dropped"]


def test_another_host_in_a_lockfile_is_refused_by_the_audit(direct, gated, gated_bench):
    folder = locked(direct, gated, "npm12", {CLEAN: "^2.0.0"})
    readdress(folder, f"{gated.url}/", gated.upstream.url)

    code, reasons = audit(gated_bench, gated, folder, "--registry", gated.url)

    assert (code, set(map(tuple, reasons.values()))) == (1, {("lock-foreign-host",)})
