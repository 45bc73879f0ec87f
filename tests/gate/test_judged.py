"""What a tarball was judged to be is kept, also where nobody asked for its packument (`npm ci`)."""

import asyncio

import pytest

from tests.support.gate_histories import DAY, YOUNG, trusted, write_histories
from tests.support.gate_judging import ENFORCING, judging_world
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
