"""A second gate whose upstream is away installs from what the first one exported."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from tests.support.gate_histories import CHANGED, CLEAN, CLEAN_TREE, DOWNGRADED, write_histories
from tests.support.gate_world import ENFORCING, OBSERVING, gate_before, trust_upstream
from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry
from tests.support.workbench import Workbench


def imprint(*words):
    command = (sys.executable, "-m", "imprint", *map(str, words))
    return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=60)


@pytest.fixture(scope="module")
def exported(tmp_path_factory, issuer):
    """The archive of a gate that let everything in, its sha256, and its upstream, which is away."""
    folder = tmp_path_factory.mktemp("exported")
    archive = folder / "cache.tar"
    with upstream_registry() as upstream:
        write_histories(upstream)
        with gate_before(upstream, folder / "first", issuer=issuer, policy=OBSERVING) as world:
            wanted = {CLEAN: "^2.0.0", DOWNGRADED.name: "*", CHANGED.name: "*"}
            good = {DOWNGRADED.name: DOWNGRADED.good, CHANGED.name: CHANGED.good}
            for number, dependencies in enumerate((wanted, good)):
                bench = Workbench(folder / f"bench{number}", registry_url=world.url)
                ran = bench.run("npm12", "install", folder=bench.application(dependencies))
                assert ran.code == 0, ran.text
            # While it serves.
            ran = imprint("gate", "export", archive, "--data", folder / "first", "--format=json")
            assert ran.returncode == 0, ran.stderr
    return archive, json.loads(ran.stdout)["sha256"], upstream


@contextmanager
def second_gate(folder, exported, *options):
    """A gate of its own policy and trust, which has nothing but the archive."""
    archive, sha256, upstream = exported
    folder.mkdir()
    trust_upstream(folder, url=upstream.url, authority=upstream.authority, key=upstream.key)
    (folder / "imprint.toml").write_text(ENFORCING + "[advisories]\nblock = 'none'\n")
    words = ("--data", folder, "--upstream", upstream.url)
    taken = imprint("gate", "import", archive, *words, "--sha256", sha256)
    assert taken.returncode == 0, taken.stderr
    policy = str(folder / "imprint.toml")
    with Served("--upstream", upstream.url, "--policy", policy, *options, folder=folder) as served:
        yield served


@pytest.fixture(scope="module")
def second(tmp_path_factory, exported):
    with second_gate(tmp_path_factory.mktemp("offline") / "second", exported) as served:
        yield served


@pytest.fixture
def offline(tmp_path, second):
    return Workbench(tmp_path / "offline", registry_url=second.url)


def installed(folder, name):
    manifest = folder / "node_modules" / name / "package.json"
    return json.loads(manifest.read_text())["version"] if manifest.exists() else None


@pytest.mark.parametrize("client", ["npm10", "npm11", "npm12"])
def test_npm_installs_what_the_second_policy_admits(client, offline):
    folder = offline.application({CLEAN: "^2.0.0", DOWNGRADED.name: "*", CHANGED.name: "*"})

    ran = offline.run(client, "install", folder=folder)

    assert ran.code == 0, ran.text
    assert {name: installed(folder, name) for name in CLEAN_TREE} == CLEAN_TREE
    assert installed(folder, DOWNGRADED.name) == DOWNGRADED.good
    assert installed(folder, CHANGED.name) == CHANGED.good


def test_what_only_the_first_policy_let_in_is_refused(offline):
    ran = offline.run("npm12", "install", folder=offline.application({CHANGED.name: CHANGED.bad}))

    assert ran.code != 0
    assert "ETARGET" in ran.text or "403" in ran.text


def test_the_keys_and_attestations_that_came_along_are_handed_out(second):
    with urlopen(f"{second.url}/-/npm/v1/keys", timeout=30) as answer:
        keys = json.load(answer)["keys"]
    with urlopen(f"{second.url}/-/npm/v1/attestations/{CLEAN}@2.0.0", timeout=30) as answer:
        attestations = json.load(answer)["attestations"]

    assert len(keys) == 2
    assert len(attestations) == 2
    assert "not confirmed" in answer.headers["imprint-doubt"]


def test_what_did_not_come_along_is_an_error_and_no_other_package(offline):
    words = ("install", "--fetch-retries=0")
    ran = offline.run("npm12", *words, folder=offline.application({"pebble": "*"}))

    assert ran.code != 0
    assert "502" in ran.text


def test_a_gate_that_runs_has_what_is_imported_without_a_restart(tmp_path, exported):
    archive, _, upstream = exported
    words = ("--upstream", upstream.url)
    with Served(*words, folder=tmp_path / "running") as served:
        bench = Workbench(tmp_path / "bench", registry_url=served.url)
        folder = bench.application({CLEAN: "^2.0.0"})
        before = bench.run("bun", "install", folder=folder)

        taken = imprint("gate", "import", archive, "--data", tmp_path / "running", *words)
        wait_for(lambda: "gate-folder-taken-up" in served.log)
        after = bench.run("bun", "install", folder=folder)

    assert before.code != 0
    assert taken.returncode == 0, taken.stderr
    assert (after.code, installed(folder, CLEAN)) == (0, CLEAN_TREE[CLEAN]), after.text


def wait_for(condition, *, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
