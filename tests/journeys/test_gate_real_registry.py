"""The registry that npm is set up for here, directly and through the gate: the same lockfile."""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

import pytest

from tests.support.clients import CLIENTS
from tests.support.gate_world import OBSERVING
from tests.support.server import Served
from tests.support.workbench import Workbench

PROJECT = {"express": "4.21.2", "chalk": "5.4.1", "axios": "1.7.9", "mocha": "10.8.2"}
"""Exact, for the rest follows from what the registry has at the moment: about 145 packages."""
LEAST_PACKAGES = 100
LOCKING = ["npm11", *os.environ.get("IMPRINT_REAL_CLIENTS", "").split()]
"""The registry is far away, and an install takes half a minute: `npm12 pnpm12 yarn4 bun` are for
who asks for them by the variable."""
LOCKFILES = {
    "npm": "package-lock.json",
    "pnpm": "pnpm-lock.yaml",
    "yarn": "yarn.lock",
    "bun": "bun.lock",
}
PING_SECONDS = 10
"""A registry that takes longer than this for one small answer is too far away."""
# Whoever asks a distant registry gives up soon, so that a test ends by itself: at most three times
# twenty seconds for one answer, and 90 for a whole install (`workbench.PATIENCE_SECONDS`).
IMPATIENT = {
    "npm_config_fetch_timeout": "20000",
    "npm_config_fetch_retries": "2",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "2000",
    "YARN_HTTP_TIMEOUT": "20000",
    "YARN_HTTP_RETRY": "2",
    "BUN_CONFIG_HTTP_RETRY_COUNT": "2",
}


@pytest.fixture(scope="session")
def real_registry():
    """Its address, with a slash at its end, by npm's own configuration of this machine."""
    asked = [*CLIENTS["npm11"].argv, "config", "get", "registry"]
    said = subprocess.run(
        asked, capture_output=True, text=True, check=True, env=dict(os.environ), timeout=60
    )
    address = said.stdout.strip().rstrip("/") + "/"
    skip_if_slow(address)
    return address


def skip_if_slow(address):
    """Skip the test that asks where the registry does not answer, or not in time."""
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{address}chalk/latest", timeout=PING_SECONDS) as answer:
            answer.read(1)
    except OSError as err:
        pytest.skip(f"the registry of npm's configuration does not answer: {err}")
    if (taken := time.monotonic() - began) > PING_SECONDS:
        pytest.skip(f"the registry of npm's configuration is slow: {taken:.0f} s for one version")


@pytest.fixture(scope="session")
def gate_url(tmp_path_factory, real_registry):
    """The gate before it, with a policy that refuses nothing."""
    folder = tmp_path_factory.mktemp("real")
    policy = folder / "imprint.toml"
    policy.write_text(OBSERVING)
    with Served("--upstream", real_registry, "--policy", str(policy), folder=folder) as served:
        yield served.url


def around():
    """How this machine reaches others: its proxies, and the certificates that it believes."""
    words = ("proxy", "_cert")
    return {
        name: text
        for name, text in os.environ.items()
        if any(word in name.lower() for word in words)
    }


def install(bench, client, folder, real_registry):
    (folder / ".yarnrc.yml").write_text("nodeLinker: node-modules\n")
    words = ("--mode=skip-build",) if client == "yarn4" else ("--ignore-scripts",)
    try:
        ran = bench.run(client, "install", *words, folder=folder, **around(), **IMPATIENT)
    except subprocess.TimeoutExpired:
        skip_if_slow(real_registry)
        raise
    if ran.code != 0:
        skip_if_slow(real_registry)
    assert ran.code == 0, ran.text
    return (folder / LOCKFILES[CLIENTS[client].family]).read_text()


def comparable(lockfile, gate_url, real_registry):
    """As if it was locked directly; bun writes addresses only of what is not npm's public one."""
    direct = lockfile.replace(f"{gate_url}/", real_registry)
    return re.sub(r'"https?://[^"]+\.tgz", \{', '"", {', direct)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("client", LOCKING)
def test_what_is_locked_is_the_same(client, real_registry, gate_url, tmp_path):
    direct = Workbench(tmp_path / "direct", registry_url=real_registry.rstrip("/"))
    gated = Workbench(tmp_path / "gated", registry_url=gate_url)

    expected = install(direct, client, direct.application(PROJECT), real_registry)
    found = install(gated, client, gated.application(PROJECT), real_registry)

    if client == "npm11":
        packages = list(json.loads(found)["packages"].values())[1:]
        assert len(packages) > LEAST_PACKAGES
        assert all(one["resolved"].startswith(gate_url) for one in packages)
    assert comparable(found, gate_url, real_registry) == comparable(
        expected, gate_url, real_registry
    )
    shutil.rmtree(tmp_path)
