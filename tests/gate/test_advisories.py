"""What every install asks: upstreams' advisories and our refusals in one answer, told in full."""

import asyncio
import gzip
import json
import threading
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import pytest

from imprint.gate.advisories import answering
from imprint.gate.advisories.answering import GateAdvisories
from imprint.gate.advisories.archived import ArchivedAdvisories
from imprint.gate.advisories.asking import UpstreamAdvisories
from imprint.gate.advisories.unlooked import BESIDE_OURS
from imprint.gate.judging.names import NamesJudge
from imprint.gate.metrics import Metrics
from imprint.gate.model import Effect
from imprint.gate.names import Standings
from imprint.gate.records import Records
from imprint.gate.upstream.documents import Documents
from imprint.gate.upstream.upstreams import Upstreams
from imprint.http.pool import Pool
from imprint.http.requests import Request
from imprint.policy.model import Mode
from imprint.refusals import Malformed
from imprint.storage import gate_records
from imprint.storage.advisory_archive import AdvisoryArchive
from imprint.storage.advisory_index import IndexPlace
from imprint.storage.database import Database
from imprint.storage.gate_index import GateIndex
from imprint.upstream.fetch import Fetcher
from tests.npm.advisories.records import affected, archive, record
from tests.support.gate_verdicts import Judge, Policies, admitted, refused, undecided
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

BULK = "-/npm/v1/security/advisories/bulk"
PUBLIC_URL = "https://gate.example.test"
HOLE = {
    "id": 7,
    "url": "https://advisories.example.test/7",
    "title": "a hole",
    "severity": "low",
    "vulnerable_versions": "<9",
    "cwe": [],
    "cvss": {"score": 0, "vectorString": None},
}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        for name in ("widget", "rope", "knot"):
            put(running, name, "1.0.0", "1.2.3", "1.2.4")
        running.put(BULK, {})
        yield running


@pytest.fixture
def other():
    with upstream_registry() as running:
        put(running, "@dock%2fknot", "1.0.0")
        running.put(BULK, {})
        yield running


def put(upstream, escaped, *versions):
    name = escaped.replace("%2f", "/")
    document = {
        "name": name,
        "dist-tags": {"latest": versions[-1]},
        "time": dict.fromkeys(versions, "2026-01-01T00:00:00.000Z"),
        "versions": {v: {"name": name, "version": v, "dist": {}} for v in versions},
    }
    upstream.put(escaped, document)


@dataclass
class World:
    advisories: GateAdvisories
    judge: Any
    policies: Any
    records: Records
    metrics: Metrics
    now: list[float]

    async def reply(self, wanted, **headers):
        return await self.advisories.bulk(request(json.dumps(wanted).encode(), **headers))

    async def bulk(self, wanted, **headers):
        reply = await self.reply(wanted, **headers)
        return json.loads(reply.body), notice_of(reply)

    async def legacy(self, tree):
        reply = await self.advisories.legacy(request(json.dumps(tree).encode()), is_quick=True)
        return json.loads(reply.body), notice_of(reply)

    async def told(self):
        await self.records.flush()
        return gate_records.decisions(self.records.index)


def notice_of(reply):
    return dict(reply.headers).get(b"npm-notice", b"").decode()


def request(body, **headers):
    named = {"user-agent": "npm/11.0.0 node/v24", **headers}
    return Request(
        method="POST", raw_path="/" + BULK, query="", headers=named, address="192.0.2.9", body=body
    )


@pytest.fixture
async def world(upstream, other, tmp_path, migrated_address):
    async with opened(upstream, other, tmp_path, migrated_address) as found:
        yield found


@asynccontextmanager
async def opened(upstream, other, folder, address, *, budget_seconds=5.0):
    now = [1_800_000_000.0]
    upstreams = Upstreams.parse(upstream.url, [f"@dock={other.url}"])
    policies: Any = Policies()
    judge: Any = Judge(policies=policies)
    metrics, pool = Metrics(), Pool(2)
    with (
        closing(Database.open(address)) as database,
        closing(GateIndex(folder / "index.sqlite3")) as index,
    ):
        async with Fetcher() as fetcher:
            clock = lambda: now[0]  # noqa: E731  (the clock of the test)
            documents = Documents(fetcher=fetcher, upstreams=upstreams, index=index, clock=clock)
            records = Records(
                gate_records.open_records(folder / "records.sqlite3"), pool, metrics, clock=clock
            )
            names = NamesJudge(documents, judge, policies, clock=clock)
            yield World(
                advisories=GateAdvisories(
                    standings=Standings(
                        database, pool, clock=clock, own_scopes=frozenset({"acme"})
                    ),
                    upstreams=upstreams,
                    asked=UpstreamAdvisories(upstreams, fetcher, clock=clock, timeout_seconds=5.0),
                    judge=names,
                    policies=policies,
                    records=records,
                    metrics=metrics,
                    clock=clock,
                    public_url=PUBLIC_URL,
                    budget_seconds=budget_seconds,
                ),
                judge=judge,
                policies=policies,
                records=records,
                metrics=metrics,
                now=now,
            )
            await names.close()
            await documents.close()
            await records.close()
            pool.close()


def upstream_label(upstream):
    return upstream.url.removeprefix("http://").rstrip("/")


def forwarded(upstream):
    return [
        json.loads(gzip.decompress(one.body)) for one in upstream.asked if one.path == "/" + BULK
    ]


async def test_a_graph_without_fault_is_answered_with_nothing(world):
    found, notice = await world.bulk({"widget": ["1.0.0"], "rope": ["1.2.3"]})

    assert found == {}
    assert notice == ""


async def test_refusals_stand_beside_what_the_upstream_says(world, upstream):
    world.judge.verdicts["widget"] = [refused("1.2.3"), refused("1.2.4"), admitted("1.0.0")]
    upstream.put(BULK, {"widget": [HOLE], "rope": [HOLE]})

    found, notice = await world.bulk({"widget": ["1.0.0", "1.2.3", "1.2.4"], "rope": ["1.0.0"]})

    ours, theirs = found["widget"]
    assert ours["vulnerable_versions"] == "1.2.3 || 1.2.4"
    assert ours["url"] == f"{PUBLIC_URL}/-/imprint/gate/packages/widget"
    assert isinstance(ours["id"], int)
    assert theirs == HOLE
    assert found["rope"] == [HOLE]
    assert "2 of 4 versions fall short of policy: `widget@1.2.3`, `widget@1.2.4`" in notice


async def test_only_what_was_asked_for_is_told(world, upstream):
    world.judge.verdicts["widget"] = [refused("1.2.3"), refused("1.2.4")]
    upstream.put(BULK, {"widget": [], "rope": [HOLE], "constructor": [HOLE]})

    found, _ = await world.bulk({"widget": ["1.2.4"], "knot": ["1.0.0"]})

    assert list(found) == ["widget"]
    assert found["widget"][0]["vulnerable_versions"] == "1.2.4"


async def test_names_of_ours_go_nowhere_and_each_upstream_gets_its_own(world, upstream, other):
    await world.bulk(
        {
            "widget": ["1.0.0"],
            "@dock/knot": ["1.0.0"],
            "@acme/secret": ["1.0.0"],
            "@Acme/other": ["1.0.0"],
            "not a name": ["1.0.0"],
            "rope": ["file:../rope", "github:acme/rope#main"],
        }
    )

    assert forwarded(upstream) == [{"widget": ["1.0.0"]}]
    assert forwarded(other) == [{"@dock/knot": ["1.0.0"]}]
    asked = {one.path for one in (*upstream.asked, *other.asked)}
    assert asked == {"/" + BULK, "/widget", "/@dock%2fknot"}


async def test_an_upstream_that_is_down_takes_no_refusal_with_it(world, upstream):
    world.judge.verdicts["widget"] = [refused("1.2.3")]
    await world.bulk({"widget": ["1.0.0"]})
    upstream.answers["/" + BULK] = (503, b"")

    found, notice = await world.bulk({"widget": ["1.2.3"]})

    assert [one["vulnerable_versions"] for one in found["widget"]] == ["1.2.3"]
    assert "the advisories of `127.0.0.1" in notice
    assert "are missing" in notice


async def test_an_upstream_that_failed_is_not_waited_for_by_the_next_install(world, upstream):
    upstream.answers["/" + BULK] = (503, b"")
    await world.bulk({"widget": ["1.0.0"]})
    before = len(forwarded(upstream))

    _, notice = await world.bulk({"rope": ["1.0.0"]})
    world.now[0] += 16
    await world.bulk({"rope": ["1.0.0"]})

    assert "are missing" in notice
    assert len(forwarded(upstream)) == before + 2


async def test_what_is_served_undecided_is_told(world):
    world.policies.current.said = Mode.WARN
    world.judge.verdicts["widget"] = [undecided("1.0.0", effect=Effect.SERVE)]

    found, notice = await world.bulk({"widget": ["1.0.0"]})

    assert found == {}
    assert "1 version is served though policy could not be decided of it (widget@1.0.0)" in notice


async def test_an_upstreams_earlier_answer_is_told_where_it_does_not_answer(world, upstream):
    upstream.put(BULK, {"widget": [HOLE]})
    await world.bulk({"widget": ["1.0.0"]})
    upstream.answers["/" + BULK] = (503, b"")
    world.now[0] += 3600

    found, notice = await world.bulk({"widget": ["1.0.0"]})

    assert found["widget"] == [HOLE]
    assert "(what it said earlier is told)" in notice


async def test_where_no_upstream_has_advisories_nobody_is_told_that_there_are_none(world, upstream):
    upstream.answers["/" + BULK] = (405, b"")

    replies = [
        await world.reply({"widget": ["1.0.0"]}),
        await world.advisories.legacy(
            request(json.dumps({"dependencies": {"widget": {"version": "1.0.0"}}}).encode()),
            is_quick=False,
        ),
    ]

    for reply in replies:
        assert reply.status == 404
        assert json.loads(reply.body)["code"] == "no-advisories"
        assert notice_of(reply) == ""
    assert len(forwarded(upstream)) == 1
    assert world.metrics.totals("gate_doubts_total") == {
        (("upstream", upstream_label(upstream)),): 2
    }


async def test_an_upstream_without_advisories_is_asked_again_after_a_while(world, upstream):
    del upstream.answers["/" + BULK]
    await world.reply({"widget": ["1.0.0"]})
    upstream.put(BULK, {"widget": [HOLE]})

    before = await world.reply({"widget": ["1.0.0"]})
    world.now[0] += 601.0
    after = await world.reply({"widget": ["1.0.0"]})

    assert (before.status, after.status) == (404, 200)
    assert json.loads(after.body)["widget"] == [HOLE]


async def test_refusals_are_told_where_no_upstream_has_advisories_and_say_so(world, upstream):
    del upstream.answers["/" + BULK]
    world.judge.verdicts["widget"] = [refused("1.2.3")]

    reply = await world.reply({"widget": ["1.2.3"], "rope": ["1.0.0"]})

    (ours,) = json.loads(reply.body)["widget"]
    assert reply.status == 200
    assert ours["title"].endswith(BESIDE_OURS)
    assert "2 packages (widget, rope) of no registry that has advisories" in notice_of(reply)
    assert dict(reply.headers)[b"imprint-doubt"].endswith(b"has no advisories")


async def test_one_upstream_without_advisories_hides_no_other_and_is_told_to_who_asks(
    world, upstream, other
):
    del other.answers["/" + BULK]
    upstream.put(BULK, {"widget": [HOLE]})
    graph = {"widget": ["1.0.0"], "@dock/knot": ["1.0.0"], "@acme/ours": ["1.0.0"]}

    installing = await world.reply(graph, **{"npm-command": "ci"})
    auditing = await world.reply(graph, **{"npm-command": "audit"})

    assert json.loads(installing.body) == json.loads(auditing.body) == {"widget": [HOLE]}
    assert notice_of(installing) == ""
    assert "2 packages (@dock/knot, @acme/ours) of no registry" in notice_of(auditing)
    assert b"imprint-doubt" in dict(installing.headers)


async def test_of_our_own_packages_alone_nothing_is_known_either(world, upstream):
    reply = await world.reply({"@acme/ours": ["1.0.0"]})

    assert (reply.status, forwarded(upstream)) == (404, [])


async def test_an_archive_tells_of_our_own_packages_too_and_nobody_is_asked(
    world, upstream, tmp_path
):
    file = archive(
        tmp_path / "all.zip",
        *(
            record(id=f"GHSA-{name[-4:]}", affected=[affected({"introduced": "0"}, name=name)])
            for name in ("@acme/ours", "widget")
        ),
    )
    place = IndexPlace(folder=tmp_path / "kept", secret=b"s" * 32)
    with closing(AdvisoryArchive.open(file, place)) as kept:
        world.advisories._asked = ArchivedAdvisories(kept)
        found, _ = await world.bulk({"@acme/ours": ["1.0.0"], "widget": ["1.0.0"]})
        nothing = await world.reply({"@acme/other": ["1.0.0"]})

    assert set(found) == {"@acme/ours", "widget"}
    assert (nothing.status, nothing.body) == (200, b"{}")
    assert forwarded(upstream) == []


async def test_a_graph_of_nothing_has_no_advisories(world):
    assert await world.bulk({}) == ({}, "")


async def test_an_upstream_that_had_advisories_and_says_that_it_has_none_is_lacking(
    world, upstream
):
    upstream.put(BULK, {"widget": [HOLE]})
    await world.bulk({"widget": ["1.0.0"]})
    del upstream.answers["/" + BULK]
    world.now[0] += 601.0

    found, notice = await world.bulk({"widget": ["1.0.0"], "rope": ["1.0.0"]})

    assert found["widget"] == [HOLE]
    assert "it says that it has none, and had some before" in notice


async def test_what_could_not_be_judged_is_told_without_advisories_as_well(world, upstream):
    del upstream.answers["/" + BULK], upstream.answers["/widget"]
    upstream.answers["/widget"] = (500, b"")

    reply = await world.reply({"widget": ["1.0.0"]})

    assert reply.status == 404
    assert "could not be judged" in notice_of(reply)


async def test_the_same_graph_costs_upstream_one_request(world, upstream):
    await world.bulk({"widget": ["1.0.0"], "rope": ["1.0.0"]})
    before = len(upstream.asked)

    await world.bulk({"widget": ["1.0.0"], "rope": ["1.0.0"]})

    assert len(upstream.asked) == before
    assert sorted(world.judge.judged) == ["rope", "widget"]


async def test_what_is_late_is_told_and_judged_for_the_next_one(
    upstream, other, tmp_path, migrated_address
):
    opening = opened(upstream, other, tmp_path, migrated_address, budget_seconds=0.05)
    async with opening as world:
        world.judge.verdicts["widget"] = [refused("1.2.3")]
        world.judge.waits["widget"] = asyncio.Event()

        first, notice = await world.bulk({"widget": ["1.2.3"]})
        world.judge.waits["widget"].set()
        world.advisories._budget_seconds = 5.0
        second, _ = await world.bulk({"widget": ["1.2.3"]})

    assert first == {}
    assert "1 package (widget) could not be judged in time" in notice
    assert list(second) == ["widget"]
    assert world.judge.judged == ["widget"]
    assert world.metrics.totals("gate_unjudged_total") == {(("reason", "late"),): 1}


async def test_one_package_that_cannot_be_judged_hides_no_other_and_is_told(world, upstream):
    world.judge.verdicts["widget"] = [refused("1.2.3")]
    world.judge.fails["rope"] = ValueError("a bug")
    upstream.answers["/knot"] = (500, b"")

    found, notice = await world.bulk({"widget": ["1.2.3"], "rope": ["1.0.0"], "knot": ["1.0.0"]})

    assert list(found) == ["widget"]
    assert "1 package (rope) could not be judged" in notice
    assert "1 package (knot) could not be judged" in notice


async def test_doubt_is_told(world):
    world.judge.doubts["widget"] = "the registry tells no times"

    _, notice = await world.bulk({"widget": ["1.0.0"]})

    assert "(widget) judged by less than there should be: the registry tells no times" in notice


async def test_a_version_that_the_upstream_has_not_any_more_is_judged_too(world):
    found, _ = await world.bulk({"widget": ["6.6.6"]})

    assert found["widget"][0]["vulnerable_versions"] == "6.6.6"
    assert "release-unpublished" in found["widget"][0]["title"]


@pytest.mark.parametrize(
    ("mode", "verdict", "is_told"),
    [
        (Mode.OBSERVE, refused("1.0.0", effect=Effect.SERVE), False),
        (Mode.OBSERVE, refused("1.0.0", "quarantined"), True),
        (Mode.WARN, refused("1.0.0", effect=Effect.SERVE), True),
        (Mode.WARN, undecided("1.0.0", effect=Effect.SERVE), False),
        (Mode.ENFORCE, refused("1.0.0"), True),
        (Mode.ENFORCE, undecided("1.0.0"), True),
    ],
    ids=["observed", "quarantined", "warned", "allowed", "enforced", "held"],
)
async def test_what_is_told_depends_on_the_mode_and_all_of_it_is_recorded(
    world, mode, verdict, is_told
):
    world.policies.current.said = mode
    world.judge.verdicts["widget"] = [verdict]

    found, _ = await world.bulk({"widget": ["1.0.0"]})

    assert bool(found) is is_told
    (recorded,) = await world.told()
    assert (recorded.name, recorded.version) == ("widget", "1.0.0")
    assert (recorded.effect, recorded.channel) == (verdict.effect.value, "advisories")
    assert recorded.client == "192.0.2.9 npm/11.0.0 node/v24"


async def test_a_new_policy_judges_anew(world):
    await world.bulk({"widget": ["1.0.0"]})
    world.policies.current.digest = "cd" * 32
    world.judge.verdicts["widget"] = [refused("1.0.0")]

    found, _ = await world.bulk({"widget": ["1.0.0"]})

    assert list(found) == ["widget"]


async def test_what_holds_until_a_moment_is_judged_anew_then(world):
    world.judge.verdicts["widget"] = [refused("1.0.0", "release-too-young", until=1_800_000_060.0)]
    world.judge.next_change = 1_800_000_060.0
    held, _ = await world.bulk({"widget": ["1.0.0"]})
    world.now[0] = 1_800_000_060.0
    world.judge.verdicts["widget"] = []
    world.judge.next_change = None

    free, _ = await world.bulk({"widget": ["1.0.0"]})

    assert held["widget"][0]["severity"] == "moderate"
    assert free == {}


async def test_without_a_policy_nothing_is_judged_and_upstreams_are_asked(world, upstream):
    world.policies.current = None
    upstream.put(BULK, {"widget": [HOLE]})

    found, _ = await world.bulk({"widget": ["1.0.0"]})

    assert found == {"widget": [HOLE]}
    assert world.judge.judged == []


async def test_who_asked_for_what_is_kept(world):
    await world.bulk({"widget": ["1.0.0"], "@acme/app": ["2.0.0"]})
    await world.records.flush()

    asked = gate_records.inventory(world.records.index)

    assert {(one.name, one.version) for one in asked} == {
        ("widget", "1.0.0"),
        ("@acme/app", "2.0.0"),
    }
    assert {one.client for one in asked} == {"192.0.2.9 npm/11.0.0 node/v24"}


async def test_the_older_routes_answer_the_same(world, upstream):
    world.judge.verdicts["widget"] = [refused("1.2.3")]
    upstream.put(BULK, {"rope": [{**HOLE, "vulnerable_versions": "<1.2.0"}]})
    rope = {"version": "1.2.3", "dependencies": {"rope": {"version": "1.0.0"}}}

    found, notice = await world.legacy(
        {"dependencies": {"widget": {"version": "1.2.3"}, "rope": rope}}
    )

    by_name = {one["module_name"]: one for one in found["advisories"].values()}
    assert by_name["widget"]["findings"][0]["version"] == "1.2.3"
    assert by_name["rope"]["findings"][0]["paths"] == ["rope>rope"]
    assert found["metadata"]["vulnerabilities"]["high"] == 1
    assert "1 of 3 versions falls short of policy" in notice


async def test_the_older_routes_say_nothing_good_of_a_tree_that_was_left_out(world):
    left_out = {"name": "app", "requires": {"widget": "^1.0.0"}}

    replies = [
        await world.advisories.legacy(request(json.dumps(tree).encode()), is_quick=True)
        for tree in (left_out, {"name": "app", "requires": {}}, {"requires": True})
    ]

    assert [reply.status for reply in replies] == [404, 200, 200]
    assert b"has none of the project's packages in it" in replies[0].body


async def test_the_older_routes_pass_over_what_is_no_version(world, upstream):
    upstream.put(BULK, {"rope": [{**HOLE, "vulnerable_versions": "<1.2.0"}]})
    knot = {"version": "1.2.3", "dependencies": {"rope": {"version": "link:../rope"}}}

    found, _ = await world.legacy({"dependencies": {"rope": {"version": "1.0.0"}, "knot": knot}})

    (advisory,) = found["advisories"].values()
    assert [one["version"] for one in advisory["findings"]] == ["1.0.0"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"a": "1.0.0"}', b'{"a": [1]}', b"\xff\xfe", b'{"a":' * 3000],
    ids=["empty", "list", "text", "number", "no-utf8", "deep"],
)
async def test_what_is_no_graph_is_malformed(world, body):
    with pytest.raises(Malformed) as err:
        await world.advisories.bulk(request(body))

    assert err.value.code == "malformed-body"


async def test_a_graph_with_too_many_versions_is_refused(world):
    body = json.dumps({"widget": [f"1.0.{number}" for number in range(50_001)]}).encode()

    with pytest.raises(Malformed) as err:
        await world.advisories.bulk(request(body))

    assert err.value.code == "body-too-large"


@pytest.mark.parametrize(("count", "thread"), [(1, "MainThread"), (6000, "gate-graphs_0")])
@pytest.mark.parametrize("route", ["bulk", "legacy"])
async def test_a_large_graph_is_read_beside_what_is_served(
    world, monkeypatch, route, count, thread
):
    read = {"bulk": "read_graph", "legacy": "read_tree"}[route]
    seen, whole = [], getattr(answering, read)

    def watched(raw):
        seen.append(threading.current_thread().name)
        return whole(raw)

    monkeypatch.setattr(answering, read, watched)
    names = [f"@acme/package-{number}" for number in range(count)]
    if route == "bulk":
        await world.bulk({name: ["1.0.0"] for name in names})
    else:
        await world.legacy({"dependencies": {name: {"version": "1.0.0"} for name in names}})

    assert seen == [thread]
