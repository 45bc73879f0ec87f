"""What real clients make of a registry that answers audits from an archive of advisories."""

from __future__ import annotations

import pytest

from tests.npm.advisories.records import affected, archive, record
from tests.support.server import running_registry
from tests.support.workbench import Workbench

BAD, GOOD = "@acme/broken", "@acme/fine"
TITLE = "widget runs what it reads (GHSA-wile-road-acme)"
CLIENTS = ("npm10", "npm11", "npm12", "pnpm11", "pnpm12", "yarn4", "bun")


@pytest.fixture(scope="module")
def advised(tmp_path_factory, issuer):
    """`imprint serve --advisories`, with a package that the archive knows of and another."""
    folder = tmp_path_factory.mktemp("advised")
    path = archive(folder / "all.zip", record(affected=[affected(name=BAD)]))
    with running_registry(folder, "--advisories", str(path), issuer=issuer) as running:
        owner = running.person("owner")
        for name in (BAD, GOOD):
            running.seed(name, by=owner, version="1.0.0")
        yield running


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", [BAD, GOOD])
def test_an_audit_fails_for_what_is_known_and_passes_for_the_rest(client, advised, tmp_path, name):
    bench = Workbench(tmp_path / "bench", registry_url=advised.url)
    folder = bench.application({name: "1.0.0"})

    installed = bench.run(client, "install", folder=folder)
    audited = bench.run(client, *(("npm",) if client == "yarn4" else ()), "audit", folder=folder)

    assert installed.code == 0, installed.text
    assert (audited.code != 0) == (name == BAD), audited.text
    assert (TITLE in audited.text) == (name == BAD), audited.text
