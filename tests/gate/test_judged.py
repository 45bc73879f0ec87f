"""What a tarball was judged to be is kept, also where nobody asked for its packument (`npm ci`)."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.evidence.proving import NO_CARRIES
from imprint.gate.judging import judged as judged_module
from imprint.gate.judging.judged import JudgedMemory, Standing
from imprint.gate.model import Effect, JudgedDocument
from tests.support.gate_histories import DAY, YOUNG, trusted, write_histories
from tests.support.gate_judging import ENFORCING, document_of, judging_world
from tests.support.gate_verdicts import admitted, refused
from tests.support.upstream_registry import upstream_registry


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        running.put("-/npm/v1/security/advisories/bulk", {})
        yield running


def judged_twice(upstream, folder, between, *, name="widget", version="1.0.0", policy=ENFORCING):
    """Judge a tarball, do something, and judge it again."""

    async def run():
        async with judging_world(upstream, folder, policy=policy) as world:
            first = await world.judging.judge_tarball(world.document(name), version, None)
            between(world)
            return first, await world.judging.judge_tarball(world.document(name), version, None)

    return asyncio.run(run())


def widget(upstream):
    for number in range(3):
        trusted(upstream, "widget", f"1.0.{number}", days_ago=300 - number)


def test_a_tarball_is_judged_once(upstream, tmp_path):
    widget(upstream)

    first, second = judged_twice(upstream, tmp_path, lambda world: upstream.asked.clear())

    assert first is second
    assert upstream.asked == []


def test_it_is_judged_again_for_another_document(upstream, tmp_path):
    widget(upstream)

    first, second = judged_twice(
        upstream,
        tmp_path,
        lambda world: trusted(upstream, "widget", "1.0.3", days_ago=200),
    )

    assert first is not second


def test_it_is_judged_again_under_another_policy(upstream, tmp_path):
    widget(upstream)
    refusing = "[[require]]\npackages = ['*']\nidentity = { repository = 'acme/other' }\n"

    def change(world):
        world.file.write_text(ENFORCING + refusing)
        world.policies.check()

    first, second = judged_twice(upstream, tmp_path, change)

    assert (first.effect, second.effect) == ("serve", "withhold")


def test_it_is_judged_again_when_it_is_no_longer_young(upstream, tmp_path):
    write_histories(upstream)

    def wait(world):
        world.clock.now += 2 * DAY

    first, second = judged_twice(upstream, tmp_path, wait, name=YOUNG.name, version=YOUNG.bad)

    assert (first.effect, second.effect) == ("withhold", "serve")


def test_it_is_judged_again_when_the_policy_begins_to_enforce(upstream, tmp_path):
    from datetime import UTC, datetime, timedelta

    write_histories(upstream)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    policy = f"version = 1\nmode = 'warn'\nenforce-from = {tomorrow}\ncooldown = '30d'\n"

    def wait(world):
        world.clock.now += 1.5 * DAY

    first, second = judged_twice(
        upstream, tmp_path, wait, name=YOUNG.name, version=YOUNG.bad, policy=policy
    )

    assert (first.effect, second.effect) == ("serve", "withhold")


WITHHELD = {"1.0.2"}


def document(upstream):
    widget(upstream)
    raw = upstream.answers["/widget"][1]
    return document_of(raw, "widget", url=upstream.url)


def standing(now, policy="one"):
    return Standing(policy, NO_CARRIES, now)


def whole(found, *verdicts, next_change=None):
    return JudgedDocument(
        name="widget",
        document_digest=found.digest,
        policy_digest="one",
        verdicts={one.version: one for one in verdicts},
        withheld=frozenset(one.version for one in verdicts if one.effect is Effect.WITHHOLD),
        next_change=next_change,
    )


@pytest.mark.parametrize(
    ("tarball_at", "packument_at", "verified"),
    [(5.0, 9.0, ()), (5.0, 1.0, ()), (5.0, 1.0, ("1.0.2",)), (5.0, 5.0, ("1.0.2",))],
    ids=["before", "meanwhile", "meanwhile-in-full", "at-once"],
)
def test_a_packument_that_is_judged_after_a_tarball_has_what_came_out_of_it(
    upstream, tarball_at, packument_at, verified
):
    found, memory = document(upstream), JudgedMemory()
    memory.keep_tarball(found, standing(tarball_at), refused("1.0.2"), None, ends=None)

    kept = memory.keep(found, whole(found), standing(packument_at), verified=frozenset(verified))

    assert kept.withheld == WITHHELD
    assert memory.judged(found, standing(10.0)) is kept
    assert memory.suspects(found) == WITHHELD


@pytest.mark.parametrize(
    ("digest", "ends", "next_change"),
    [("another", None, None), ("one", 8.0, None), ("one", None, 8.0)],
    ids=["another-policy", "tarball-is-over", "packument-is-over"],
)
def test_what_does_not_hold_any_more_corrects_nothing(upstream, digest, ends, next_change):
    found, memory = document(upstream), JudgedMemory()
    memory.keep_tarball(found, standing(5.0, digest), refused("1.0.2"), None, ends=ends)

    kept = memory.keep(
        found, whole(found, next_change=next_change), standing(9.0), verified=frozenset()
    )

    assert kept.withheld == frozenset()


def test_a_version_that_is_judged_in_full_again_is_not_held_by_its_earlier_tarball(upstream):
    found, memory = document(upstream), JudgedMemory()
    memory.keep_tarball(found, standing(5.0), refused("1.0.2"), None, ends=None)

    kept = memory.keep(found, whole(found), standing(9.0), verified=frozenset(WITHHELD))

    assert kept.withheld == frozenset()


def test_bytes_that_are_not_the_packuments_correct_nothing(upstream):
    found, memory = document(upstream), JudgedMemory()
    memory.keep_tarball(found, standing(5.0), refused("1.0.2"), "sha512-AAAA", ends=None)

    kept = memory.keep(found, whole(found), standing(9.0), verified=frozenset())

    assert kept.withheld == frozenset()
    assert memory.tarball(found, standing(9.0), "1.0.2", "sha512-AAAA") is not None


def test_a_tarball_whose_judging_began_before_the_packuments_corrects_it(upstream):
    found, memory = document(upstream), JudgedMemory()
    memory.keep(found, whole(found), standing(9.0), verified=frozenset())

    is_other = memory.keep_tarball(found, standing(5.0), refused("1.0.2"), None, ends=None)
    judged = memory.judged(found, standing(9.0))

    assert is_other
    assert judged is not None
    assert judged.withheld == WITHHELD


def test_a_tarball_that_is_judged_while_its_packument_is_corrects_it(
    upstream, tmp_path, monkeypatch
):
    widget(upstream)

    async def run():
        async with judging_world(upstream, tmp_path) as world:
            seen = world.document("widget")
            memory, judging = world.judging._memory, world.judging
            going_on, released = asyncio.Event(), asyncio.Event()
            find = judging._finder.find

            async def slowly(*args, **options):
                if "weighed" not in options:
                    going_on.set()
                    await released.wait()
                return await find(*args, **options)

            monkeypatch.setattr(judging._finder, "find", slowly)
            judged = asyncio.create_task(judging.judge(seen))
            await going_on.wait()
            policy = judging._policies.current
            assert policy is not None
            now = judging._standing(seen, policy, world.clock())
            memory.keep_tarball(seen, now, refused("1.0.2"), None, ends=None)
            released.set()
            return await judged, judging.current(seen)

    judged, current = asyncio.run(run())

    assert judged is current
    assert judged.withheld == WITHHELD


def test_tarballs_that_were_asked_for_alone_are_forgotten_in_their_order(upstream, monkeypatch):
    monkeypatch.setattr(judged_module, "MOST_ALONE", 1)
    found, memory = document(upstream), JudgedMemory()
    for version in ("1.0.1", "1.0.2"):
        memory.keep_tarball(found, standing(5.0), refused(version), None, ends=None)

    kept = memory.keep(found, whole(found), standing(9.0), verified=frozenset())

    assert kept.withheld == WITHHELD
    assert sum(map(len, memory._alone_of.values())) == len(memory._alone) == 1


@given(
    told=st.lists(st.tuples(st.sampled_from(["1.0.0", "1.0.1", "1.0.2"]), st.booleans())),
    place=st.integers(0, 8),
    withheld=st.sets(st.sampled_from(["1.0.0", "1.0.1", "1.0.2"])),
)
def test_in_whatever_order_they_are_judged_the_last_word_is_a_tarballs(told, place, withheld):
    memory = JudgedMemory()
    packument = whole(HISTORY, *(refused(version) for version in sorted(withheld)))

    for version, is_withheld in told[:place]:
        memory.keep_tarball(HISTORY, standing(5.0), verdict(version, is_withheld), None, ends=None)
    memory.keep(HISTORY, packument, standing(5.0), verified=frozenset())
    for version, is_withheld in told[place:]:
        memory.keep_tarball(HISTORY, standing(5.0), verdict(version, is_withheld), None, ends=None)

    last = {**dict.fromkeys(withheld, True), **dict(told)}
    judged = memory.judged(HISTORY, standing(5.0))
    assert judged is not None
    assert judged.withheld == {version for version, is_withheld in last.items() if is_withheld}
    assert memory._verdicts == len(judged.verdicts)


def verdict(version, is_withheld):
    return refused(version) if is_withheld else admitted(version)


HISTORY = document_of(
    json.dumps(
        {
            "name": "widget",
            "dist-tags": {},
            "versions": {
                version: {"name": "widget", "version": version, "dist": {}}
                for version in ("1.0.0", "1.0.1", "1.0.2")
            },
        }
    ).encode(),
    "widget",
)
