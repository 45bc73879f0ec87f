"""What is known against versions: each with its own outcome, and no name told to a stranger."""

import asyncio
from contextlib import ExitStack

import pytest

from imprint.evidence.advisories import OFFLINE, advisories_of
from imprint.evidence.looked import Had, NotLooked
from imprint.evidence.wanted import Wanted
from imprint.upstream import advisories as upstream_room
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.npm.advisories.records import affected, archive, entry, record
from tests.support.bulk_advisories import bulk_registry

REGISTRY = "https://registry.example.test/"


def wanted(name="widget", version="1.1.0", registry=REGISTRY):
    return Wanted(name=name, version=version, registry=registry)


@pytest.fixture
def registries(monkeypatch):
    monkeypatch.setattr(upstream_room, "BACKOFF_SECONDS", 0)
    with ExitStack() as stack:
        yield [stack.enter_context(bulk_registry()) for _ in range(2)]


def ask(asked, **more):
    return asyncio.run(advisories_of(asked, **more))


def ask_registries(asked):
    async def run():
        async with Fetcher() as fetcher:

            def registry_of(url):
                return UpstreamRegistry(fetcher=fetcher, url=url)

            return await advisories_of(asked, registry_of=registry_of)

    return asyncio.run(run())


def ids(found, name="widget", version="1.1.0"):
    return [one.id for one in found.of(name, version)]


def test_an_archive_is_asked_for_every_version(tmp_path):
    path = archive(tmp_path / "all.zip", record(), record(id="CVE-2026-10001", aliases=[]))

    found = ask([wanted(), wanted(version="1.2.3"), wanted("nothing")], archive=path)

    assert ids(found) == ["GHSA-wile-road-acme"]
    assert found.by_version["widget", "1.2.3"] == Had(())
    assert found.by_version["nothing", "1.1.0"] == Had(())
    assert found.notes == ()


def test_broken_records_are_told(tmp_path):
    path = archive(tmp_path / "all.zip", record(), b"{")

    assert ask([wanted()], archive=path).notes == (
        "1 record of the advisory archive cannot be read",
    )


def test_a_version_that_ranges_cannot_judge_is_not_passed(tmp_path):
    path = archive(tmp_path / "all.zip", record())

    found = ask([wanted(version="newest")], archive=path)

    assert isinstance(found.by_version["widget", "newest"], NotLooked)


def test_a_version_that_ranges_cannot_judge_may_be_listed(tmp_path):
    path = archive(
        tmp_path / "all.zip",
        record(),
        record(id="GHSA-2", aliases=[], affected=[affected(versions=["newest"])]),
    )

    assert ids(ask([wanted(version="newest")], archive=path), version="newest") == ["GHSA-2"]


def test_offline_without_an_archive_nothing_was_looked_for():
    assert ask([wanted()]).by_version == {("widget", "1.1.0"): OFFLINE}


def test_each_registry_is_only_asked_about_its_own_names(registries):
    public, private = registries
    public.advisories["widget"] = [entry()]

    found = ask_registries(
        [wanted(registry=public.url), wanted("@acme/secret", registry=private.url)]
    )

    assert public.asked == [{"widget": ["1.1.0"]}]
    assert private.asked == [{"@acme/secret": ["1.1.0"]}]
    assert ids(found) == ["GHSA-2cfg-3hjm-4pqr"]


@pytest.mark.parametrize(
    ("statuses", "is_failure"), [([404], False), ([500, 500], True), ([403], True)]
)
def test_a_registry_that_does_not_answer_hides_no_other(registries, statuses, is_failure):
    public, private = registries
    public.advisories["widget"] = [entry()]
    private.statuses = statuses

    found = ask_registries(
        [wanted(registry=public.url), wanted("@acme/secret", registry=private.url)]
    )

    assert ids(found) == ["GHSA-2cfg-3hjm-4pqr"]
    assert found.by_version["@acme/secret", "1.1.0"].is_failure is is_failure


def test_an_entry_that_cannot_be_read_passes_nothing(registries):
    public, _ = registries
    public.advisories["widget"] = [entry(vulnerable_versions="soon")]

    found = ask_registries([wanted(registry=public.url)])

    assert isinstance(found.by_version["widget", "1.1.0"], NotLooked)


def test_an_entry_that_cannot_be_read_is_told_beside_one_that_can(registries):
    public, _ = registries
    public.advisories["widget"] = [entry(vulnerable_versions="soon"), entry()]

    found = ask_registries([wanted(registry=public.url)])

    assert len(found.of("widget", "1.1.0")) == 1
    assert found.missing(("widget", "1.1.0")).is_failure
    assert found.of_those({("widget", "1.2.3")}).missing(("widget", "1.1.0")) is None


def test_an_answer_that_is_none_passes_nothing(registries):
    public, _ = registries
    public.body = b"<html>"

    found = ask_registries([wanted(registry=public.url)])

    assert found.by_version["widget", "1.1.0"].is_failure


def test_a_version_that_is_none_does_not_spoil_the_question(registries):
    upstream, _ = registries
    upstream.advisories["widget"] = [entry()]

    found = ask_registries(
        [wanted(registry=upstream.url), wanted("odd", "no version", upstream.url)]
    )

    assert upstream.asked == [{"widget": ["1.1.0"]}]
    assert isinstance(found.by_version["widget", "1.1.0"], Had)
    assert isinstance(found.by_version["odd", "no version"], NotLooked)
