"""Judging upstreams' packages: real certificates and documents, moved clocks, policies that change."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from imprint.evidence import packages
from imprint.evidence.looked import NotThere
from imprint.evidence.wanted import Wanted
from imprint.gate.judging import weighing
from imprint.gate.judging.judging import Judging
from imprint.gate.judging.policies import WhenUndecided
from imprint.gate.model import Effect
from imprint.policy.decisions import Undecided, verdict_of
from tests.support.gate_histories import (
    BAD,
    CHANGED,
    CLEAN_TREE,
    DAY,
    DOWNGRADED,
    NEWBORN,
    SCRIPTED,
    YOUNG,
    by_token,
    trusted,
    write_histories,
)
from tests.support.gate_judging import ENFORCING, document_of, judging_world
from tests.support.upstream_registry import upstream_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from tests.support.gate_judging import JudgingWorld
    from tests.support.upstream_registry import UpstreamStandIn

REQUIRING = ENFORCING + "[[require]]\npackages = ['*']\norigin = 'verified'\n"


@pytest.fixture(scope="module")
def histories() -> Iterator[UpstreamStandIn]:
    with upstream_registry() as upstream:
        write_histories(upstream)
        yield upstream


@pytest.fixture
def upstream() -> Iterator[UpstreamStandIn]:
    with upstream_registry() as found:
        found.put("-/npm/v1/security/advisories/bulk", {})
        yield found


@pytest.fixture
def run(tmp_path):
    """Run a coroutine function with a world; what it returns is returned."""

    def ran(
        upstream: UpstreamStandIn,
        scene: Callable[[JudgingWorld], Coroutine[Any, Any, Any]],
        **options: Any,
    ) -> Any:
        async def whole() -> Any:
            async with judging_world(upstream, tmp_path, **options) as world:
                return await scene(world)

        return asyncio.run(whole())

    return ran


def codes(verdict):
    return [reason.code for reason in verdict.decision.reasons]


class TestPackuments:
    @pytest.mark.parametrize("bad", BAD, ids=[one.name for one in BAD])
    def test_a_bad_version_is_withheld_alone_and_says_why(self, histories, run, bad):
        judged = run(histories, lambda world: world.judged(bad.name))

        assert judged.withheld == {bad.bad}
        assert bad.code in codes(judged.verdicts[bad.bad])
        assert f"`{bad.name}@{bad.bad}` is refused" in judged.verdicts[bad.bad].sentence

    @pytest.mark.parametrize("name", CLEAN_TREE)
    def test_a_clean_package_is_plainly_served(self, histories, run, name):
        judged = run(histories, lambda world: world.judged(name))

        assert (judged.verdicts, judged.doubt) == ({}, None)

    @pytest.mark.parametrize("mode", ["observe", "warn"])
    @pytest.mark.parametrize("bad", BAD, ids=[one.name for one in BAD])
    def test_a_mode_that_does_not_enforce_serves_and_tells(self, histories, run, bad, mode):
        policy = ENFORCING.replace("enforce", mode)

        judged = run(histories, lambda world: world.judged(bad.name), policy=policy)

        assert judged.withheld == frozenset()
        assert "would be refused" in judged.verdicts[bad.bad].sentence

    def test_a_young_version_is_there_by_itself_when_the_cooldown_ends(self, histories, run):
        async def scene(world):
            held = await world.judged(YOUNG.name)
            world.clock.now = held.verdicts[YOUNG.bad].until - 1
            still = await world.judged(YOUNG.name)
            world.clock.now += 1
            return held, still, await world.judged(YOUNG.name)

        held, still, then = run(histories, scene)

        assert held.next_change == held.verdicts[YOUNG.bad].until
        assert YOUNG.bad in held.withheld & still.withheld
        assert then.withheld == frozenset()

    def test_a_policy_that_enforces_from_a_day_on_does_so_by_itself(self, histories, run):
        start = datetime.fromtimestamp(time.time() + 2 * DAY, UTC).date()
        text = f"version = 1\nmode = 'observe'\nenforce-from = {start.isoformat()}\n"

        async def scene(world):
            before = await world.judged(CHANGED.name)
            world.clock.now = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
            return before, await world.judged(CHANGED.name)

        before, then = run(histories, scene, policy=text)

        assert before.withheld == frozenset()
        assert then.withheld == {CHANGED.bad}

    def test_what_was_judged_is_kept_until_something_is_another(self, histories, run):
        async def scene(world):
            first = await world.judged(DOWNGRADED.name)
            again = await world.judged(DOWNGRADED.name)
            world.file.write_text(ENFORCING.replace("24h", "48h"))
            world.policies.check()
            return first, again, await world.judged(DOWNGRADED.name)

        first, again, other = run(histories, scene)

        assert again is first
        assert other.policy_digest != first.policy_digest

    def test_many_who_ask_at_once_wait_for_one_judging(self, histories, run):
        async def scene(world):
            document = world.document(DOWNGRADED.name)
            asked = len(world.upstream.asked)
            found = await asyncio.gather(*(world.judging.judge(document) for _ in range(50)))
            paths = [one.path for one in world.upstream.asked[asked:]]
            return found, paths

        found, paths = run(histories, scene)

        assert all(one is found[0] for one in found)
        assert len(paths) == len(set(paths))

    def test_without_a_policy_nothing_is_judged(self, histories, run):
        async def scene(world):
            world.policies._current = None  # as without a file
            document = world.document(DOWNGRADED.name)
            verdict = await world.judging.judge_tarball(document, DOWNGRADED.bad, None)
            return await world.judging.judge(document), verdict

        judged, verdict = run(histories, scene)

        assert (judged.withheld, judged.policy_digest) == (frozenset(), "")
        assert verdict.effect is Effect.SERVE


class TestNeighbours:
    def test_only_what_a_young_release_adds_is_looked_at(self, histories, run):
        async def scene(world):
            await world.judged(DOWNGRADED.name)
            await world.judged("harbor")
            return world.asked

        assert run(histories, scene) == [NEWBORN]

    def test_a_dependency_that_cannot_be_looked_at_is_no_silent_pass(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        trusted(upstream, "widget", "1.0.1", days_ago=3, dependencies={"late": "^1.0.0"})
        upstream.answers["/late"] = (200, b"{")  # no packument: looking at it fails

        async def scene(world):
            return await world.judged("widget")

        judged = run(upstream, scene)

        assert "1.0.1" in judged.withheld
        assert "late" in judged.verdicts["1.0.1"].sentence


class TestTarballs:
    def test_a_tarball_is_judged_in_full_where_its_packument_took_its_word(self, upstream, run):
        for number in range(3):
            trusted(upstream, "widget", f"1.0.{number}", days_ago=300 - number)
        upstream.answers["/-/npm/v1/attestations/widget@1.0.1"] = upstream.answers[
            "/-/npm/v1/attestations/widget@1.0.0"
        ]

        async def scene(world):
            corrected = list[str]()
            world.judging.when_corrected(corrected.append)
            document = world.document("widget")
            before = await world.judging.judge(document)
            verdict = await world.judging.judge_tarball(document, "1.0.1", None)
            after = await world.judging.judge(document)
            trusted(upstream, "widget", "1.0.3", days_ago=100)
            return before, verdict, after, await world.judged("widget"), corrected

        before, verdict, after, anew, corrected = run(upstream, scene)

        assert before.withheld == frozenset()
        assert verdict.effect is Effect.WITHHOLD
        assert codes(verdict) == ["attestation-subject-mismatch"]
        assert (after.withheld, corrected) == ({"1.0.1"}, ["widget"])
        assert anew.withheld == {"1.0.1"}  # it is not taken at its word again

    def test_other_bytes_than_the_packuments_are_refused(self, histories, run):
        other = "sha512-" + "A" * 86 + "=="

        async def scene(world):
            document = world.document("rope")
            return await world.judging.judge_tarball(document, "1.2.0", other)

        verdict = run(histories, scene)

        assert "attestation-subject-mismatch" in codes(verdict)
        assert verdict.effect is Effect.WITHHOLD

    @pytest.mark.parametrize("mode", ["observe", "warn", "enforce"])
    @pytest.mark.parametrize("algorithm", ["integrity", "shasum"])
    def test_a_quarantined_digest_is_refused_whatever_else(self, upstream, run, mode, algorithm):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        dist = upstream.packuments["widget"]["versions"]["1.0.0"]["dist"]
        digest = dist["integrity"]
        if algorithm == "shasum":
            upstream.change("widget", "1.0.0", integrity=None, shasum="ab" * 20)
            digest = "sha1-q6urq6urq6urq6urq6urq6urq6s="
        policy = (
            f"version = 1\nmode = '{mode}'\n[[quarantine]]\nintegrity = '{digest}'\n"
            "refuse = true\nreason = 'worm'\n"
        )

        async def scene(world):
            document = world.document("widget")
            verdict = await world.judging.judge_tarball(document, "1.0.0", None)
            return await world.judging.judge(document), verdict

        judged, verdict = run(upstream, scene, policy=policy)

        assert judged.withheld == {"1.0.0"}
        assert (verdict.effect, codes(verdict)) == (Effect.WITHHOLD, ["quarantined"])

    def test_a_quarantined_digest_is_refused_where_there_is_no_packument(self, upstream, run):
        digest = "sha512-" + "A" * 86 + "=="
        policy = (
            f"version = 1\nmode = 'observe'\n[[quarantine]]\nintegrity = '{digest}'\n"
            "refuse = true\nreason = 'worm'\n"
        )
        wanted = Wanted(name="gone", version="1.0.0", registry=upstream.url, integrity=digest)

        async def scene(world):
            return world.judging.judge_unseen(wanted, NotThere())

        assert run(upstream, scene, policy=policy).effect is Effect.WITHHOLD


class TestRequirements:
    def test_old_versions_are_taken_at_their_word_until_their_tarball_is_asked_for(
        self, upstream, run
    ):
        for number in range(4):
            trusted(upstream, "widget", f"1.0.{number}", days_ago=300 - number)
        by_token(upstream, "widget", "0.9.0", days_ago=400)
        del upstream.answers["/-/npm/v1/attestations/widget@1.0.1"]

        async def scene(world):
            document = world.document("widget")
            judged = await world.judging.judge(document)
            return judged, await world.judging.judge_tarball(document, "1.0.1", None)

        judged, verdict = run(upstream, scene, policy=REQUIRING)

        assert judged.withheld == {"0.9.0"}
        assert verdict.effect is Effect.WITHHOLD

    def test_a_publisher_that_is_asked_for_is_not_asked_of_what_nobody_looked_at(
        self, upstream, run
    ):
        for number in range(3):
            trusted(upstream, "widget", f"1.0.{number}", days_ago=300 - number)
        pinned = (
            ENFORCING + "[[require]]\npackages = ['widget']\n"
            "identity = { repository = 'acme/other', workflow = 'release.yml' }\n"
        )

        async def scene(world):
            document = world.document("widget")
            judged = await world.judging.judge(document)
            return judged, await world.judging.judge_tarball(document, "1.0.0", None)

        judged, verdict = run(upstream, scene, policy=pinned)

        assert judged.withheld == {"1.0.2"}  # the head was verified
        assert codes(verdict) == ["identity-not-pinned"]


class TestDoubts:
    def strip(self, upstream, *, times=False, users=False):
        document = upstream.packuments["widget"]
        if times:
            document.pop("time")
        for version in document["versions"].values():
            if users:
                version.pop("_npmUser")
                version["dist"].pop("attestations")
        upstream.put("widget", document)

    def test_a_registry_that_strips_times_holds_everything_and_says_so(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        self.strip(upstream, times=True)

        judged = run(upstream, lambda world: world.judged("widget"))

        assert judged.withheld == {"1.0.0"}
        assert isinstance(judged.verdicts["1.0.0"].decision, Undecided)
        assert "tells no times" in judged.doubt

    @pytest.mark.parametrize(
        ("undecided", "withheld"),
        [(WhenUndecided.BY_MODE, {"1.0.0"}), (WhenUndecided.ALLOW, set())],
        ids=["by-mode", "allow"],
    )
    def test_a_registry_that_strips_credentials_is_undecided(
        self, upstream, run, undecided, withheld
    ):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        self.strip(upstream, users=True)

        judged = run(upstream, lambda world: world.judged("widget"), undecided=undecided)

        assert judged.withheld == withheld
        assert "credential" in judged.doubt
        assert judged.verdicts["1.0.0"].sentence

    def test_a_policy_lets_each_kind_of_evidence_be_lacking(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        self.strip(upstream, times=True)
        policy = ENFORCING + "unknown = { default = 'warn', time = 'allow' }\n"

        judged = run(upstream, lambda world: world.judged("widget"), policy=policy)

        assert judged.withheld == frozenset()
        assert "tells no times" in judged.doubt

    def test_attestations_that_cannot_be_had_are_a_doubt_and_are_asked_for_again(
        self, upstream, run
    ):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        trusted(upstream, "widget", "1.0.1", days_ago=89)
        path = "/-/npm/v1/attestations/widget@1.0.1"
        served = upstream.answers[path]
        upstream.answers[path] = (403, b"{}")

        async def scene(world):
            first = await world.judged("widget")
            upstream.answers[path] = served
            world.clock.now = first.next_change
            return first, await world.judged("widget")

        first, then = run(upstream, scene)

        assert "attestations" in first.doubt
        assert then.doubt is None

    def test_keys_that_cannot_be_had_are_a_doubt(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        upstream.answers["/-/npm/v1/keys"] = (403, b"{}")

        judged = run(upstream, lambda world: world.judged("widget"))

        assert "keys" in judged.doubt

    def test_a_slow_upstream_is_not_waited_for_longer_than_the_budget(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        path, given_up = "/-/npm/v1/attestations/widget@1.0.0", threading.Event()

        def slow(handler):
            given_up.wait(20)
            handler.send_error(503)

        upstream.behaviours[path] = slow

        async def scene(world):
            first = await world.judged("widget")
            given_up.set()
            del upstream.behaviours[path]
            world.clock.now = first.next_change
            world.judging._finder._budget_seconds = 20.0  # this time there is nothing to be late
            return first, await world.judged("widget")

        first, then = run(upstream, scene, budget_seconds=0.5)

        assert "attestations could not be had in time" in first.doubt
        assert then.doubt is None


class TestFaults:
    def test_an_entry_that_cannot_be_read_is_undecided_and_hides_no_other(self, upstream, run):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        document = upstream.packuments["widget"]
        document["versions"]["1.0.1"] = "no object"
        upstream.put("widget", document)

        judged = run(upstream, lambda world: world.judged("widget"))

        assert judged.withheld == {"1.0.1"}

    def test_a_version_on_which_judging_fails_is_undecided_and_hides_no_other(
        self, upstream, run, monkeypatch
    ):
        trusted(upstream, "widget", "1.0.0", days_ago=90)
        trusted(upstream, "widget", "1.0.1", days_ago=80)
        failing(monkeypatch, "1.0.0")

        judged = run(upstream, lambda world: world.judged("widget"))

        assert judged.withheld == {"1.0.0"}
        assert verdict_of(judged.verdicts["1.0.0"].decision) == "undecided"

    def test_where_judging_a_package_fails_all_of_it_is_undecided(self, upstream, run, monkeypatch):
        trusted(upstream, "widget", "1.0.0", days_ago=90)

        def fails(*_arguments: object, **_named: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(Judging, "_weighing", fails)

        judged = run(upstream, lambda world: world.judged("widget"))

        assert judged.withheld == {"1.0.0"}
        assert judged.next_change is not None


def failing(monkeypatch, version):
    """Let judging one version fail, as a bug would."""
    judge = packages.judge_version

    def fails(wanted, *arguments, **named):
        if wanted.version == version:
            raise RuntimeError("a bug")
        return judge(wanted, *arguments, **named)

    monkeypatch.setattr(weighing, "judge_version", fails)


def test_withheld_and_served_are_all_versions_and_a_stricter_mode_withholds_more(histories, run):
    found = {}
    for mode in ("observe", "warn", "enforce"):
        policy = f"version = 1\npreset = 'strict'\nmode = '{mode}'\n"
        for name in (SCRIPTED.name, DOWNGRADED.name, YOUNG.name):
            judged = run(histories, lambda world, name=name: world.judged(name), policy=policy)
            found[mode, name] = judged.withheld
            versions = set(histories.packuments[name]["versions"])
            served = versions - judged.withheld
            assert judged.withheld | served == versions
            assert judged.withheld <= judged.verdicts.keys()

    for name in (SCRIPTED.name, DOWNGRADED.name, YOUNG.name):
        assert found["observe", name] <= found["warn", name] <= found["enforce", name]
        assert found["enforce", name]


def test_a_policy_that_is_swapped_under_load_judges_each_request_by_one_of_the_two(histories, run):
    texts = [ENFORCING, ENFORCING.replace("enforce", "observe")]

    async def scene(world):
        digests, found = set(), []

        async def ask(name):
            for _ in range(30):
                found.append(await world.judged(name))
                await asyncio.sleep(0)

        async def swap():
            for turn in range(20):
                world.file.write_text(texts[turn % 2])
                await asyncio.to_thread(world.policies.check)
                digests.add(world.policies.current.digest)

        await asyncio.gather(swap(), *(ask(bad.name) for bad in BAD for _ in range(3)))
        return digests, found

    digests, found = run(histories, scene)

    by_digest: dict[tuple[str, str], set[frozenset[str]]] = {}
    for judged in found:
        by_digest.setdefault((judged.policy_digest, judged.name), set()).add(judged.withheld)
    assert {digest for digest, _ in by_digest} <= digests
    assert all(len(outcomes) == 1 for outcomes in by_digest.values())


def test_three_thousand_versions_are_judged_beside_the_event_loop(run, upstream):
    entry = {"name": "wide", "dist": {"integrity": "sha512-" + "A" * 86 + "=="}}
    versions = {
        f"1.{n // 60}.{n % 60}": {**entry, "version": f"1.{n // 60}.{n % 60}"} for n in range(3000)
    }
    raw = json.dumps({"name": "wide", "dist-tags": {}, "versions": versions, "time": {}}).encode()

    async def scene(world):
        turns = 0

        async def count():
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        counting = asyncio.create_task(count())
        judged = await world.judging.judge(document_of(raw, "wide", url=world.upstream.url))
        counting.cancel()
        return judged, turns

    judged, turns = run(upstream, scene)

    assert len(judged.withheld) == 3000
    assert turns > 90


def test_advisories_are_asked_for_once_for_all_and_refuse_malware(upstream, run):
    trusted(upstream, "widget", "1.0.0", days_ago=90)
    trusted(upstream, "gadget", "1.0.0", days_ago=90)
    trusted(upstream, "gadget", "1.0.1", days_ago=80)
    upstream.put(
        "-/npm/v1/security/advisories/bulk",
        {
            "widget": [flaw("<1.0.1", "high")],
            "gadget": [flaw("1.0.0", "critical", cwe=["CWE-506"])],
        },
    )

    async def scene(world):
        return await asyncio.gather(world.judged("widget"), world.judged("gadget"))

    widget, gadget = run(upstream, scene, asks_advisories=True)

    assert (widget.withheld, gadget.withheld) == (frozenset(), {"1.0.0"})
    assert "malware" in codes(gadget.verdicts["1.0.0"])
    assert sum(one.path.endswith("/bulk") for one in upstream.asked) == 1


def test_advisories_that_cannot_be_had_are_a_doubt_where_nobody_asks_for_more(upstream, run):
    trusted(upstream, "widget", "1.0.0", days_ago=90)
    upstream.answers["/-/npm/v1/security/advisories/bulk"] = (403, b"{}")

    judged = run(upstream, lambda world: world.judged("widget"), asks_advisories=True)

    assert judged.withheld == frozenset()
    assert "advisories" in judged.doubt


def flaw(versions, severity, **more):
    return {
        "id": 1,
        "url": "https://advisories.example.test/GHSA-2222-2222-2222",
        "title": "it parses what it should not",
        "severity": severity,
        "vulnerable_versions": versions,
        **more,
    }


def test_the_fix_of_an_advisory_need_not_wait_for_the_cooldown(upstream, run):
    trusted(upstream, "widget", "1.0.0", days_ago=90)
    trusted(upstream, "widget", "1.0.1", days_ago=1 / 24)
    trusted(upstream, "widget", "1.0.2", days_ago=1 / 48)
    bulk = "-/npm/v1/security/advisories/bulk"
    upstream.put(bulk, {"widget": [flaw("<1.0.1", "high")]})

    judged = run(upstream, lambda world: world.judged("widget"), asks_advisories=True)

    assert judged.withheld == {"1.0.2"}


def test_malware_that_is_found_out_later_is_refused_though_nothing_else_changed(upstream, run):
    trusted(upstream, "widget", "1.0.0", days_ago=90)
    bulk = "-/npm/v1/security/advisories/bulk"

    async def scene(world):
        before = await world.judged("widget")
        upstream.put(bulk, {"widget": [flaw("1.0.0", "critical", cwe=["CWE-506"])]})
        world.clock.now = before.next_change
        return before, await world.judged("widget")

    before, then = run(upstream, scene, asks_advisories=True)

    assert before.withheld == frozenset()
    assert then.withheld == {"1.0.0"}


def test_an_acceptance_lets_a_version_pass_is_told_and_ends(histories, run):
    end = datetime.fromtimestamp(time.time() + 2 * DAY, UTC).date()
    policy = ENFORCING + (
        f"[[accept]]\nrule = '{SCRIPTED.code}'\npackages = ['{SCRIPTED.name}']\n"
        f"reason = 'looked at'\nuntil = {end.isoformat()}\nby = 'alice'\n"
    )

    async def scene(world):
        document = world.document(SCRIPTED.name)
        accepted = await world.judging.judge(document)
        tarball = await world.judging.judge_tarball(document, SCRIPTED.bad, None)
        world.clock.now = accepted.next_change
        return accepted, tarball, await world.judged(SCRIPTED.name)

    accepted, tarball, then = run(histories, scene, policy=policy)

    assert (accepted.withheld, tarball.effect) == (frozenset(), Effect.SERVE)
    assert "is admitted by an acceptance" in accepted.verdicts[SCRIPTED.bad].sentence
    assert tarball.decision.accepted[0].by == "alice"
    assert then.withheld == {SCRIPTED.bad}
