"""Whose a name is: what the database of this registry, and its administrator, say."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.model import NameStanding
from imprint.gate.names import Pins, Standings, name_standing, own_scopes_of
from imprint.http.pool import Pool
from imprint.npm.names import PackageName
from imprint.publishers.publisher import PENDING_LIFE_SECONDS
from imprint.refusals import Malformed
from imprint.registry.cleanup import clean_up
from imprint.storage.names_held import held_names

OWN, RESERVED = NameStanding.OWN, NameStanding.RESERVED
UPSTREAM, BOTH = NameStanding.UPSTREAM, NameStanding.BOTH

pytestmark = pytest.mark.stores


def standing(world, name, *, own_scopes=(), pins=(), known=()):
    with world.database.reading() as connection:
        return name_standing(
            connection,
            PackageName.parse_existing(name),
            own_scopes=own_scopes_of(own_scopes),
            pins=Pins.parse(pins),
            came_from_upstream=lambda one: one in known,
        )


@pytest.fixture
def maintainer(world):
    return world.person()


@pytest.fixture
def published(world, maintainer):
    """An unscoped package and a scoped one of ours."""
    for name in ("rocket", "@acme/widget"):
        assert world.put(maintainer.token, name).status == 201


def test_a_name_that_nobody_here_knows_is_the_upstreams(world, published):
    for name in ("left-pad", "@other/widget", "rocket-2", "JSONStream", "@acm/e", "@acme-x/y"):
        assert standing(world, name) is UPSTREAM


def test_a_published_name_is_ours(world, published):
    assert standing(world, "rocket") is OWN
    assert standing(world, "@acme/widget") is OWN


def test_every_other_name_of_a_scope_that_has_a_package_is_kept(world, published):
    assert standing(world, "@acme/not-yet") is RESERVED


def test_upper_case_is_no_way_around(world, published):
    assert standing(world, "Rocket") is OWN
    assert standing(world, "@Acme/Widget") is OWN
    assert standing(world, "@ACME/other") is RESERVED


def test_an_unpublished_name_stays_ours(world, maintainer, published):
    revision = world.request("GET", "/rocket?write=true", token=maintainer.token).json["_rev"]
    answer = world.request(
        "DELETE", f"/rocket/-rev/{revision}", token=maintainer.token, npm_otp=world.otp(maintainer)
    )

    assert answer.status < 300, answer.body
    assert standing(world, "rocket") is OWN


def test_a_name_that_a_pending_publisher_waits_for_is_kept(world, maintainer):
    world.trust("brand-new", by=maintainer)
    world.trust("@fresh/brand-new", by=maintainer)

    assert standing(world, "brand-new") is RESERVED
    assert standing(world, "@fresh/brand-new") is RESERVED
    assert standing(world, "@fresh/another") is RESERVED


def test_a_name_stays_kept_when_its_pending_publisher_has_ended(world, maintainer):
    world.trust("brand-new", by=maintainer)
    world.clock.pass_(PENDING_LIFE_SECONDS + 1)

    assert clean_up(world.registry).expired == 1
    assert standing(world, "brand-new") is RESERVED


def test_the_scope_of_a_pattern_is_kept(world, maintainer):
    world.trust("@builds/plugin-*", by=maintainer)

    assert standing(world, "@builds/plugin-a") is RESERVED
    assert standing(world, "@builds/core") is RESERVED


def test_a_name_that_is_staged_is_kept(world, maintainer):
    answer = world.stage(maintainer.token, "waiting")

    assert answer.status == 201, answer.body
    assert standing(world, "waiting") is RESERVED


def test_a_scope_that_is_declared_ours_is_kept(world):
    assert standing(world, "@acme/widget", own_scopes=["@acme"]) is RESERVED
    assert standing(world, "@Acme/widget", own_scopes=["acme"]) is RESERVED
    assert standing(world, "@acme2/widget", own_scopes=["acme"]) is UPSTREAM


def test_an_own_package_of_which_there_is_one_upstream_is_neithers(world, published):
    assert standing(world, "rocket", known=["rocket"]) is BOTH


@pytest.mark.parametrize(
    ("pin", "expected"), [("rocket=own", OWN), ("rocket=upstream", UPSTREAM)], ids=["own", "up"]
)
def test_an_administrator_says_whose_a_name_on_both_sides_is(world, published, pin, expected):
    assert standing(world, "rocket", known=["rocket"], pins=[pin]) is expected


def test_a_pinned_name_without_a_package_is_kept(world):
    assert standing(world, "tool", pins=["tool=own"]) is RESERVED


def test_a_name_is_pinned_before_its_scope(world, published):
    pins = ["@acme/*=upstream", "@acme/widget=own"]

    assert standing(world, "@acme/widget", pins=pins) is OWN
    assert standing(world, "@acme/other", pins=pins) is UPSTREAM


def test_a_scopes_marks_are_no_patterns(world, maintainer):
    assert world.put(maintainer.token, "@a_c/x").status == 201

    assert standing(world, "@abc/x") is UPSTREAM
    assert standing(world, "@a_c/y") is RESERVED


class TestStandings:
    """What is kept of answers."""

    def of(self, world, *names, **changes):
        async def ask():
            pool = Pool(1)
            try:
                found = Standings(world.database, pool, clock=world.clock, **changes)
                return await found.of_many([PackageName.parse(name) for name in names])
            finally:
                pool.close()

        return asyncio.run(ask())

    def test_many_names_are_answered_in_their_order(self, world, published):
        assert self.of(world, "left-pad", "rocket", "@acme/new") == [UPSTREAM, OWN, RESERVED]

    @pytest.mark.parametrize("most_names", [1, 100_000], ids=["looked-up", "held"])
    def test_a_whole_graph_is_answered_as_each_of_its_names_is(
        self, world, maintainer, published, most_names
    ):
        world.trust("brand-new", by=maintainer)
        world.trust("@builds/plugin-*", by=maintainer)
        world.trust("ended", by=maintainer)
        world.clock.pass_(PENDING_LIFE_SECONDS + 1)
        clean_up(world.registry)
        world.trust("@fresh/brand-new", by=maintainer)
        assert world.stage(maintainer.token, "waiting").status == 201
        names = (
            *("rocket", "@acme/widget", "@acme/other", "brand-new", "ended", "waiting"),
            *("@builds/plugin-a", "@builds/core", "@fresh/another", "@zed/x", "left-pad"),
            *(f"other-{i}" for i in range(600)),
            *(f"@scope-{i}/x" for i in range(120)),
        )

        found = self.of(world, *names, most_names=most_names)

        assert found == [standing(world, name) for name in names]

    def test_those_who_ask_at_once_are_answered_by_one_look(self, world, published):
        names = [PackageName.parse(f"other-{i}") for i in range(50)]
        readings = 0
        reading = world.database.reading

        def counted():
            nonlocal readings
            readings += 1
            return reading()

        async def ask():
            pool = Pool(4)
            world.database.reading = counted
            standings = Standings(world.database, pool, clock=world.clock)
            found = await asyncio.gather(*(standings.of(name) for name in names))
            world.database.reading = reading
            pool.close()
            return found

        assert asyncio.run(ask()) == [UPSTREAM] * 50
        assert readings == 1

    def test_a_registry_with_very_many_names_is_asked_name_by_name(self, world, published):
        names = ("left-pad", "rocket", "@acme/new")

        assert self.of(world, *names, most_names=1) == [UPSTREAM, OWN, RESERVED]

    def test_what_changed_is_read_again_and_nothing_else(self, world, maintainer, published):
        def held(before):
            with world.database.reading() as connection:
                return held_names(connection, before)

        first = held(None)
        same = held(first)
        world.trust("brand-new", by=maintainer)
        later = held(same)

        assert same is first
        assert later.published is first.published
        assert later.of("brand-new", None).is_expected
        assert not first.of("brand-new", None).is_expected

    def test_an_answer_is_good_for_half_a_second(self, world, maintainer):
        name = PackageName.parse("rocket")

        async def ask():
            pool = Pool(1)
            standings = Standings(world.database, pool, clock=world.clock)
            before = await standings.of(name)
            world.trust("rocket", by=maintainer)
            kept = await standings.of(name)
            world.clock.pass_(0.6)
            after = await standings.of(name)
            pool.close()
            return before, kept, after

        assert asyncio.run(ask()) == (UPSTREAM, UPSTREAM, RESERVED)

    def test_nothing_is_kept_of_before_this_process_wrote(self, world, maintainer):
        name = PackageName.parse("rocket")

        async def ask():
            pool = Pool(1)
            standings = Standings(world.database, pool, clock=world.clock)
            before = await standings.of(name)
            world.trust("rocket", by=maintainer)
            standings.forget()
            after = await standings.of(name)
            pool.close()
            return before, after

        assert asyncio.run(ask()) == (UPSTREAM, RESERVED)

    def test_a_clock_that_is_set_back_makes_nothing_fresh(self, world):
        name = PackageName.parse("rocket")

        async def ask():
            pool = Pool(1)
            standings = Standings(world.database, pool, clock=world.clock)
            await standings.of(name)
            world.clock.pass_(-3600)
            pool.close()
            return standings.fresh("rocket")

        assert asyncio.run(ask()) is None


@pytest.mark.parametrize(
    "text", ["", "rocket", "=own", "rocket=ours", "@acme=own", "a b=own", "@acme/*", "@*/x=own"]
)
def test_a_setting_that_says_nothing_of_a_name_is_refused(text):
    with pytest.raises(Malformed) as caught:
        Pins.parse([text])

    assert caught.value.code == "gate-names"


@pytest.mark.parametrize("text", ["", "@", "@a/b", "@a b", "."])
def test_what_is_no_scope_is_refused(text):
    with pytest.raises(Malformed) as caught:
        own_scopes_of([text])

    assert caught.value.code == "gate-names"


@given(st.text(max_size=80))
def test_reading_a_pin_never_raises_anything_but_malformed(text):
    for read in (Pins.parse, own_scopes_of):
        with suppress(Malformed):
            read([text])
