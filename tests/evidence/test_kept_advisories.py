"""Advisories that were told a little while ago: nobody asks twice, and how old they are is said."""

import asyncio

import pytest

from imprint.evidence.advisories import advisories_of
from imprint.evidence.kept_advisories import KeptAdvisories
from imprint.evidence.looked import NotLooked
from imprint.evidence.wanted import Wanted
from imprint.storage.projection_places import open_projections
from imprint.upstream import advisories as upstream_room
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.npm.advisories.records import entry
from tests.support.bulk_advisories import bulk_registry

NOW = 1_795_000_000.0
FRESH = 300.0


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(upstream_room, "BACKOFF_SECONDS", 0)
    with bulk_registry() as stand_in:
        stand_in.advisories["widget"] = [entry()]
        yield stand_in


@pytest.fixture
def store(tmp_path):
    opened = open_projections(tmp_path / "kept.sqlite3", secret=b"s" * 32, now=NOW)
    yield opened
    opened.close()


def ask(registry, store, *versions, later=0.0, max_age_seconds=FRESH):
    """Return what is known, and how many questions that took."""
    registry.asked.clear()
    asked = [
        Wanted(name="widget", version=version, registry=registry.url)
        for version in versions or ["1.1.0"]
    ]

    async def run():
        async with Fetcher() as fetcher:
            return await advisories_of(
                asked,
                registry_of=lambda url: UpstreamRegistry(fetcher=fetcher, url=url),
                kept=KeptAdvisories(store=store, now=NOW + later, max_age_seconds=max_age_seconds),
            )

    return asyncio.run(run()), len(registry.asked)


def test_what_was_asked_a_moment_ago_is_not_asked_again(registry, store):
    first, asked = ask(registry, store)
    again, asked_again = ask(registry, store, later=59)

    assert (asked, asked_again) == (1, 0)
    assert again == first
    assert [one.id for one in again.of("widget", "1.1.0")] == [entry()["url"].rpartition("/")[2]]


def test_how_old_it_is_is_said(registry, store):
    ask(registry, store)

    found, _ = ask(registry, store, later=200)

    assert found.notes == (f"{registry.url}: advisories are as it told them 3 min ago",)


@pytest.mark.parametrize("later", [FRESH, -1.0])
def test_what_is_old_or_from_the_future_is_asked_anew(registry, store, later):
    ask(registry, store)

    assert ask(registry, store, later=later)[1] == 1


def test_another_question_is_asked(registry, store):
    ask(registry, store)

    assert ask(registry, store, "1.1.0", "1.2.0", later=1)[1] == 1


def test_who_wants_all_anew_gets_it_anew(registry, store):
    ask(registry, store)

    assert ask(registry, store, later=1, max_age_seconds=0.0)[1] == 1


@pytest.mark.parametrize(("body", "statuses"), [(b"[", []), (None, [500, 500])])
def test_a_failure_is_not_kept(registry, store, body, statuses):
    registry.body, registry.statuses = body, statuses
    failed, _ = ask(registry, store)
    registry.body = None

    found, asked = ask(registry, store, later=1)

    assert isinstance(failed.by_version["widget", "1.1.0"], NotLooked)
    assert (len(found.of("widget", "1.1.0")), asked) == (1, 1)
