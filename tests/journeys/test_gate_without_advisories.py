"""What real clients make of a gate whose upstream has no advisories: nothing that reads as "none"."""

from __future__ import annotations

import pytest

from tests.journeys.test_gate_locked import AUDITS, installed, locked
from tests.support.gate_histories import CLEAN, DOWNGRADED
from tests.support.gate_world import gate_world
from tests.support.workbench import Workbench

SENTENCE = "no upstream of these packages has advisories"
SAID = {
    "npm10": "of no version it is known whether it has flaws",
    "npm11": SENTENCE,
    "npm12": SENTENCE,
    "pnpm10": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "pnpm11": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "pnpm12": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "yarn4": "404",
    "bun": "404",
    "deno": SENTENCE,
}
HARMLESS = ("found 0 vulnerabilities", "No known vulnerabilities", "No vulnerabilities found")


@pytest.fixture(scope="module")
def gated(tmp_path_factory, issuer):
    """A gate before an upstream that answers 404 to who asks for advisories."""
    with gate_world(tmp_path_factory.mktemp("gated"), issuer=issuer) as running:
        del running.upstream.answers["/-/npm/v1/security/advisories/bulk"]
        yield running


@pytest.fixture
def direct(tmp_path, gated):
    return Workbench(tmp_path / "direct", registry_url=gated.upstream.url.rstrip("/"))


@pytest.mark.parametrize("client", SAID)
def test_an_install_goes_on_and_an_audit_says_that_nothing_is_known(client, gated_bench):
    folder = gated_bench.application({CLEAN: "2.0.0"})
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    (folder / "deno.json").write_text('{"minimumDependencyAge": 0}\n')
    asking = ("npm", "audit") if client == "yarn4" else ("audit",)

    ran = gated_bench.run(client, "install", folder=folder, npm_config_audit="true")
    audited = gated_bench.run(client, *asking, folder=folder)

    assert (ran.code, installed(folder, CLEAN)) == (0, "2.0.0"), ran.text
    assert audited.code != 0, audited.text
    assert SAID[client] in audited.text
    assert not any(words in ran.text + audited.text for words in HARMLESS)
    assert SENTENCE not in ran.text


@pytest.mark.parametrize("client", AUDITS)
def test_what_is_refused_is_told_with_that_nothing_else_is_known(
    client, direct, gated, gated_bench
):
    folder = locked(direct, gated, client, {DOWNGRADED.name: DOWNGRADED.bad})

    ran = gated_bench.run(client, *AUDITS[client], folder=folder, npm_config_audit="true")

    assert ran.code == 1, ran.text
    assert "refused by policy" in ran.text
    assert "of other flaws nothing is known" in " ".join(ran.text.replace("│", " ").split()), (
        ran.text
    )
