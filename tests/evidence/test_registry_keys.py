"""Keys of registries: had once a day, sooner where one lacks, offline as they were last."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.registry_keys import MAX_AGE_SECONDS, RegistryKeys
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.support.upstream_registry import upstream_registry

NOW = 1_795_000_000.0
FRESH = 300.0
PATH = "/-/npm/v1/keys"


@pytest.fixture
def upstream():
    with upstream_registry() as stand_in:
        serve(stand_in, "first")
        yield stand_in


@pytest.fixture
def store(tmp_path):
    opened = open_projections(tmp_path / "kept.sqlite3", secret=b"s" * 32, now=NOW)
    yield opened
    opened.close()


def serve(upstream, *key_ids, status=200):
    keys = [{"keyid": key_id} for key_id in key_ids]
    upstream.answers[PATH] = (status, json.dumps({"keys": keys}).encode())


def had(upstream, store, *, later=0.0, named=(), **more: Any):
    """Return the keys of a run, its notes, and whether the registry was asked."""
    upstream.asked.clear()

    async def run():
        async with Fetcher() as fetcher:
            whole = {"max_age_seconds": FRESH, "is_offline": False, **more}
            keys = RegistryKeys(
                registry_of=lambda url: UpstreamRegistry(fetcher=fetcher, url=url),
                store=store,
                now=NOW + later,
                **whole,
            )
            await keys.ask([upstream.url])
            found = await keys.having({upstream.url: set(named)})
            return found[upstream.url], keys.notes([upstream.url])

    looked, notes = asyncio.run(run())
    ids = {key["keyid"] for key in json.loads(looked.value)["keys"]} if has(looked) else looked
    return ids, notes, len(upstream.asked)


def has(looked):
    return isinstance(looked, Had)


def test_keys_are_asked_for_once_a_day(upstream, store):
    assert had(upstream, store) == ({"first"}, (), 1)
    assert had(upstream, store, later=MAX_AGE_SECONDS, named=["first"]) == ({"first"}, (), 0)

    serve(upstream, "second")

    assert had(upstream, store, later=MAX_AGE_SECONDS + 1) == ({"second"}, (), 1)


def test_a_key_that_lacks_is_looked_for(upstream, store):
    had(upstream, store)
    serve(upstream, "first", "second")

    assert had(upstream, store, later=FRESH + 1, named=["second"]) == ({"first", "second"}, (), 1)
    assert had(upstream, store, later=FRESH + 2, named=["second"]) == ({"first", "second"}, (), 0)


def test_a_key_that_nobody_has_is_not_looked_for_again_at_once(upstream, store):
    had(upstream, store)

    assert had(upstream, store, later=FRESH, named=["foreign"])[2] == 0
    assert had(upstream, store, later=FRESH + 1, named=["foreign"])[2] == 1


def test_offline_they_are_as_they_were_and_that_is_said(upstream, store):
    had(upstream, store)
    later = 3 * MAX_AGE_SECONDS

    assert had(upstream, store, later=60, is_offline=True) == ({"first"}, (), 0)
    assert had(upstream, store, later=later, named=["foreign"], is_offline=True) == (
        {"first"},
        (f"{upstream.url}: its keys are as they were 3 d ago",),
        0,
    )


def test_offline_without_any_nobody_looked(upstream, store):
    found, notes, asked = had(upstream, store, is_offline=True)

    assert isinstance(found, NotLooked)
    assert (notes, asked) == ((), 0)


def test_a_registry_without_keys_is_not_asked_each_time(upstream, store):
    del upstream.answers[PATH]

    assert had(upstream, store) == (NotThere(), (), 1)
    assert had(upstream, store, later=60) == (NotThere(), (), 0)

    serve(upstream, "first")
    assert had(upstream, store, later=FRESH + 1, named=["first"]) == ({"first"}, (), 1)


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"<html>"), (200, b'{"keys": []}')])
def test_what_is_no_key_is_not_kept(upstream, store, answer):
    upstream.answers[PATH] = answer
    asyncio.run(_ask(upstream, store))

    serve(upstream, "first")

    assert had(upstream, store, later=1) == ({"first"}, (), 1)


async def _ask(upstream, store):
    async with Fetcher() as fetcher:
        keys = RegistryKeys(
            registry_of=lambda url: UpstreamRegistry(fetcher=fetcher, url=url),
            store=store,
            now=NOW,
            max_age_seconds=FRESH,
            is_offline=False,
        )
        await keys.ask([upstream.url])


def test_who_wants_all_anew_gets_it_anew(upstream, store):
    had(upstream, store)

    assert had(upstream, store, later=1, max_age_seconds=0.0)[2] == 1


def test_a_clock_that_was_set_back_makes_nothing_young(upstream, store):
    had(upstream, store)

    assert had(upstream, store, later=-60.0)[2] == 1


def test_without_a_store_they_are_asked_for_each_time(upstream):
    assert had(upstream, None)[2] == had(upstream, None)[2] == 1
