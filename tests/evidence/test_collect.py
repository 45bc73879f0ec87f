"""Gathering: each piece has its own outcome, and not everything is asked for at once."""

import asyncio

import pytest

from imprint.evidence import collect
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, Refusal, Unavailable
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.support.tarballs import tarball
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

NAME = PackageName.parse("@acme/widget")
DOCUMENT = "/-/npm/v1/attestations/@acme%2fwidget@1.0.0"
TARBALL = "/@acme/widget/-/1.0.0.tgz"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def upstream():
    with upstream_registry() as found:
        found.publish(str(NAME))
        yield found


@pytest.fixture
async def registry(upstream):
    async with Fetcher() as fetcher:
        yield UpstreamRegistry(fetcher=fetcher, url=upstream.url)


async def pieces_of(registry, *, tarball=True):
    packument = await collect.packument_of(registry, NAME)
    published = collect.version_of(packument, "latest")
    return await collect.collect(registry, published, NAME, tarball=tarball)


async def test_everything_that_is_there_is_gathered(registry, upstream):
    pieces = await pieces_of(registry)

    assert pieces.document == Had(upstream.answers[DOCUMENT][1])
    assert pieces.tarball.value.package_json["name"] == "@acme/widget"
    assert isinstance(await collect.keys_of(registry), Had)


async def test_what_is_not_there_and_what_cannot_be_had_are_two_things(registry, upstream):
    del upstream.answers[DOCUMENT]
    upstream.answers[TARBALL] = (500, b"")

    pieces = await pieces_of(registry)

    assert pieces.document == NotThere()
    assert isinstance(pieces.tarball, NotLooked)
    assert pieces.tarball.is_failure


async def test_a_tarball_that_was_not_asked_for_is_not_fetched(registry, upstream):
    pieces = await pieces_of(registry, tarball=False)

    assert pieces.tarball == collect.UNASKED
    assert TARBALL not in upstream.paths()


async def test_a_tarball_without_an_address_cannot_be_had(registry, upstream):
    upstream.change(str(NAME), "1.0.0", tarball=None)

    assert (await pieces_of(registry)).tarball.is_failure


async def test_a_tarball_that_cannot_be_read_is_hashed_all_the_same(registry, upstream):
    upstream.answers[TARBALL] = (200, b"no tarball")

    facts = (await pieces_of(registry)).tarball.value

    assert isinstance(facts.package_json, Refusal)
    assert facts.size_bytes == 10


async def test_a_package_that_is_not_there_is_told_from_a_registry_that_is_away(registry, upstream):
    upstream.answers["/busy"] = (503, b"")

    with pytest.raises(Malformed) as missing:
        await collect.packument_of(registry, PackageName.parse("none"))
    with pytest.raises(Unavailable) as away:
        await collect.packument_of(registry, PackageName.parse("busy"))

    assert (missing.value.code, away.value.code) == ("no-such-package", "registry-unreachable")


async def test_a_version_that_is_described_as_another_is_undecided(registry, upstream):
    upstream.packuments[str(NAME)]["versions"]["1.0.0"]["version"] = "9.9.9"
    upstream.change(str(NAME), "1.0.0")

    with pytest.raises(Unavailable):
        await pieces_of(registry)


async def test_no_more_than_a_few_are_gathered_at_once():
    running, most = 0, 0

    async def task(number):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return number

    found = await collect.a_few_at_once(task(number) for number in range(50))

    assert (found, most) == (list(range(50)), collect.AT_ONCE)


def test_facts_of_a_tarball_in_hand():
    facts = collect.facts_of(tarball("@acme/widget", "2.0.0"))

    assert isinstance(facts.package_json, dict)
    assert facts.package_json["version"] == "2.0.0"
    assert len(facts.sha512) == 128
