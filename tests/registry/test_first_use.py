"""A trusted publisher without ids: the first run pins them, and what it publishes waits."""

from __future__ import annotations

import os

import pytest

from imprint.publishers.publisher import PIN_WINDOW_SECONDS, PublisherState
from imprint.storage import publishers

ATTACKER = {"repository_id": "902", "repository_owner_id": "43"}


@pytest.fixture
def unpinned(world, widget):
    return world.trust(repository_id=None, owner_id=None)


@pytest.fixture
def stored(world, unpinned):
    """Reads the publisher as it is kept now."""

    def read():
        with world.database.reading() as connection:
            return publishers.find(connection, unpinned.id)

    return read


def approve(world, person):
    (item,) = world.request("GET", "/-/stage", token=person.token).json["items"]
    return world.request(
        "POST",
        f"/-/stage/{item['id']}/approve",
        token=person.token,
        npm_otp=world.otp(person),
    )


@pytest.mark.case("F10")
def test_the_first_run_pins_its_ids_and_the_owners_are_told(world, unpinned, stored):
    answer = world.exchange()

    assert answer.status == 201
    assert (stored().rules.repository_id, stored().rules.owner_id) == ("901", "42")
    assert stored().state is PublisherState.PINNED
    assert len(world.mails("publisher-pinned")) == 1
    assert len(world.events("publisher-pinned")) == 1


@pytest.mark.case("F10")
def test_what_a_first_use_publishes_waits_for_an_owner(world, unpinned):
    answer = world.put(world.credential())

    assert answer.status == 201
    assert "waits for an owner's approval" in answer.notice
    assert "1.0.0" not in world.packument().json["versions"]


@pytest.mark.case("F10")
def test_the_exchange_of_a_first_use_says_that_it_will_wait(world, unpinned):
    answer = world.exchange()

    assert answer.notice == (
        "this is the first use of a trusted publisher without ids: what is published now"
        " waits, staged, until an owner approves it"
    )


def test_an_owner_who_approves_a_first_use_confirms_the_publisher(world, unpinned, widget, stored):
    world.put(world.credential())

    approved = approve(world, widget)

    assert approved.json["message"] == (
        "@acme/widget@1.0.0 is published, and its trusted publisher is confirmed"
    )
    assert stored().state is PublisherState.ACTIVE
    assert "1.0.0" in world.packument().json["versions"]


def test_a_confirmed_publisher_publishes_without_waiting(world, unpinned, widget):
    world.put(world.credential())
    approve(world, widget)

    world.put(world.credential(), version="1.0.1")

    assert world.packument().json["dist-tags"] == {"latest": "1.0.1"}


@pytest.mark.case("F11", "E09")
def test_other_ids_under_a_pinned_name_are_refused(world, unpinned):
    world.exchange()

    answer = world.exchange(world.sign(world.claims(**ATTACKER)))

    assert answer.status in (403, 404)
    assert world.live_credentials() == 1


@pytest.mark.stores
@pytest.mark.case("F12")
def test_first_uses_of_the_same_repository_at_once_all_get_credentials(world, unpinned, stored):
    tokens = [world.sign() for _ in range(8)]

    answers = world.together(*(world.exchanging(token) for token in tokens))

    assert [answer.status for answer in answers] == [201] * 8
    assert stored().rules.repository_id == "901"
    assert len(world.events("publisher-pinned")) == 1


@pytest.mark.stores
@pytest.mark.case("F12")
def test_of_first_uses_of_two_repositories_at_once_one_wins(world, unpinned, stored):
    tokens = [world.sign(world.claims(**changes)) for changes in ({}, ATTACKER) * 4]

    answers = world.together(*(world.exchanging(token) for token in tokens))

    won = stored().rules.repository_id
    statuses = {"901": answers[0::2], "902": answers[1::2]}
    assert {answer.status for answer in statuses.pop(won)} == {201}
    (lost,) = statuses.values()
    assert all(answer.status in (403, 404) for answer in lost)
    assert world.live_credentials() == 4


@pytest.mark.case("F12")
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_first_use_of_a_publisher_that_is_removed_meanwhile_is_refused(world, unpinned):
    def remove_then(size: int) -> bytes:
        # The first unpredictable bytes are asked for between the decision and the writing.
        with world.database.writing() as connection:
            publishers.remove(connection, unpinned.id)
        return os.urandom(size)

    world.serve(random=remove_then)

    answer = world.exchange()

    assert (answer.status, answer.code) == (404, "no-publisher")
    assert world.row_counts()["credentials"] == world.row_counts()["replays"] == 0


@pytest.mark.case("F13")
def test_after_seven_days_a_publisher_without_ids_pins_no_more(world, unpinned, stored):
    world.clock.pass_(PIN_WINDOW_SECONDS)

    answer = world.exchange()

    assert (answer.status, answer.code) == (403, "publisher-expired")
    assert stored().state is PublisherState.UNPINNED


@pytest.mark.case("F13")
def test_adding_it_anew_starts_another_seven_days_and_a_pinned_one_never_expires(world, unpinned):
    world.clock.pass_(PIN_WINDOW_SECONDS)
    with world.database.writing() as connection:
        publishers.remove(connection, unpinned.id)
    world.trust(repository_id=None, owner_id=None)
    renewed = world.exchange()
    world.clock.pass_(PIN_WINDOW_SECONDS)

    later = world.exchange()

    assert (renewed.status, later.status) == (201, 201)


def test_before_any_pin_an_exact_repository_name_is_told_what_differs(world, unpinned):
    answer = world.exchange(world.sign(world.claims(runner_environment="self-hosted")))

    assert (answer.status, answer.code) == (403, "runner-denied")
    assert answer.json["mismatches"] != []
