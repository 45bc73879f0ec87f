"""What is put into the folder of a gate that runs is taken up, and what it knew is known again."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import closing

import pytest

from imprint.history.projection import encode, project
from imprint.storage import gate_documents, gate_proofs
from imprint.storage.gate_documents import KeptDocument
from imprint.storage.gate_index import GateIndex
from imprint.storage.gate_proofs import open_proofs
from imprint.storage.projections import AttestedVersion
from tests.support.gate_histories import by_token
from tests.support.gated import gate_before
from tests.support.upstream_registry import upstream_registry

BLOCKING = "version = 1\nmode = 'enforce'\n[rules]\nrelease-burst = 'block'\n"
DIST = {"shasum": "0" * 40}


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def gate(world, upstream, folder):
    with gate_before(world, upstream=upstream.url, gate_folder=str(folder)) as opened:
        opened._folder.begin()
        yield opened


def packument(*versions):
    return json.dumps(
        {
            "name": "widget",
            "dist-tags": {"latest": versions[-1]},
            "versions": {v: {"name": "widget", "version": v, "dist": DIST} for v in versions},
            "time": dict.fromkeys(versions, "2026-01-01T00:00:00.000Z"),
        }
    ).encode()


def bring(upstream, folder, body, *, confirmed_at):
    """Put a packument into the folder as `imprint gate import` does, from a process of its own."""
    document = KeptDocument(
        digest=hashlib.sha256(body).hexdigest(),
        etag="",
        last_modified="",
        confirmed_at=confirmed_at,
        projection=encode(project(body, "widget")),
    )
    with closing(GateIndex(folder / "index.sqlite3")) as other:
        gate_documents.put_if_newer(other, upstream.url, "widget", document, body, now=confirmed_at)


def served(world):
    answer = world.request("GET", "/widget")
    return answer.status, sorted(answer.json.get("versions", ()))


def test_what_was_not_there_is_there_once_an_archive_brought_it(world, upstream, gate, folder):
    before = served(world)
    bring(upstream, folder, packument("1.0.0"), confirmed_at=world.clock.now)

    names = world.run(gate._folder.look())

    assert before == (404, [])
    assert names == ("widget",)
    assert served(world) == (200, ["1.0.0"])


def test_a_newer_packument_takes_the_place_of_what_is_in_memory(world, upstream, gate, folder):
    upstream.answers["/widget"] = (200, packument("1.0.0"))
    before = served(world)
    world.clock.now += 1
    bring(upstream, folder, packument("1.0.0", "1.1.0"), confirmed_at=world.clock.now)

    world.run(gate._folder.look())

    assert before == (200, ["1.0.0"])
    assert served(world) == (200, ["1.0.0", "1.1.0"])


def test_what_is_not_newer_changes_nothing(world, upstream, gate, folder):
    upstream.answers["/widget"] = (200, packument("1.0.0"))
    served(world)
    bring(upstream, folder, packument("0.9.0"), confirmed_at=world.clock.now - 100)

    assert world.run(gate._folder.look()) == ()
    assert served(world) == (200, ["1.0.0"])


def test_what_the_gate_writes_itself_is_nothing_to_take_up(world, upstream, gate):
    upstream.answers["/widget"] = (200, packument("1.0.0"))
    served(world)

    assert world.run(gate._folder.look()) == ()


def test_attestations_that_an_archive_brought_are_read(world, gate, folder):
    version = AttestedVersion("widget", "1.0.0", "sha512-AAAA")
    store, pool = gate.app.gate.judging._finder._store, gate._stores.pool
    world.run(store.read("widget", pool))
    with closing(open_proofs(folder / gate_proofs.FILE_NAME)) as other:
        gate_proofs.keep_attestations(other, {version: b"{}"}, now=time.time())

    world.run(gate._folder.look())
    world.run(store.read("widget", pool))

    assert store.get_documents([version]) == {version: b"{}"}


@pytest.fixture
def worm(upstream):
    """Six packages of one owner, the last two releases of each within minutes."""
    upstream.put("-/npm/v1/security/advisories/bulk", {})
    for number in range(6):
        by_token(upstream, f"@vendor/p{number}", "1.0.0", days_ago=200)
        for patch in (1, 2):
            days_ago = 3 - (number + patch) / 1440
            by_token(upstream, f"@vendor/p{number}", f"1.0.{patch}", days_ago=days_ago)


def test_a_gate_that_starts_anew_knows_of_the_burst_that_it_had_read_of(
    world, upstream, worm, folder, tmp_path
):
    world.clock.now = time.time()
    policy = tmp_path / "imprint.toml"
    policy.write_text(BLOCKING)
    settings = {"upstream": upstream.url, "gate_folder": str(folder), "policy": str(policy)}
    with gate_before(world, **settings):
        before = [told_of(world, number) for number in range(5)]

    with gate_before(world, **settings) as opened:
        opened._folder.begin()
        world.run(opened._folder.look())
        after = [told_of(world, number) for number in (5, 0)]

    assert before == ["unknown-evidence"] * 5
    assert after == ["release-burst"] * 2


def told_of(world, number):
    """Why nothing of the package is served: who published it proves nothing either way."""
    return world.request("GET", f"/@vendor/p{number}").code
