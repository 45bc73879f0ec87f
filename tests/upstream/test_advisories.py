"""Asking a registry for advisories: what is sent, and what its answers mean."""

import asyncio

import pytest

from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed
from imprint.upstream import advisories as room
from imprint.upstream.advisories import bulk
from imprint.upstream.failures import FetchFailed
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.npm.advisories.records import entry
from tests.support.bulk_advisories import bulk_registry

WANTED = {"widget": ["1.1.0"], "@acme/gadget": ["2.0.0"]}


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(room, "BACKOFF_SECONDS", 0)
    with bulk_registry() as running:
        running.advisories["widget"] = [entry()]
        yield running


def ask(registry, wanted=WANTED):
    async def asked():
        async with Fetcher() as fetcher:
            upstream = UpstreamRegistry(
                fetcher=fetcher, url=registry.url, credential_for=lambda _: Secret("reader")
            )
            return await bulk(upstream, wanted)

    return asyncio.run(asked())


def test_it_is_asked_as_npm_asks(registry):
    ask(registry)

    assert registry.asked == [{"@acme/gadget": ["2.0.0"], "widget": ["1.1.0"]}]
    (headers,) = registry.headers
    assert headers["content-encoding"] == "gzip"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Bearer reader"


def test_every_version_has_an_answer(registry):
    found = ask(registry)

    assert {key: len(known) for key, known in found.advisories.items()} == {
        ("widget", "1.1.0"): 1,
        ("@acme/gadget", "2.0.0"): 0,
    }


def test_very_many_names_go_in_several_requests(registry):
    wanted = {f"widget-{n}": ["1.0.0"] for n in range(1001)}

    found = ask(registry, wanted)

    assert [len(one) for one in registry.asked] == [1000, 1]
    assert len(found.advisories) == 1001


@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_a_registry_without_advisories_says_so(registry, status):
    registry.statuses = [status]

    assert ask(registry) is None


def test_what_a_registry_said_holds_where_it_says_later_that_it_has_none(registry):
    registry.statuses = [200, 404]

    found = ask(
        registry, {"widget": ["1.1.0"], **{f"a-{n}": ["1.0.0"] for n in range(999)}, "z": ["1.0.0"]}
    )

    assert len(found.advisories["widget", "1.1.0"]) == 1
    assert list(found.unclear) == [("z", "1.0.0")]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_once_more(registry, status):
    registry.statuses = [status]

    assert ("widget", "1.1.0") in ask(registry).advisories


@pytest.mark.parametrize("statuses", [[400], [401], [403], [301], [204], [500, 500]])
def test_any_other_answer_is_a_failure(registry, statuses):
    registry.statuses = statuses

    with pytest.raises(FetchFailed, match=f"answered `{statuses[0]}`"):
        ask(registry)


def test_an_answer_that_is_none_is_malformed(registry):
    registry.body = b"<html>sign in</html>"

    with pytest.raises(Malformed):
        ask(registry)


def test_an_answer_that_is_too_large_is_a_failure(registry, monkeypatch):
    monkeypatch.setattr(room, "MAX_ANSWER_BYTES", 10)

    with pytest.raises(FetchFailed, match="larger"):
        ask(registry)
