"""Asking a forge's API: typed answers, kept for a day, and no more where it has had enough."""

import msgspec
import pytest

from imprint.refusals import Malformed
from imprint.upstream.failures import FetchFailed
from imprint.upstream.forge.api import REFUSALS_BEFORE_REST
from imprint.upstream.forge.keeping import DAY_SECONDS, NOTHING_SECONDS, Keeping, Remembered
from tests.support.forge import standing_in
from tests.upstream.forge.asking import ask


class Named(msgspec.Struct):
    name: str


@pytest.fixture
def forge():
    with standing_in() as running:
        running.answers["/thing"] = {"name": "widget"}
        yield running


@pytest.fixture
def clock():
    return [1_000.0]


@pytest.fixture
def keeping(clock):
    return Keeping(answers=Remembered(), now=lambda: clock[0])


def thing(api):
    return api.ask("/thing", Named)


def test_an_answer_is_typed(forge):
    assert ask(forge, thing) == Named("widget")


def test_it_is_asked_with_the_token(forge):
    ask(forge, thing)

    assert forge.asked == [("/thing", "Bearer read-only")]


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_none(forge, status):
    forge.answers["/thing"] = status

    assert ask(forge, thing) is None


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_what_may_not_be_had_is_a_failure(forge, status):
    forge.answers["/thing"] = status

    with pytest.raises(FetchFailed):
        ask(forge, thing)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"name": 7}', b"\xff", b""])
def test_an_answer_of_another_form_is_malformed(forge, body):
    forge.answers["/thing"] = body

    with pytest.raises(Malformed) as raised:
        ask(forge, thing)

    assert raised.value.code == "malformed-forge-answer"


async def several(api, paths):
    found = []
    for path in paths:
        try:
            found.append(await api.ask(path, Named))
        except FetchFailed as err:
            found.append(err.message)
    return found


def test_a_forge_that_was_asked_too_often_is_left_alone(forge):
    forge.answers["/often"] = 429

    found = ask(forge, lambda api: several(api, ["/often", "/thing"]))

    assert [path for path, _ in forge.asked] == ["/often"]
    assert found[1] == "the forge was asked too often: it is not asked any more in this run"


def test_refusals_one_after_another_are_the_same(forge):
    forge.answers["/no"] = 403
    paths = ["/no"] * REFUSALS_BEFORE_REST + ["/thing"]

    ask(forge, lambda api: several(api, paths))

    assert [path for path, _ in forge.asked] == ["/no"] * REFUSALS_BEFORE_REST


def test_single_refusals_are_not(forge):
    forge.answers["/no"] = 403

    found = ask(forge, lambda api: several(api, ["/no", "/thing"] * REFUSALS_BEFORE_REST))

    assert found[-1] == Named("widget")


def test_an_answer_is_kept_for_a_day(forge, keeping, clock):
    ask(forge, thing, keeping=keeping)
    clock[0] += DAY_SECONDS - 1

    assert ask(forge, thing, keeping=keeping) == Named("widget")
    assert len(forge.asked) == 1


def test_after_a_day_it_is_asked_again(forge, keeping, clock):
    ask(forge, thing, keeping=keeping)
    clock[0] += DAY_SECONDS

    ask(forge, thing, keeping=keeping)

    assert len(forge.asked) == 2


def test_that_something_is_not_there_is_kept_for_an_hour(forge, keeping, clock):
    forge.answers["/thing"] = 404

    for _ in range(2):
        assert ask(forge, thing, keeping=keeping) is None
    clock[0] += NOTHING_SECONDS
    forge.answers["/thing"] = {"name": "late"}

    assert ask(forge, thing, keeping=keeping) == Named("late")
    assert len(forge.asked) == 2


def test_failures_are_not_kept(forge, keeping):
    forge.answers["/thing"] = 500
    with pytest.raises(FetchFailed):
        ask(forge, thing, keeping=keeping)
    forge.answers["/thing"] = {"name": "back"}

    assert ask(forge, thing, keeping=keeping) == Named("back")


def test_what_is_not_final_is_not_kept(forge, keeping):
    def unfinished(api):
        return api.ask("/thing", Named, kept_for=lambda _: 0.0)

    for _ in range(2):
        ask(forge, unfinished, keeping=keeping)

    assert len(forge.asked) == 2


def test_what_one_token_may_read_another_is_not_told(keeping):
    keys = {keeping.key("https://forge.example.test/thing", token) for token in ("", "a", "b")}

    assert len(keys) == 3


def test_a_damaged_row_is_as_good_as_none(keeping):
    keeping.answers.put({b"key": b"\xff\xff"})

    assert keeping.find(b"key") is None
