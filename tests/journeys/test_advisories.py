"""What real clients make of a registry that keeps no advisories: nothing that reads as "none known"."""

from __future__ import annotations

import pytest

SENTENCE = "this registry keeps no advisories"
SAID = {
    "npm10": SENTENCE,
    "npm11": SENTENCE,
    "npm12": SENTENCE,
    "pnpm10": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "pnpm11": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "pnpm12": "ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS",
    "yarn4": "404",
    "bun": "404",
}
HARMLESS = ("found 0 vulnerabilities", "No known vulnerabilities", "No vulnerabilities found")


@pytest.mark.parametrize("client", SAID)
def test_an_install_goes_on_and_an_audit_says_that_nothing_is_known(client, bench, package):
    folder = bench.application({package: "0.0.1"})

    installed = bench.run(client, "install", folder=folder)
    audited = bench.run(client, *(("npm",) if client == "yarn4" else ()), "audit", folder=folder)

    assert installed.code == 0, installed.text
    assert audited.code != 0, audited.text
    assert SAID[client] in audited.text
    assert not any(words in installed.text + audited.text for words in HARMLESS)
    assert SENTENCE not in installed.text
