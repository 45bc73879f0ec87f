"""Attestations and keys of upstreams over a restart, and while the upstream is away."""

from __future__ import annotations

import json
import random
import sqlite3

import pytest

from imprint.storage import gate_proofs
from imprint.storage.gate_proofs import KeptKeys, open_proofs
from imprint.storage.projections import AttestedVersion
from tests.support.gated import gate_before
from tests.support.upstream_registry import upstream_registry

KEYS = "/-/npm/v1/keys"
ATTESTATIONS = "/-/npm/v1/attestations/widget@1.0.0"
POLICY = "version = 1\nmode = 'observe'\ncooldown = '0s'\n"
WEEK = 7 * 86_400.0


@pytest.fixture
def upstream():
    with upstream_registry() as found:
        found.put("-/npm/v1/security/advisories/bulk", {})
        found.publish("widget", "1.0.0")
        yield found


@pytest.fixture
def gate(world, upstream, tmp_path):
    """Open a gate over the same folder each time."""
    policy = tmp_path / "imprint.toml"
    policy.write_text(POLICY)

    def opened(**settings):
        folder = str(tmp_path / "gate")
        return gate_before(
            world, upstream=upstream.url, policy=str(policy), gate_folder=folder, **settings
        )

    return opened


def asked(upstream, path):
    return [one for one in upstream.asked if one.path == path]


def away(upstream):
    """Have the upstream answer nothing any more."""
    for path in list(upstream.answers):
        upstream.answers[path] = (500, b"")


class TestOverARestart:
    def test_attestations_are_asked_for_once(self, gate, world, upstream):
        for _ in range(2):
            with gate():
                assert world.request("GET", "/widget").status == 200

        assert len(asked(upstream, ATTESTATIONS)) == 1

    def test_keys_and_attestations_are_there_while_the_upstream_is_away(
        self, gate, world, upstream
    ):
        with gate():
            before = world.request("GET", KEYS).json
            world.request("GET", "/widget")
        served = upstream.answers[ATTESTATIONS][1]
        away(upstream)

        with gate():
            keys, found = world.request("GET", KEYS), world.request("GET", ATTESTATIONS)

        assert keys.json == before
        assert (found.status, found.body) == (200, served)
        assert "not confirmed" in found.headers["imprint-doubt"]

    def test_that_keys_are_of_before_is_a_doubt(self, gate, world, upstream):
        with gate():
            world.request("GET", "/widget")
        upstream.answers[KEYS] = (500, b"")
        upstream.publish("gadget", "1.0.0")

        with gate():
            found = world.request("GET", "/gadget")

        assert "the registry's keys: not confirmed since" in found.headers["imprint-doubt"]

    def test_keys_of_too_long_ago_are_none(self, gate, world, upstream):
        with gate():
            world.request("GET", "/widget")
        away(upstream)
        world.clock.pass_(WEEK + 1)

        with gate():
            assert world.request("GET", KEYS).code == "upstream-keys"

    def test_they_last_as_long_as_packuments_where_these_last_longer(self, gate, world, upstream):
        with gate():
            world.request("GET", "/widget")
        away(upstream)
        world.clock.pass_(WEEK + 1)

        with gate(gate_stale_seconds=int(2 * WEEK)):
            assert world.request("GET", KEYS).status == 200

    @pytest.mark.parametrize("page", [b"<html>sign in</html>", b"[]", b"{}", b'{"keys":1}'])
    def test_a_page_that_is_no_list_of_keys_takes_the_place_of_none(
        self, gate, world, upstream, page
    ):
        with gate():
            before = world.request("GET", KEYS).json
            world.request("GET", "/widget")
        upstream.answers[KEYS] = (200, page)
        upstream.publish("gadget", "1.0.0")

        with gate():
            keys, found = world.request("GET", KEYS), world.request("GET", "/gadget")
        away(upstream)
        with gate():
            then = world.request("GET", KEYS)

        assert keys.json == then.json == before
        assert "it sent no list of keys" in found.headers["imprint-doubt"]

    def test_what_an_archive_brought_that_is_no_list_is_none(self, gate, world, upstream, tmp_path):
        proofs = open_proofs(tmp_path / "gate" / "proofs.sqlite3")
        page = KeptKeys(document=b"<html>", confirmed_at=world.clock.now)
        gate_proofs.keep_keys(proofs, upstream.url, page)
        proofs.close()
        away(upstream)

        with gate():
            assert world.request("GET", KEYS).status == 503
            assert "sent no list" not in world.request("GET", KEYS).json["error"]

    def test_keys_that_an_upstream_has_no_more_are_forgotten(self, gate, world, upstream):
        with gate():
            world.request("GET", "/widget")
        upstream.answers[KEYS] = (404, b"")
        with gate():
            world.request("GET", KEYS)
        upstream.answers[KEYS] = (500, b"")

        with gate():
            assert world.request("GET", KEYS).status == 503


class TestFile:
    def test_what_was_kept_is_there_whole(self, tmp_path):
        index = open_proofs(tmp_path / "proofs.sqlite3")
        one = AttestedVersion("widget", "1.0.0", "sha512-x")

        gate_proofs.keep_attestations(index, {one: b"{}" * 9000}, now=1.0)

        assert gate_proofs.attestations_of(index, "widget") == {one: b"{}" * 9000}
        assert gate_proofs.attestations_of(index, "gadget") == {}
        index.close()

    def test_those_had_longest_ago_go(self, tmp_path):
        index = open_proofs(tmp_path / "proofs.sqlite3")

        for number in range(20):
            one = AttestedVersion("widget", f"1.0.{number}", "sha512-x")
            gate_proofs.keep_attestations(index, {one: b"{}"}, now=number, most_documents=8)

        found = sorted(one.version for one in gate_proofs.attestations_of(index, "widget"))
        assert 6 <= len(found) <= 8
        assert "1.0.19" in found
        index.close()

    def test_large_ones_are_not_all_read_at_a_time(self, tmp_path):
        index = open_proofs(tmp_path / "proofs.sqlite3")
        large = b" " * gate_proofs.MOST_DOCUMENT_BYTES
        for number in range(20):
            one = AttestedVersion("widget", f"1.0.{number}", "sha512-x")
            gate_proofs.keep_attestations(index, {one: large}, now=number)

        found = gate_proofs.attestations_of(index, "widget")

        most = gate_proofs.MOST_READ_BYTES // gate_proofs.MOST_DOCUMENT_BYTES
        assert sorted(found) == sorted(
            AttestedVersion("widget", f"1.0.{number}", "sha512-x")
            for number in range(20 - most, 20)
        )
        index.close()

    def test_the_file_does_not_grow_for_ever(self, tmp_path):
        file = tmp_path / "proofs.sqlite3"
        index = open_proofs(file)
        keys = KeptKeys(document=b'{"keys":[]}', confirmed_at=1.0)
        gate_proofs.keep_keys(index, "https://registry.example.test/", keys)

        for number in range(40):
            one = AttestedVersion("widget", f"1.0.{number}", "sha512-x")
            document = random.Random(number).randbytes(100_000)
            gate_proofs.keep_attestations(index, {one: document}, now=number, most_bytes=1_000_000)

        found = {one.version for one in gate_proofs.attestations_of(index, "widget")}
        assert "1.0.39" in found
        assert len(found) < 10
        assert gate_proofs.keys_of(index, "https://registry.example.test/") == keys
        index.close()
        assert file.stat().st_size < 2_000_000

    def test_a_damaged_document_is_none(self, tmp_path):
        index = open_proofs(tmp_path / "proofs.sqlite3")
        one = AttestedVersion("widget", "1.0.0", "sha512-x")
        gate_proofs.keep_attestations(index, {one: b"{}"}, now=1.0)
        with sqlite3.connect(tmp_path / "proofs.sqlite3") as connection:
            connection.execute("UPDATE attestations SET document = x'00'")
        connection.close()

        assert gate_proofs.attestations_of(index, "widget") == {}
        assert gate_proofs.attestation(index, "widget", "1.0.0") is None
        index.close()

    def test_later_keys_stay(self, tmp_path):
        index = open_proofs(tmp_path / "proofs.sqlite3")
        later = KeptKeys(document=json.dumps({"keys": [1]}).encode(), confirmed_at=2.0)

        gate_proofs.keep_keys(index, "u", later)
        gate_proofs.keep_keys(index, "u", KeptKeys(document=b"{}", confirmed_at=1.0))

        assert gate_proofs.keys_of(index, "u") == later
        index.close()
