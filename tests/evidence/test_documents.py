"""Gathering attestation documents: each its own outcome, and asked for once in a lifetime."""

import json
from contextlib import closing

import pytest

from imprint.evidence.documents import WantedDocument, gather_documents, speaks_of
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.publishers.credentials import Secret
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import Retries
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

NOW = 1_795_000_000.0
NAME = "@acme/widget"
PATH = "-/npm/v1/attestations/@acme%2fwidget@1.0.0"


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def registry():
    with upstream_registry() as running:
        yield running


@pytest.fixture
def store(tmp_path):
    with closing(open_projections(tmp_path / "kept.sqlite3", secret=b"s" * 32, now=NOW)) as opened:
        yield opened


def wanted(registry, version="1.0.0", **more):
    dist = registry.packuments.get(NAME, {"versions": {}})["versions"].get(version, {"dist": {}})
    usual = {
        "name": NAME,
        "version": version,
        "integrity": dist["dist"].get("integrity", "sha512-AA=="),
        "registry": registry.url,
    }
    return WantedDocument(**usual | more)


async def gathered(*versions, store=None, **more):
    async with Fetcher(connections_per_host=24) as fetcher:
        return await gather_documents(
            versions, fetcher=fetcher, store=store, retries=Retries(most=0), **more
        )


async def test_a_document_is_asked_for_once_in_a_lifetime(registry, store):
    registry.publish(NAME)
    one = wanted(registry)

    first = await gathered(one, store=store)
    registry.asked.clear()
    again = await gathered(one, store=store)

    assert first == again == {one.attested: Had(registry.answers["/" + PATH][1])}
    assert registry.asked == []


async def test_each_version_has_its_own_outcome(registry, store):
    registry.publish(NAME)
    registry.answers["/" + PATH.replace("1.0.0", "3.0.0")] = (500, b"")
    versions = [wanted(registry, version) for version in ("1.0.0", "2.0.0", "3.0.0")]

    found = await gathered(*versions, store=store)

    kinds = [type(found[one.attested]) for one in versions]
    assert kinds == [Had, NotThere, NotLooked]
    assert found[versions[2].attested].is_failure


async def test_of_a_claimed_address_the_path_alone_counts(registry):
    registry.put("elsewhere", {})
    one = wanted(registry, claimed_url="https://other.example.test/elsewhere")

    found = await gathered(one, credential_for=lambda _: Secret("token"))

    assert found == {one.attested: Had(b"{}")}


async def test_what_does_not_speak_of_the_bytes_is_not_kept(registry, store):
    registry.publish(NAME)
    other = wanted(registry, integrity="sha512-" + "A" * 86 + "==")

    found = await gathered(other, store=store)

    assert isinstance(found[other.attested], Had)
    assert not store.get_documents([other.attested])


async def test_offline_only_what_is_kept_is_there(registry, store):
    registry.publish(NAME)
    registry.publish(NAME, "2.0.0")
    first, second = wanted(registry), wanted(registry, "2.0.0")
    await gathered(first, store=store)
    registry.asked.clear()

    found = await gathered(first, second, store=store, is_offline=True)

    assert isinstance(found[first.attested], Had)
    assert isinstance(found[second.attested], NotLooked)
    assert registry.asked == []


async def test_progress_is_told_to_the_end(registry):
    told = []

    await gathered(
        *(wanted(registry, f"1.0.{number}") for number in range(9)),
        progress=lambda done, total: told.append((done, total)),
    )

    assert told == [(number, 9) for number in range(10)]


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"attestations":[]}',
        b'{"attestations":[{"bundle":{}}]}',
        b'{"attestations":[{"bundle":{"dsseEnvelope":{"payload":"!"}}}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_document_speaks_of_nothing(document):
    assert not speaks_of(document, "sha512-" + "A" * 86 + "==")


@pytest.mark.parametrize("integrity", ["", "sha512-", "sha1-AAAA", "sha512-!", "sha512-AA=="])
def test_nothing_speaks_of_what_is_no_integrity(registry, integrity):
    registry.publish(NAME)
    document = registry.answers["/" + PATH][1]

    assert not speaks_of(document, integrity)
    assert json.loads(document)
