"""`imprint gate prefetch`: through a running gate, and into the folder of one that is not."""

import json

import pytest

from tests.support.gate_tarballs import random_bytes, sri
from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry


@pytest.fixture(scope="module")
def upstream():
    with upstream_registry() as running:
        for name in ("left", "right", "bad"):
            running.publish(name, "1.0.0", attested=False, signed=False)
            data = tarball_of(name)
            running.change(name, "1.0.0", integrity=sri(data))
            running.answers[f"/{name}/-/1.0.0.tgz"] = (200, data)
        yield running


def tarball_of(name):
    return random_bytes(3000, seed=len(name))


def lockfile(folder, **integrities):
    packages = {"": {"name": "app", "dependencies": dict.fromkeys(integrities, "1.0.0")}}
    for name, integrity in integrities.items():
        packages[f"node_modules/{name}"] = {
            "version": "1.0.0",
            "resolved": f"https://registry.example.test/{name}/-/{name}-1.0.0.tgz",
            "integrity": integrity,
        }
    path = folder / "package-lock.json"
    path.write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    return str(path)


def right_ones(*names):
    return {name: sri(tarball_of(name)) for name in names}


def tarballs_asked(upstream):
    return [one.path for one in upstream.asked if one.path.endswith(".tgz")]


def test_what_a_lockfile_names_is_fetched_through_a_gate_once(imprint, upstream, tmp_path):
    upstream.asked.clear()
    path = lockfile(tmp_path, **right_ones("left", "right"))

    with Served("--upstream", upstream.url, folder=tmp_path / "served") as served:
        first = imprint("gate", "prefetch", "--gate", served.url, path)
        again = imprint("gate", "prefetch", "--gate", served.url, path, "--format", "json")

    assert (first.code, first.out) == (0, "the gate has 2 of 2 tarballs\n")
    assert again.json["summary"]["fetched"] == 2
    assert sorted(tarballs_asked(upstream)) == ["/left/-/1.0.0.tgz", "/right/-/1.0.0.tgz"]


def test_what_is_fetched_into_a_folder_is_there_when_it_is_served(imprint, upstream, tmp_path):
    path = lockfile(tmp_path, **right_ones("left", "right"))
    options = ("--data", str(tmp_path / "data"), "--upstream", upstream.url)

    ran = imprint("gate", "prefetch", path, *options)
    upstream.asked.clear()
    again = imprint("gate", "prefetch", path, *options)

    assert (ran.code, ran.out) == (0, "the gate has 2 of 2 tarballs\n")
    assert again.out == ran.out
    assert tarballs_asked(upstream) == []


def test_what_is_not_there_and_what_is_other_bytes_is_said(imprint, upstream, tmp_path):
    path = lockfile(tmp_path, **right_ones("left"), right=sri(b"other"), absent=sri(b"absent"))

    ran = imprint(
        "gate", "prefetch", path, "--data", str(tmp_path / "data"), "--upstream", upstream.url
    )

    label = upstream.url.removeprefix("http://").rstrip("/")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "other-bytes  right@1.0.0   the gate's packument has another integrity than the lockfile",
        f"missing      absent@1.0.0  there is no package `absent` at the upstream `{label}`",
        "the gate has 1 of 3 tarballs: 1 missing, 1 other-bytes",
    ]


def test_what_policy_refuses_is_said_and_not_fetched(imprint, upstream, tmp_path):
    path = lockfile(tmp_path, **right_ones("left", "bad"))
    integrity = sri(tarball_of("bad"))
    policy = tmp_path / "imprint.toml"
    quarantine = f"integrity = '{integrity}'\nrefuse = true\nreason = 'it steals tokens'\n"
    policy.write_text(f"version = 1\nmode = 'observe'\n[[quarantine]]\n{quarantine}")
    upstream.asked.clear()

    where = ("--data", str(tmp_path / "data"), "--upstream", upstream.url)
    ran = imprint("gate", "prefetch", path, *where, "--policy", str(policy))

    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith("refused  bad@1.0.0  `bad@1.0.0` is refused: ")
    assert ran.out.splitlines()[-1] == "the gate has 1 of 2 tarballs: 1 refused"
    assert tarballs_asked(upstream) == ["/left/-/1.0.0.tgz"]


def test_an_upstream_that_is_away_is_undecided(imprint, tmp_path):
    path = lockfile(tmp_path, **right_ones("left"))

    ran = imprint(
        "gate",
        "prefetch",
        path,
        "--data",
        str(tmp_path / "data"),
        "--upstream",
        "http://127.0.0.1:9",
    )

    assert ran.code == 3
    assert "could not be had from the upstream" in ran.out


def test_two_ways_at_once_and_none_are_refused(imprint, tmp_path):
    path = lockfile(tmp_path, **right_ones("left"))

    both = imprint("gate", "prefetch", path, "--gate", "http://127.0.0.1:9", "--data", "x")
    stray = imprint("gate", "prefetch", path, "--upstream", "http://127.0.0.1:9")
    none = imprint("gate", "prefetch", path, "--data", str(tmp_path / "data"))

    assert (both.code, stray.code, none.code) == (2, 2, 2)
    assert "there is no upstream to fetch from" in none.err
