"""What real clients make of a package that is held: they stop at once, and say why if they can."""

from __future__ import annotations

import re
from urllib.request import urlopen

import pytest

from tests.journeys.test_gate_locked import FROZEN, installed, locked
from tests.support.gate_histories import CLEAN, CLEAN_TREE
from tests.support.gate_world import gate_world
from tests.support.workbench import Workbench

SETTINGS = 'gate_undecided = "hold"\ngate_max_age_seconds = 0\n'
NAME = "rope"
"""Which needs nothing else."""
SAID = {
    "npm10": f"`{NAME}` could not be judged",
    "npm11": f"`{NAME}` could not be judged",
    "npm12": f"`{NAME}` could not be judged",
    "pnpm10": "ERR_PNPM_FETCH_403",
    "pnpm11": "ERR_PNPM_FETCH_403",
    "pnpm12": "HTTP 403",
    "yarn1": 'Request failed "403 Forbidden"',
    "yarn4": f"?refused={NAME}_could_not_be_judged",
    "bun": f"?refused={NAME}_could_not_be_judged",
    "deno": f"`{NAME}` could not be judged",
}
SENT_ON = {"yarn4", "bun"}
TRIES = {"deno": 4}
"""It asks that often, within a second, whatever the answer is."""


@pytest.fixture(scope="module")
def gated(tmp_path_factory, issuer):
    """A gate that holds what its upstream does not confirm, and has the package."""
    folder = tmp_path_factory.mktemp("gated")
    with gate_world(folder, issuer=issuer, settings=SETTINGS) as running:
        with urlopen(f"{running.url}/{NAME}", timeout=20) as answer:
            assert answer.status == 200
        yield running


@pytest.fixture
def direct(tmp_path, gated):
    return Workbench(tmp_path / "direct", registry_url=gated.upstream.url.rstrip("/"))


@pytest.fixture
def away(gated):
    """Call it, and the upstream has nothing to say of the package any more."""
    whole = gated.upstream.answers[f"/{NAME}"]
    yield lambda: gated.upstream.answers.update({f"/{NAME}": (500, b"")})
    gated.upstream.answers[f"/{NAME}"] = whole


def refused_tarballs(gated):
    with urlopen(f"{gated.url}/-/imprint/metrics", timeout=20) as answer:
        text = answer.read().decode()
    found = re.search(r'requests_total{kind="tarball",outcome="refused"} (\d+)', text)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("client", SAID)
def test_a_locked_package_that_is_held_is_refused_at_once(client, direct, gated, gated_bench, away):
    folder = locked(direct, gated, client, {NAME: CLEAN_TREE[NAME]})
    away()
    before = refused_tarballs(gated)

    # yarn 1 has one cache for all homes of a machine's administrator.
    cache = str(gated_bench.home / "yarn")
    ran = gated_bench.run(client, *FROZEN[client], folder=folder, YARN_CACHE_FOLDER=cache)

    assert ran.code != 0
    assert SAID[client] in ran.text
    assert installed(folder, NAME) is None
    tries = TRIES.get(client, 1) * (2 if client in SENT_ON else 1)
    assert refused_tarballs(gated) - before == tries


def test_what_is_not_held_is_installed_meanwhile(gated_bench, away):
    away()
    folder = gated_bench.application({"@dock/knot": CLEAN_TREE["@dock/knot"]})

    ran = gated_bench.run("npm12", "install", folder=folder)

    assert (ran.code, installed(folder, "@dock/knot")) == (0, "1.0.0"), ran.text
    assert CLEAN not in ran.text
