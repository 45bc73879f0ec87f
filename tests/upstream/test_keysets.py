"""Key sets kept fresh: how often an issuer is asked, who waits, and what survives its failures."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from imprint.refusals import Unavailable
from imprint.tokens.issuers import Issuer
from imprint.upstream.fetch import Fetcher
from imprint.upstream.freshness import KeySetLimits
from imprint.upstream.keysets import KeySets
from tests.support.fake_issuer import DISCOVERY, KEYS, Answer, FakeClock, FakeIssuer
from tests.support.issuer_keys import SigningIssuer

pytestmark = pytest.mark.anyio

OLD, NEW = SigningIssuer.rsa("old", key="old"), SigningIssuer.rsa("new", key="new")
LIMITS = KeySetLimits(patience=0.05, budget=2.0, request_timeout=1.0)


@dataclass
class World:
    """An issuer, the keys that are held of it, and the time."""

    server: FakeIssuer
    sets: KeySets
    clock: FakeClock

    async def ids(self, key_id: str | None = "old") -> list[str]:
        keys, _ = await self.sets.get(self.server.issuer, key_id)
        return sorted(keys.keys)

    async def unavailable(self, key_id: str = "old") -> Unavailable:
        with pytest.raises(Unavailable) as caught:
            await self.sets.get(self.server.issuer, key_id)
        return caught.value

    async def settle(self) -> None:
        """Let what goes on in the background end."""
        for entry in self.sets._entries.values():
            if entry.flight is not None:
                await asyncio.wait({entry.flight.task})


@contextlib.asynccontextmanager
async def world(limits: KeySetLimits = LIMITS) -> AsyncIterator[World]:
    clock = FakeClock()
    async with FakeIssuer(signer=OLD) as server, Fetcher() as fetcher:
        sets = KeySets(fetcher, limits=limits, now=clock, sleep=clock.sleep)
        try:
            yield World(server, sets, clock)
        finally:
            await sets.close()


@pytest.mark.case("C01", "C02")
async def test_keys_are_fetched_once_and_then_known_without_the_network():
    async with world() as here:
        first = await here.ids()
        here.clock.now += 479

        keys, age = await here.sets.get(here.server.issuer, "old")

        assert first == ["old"]
        assert keys.find("old") is not None
        assert age == 479
        assert here.server.requests == [DISCOVERY, KEYS]


@pytest.mark.case("C02")
async def test_a_new_key_is_fetched_when_a_token_names_it():
    async with world() as here:
        await here.ids()
        here.server.publish(OLD, NEW)
        here.clock.now += 60

        assert await here.ids("new") == ["new", "old"]
        assert here.server.fetches == 2


async def test_without_a_key_id_nothing_is_looked_for():
    async with world() as here:
        await here.ids(None)
        here.clock.now += 100
        await here.ids(None)

        assert here.server.fetches == 1


@pytest.mark.case("C03")
async def test_a_second_unknown_key_within_a_minute_is_not_fetched_for():
    async with world() as here:
        await here.ids()
        here.clock.now += 60
        await here.ids("unknown-1")
        here.clock.now += 59

        assert await here.ids("unknown-2") == ["old"]
        assert here.server.fetches == 2


@pytest.mark.case("C03")
async def test_an_unknown_key_after_a_minute_is_fetched_for_again_but_not_the_same_one():
    async with world() as here:
        await here.ids()
        here.clock.now += 60
        await here.ids("unknown-1")
        here.clock.now += 60
        await here.ids("unknown-1")
        assert here.server.fetches == 2

        await here.ids("unknown-2")

        assert here.server.fetches == 3


@pytest.mark.case("C03")
async def test_only_so_many_unknown_keys_are_remembered():
    async with world(replace(LIMITS, cooldown=0.0, unknown_for=1e9, refresh_ahead=1e9)) as here:
        await here.ids()
        for number in range(300):
            await here.ids(f"unknown-{number}")

        assert len(here.sets._entries[here.server.url].unknown) == 256


@pytest.mark.case("C04")
async def test_after_a_failed_fetch_unknown_keys_wait_a_minute_too():
    async with world() as here:
        await here.ids()
        here.clock.now += 60
        here.server.fail(status=404)
        await here.ids("new")
        here.server.document()
        here.server.publish(OLD, NEW)
        here.clock.now += 59
        too_early = await here.ids("new")
        here.clock.now += 1

        assert too_early == ["old"]
        assert await here.ids("new") == ["new", "old"]


@pytest.mark.case("C04", "C19")
async def test_without_any_keys_a_failed_fetch_is_repeated_after_seconds():
    async with world() as here:
        here.server.fail(status=404)
        await here.unavailable()
        await here.unavailable()
        assert here.server.fetches == 1
        here.server.document()
        here.clock.now += 5

        assert await here.ids() == ["old"]


@pytest.mark.case("C05", "C06", "C07", "C08", "C09", "C10", "C11", "C12")
@pytest.mark.parametrize(
    "damage",
    [
        lambda server: server.fail(DISCOVERY, 500),
        lambda server: server.fail(DISCOVERY, 404),
        lambda server: server.document(jwks_uri=None),
        lambda server: server.fail(KEYS, 503),
        lambda server: server.answers.update({KEYS: Answer(b'{"keys":[]}')}),
        lambda server: server.answers.update({KEYS: Answer(b"<html>")}),
        lambda server: server.answers.update({DISCOVERY: Answer(b"<html>")}),
        lambda server: server.answers.update({DISCOVERY: Answer(drops=True)}),
        lambda server: server.document(jwks_uri="https://evil.example.test/keys"),
        lambda server: server.document(issuer="https://evil.example.test"),
        lambda server: server.gate.clear(),
    ],
)
async def test_whatever_goes_wrong_the_old_keys_stay_and_somebody_hears_of_it(damage, caplog):
    async with world(replace(LIMITS, request_timeout=0.05)) as here:
        await here.ids()
        here.clock.now += 700
        damage(here.server)

        with caplog.at_level(logging.WARNING, "imprint.upstream"):
            kept = await here.ids("new")

        assert kept == ["old"]
        assert [record.getMessage() for record in caplog.records] == ["issuer.keys-not-refreshed"]
        assert caplog.records[0].__dict__["issuer.name"] == "github"
        assert caplog.records[0].__dict__["keys.held"] is True


@pytest.mark.case("C15")
async def test_a_withdrawn_key_is_gone_once_the_soft_age_is_reached():
    async with world() as here:
        await here.ids()
        here.server.publish(NEW)
        here.clock.now += 600

        assert await here.ids("old") == ["new"]


@pytest.mark.case("C15")
async def test_keys_are_refreshed_ahead_of_the_soft_age_without_anybody_waiting():
    async with world() as here:
        await here.ids()
        here.server.publish(NEW)
        here.server.gate.clear()
        here.clock.now += 480

        served = await here.ids("old")
        here.server.gate.set()
        await here.settle()

        assert served == ["old"]
        assert await here.ids("new") == ["new"]
        assert here.server.fetches == 2


@pytest.mark.case("C16")
async def test_keys_that_could_not_be_confirmed_for_a_day_are_not_given_out():
    async with world() as here:
        await here.ids()
        here.server.fail()
        here.clock.now += 86_399
        assert await here.ids() == ["old"]
        here.clock.now += 1

        failure = await here.unavailable()

        assert failure.code == "keys-too-old"
        assert failure.message == (
            f"keys of issuer `github` are too old to be used: `{here.server.url}{DISCOVERY}`"
            " answered `500`, expected `200`"
        )
        assert failure.hint == "try again: nothing was used up"


@pytest.mark.case("C16")
async def test_keys_of_any_age_are_replaced_when_the_issuer_is_back():
    async with world() as here:
        await here.ids()
        here.server.publish(NEW)
        here.clock.now += 1e6

        assert await here.ids("new") == ["new"]


@pytest.mark.case("C17")
async def test_500_requests_at_once_are_one_fetch():
    async with world() as here:
        first = await asyncio.gather(*(here.ids(f"unknown-{number}") for number in range(500)))
        here.clock.now += 60

        second = await asyncio.gather(*(here.ids(f"other-{number}") for number in range(500)))

        assert first == second == [["old"]] * 500
        assert here.server.requests == [DISCOVERY, KEYS] * 2


@pytest.mark.case("C17")
async def test_500_requests_at_once_to_an_issuer_that_is_down_are_one_fetch():
    async with world() as here:
        here.server.fail(status=404)

        await asyncio.gather(*(here.unavailable(f"unknown-{number}") for number in range(500)))

        assert here.server.requests == [DISCOVERY]


@pytest.mark.case("C18")
async def test_a_slow_issuer_delays_nobody_who_holds_a_known_key():
    async with world() as here:
        await here.ids()
        here.clock.now += 60
        here.server.gate.clear()
        waiting = asyncio.create_task(here.ids("new"))
        await asyncio.sleep(0.02)

        known = await asyncio.wait_for(here.ids("old"), 0.5)

        assert known == ["old"]
        assert not waiting.done()
        here.server.gate.set()
        assert await waiting == ["old"]


@pytest.mark.case("C18")
async def test_a_slow_issuer_costs_known_keys_of_the_soft_age_its_patience_once():
    async with world(replace(LIMITS, patience=0.4, budget=9.0, request_timeout=9.0)) as here:
        await here.ids()
        here.clock.now += 600
        here.server.gate.clear()
        loop = asyncio.get_running_loop()

        started_at = loop.time()
        first = await here.ids()
        between = loop.time()
        second = await here.ids()

        assert first == second == ["old"]
        assert between - started_at > 0.39
        assert loop.time() - between < 0.3


@pytest.mark.case("C18")
async def test_a_slow_issuer_delays_no_other_issuer():
    async with world() as here, FakeIssuer("other", NEW) as other:
        here.server.gate.clear()
        waiting = asyncio.create_task(here.ids())
        await asyncio.sleep(0.02)

        keys, _ = await here.sets.get(other.issuer, "new")

        assert sorted(keys.keys) == ["new"]
        assert not waiting.done()
        here.server.gate.set()
        assert await waiting == ["old"]


@pytest.mark.case("C18")
async def test_somebody_who_gives_up_waiting_does_not_end_the_fetch():
    async with world() as here:
        here.server.gate.clear()
        waiting = asyncio.create_task(here.ids())
        await asyncio.sleep(0.02)
        waiting.cancel()
        here.server.gate.set()

        assert await here.ids() == ["old"]
        assert here.server.fetches == 1


@pytest.mark.case("C19")
async def test_a_first_load_is_tried_again_within_its_budget():
    async with world() as here:
        here.server.fail(status=503)

        async def recover(seconds: float) -> None:
            here.clock.slept.append(seconds)
            if len(here.clock.slept) == 2:
                here.server.document()

        here.sets._sleep = recover

        assert await here.ids() == ["old"]
        assert here.clock.slept == [0.25, 0.5]
        assert here.server.requests == [DISCOVERY, DISCOVERY, DISCOVERY, KEYS]


@pytest.mark.case("C19")
async def test_a_first_load_that_fails_for_good_is_one_clear_error():
    async with world() as here:
        here.server.fail(status=503)

        failure = await here.unavailable()

        assert failure.code == "issuer-unreachable"
        assert failure.message == (
            f"keys of issuer `github` could not be had: `{here.server.url}{DISCOVERY}`"
            " answered `503`, expected `200`"
        )
        assert failure.hint == "try again: nothing was used up"
        assert here.server.requests == [DISCOVERY] * 3


@pytest.mark.case("C19")
@pytest.mark.parametrize("status", [400, 403, 404])
async def test_what_trying_again_cannot_help_is_tried_once(status):
    async with world() as here:
        here.server.fail(status=status)

        await here.unavailable()

        assert here.server.requests == [DISCOVERY]


@pytest.mark.case("C10", "C19")
async def test_the_budget_ends_a_first_load():
    async with world(replace(LIMITS, budget=0.1, request_timeout=5.0)) as here:
        here.server.gate.clear()

        failure = await here.unavailable()

        assert failure.message == (
            "keys of issuer `github` could not be had: no answer within `0.1` seconds"
        )


@pytest.mark.case("C20")
async def test_both_keys_are_held_while_the_issuer_publishes_both():
    async with world() as here:
        here.server.publish(OLD, NEW)

        assert await here.ids() == ["new", "old"]


@pytest.mark.case("C11")
async def test_an_administrator_names_key_hosts_issuer_by_issuer():
    clock = FakeClock()
    async with FakeIssuer() as server, Fetcher() as fetcher:
        server.document(jwks_uri="https://127.0.0.1:1/keys")
        sets = KeySets(
            fetcher,
            key_hosts={server.url: ["127.0.0.1:1"]},
            limits=LIMITS,
            now=clock,
            sleep=clock.sleep,
        )

        with pytest.raises(Unavailable, match="could not be reached"):
            await sets.get(server.issuer, "key-1")


async def test_a_clock_that_was_set_back_does_not_keep_old_keys_alive():
    async with world() as here:
        await here.ids()
        here.server.publish(NEW)
        here.clock.now -= 3_600

        assert await here.ids("old") == ["new"]


async def test_closing_ends_what_is_under_way():
    async with world() as here:
        here.server.gate.clear()
        waiting = asyncio.create_task(here.unavailable())
        await asyncio.sleep(0.02)

        await here.sets.close()

        assert (await waiting).code == "issuer-unreachable"


async def test_two_issuers_with_the_same_key_id_have_their_own_keys():
    async with world() as here, FakeIssuer("other", SigningIssuer.rsa("old", key="new")) as other:
        mine, _ = await here.sets.get(here.server.issuer, "old")
        theirs, _ = await here.sets.get(other.issuer, "old")

        assert mine.keys["old"].public_key != theirs.keys["old"].public_key
        assert isinstance(other.issuer, Issuer)
