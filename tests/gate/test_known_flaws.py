"""What is asked of upstreams' advisories for tarballs: their own versions, together, once."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from imprint.gate.model import Effect
from tests.support.gate_histories import trusted
from tests.support.gate_judging import judging_world
from tests.support.upstream_registry import upstream_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.upstream_registry import UpstreamStandIn

BULK = "-/npm/v1/security/advisories/bulk"


@pytest.fixture
def upstream() -> Iterator[UpstreamStandIn]:
    with upstream_registry() as found:
        found.put(BULK, {})
        for name in ("widget", "gadget"):
            for number in range(5):
                trusted(found, name, f"1.0.{number}", days_ago=90 - number)
        yield found


@pytest.fixture
def run(upstream, tmp_path):
    """Run a coroutine function with a world that asks for advisories."""

    def ran(scene) -> Any:
        async def whole():
            async with judging_world(upstream, tmp_path, asks_advisories=True) as world:
                return await scene(world)

        return asyncio.run(whole())

    return ran


def asked(upstream):
    found = [one for one in upstream.asked if one.path.endswith("/bulk")]
    return [json.loads(gzip.decompress(one.body)) for one in found]


def flaw(versions, **more):
    url = "https://advisories.example.test/GHSA-2222-2222-2222"
    told = {"id": 1, "url": url, "title": "a flaw", "severity": "high"}
    return {**told, "vulnerable_versions": versions, **more}


def malware(version):
    return flaw(version, severity="critical", cwe=["CWE-506"])


def test_tarballs_are_asked_about_together_and_no_other_versions(upstream, run):
    async def scene(world):
        names = ("widget", "gadget")
        judge = world.judging.judge_tarball
        return await asyncio.gather(*(judge(world.document(n), "1.0.3", None) for n in names))

    verdicts = run(scene)

    assert [one.effect for one in verdicts] == [Effect.SERVE, Effect.SERVE]
    assert asked(upstream) == [{"widget": ["1.0.3"], "gadget": ["1.0.3"]}]


def test_what_is_expected_is_asked_about_once_and_counts(upstream, run):
    upstream.put(BULK, {"widget": [malware("1.0.3")]})

    async def scene(world):
        document = world.document("widget")
        world.judging.expect(document.upstream, "widget", "1.0.3")
        await asyncio.sleep(0.03)  # its batch is on its way, or back
        return await world.judging.judge_tarball(document, "1.0.3", None)

    verdict = run(scene)

    assert verdict.effect is Effect.WITHHOLD
    assert len(asked(upstream)) == 1


def test_what_is_no_version_is_expected_in_vain(upstream, run):
    async def scene(world):
        upstream_of = world.document("widget").upstream
        world.judging.expect(upstream_of, "widget", "../../1.0.3")
        await asyncio.sleep(0.1)

    run(scene)

    assert asked(upstream) == []


def test_of_a_young_version_what_it_may_mend_is_asked_too(upstream, run):
    trusted(upstream, "widget", "1.0.5", days_ago=1 / 24)
    upstream.put(BULK, {"widget": [flaw("<1.0.5")]})

    verdict = run(
        lambda world: world.judging.judge_tarball(world.document("widget"), "1.0.5", None)
    )

    assert verdict.effect is Effect.SERVE
    assert [sorted(one["widget"]) for one in asked(upstream)] == [
        ["1.0.2", "1.0.3", "1.0.4", "1.0.5"]
    ]


def test_a_packument_is_asked_about_whole_though_a_tarball_was_before(upstream, run):
    upstream.put(BULK, {"widget": [malware("1.0.1")]})

    async def scene(world):
        document = world.document("widget")
        await world.judging.judge_tarball(document, "1.0.3", None)
        return await world.judging.judge(document)

    assert run(scene).withheld == {"1.0.1"}


def test_a_tarball_is_not_asked_about_whose_packument_was(upstream, run):
    upstream.put(BULK, {"widget": [malware("1.0.1")]})

    async def scene(world):
        document = world.document("widget")
        await world.judging.judge(document)
        return await world.judging.judge_tarball(document, "1.0.1", "sha512-" + "A" * 86 + "==")

    verdict = run(scene)

    assert verdict.effect is Effect.WITHHOLD
    assert len(asked(upstream)) == 1


def test_what_could_not_be_told_of_a_tarball_is_a_doubt_and_asked_again(upstream, run):
    upstream.answers[f"/{BULK}"] = (403, b"{}")

    async def scene(world):
        document = world.document("widget")
        before = await world.judging.judge_tarball(document, "1.0.3", None)
        upstream.put(BULK, {"widget": [malware("1.0.3")]})
        world.clock.now += 61
        return before, await world.judging.judge_tarball(document, "1.0.3", None)

    before, then = run(scene)

    assert (before.effect, then.effect) == (Effect.SERVE, Effect.WITHHOLD)


def test_what_a_client_made_up_hides_nothing_that_is_known_of_others(upstream, run):
    answer = json.dumps({"widget": [malware("1.0.3")]}).encode()

    def refusing(handler):
        # What was asked was read by now.
        is_refused = "made-up" in json.loads(gzip.decompress(upstream.asked[-1].body))
        body = b"{}" if is_refused else answer
        handler.send_response(400 if is_refused else 200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    upstream.behaviours[f"/{BULK}"] = refusing

    async def scene(world):
        document = world.document("widget")
        world.judging.expect(document.upstream, "widget", "1.0.3")
        world.judging.expect(document.upstream, "made-up", "6.6.6")
        return await world.judging.judge_tarball(document, "1.0.3", None)

    verdict = run(scene)

    assert verdict.effect is Effect.WITHHOLD
    assert verdict.decision.reasons[0].code == "malware"
    assert asked(upstream)[0].keys() == {"widget", "made-up"}
    assert asked(upstream)[1:] == [{"widget": ["1.0.3"]}]
