"""What judging is made of: which versions are verified, what upstreams have, what is kept."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.evidence.looked import NotLooked
from imprint.gate.judging.kept_attestations import KeptAttestations
from imprint.gate.judging.looking import MOST_VERIFIED, heads_of, verified_first, young_of
from imprint.gate.judging.trust import LOOKED_AT_EVERY_SECONDS, TrustJudge
from imprint.gate.upstream.carried import REMEMBERED_SECONDS, Carried
from imprint.history.lines import Lines, line_of
from imprint.http.pool import Pool
from imprint.refusals import Malformed
from imprint.storage import gate_proofs
from imprint.storage.gate_proofs import open_proofs
from imprint.storage.projections import AttestedVersion
from tests.evidence.scenes import ASKED_AT, Scene
from tests.support.gate_histories import trusted
from tests.support.gate_judging import Clock, believe, document_of, judging_world
from tests.support.publications import DAY, NOW, history, publication
from tests.support.upstream_registry import upstream_registry

FRESH = 30 * DAY


class TestLooking:
    def test_the_young_are_verified_and_the_head_of_each_line(self):
        found = history(
            publication("1.0.0", 300),
            publication("1.1.0", 200),
            publication("2.0.0", 100),
            publication("2.1.0", 5),
            publication("2.1.1", 1),
            publication("3.0.0-rc.1", 90),
        )

        verified = verified_first(found, lines=Lines(found), now=NOW, fresh_seconds=FRESH)

        assert verified == {"1.1.0", "2.1.0", "2.1.1", "3.0.0-rc.1"}

    def test_what_a_tag_points_to_is_verified(self):
        rows = [publication("1.0.0", 300), publication("1.1.0", 200)]
        found = history(*rows, dist_tags={"latest": "1.0.0", "gone": "9.9.9"})

        verified = verified_first(found, lines=Lines(found), now=NOW, fresh_seconds=FRESH)

        assert verified == {"1.0.0", "1.1.0"}

    @given(ages=st.lists(st.integers(0, 60), max_size=80))
    def test_no_more_than_a_few_are_verified_and_all_of_them_are_there(self, ages):
        rows = [publication(f"{n}.0.0", float(age)) for n, age in enumerate(ages)]
        found = history(*rows)
        lines = Lines(found)

        verified = verified_first(found, lines=lines, now=NOW, fresh_seconds=FRESH)

        assert verified <= found.moments.keys()
        assert len(verified) == min(len(rows), MOST_VERIFIED)
        assert set(heads_of(found, lines)) == set(found.moments)

    def test_the_young_are_the_newest_first(self):
        found = history(publication("1.0.0", 3), publication("1.0.1", 40), publication("1.0.2", 1))

        assert young_of(found, now=NOW, fresh_seconds=FRESH) == ("1.0.2", "1.0.0")

    def test_each_line_has_one_head(self):
        versions = ["1.0.0", "1.2.0", "2.0.0", "2.0.0-rc.1", "0.1.0", "0.2.0", "0.2.1"]
        found = history(*(publication(one, 100 - n) for n, one in enumerate(versions)))

        heads = heads_of(found, Lines(found))

        assert len({line_of(head) for head in heads}) == len(heads) == 5
        assert set(heads) == {"1.2.0", "2.0.0", "2.0.0-rc.1", "0.1.0", "0.2.1"}


def packument(name, **version):
    versions = {"1.0.0": {"name": name, "version": "1.0.0", "dist": {}, **version}}
    return json.dumps({"name": name, "versions": versions, "time": {}}).encode()


class TestCarried:
    """Which fields an upstream has is known of all that it served, not of one package."""

    def test_what_one_package_has_is_absent_where_another_has_it_not(self):
        carried = Carried()
        plain = document_of(packument("plain"), "plain")
        other = document_of(packument("other", _npmUser={"name": "wile"}), "other")

        before = carried.of(plain, now=NOW).users
        carried.of(other, now=NOW)

        assert (before, carried.of(plain, now=NOW).users) == (False, True)

    def test_another_upstream_is_another_matter(self):
        carried = Carried()
        raw = packument("other", _npmUser={"name": "wile"})
        carried.of(document_of(raw, "other", url="https://a.example.test/"), now=NOW)

        plain = document_of(packument("plain"), "plain", url="https://b.example.test/")

        assert not carried.of(plain, now=NOW).users

    def test_a_field_that_is_seen_no_more_is_unknown_after_a_while(self):
        carried = Carried()
        carried.of(document_of(packument("other", _npmUser={"name": "wile"}), "other"), now=NOW)

        plain = document_of(packument("plain"), "plain")

        assert not carried.of(plain, now=NOW + REMEMBERED_SECONDS + 1).users


class TestKeptAttestations:
    def test_whoever_reads_at_the_same_time_has_them_too(self, tmp_path):
        index, one = open_proofs(tmp_path / "proofs.sqlite3"), AttestedVersion("a", "1.0.0", "x")
        gate_proofs.keep_attestations(index, {one: b"{}"}, now=1.0)
        kept, pool = KeptAttestations(index), Pool(1)

        async def had():
            await kept.read("a", pool)
            return kept.get_documents([one])

        async def scene():
            return await asyncio.gather(had(), had())

        assert asyncio.run(scene()) == [{one: b"{}"}] * 2
        pool.close()
        index.close()

    def test_what_had_to_go_is_read_again(self, tmp_path):
        index, one = open_proofs(tmp_path / "proofs.sqlite3"), AttestedVersion("a", "1.0.0", "x")
        gate_proofs.keep_attestations(index, {one: b"{}"}, now=1.0)
        kept, pool = KeptAttestations(index, most_bytes=5), Pool(1)

        async def scene():
            await kept.read("a", pool)
            kept.put_documents({AttestedVersion("b", "1.0.0", "x"): b"12345"})
            gone = kept.get_documents([one])
            await kept.read("a", pool)
            return gone, kept.get_documents([one])

        assert asyncio.run(scene()) == ({}, {one: b"{}"})
        pool.close()
        index.close()

    def test_what_was_not_used_for_longest_goes(self):
        kept = KeptAttestations(most_bytes=10)
        one, two, three = (AttestedVersion("widget", version, "") for version in "123")
        kept.put_documents({one: b"12345"})
        kept.put_documents({two: b"12345"})
        kept.get_documents([one])
        kept.put_documents({three: b"12345"})

        assert kept.get_documents([one, two, three]).keys() == {one, three}

    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), max_size=40))
    def test_it_never_holds_more_than_it_may(self, documents):
        kept = KeptAttestations(most_bytes=50)

        for number, size in documents:
            kept.put_documents({AttestedVersion("widget", f"{number}", ""): b"x" * size})

        versions = [AttestedVersion("widget", f"{number}", "") for number in range(6)]
        assert sum(map(len, kept.get_documents(versions).values())) <= 50


class TestTrust:
    """Verifying by a folder of trust that may be renewed while the gate runs."""

    KEYS = NotLooked(why="nobody asked")

    def verify(self, judge, scene):
        pieces = scene.pieces()
        (verdict,) = judge([pieces], registry="https://registry.example.test/", keys=self.KEYS)
        return [one.state for one in verdict.attestations]

    def test_a_folder_that_is_renewed_counts_without_a_restart(self, tmp_path):
        scene, clock = Scene().publish(), Clock(ASKED_AT)
        judge = TrustJudge(tmp_path / "trust", max_age_days=0, clock=clock)
        before = self.verify(judge, scene)
        believe(tmp_path / "trust", scene.upstream.authority)
        clock.now += LOOKED_AT_EVERY_SECONDS

        assert "verified" not in before
        assert "verified" in self.verify(judge, scene)

    def test_a_folder_that_breaks_changes_nothing_and_is_told(self, tmp_path, caplog):
        scene, clock = Scene().publish(), Clock(ASKED_AT)
        folder = believe(tmp_path / "trust", scene.upstream.authority)
        judge = TrustJudge(folder, max_age_days=0, clock=clock)
        before = self.verify(judge, scene)
        (folder / "private.json").write_text("{")
        clock.now += LOOKED_AT_EVERY_SECONDS

        with caplog.at_level(logging.ERROR):
            after = self.verify(judge, scene)

        assert after == before
        assert [record.message for record in caplog.records] == ["trust-not-loaded"]

    def test_a_gate_does_not_start_with_a_folder_that_cannot_be_read(self, tmp_path):
        (tmp_path / "private.json").write_text("{")

        with pytest.raises(Malformed):
            TrustJudge(tmp_path, max_age_days=0, clock=Clock(ASKED_AT))

    def test_kept_verdicts_are_those_of_the_same_trust(self, tmp_path):
        scene, kept = Scene().publish(), tmp_path / "verdicts.sqlite3"
        folder = believe(tmp_path / "trust", scene.upstream.authority)
        named = {"max_age_days": 0, "clock": Clock(ASKED_AT), "kept": kept, "secret": b"s" * 32}
        first = TrustJudge(folder, **named)
        proved = self.verify(first, scene)
        first.close()
        other = TrustJudge(tmp_path / "nothing", **named)
        unproved = self.verify(other, scene)
        other.close()

        assert "verified" in proved
        assert "verified" not in unproved


def test_what_is_given_up_by_one_who_asks_goes_on_for_the_others(tmp_path):
    async def scene(upstream):
        async with judging_world(upstream, tmp_path) as world:
            document = world.document("widget")
            impatient = asyncio.create_task(world.judging.judge(document))
            patient = asyncio.create_task(world.judging.judge(document))
            await asyncio.sleep(0)
            impatient.cancel()
            return await patient

    with upstream_registry() as upstream:
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        judged = asyncio.run(scene(upstream))

    assert judged.withheld == frozenset()
