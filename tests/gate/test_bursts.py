"""Bursts as the gate sees them: over packages that are read one after another."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from imprint.evidence.bursts import quick_releases
from imprint.gate.judging import recalling
from imprint.gate.judging.bursts import (
    MOST_AROUND,
    MOST_OF_PACKAGE,
    MOST_PUBLISHER_CHARACTERS,
    Bursts,
)
from imprint.gate.model import Upstream
from imprint.history.bursts import Published, bursts_of
from imprint.history.projection import encode, project
from imprint.http.pool import Pool
from imprint.storage import gate_documents
from imprint.storage.gate_documents import KeptDocument
from imprint.storage.gate_index import GateIndex
from tests.support.gate_histories import DAY, trusted
from tests.support.gate_judging import ENFORCING, judging_world
from tests.support.upstream_registry import upstream_registry

UPSTREAM = "https://registry.example.test/"
OTHER = "https://other.example.test/"
SCOPE = frozenset({"scope:@acme"})
BLOCKING = ENFORCING + "[rules]\nrelease-burst = 'block'\nauth-regressed = 'off'\n"
MINUTE_DAYS = 1 / 1440


def published(number, *, at=0.0, publishers=SCOPE, version="1.0.1"):
    return Published(name=f"@acme/p{number}", version=version, at=at, publishers=publishers)


def read(bursts, *several, upstream=UPSTREAM):
    """Have packages read, one by one, and return what was told of others by the last."""
    told = ()
    for one in several:
        told = bursts.read(upstream, one.name, [one], since=-1e9)
    return told


def of(bursts, number, *, upstream=UPSTREAM, since=-1e9):
    return dict(bursts.of(upstream, f"@acme/p{number}", since=since))


class TestBursts:
    def test_the_sixth_package_makes_a_burst_and_the_others_are_told_of(self):
        bursts = Bursts()

        before = read(bursts, *(published(n, at=n) for n in range(5)))
        told = read(bursts, published(5, at=5))

        assert before == ()
        assert sorted(told) == [f"@acme/p{n}" for n in range(5)]
        assert of(bursts, 5) == {"1.0.1": tuple(f"@acme/p{n}" for n in range(5))}

    def test_each_is_told_of_once(self):
        bursts = Bursts()
        read(bursts, *(published(n) for n in range(6)))

        assert read(bursts, published(6)) == ()
        assert of(bursts, 0).keys() == of(bursts, 6).keys() == {"1.0.1"}

    def test_what_another_registry_has_is_no_sibling(self):
        bursts = Bursts()
        read(bursts, *(published(n) for n in range(5)))

        told = read(bursts, published(5), upstream=OTHER)

        assert told == ()
        assert of(bursts, 5, upstream=OTHER) == of(bursts, 0) == {}

    def test_what_is_too_old_counts_for_nothing(self):
        bursts = Bursts()
        read(bursts, *(published(n, at=n) for n in range(6)))

        assert of(bursts, 5, since=1) == {}

    def test_a_package_that_has_lost_its_releases_is_no_sibling_any_more(self):
        bursts = Bursts()
        read(bursts, *(published(n) for n in range(6)))

        bursts.read(UPSTREAM, "@acme/p0", [], since=0)

        assert of(bursts, 0) == of(bursts, 5) == {}

    def test_what_was_read_least_lately_goes(self):
        bursts = Bursts(most_packages=6)

        read(bursts, *(published(n) for n in range(6)), published(0))
        read(bursts, published(6, at=1e6))

        names_left = [name for _, name in bursts._packages]
        assert names_left == [f"@acme/p{n}" for n in (2, 3, 4, 5, 0, 6)]
        assert of(bursts, 0) == {}

    def test_who_was_of_a_burst_that_went_is_told_of_again(self):
        bursts = Bursts()
        read(bursts, *(published(n) for n in range(6)))
        bursts.read(UPSTREAM, "@acme/p5", [], since=0)
        assert of(bursts, 0) == {}

        assert "@acme/p0" in read(bursts, published(5))

    def test_who_was_of_one_burst_is_told_of_the_next_one(self):
        bursts = Bursts()
        read(bursts, *(published(n) for n in range(1, 6)))
        both = [published(0), published(0, at=1e6, version="1.0.2")]
        bursts.read(UPSTREAM, "@acme/p0", both, since=0)
        before = of(bursts, 0).keys()

        told = read(bursts, *(published(n, at=1e6) for n in range(6, 11)))

        assert (before, of(bursts, 0).keys()) == ({"1.0.1"}, {"1.0.1", "1.0.2"})
        assert "@acme/p0" in told

    def test_of_many_versions_of_many_packages_few_are_looked_at_and_none_is_missed(self):
        bursts, count = Bursts(), 30
        several = [
            published(n, at=v * 25 + n / 10, version=f"1.0.{v}")
            for n in range(count)
            for v in range(MOST_OF_PACKAGE)
        ]

        for n in range(count):
            own = [one for one in several if one.name == f"@acme/p{n}"]
            bursts.read(UPSTREAM, f"@acme/p{n}", own, since=0)

        groups = [group for one in several for group in bursts._groups(UPSTREAM, one, 0)]
        assert max(map(len, groups)) == 2 * MOST_AROUND + 1
        seen = {(f"@acme/p{n}", version) for n in range(count) for version in of(bursts, n)}
        assert seen == bursts_of(several).keys()

    def test_nothing_is_left_of_what_went(self):
        bursts = Bursts(most_packages=3)

        for number in range(200):
            read(bursts, published(number, publishers=SCOPE | {f"user:u{number}"}))

        assert len(bursts) == 3
        assert len(bursts._by_publisher) == 4
        assert len(bursts._by_publisher[UPSTREAM, "scope:@acme"]) == 3

    def test_of_one_package_the_newest_are_kept(self):
        bursts = Bursts()
        many = [published(0, at=n, version=f"1.0.{n}") for n in range(1000)]

        bursts.read(UPSTREAM, "@acme/p0", many, since=0)

        assert len(bursts._by_publisher[UPSTREAM, "scope:@acme"]) == MOST_OF_PACKAGE

    def test_a_publisher_of_any_length_takes_no_memory(self):
        bursts = Bursts()

        read(bursts, published(0, publishers={"user:" + "w" * MOST_PUBLISHER_CHARACTERS}))

        assert bursts._by_publisher == {}


KEYS = st.tuples(st.integers(0, 8), st.sampled_from(["1.0.1", "1.0.2"]))
PUBLISHERS = st.frozensets(st.sampled_from(["scope:@acme", "user:wile", "owner:x/y"]), max_size=3)
PUBLICATIONS = st.dictionaries(
    KEYS, st.tuples(st.sampled_from(range(0, 4000, 150)), PUBLISHERS), max_size=18
)


@given(PUBLICATIONS)
def test_the_gate_knows_of_the_bursts_that_an_audit_of_all_packages_finds(found):
    several = [
        published(number, version=version, at=float(at), publishers=publishers)
        for (number, version), (at, publishers) in found.items()
    ]
    bursts = Bursts()

    for number in range(9):
        own = [one for one in several if one.name == f"@acme/p{number}"]
        bursts.read(UPSTREAM, f"@acme/p{number}", own, since=0)

    seen = {
        (f"@acme/p{number}", version): siblings
        for number in range(9)
        for version, siblings in of(bursts, number, since=0).items()
    }
    assert seen == bursts_of(several)


@pytest.fixture
def worm():
    """Seven packages of one maintainer, the last two releases of each within minutes."""
    with upstream_registry() as upstream:
        upstream.put("-/npm/v1/security/advisories/bulk", {})
        for number in range(7):
            name = f"@acme/p{number}"
            trusted(upstream, name, "1.0.0", days_ago=200)
            for patch in (1, 2):
                days_ago = 3 - (number + patch) * MINUTE_DAYS
                trusted(upstream, name, f"1.0.{patch}", days_ago=days_ago)
        yield upstream


def judged_in(upstream, folder, scene, **options):
    async def whole():
        async with judging_world(upstream, folder, **options) as world:
            return await scene(world)

    return asyncio.run(whole())


def names(count):
    return [f"@acme/p{number}" for number in range(count)]


class TestJudging:
    def test_what_was_served_before_is_withheld_once_the_burst_is_seen(self, worm, tmp_path):
        async def scene(world):
            told: list[str] = []
            world.judging.when_corrected(told.append)
            first = [await world.judged(name) for name in names(6)]
            return first, told, [await world.judged(name) for name in names(6)]

        first, told, then = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert [one.withheld for one in first[:5]] == [frozenset()] * 5
        assert [one.withheld for one in (first[5], *then)] == [{"1.0.1", "1.0.2"}] * 7
        assert sorted(told) == names(5)
        reason = then[0].verdicts["1.0.2"].decision.reasons[0]
        assert reason.code == "release-burst"
        assert "of 5 other packages of the publisher" in reason.message

    def test_a_tarball_is_judged_by_it_as_well(self, worm, tmp_path):
        async def scene(world):
            ask = world.judging.judge_tarball
            first = [await ask(world.document(name), "1.0.2", None) for name in names(6)]
            return first, await ask(world.document("@acme/p0"), "1.0.2", None)

        first, then = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert first[0].effect.value == "serve"
        assert (first[5].effect.value, then.effect.value) == ("withhold", "withhold")

    def test_by_itself_it_warns(self, worm, tmp_path):
        async def scene(world):
            for name in names(6):
                await world.judged(name)
            return await world.judging.judge_tarball(world.document("@acme/p0"), "1.0.2", None)

        verdict = judged_in(worm, tmp_path, scene)

        assert "release-burst" in [reason.code for reason in verdict.decision.warnings]

    def test_it_is_over_when_the_releases_are_no_longer_fresh(self, worm, tmp_path):
        async def scene(world):
            for name in names(6):
                await world.judged(name)
            world.clock.now += 60 * DAY
            return await world.judged("@acme/p0")

        assert judged_in(worm, tmp_path, scene, policy=BLOCKING).withheld == frozenset()

    def test_a_trial_of_another_policy_keeps_it_from_nobody(self, worm, tmp_path):
        async def scene(world):
            told: list[str] = []
            world.judging.when_corrected(told.append)
            for name in names(5):
                await world.judged(name)
            await world.judging.under(world.policies).judge(world.document("@acme/p5"))
            return told, await world.judged("@acme/p0")

        told, then = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert sorted(told) == names(5)
        assert then.withheld == {"1.0.1", "1.0.2"}

    def test_packuments_that_are_judged_at_once_are_all_of_it_in_the_end(self, worm, tmp_path):
        async def scene(world):
            await asyncio.gather(*(world.judged(name) for name in names(7)))
            return [await world.judged(name) for name in names(7)]

        then = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert [one.withheld for one in then] == [{"1.0.1", "1.0.2"}] * 7


@pytest.fixture
def disk(worm, tmp_path):
    """What a gate that ran before has kept of the worm's first five packages, and of another."""
    now, names_of_all = time.time(), [*names(5), "harmless"]
    trusted(worm, "harmless", "1.0.0", days_ago=3)
    with closing(GateIndex(tmp_path / "index.sqlite3")) as index:
        for name in names_of_all:
            raw = worm.answers["/" + name.replace("/", "%2f")][1]
            keep(index, worm.url, name, raw, encode(project(raw, name)), now=now)
        yield index


def keep(index, upstream, name, raw, projection, *, now):
    document = KeptDocument(
        digest=hashlib.sha256(raw).hexdigest(),
        etag="",
        last_modified="",
        confirmed_at=now,
        projection=projection,
    )
    gate_documents.put(index, upstream, name, document, raw)


async def recalled_by(world, index):
    """Have what is on disk recalled; who is told of goes to `world.asked`."""
    world.judging.when_corrected(world.asked.append)
    with closing(Pool(1)) as pool:
        upstream = Upstream(label="", url=world.upstream.url)
        return await world.judging.recall(index, [upstream], pool)


class TestAfterAStart:
    def test_a_burst_that_was_read_before_is_known_again(self, worm, disk, tmp_path):
        async def scene(world):
            count = await recalled_by(world, disk)
            return count, await world.judged("@acme/p5")

        count, judged = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert count == 5
        assert judged.withheld == {"1.0.1", "1.0.2"}

    def test_what_was_served_before_it_was_known_is_judged_again(self, worm, disk, tmp_path):
        async def scene(world):
            first = await world.judged("@acme/p5")
            await recalled_by(world, disk)
            return first, world.asked, await world.judged("@acme/p5")

        first, told, then = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert first.withheld == frozenset()
        assert "@acme/p5" in told
        assert then.withheld == {"1.0.1", "1.0.2"}

    def test_what_was_published_too_long_ago_is_not(self, worm, disk, tmp_path):
        async def scene(world):
            world.clock.now += 60 * DAY
            return await recalled_by(world, disk)

        assert judged_in(worm, tmp_path, scene, policy=BLOCKING) == 0

    def test_a_projection_of_another_version_is_left_out(self, worm, disk, tmp_path):
        keep(disk, worm.url, "@acme/p0", b"{}", b"of another version", now=time.time())

        async def scene(world):
            return await recalled_by(world, disk)

        assert judged_in(worm, tmp_path, scene, policy=BLOCKING) == 4

    def test_so_much_is_read_and_no_more(self, worm, disk, tmp_path, monkeypatch):
        monkeypatch.setattr(recalling, "MOST_DOCUMENTS", 3)
        monkeypatch.setattr(recalling, "AT_ONCE", 1)

        async def scene(world):
            some = await recalled_by(world, disk)
            monkeypatch.setattr(recalling, "MOST_SECONDS", 0.0)
            return some, await recalled_by(world, disk)

        some, one = judged_in(worm, tmp_path, scene, policy=BLOCKING)

        assert some <= 3
        assert one <= 1

    def test_what_was_read_meanwhile_is_not_replaced_by_what_is_older(self):
        bursts = Bursts()

        with bursts.recalling():
            read(bursts, published(1, at=9.0))
            told = bursts.recall(UPSTREAM, "@acme/p1", [published(1, at=1.0)], since=-1e9)

        assert told == ()
        assert bursts._packages[UPSTREAM, "@acme/p1"][0].at == 9.0

    def test_what_was_used_later_is_not_dropped_for_it(self):
        bursts = Bursts(most_packages=1)

        with bursts.recalling():
            for number in (1, 2):
                one = published(number)
                bursts.recall(UPSTREAM, one.name, [one], since=-1e9)

        assert [name for _, name in bursts._packages] == ["@acme/p1"]


def test_a_publication_that_has_no_twin_is_none_that_is_kept(worm, tmp_path):
    async def scene(world):
        return world.document("@acme/p0").history

    history = judged_in(worm, tmp_path, scene)

    found = [replace(one, publishers=frozenset()) for one in quick_releases(history, since=0)]

    assert sorted(one.version for one in found) == ["1.0.1", "1.0.2"]
