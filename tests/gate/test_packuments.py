"""Ready packuments: judged, rendered once, sent as they are until something can have changed."""

import asyncio
import gzip
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from imprint.gate.model import Effect, JudgedDocument, Upstream, VersionVerdict
from imprint.gate.packuments.serving import Packuments
from imprint.gate.upstream.documents import Documents
from imprint.gate.upstream.upstreams import Upstreams
from imprint.gate.upstream.windows import Windows
from imprint.http.ready import CORGI_TYPE, Asking, ReadyReply
from imprint.http.requests import Request
from imprint.npm.names import PackageName
from imprint.policy.decisions import Level, Reason, Refused
from imprint.storage.gate_index import GateIndex
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import Retries
from tests.support import faulty_upstream
from tests.support.upstream_registry import UpstreamStandIn, upstream_registry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.anyio

GATE = "https://gate.example.test"
NAME = PackageName.parse("widget")
HOUR = 3600.0
TOO_YOUNG = Reason(
    code="release-too-young", message="it is an hour old", level=Level.BLOCK, fingerprint="0" * 12
)
CORGI = {"accept": f"{CORGI_TYPE}; q=1.0, application/json; q=0.8, */*"}
GZIP = {"accept-encoding": "gzip, deflate, br"}
ZSTD = {"accept-encoding": "gzip, br, zstd"}


@dataclass
class Policy:
    """What is withheld, and until when; how often it was asked."""

    withheld: set[str] = field(default_factory=set)
    digest: str = "policy-1"
    next_change: float | None = None
    doubt: str | None = None
    asked: int = 0

    async def judge(self, document):
        self.asked += 1
        withheld = self.withheld & set(document.history.moments)
        return JudgedDocument(
            name=document.name,
            document_digest=document.digest,
            policy_digest=self.digest,
            verdicts={
                version: VersionVerdict(
                    version=version,
                    decision=Refused(reasons=(TOO_YOUNG,)),
                    effect=Effect.WITHHOLD,
                    sentence=f"{version} is too young",
                )
                for version in withheld
            },
            withheld=frozenset(withheld),
            next_change=self.next_change,
            doubt=self.doubt,
        )


@dataclass
class Scene:
    upstream: UpstreamStandIn
    policy: Policy
    of: Upstream
    now: float = 1_795_000_000.0
    packuments: Packuments = field(init=False)

    async def ask(self, method="GET", query="", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(
            method=method, raw_path="/widget", query=query, headers=headers, address="::1"
        )
        return await self.packuments.reply(NAME, self.of, request)

    def at_hand(self, method="GET", **headers):
        raw = [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]
        asking = Asking.of(raw)
        assert asking is not None
        return self.packuments.at_hand(NAME, self.of, asking, method=method)


def serve(state, *versions, etag='"v1"', **more):
    document = {
        "name": "widget",
        "dist-tags": {"latest": versions[-1]},
        "versions": {
            v: {
                "name": "widget",
                "version": v,
                "dist": {"tarball": f"{state.url}widget/-/widget-{v}.tgz"},
            }
            for v in versions
        },
        "time": {"modified": "2026-01-01T00:00:00.000Z"},
    }
    state.put("widget", document | more)
    state.headers["/widget"] = {"ETag": etag} if etag else {}


@pytest.fixture
def upstream():
    with upstream_registry() as state:
        serve(state, "1.0.0", "1.1.0")
        yield state


@asynccontextmanager
async def scene(upstream, tmp_path, *, policy=None, holds=False, **more):
    upstreams = Upstreams.parse(upstream.url, ())
    index = GateIndex(tmp_path / "index.sqlite3")
    policy = policy or Policy()
    windows = Windows(attempt=20.0, most=40.0, patience=20.0)
    assert upstreams.general is not None
    world = Scene(upstream, policy, upstreams.general)
    async with Fetcher() as fetcher:
        documents = Documents(
            fetcher=fetcher,
            upstreams=upstreams,
            index=index,
            clock=lambda: world.now,
            windows=windows,
            retries=Retries(most=0),
            holds_unconfirmed=lambda: holds,
        )
        world.packuments = Packuments(
            documents=documents,
            judge=policy.judge,
            policy_digest=lambda: policy.digest,
            public_url=GATE,
            clock=lambda: world.now,
            windows=windows,
            **more,
        )
        try:
            yield world
        finally:
            world.packuments.close()
            await documents.close()
            index.close()


def headers_of(reply):
    headers = reply.start["headers"] if isinstance(reply, ReadyReply) else reply.headers
    return {name.decode(): value.decode() for name, value in headers}


def document_of(reply):
    body = reply.body["body"] if isinstance(reply, ReadyReply) else reply.body
    match headers_of(reply).get("content-encoding"):
        case "gzip":
            body = gzip.decompress(body)
        case "zstd":
            body = zstd.decompress(body)
    return json.loads(body)


def versions_of(reply):
    return list(document_of(reply)["versions"])


async def test_where_nothing_is_withheld_the_tag_is_the_upstreams(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        reply = await world.ask()

        assert headers_of(reply)["etag"] == '"v1"'
        assert versions_of(reply) == ["1.0.0", "1.1.0"]
        tarball = document_of(reply)["versions"]["1.0.0"]["dist"]["tarball"]
        assert tarball == f"{GATE}/widget/-/widget-1.0.0.tgz"


@pytest.mark.parametrize("withheld", [set(), {"1.1.0"}], ids=["all", "less"])
async def test_each_representation_has_a_tag_of_its_own(upstream, tmp_path, withheld):
    async with scene(upstream, tmp_path, policy=Policy(withheld=withheld)) as world:
        asked = [{}, GZIP, ZSTD, CORGI, CORGI | GZIP, CORGI | ZSTD]

        tags = [headers_of(await world.ask(**headers))["etag"] for headers in asked]

        assert len(set(tags)) == 6


async def test_each_encoding_is_of_the_same_document(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        replies = [await world.ask(**CORGI, **headers) for headers in ({}, GZIP, ZSTD)]

        encodings = [headers_of(reply).get("content-encoding") for reply in replies]
        assert encodings == [None, "gzip", "zstd"]
        assert document_of(replies[0]) == document_of(replies[1]) == document_of(replies[2])
        assert world.packuments.renderings == 3


async def test_the_upstreams_tag_is_told_in_every_other_form(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        tag = headers_of(await world.ask(**GZIP))["etag"]

        assert tag.startswith('"v1-full-gzip-')


@pytest.mark.parametrize("etag", ["", "v1", '"a"b"', 'W/"v1"'], ids=["none", "bare", "odd", "weak"])
async def test_a_tag_is_always_one(upstream, tmp_path, etag):
    serve(upstream, "1.0.0", etag=etag)
    async with scene(upstream, tmp_path) as world:
        tags = [headers_of(await world.ask(**headers))["etag"] for headers in ({}, GZIP)]

        assert tags[0] != tags[1]
        for tag in tags:
            assert tag.removeprefix("W/").count('"') == 2
            assert tag.endswith('"')


async def test_another_policy_makes_other_tags_where_something_is_withheld(upstream, tmp_path):
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        before = headers_of(await world.ask(**GZIP))["etag"]
        world.policy.digest = "policy-2"

        assert headers_of(await world.ask(**GZIP))["etag"] != before


async def test_what_is_withheld_is_in_neither_document(upstream, tmp_path):
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        for headers in ({}, GZIP, ZSTD, CORGI, CORGI | GZIP, CORGI | ZSTD):
            reply = await world.ask(**headers)

            assert versions_of(reply) == ["1.0.0"]
            assert document_of(reply)["dist-tags"] == {"latest": "1.0.0"}


async def test_who_knows_it_is_told_so(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        etag = headers_of(await world.ask(**GZIP))["etag"]

        same = await world.ask(**GZIP, if_none_match=etag)
        other = await world.ask(if_none_match=etag)

        assert same.start["status"] == 304
        assert same.body["body"] == b""
        assert headers_of(same)["etag"] == etag
        assert other.start["status"] == 200


async def test_head_has_the_length_and_no_body(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        whole, head = await world.ask(), await world.ask("HEAD")

        assert headers_of(head) == headers_of(whole)
        assert headers_of(head)["content-length"] == str(len(whole.body["body"]))
        assert head.body["body"] == b""


async def test_what_is_ready_is_sent_without_another_look(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        assert world.at_hand(**GZIP) is None
        reply = await world.ask(**GZIP)

        assert world.at_hand(**GZIP) is reply
        assert world.at_hand() is None  # that form was never asked for
        assert world.policy.asked == 1
        assert world.packuments.renderings == 1


async def test_it_is_looked_at_again_when_its_age_is_over(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        reply = await world.ask(**GZIP)
        world.now += 301

        assert world.at_hand(**GZIP) is None
        again = await world.ask(**GZIP)

        assert again.body["body"] is reply.body["body"]
        assert world.packuments.renderings == 1


async def test_who_asks_under_another_policy_does_not_wait_for_the_one_before(upstream, tmp_path):
    judging, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Policy):
        async def judge(self, document):
            judged = await super().judge(document)
            judging.set()
            await go_on.wait()
            return judged

    policy = Slow()
    async with scene(upstream, tmp_path, policy=policy) as world:
        before = asyncio.create_task(world.ask())
        await judging.wait()
        policy.digest, policy.withheld = "policy-2", {"1.1.0"}
        after = asyncio.create_task(world.ask())
        await asyncio.sleep(0)
        go_on.set()

        assert versions_of(await before) == ["1.0.0", "1.1.0"]
        assert versions_of(await after) == ["1.0.0"]


async def test_it_is_looked_at_again_under_another_policy(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        await world.ask(**GZIP)
        world.policy.digest, world.policy.withheld = "policy-2", {"1.1.0"}

        assert world.at_hand(**GZIP) is None
        assert versions_of(await world.ask(**GZIP)) == ["1.0.0"]


async def test_a_version_appears_by_itself_when_its_time_has_come(upstream, tmp_path):
    policy = Policy(withheld={"1.1.0"})
    async with scene(upstream, tmp_path, policy=policy) as world:
        policy.next_change = world.now + 60
        assert versions_of(await world.ask(**GZIP)) == ["1.0.0"]
        world.now += 59
        assert versions_of(world.at_hand(**GZIP)) == ["1.0.0"]
        world.now += 1
        policy.withheld, policy.next_change = set(), None

        assert world.at_hand(**GZIP) is None
        assert versions_of(await world.ask(**GZIP)) == ["1.0.0", "1.1.0"]


async def test_what_is_forgotten_is_looked_at_again(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        await world.ask(**GZIP)
        world.policy.withheld = {"1.1.0"}
        world.packuments.forget("widget")

        assert world.at_hand(**GZIP) is None
        assert versions_of(await world.ask(**GZIP)) == ["1.0.0"]
        assert world.packuments.size_bytes == len(world.at_hand(**GZIP).body["body"])


async def test_a_clock_that_was_set_back_serves_nothing_at_hand(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        await world.ask(**GZIP)
        world.now -= 1

        assert world.at_hand(**GZIP) is None


async def test_five_hundred_at_once_make_one_request_one_judgement_and_one_body(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        replies = await asyncio.gather(*(world.ask(**GZIP) for _ in range(500)))

        assert len({id(reply.body["body"]) for reply in replies}) == 1
        assert world.policy.asked == 1
        assert world.packuments.renderings == 1
        assert len(upstream.asked) == 1


async def test_write_asks_the_upstream_whatever_is_ready(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        await world.ask(**GZIP)
        serve(upstream, "1.0.0", "1.1.0", "1.2.0", etag='"v2"')

        assert versions_of(await world.ask(query="write=true", **GZIP))[-1] == "1.2.0"


async def test_what_could_not_be_confirmed_is_served_and_says_so(upstream, tmp_path, caplog):
    async with scene(upstream, tmp_path) as world:
        before = await world.ask(**GZIP)
        assert "imprint-doubt" not in headers_of(before)
        upstream.behaviours["/widget"] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.now += HOUR

        reply = await world.ask(**GZIP)

        assert headers_of(reply)["imprint-doubt"].startswith("not confirmed by `127.0.0.1:")
        assert headers_of(reply)["etag"] == headers_of(before)["etag"]
        assert reply.body["body"] is before.body["body"]
        assert "gate-doubt" in caplog.messages
        assert headers_of(world.at_hand(**GZIP))["imprint-doubt"]
        upstream.behaviours.clear()
        world.now += 4
        assert "imprint-doubt" not in headers_of(await world.ask(**GZIP))


async def test_what_judging_doubts_is_one_header_line(upstream, tmp_path):
    policy = Policy(doubt="it strips `time`\r\nset-cookie: x=ä")
    async with scene(upstream, tmp_path, policy=policy) as world:
        doubt = headers_of(await world.ask())["imprint-doubt"]

        assert doubt == "it strips `time`??set-cookie: x=?"


async def test_a_package_that_is_not_there_is_404_without_a_notice(upstream, tmp_path):
    del upstream.answers["/widget"]
    async with scene(upstream, tmp_path) as world:
        reply = await world.ask()

        assert reply.status == 404
        assert json.loads(reply.body)["code"] == "no-package"
        assert "npm-notice" not in headers_of(reply)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((500, b""), id="error"),
        pytest.param((200, b"<html>"), id="page"),
        pytest.param((200, b'{"name":"widget","versions":[]}'), id="no-versions"),
    ],
)
async def test_what_could_not_be_had_is_an_answer_that_says_why(upstream, tmp_path, answer):
    upstream.answers["/widget"] = answer
    async with scene(upstream, tmp_path) as world:
        reply = await world.ask()

        assert reply.status == 502
        assert json.loads(reply.body)["code"] == "upstream-failed"


async def test_what_was_read_longest_ago_goes_first(upstream, tmp_path):
    async with scene(upstream, tmp_path, ready_bytes=1) as world:
        await world.ask(**GZIP)
        upstream.put("other", {"name": "other", "versions": {}})
        other = PackageName.parse("other")
        request = Request(method="GET", raw_path="/other", query="", headers={}, address="::1")
        await world.packuments.reply(other, world.of, request)

        assert world.at_hand(**GZIP) is None
        asking = Asking.of([])
        assert world.packuments.at_hand(other, world.of, asking, method="GET") is not None


async def test_one_version_is_served_by_number_and_by_tag(upstream, tmp_path):
    request = Request(method="GET", raw_path="/", query="", headers={}, address="::1")
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        found = {
            selector: await world.packuments.manifest(NAME, world.of, selector, request)
            for selector in ("1.0.0", "latest", "1.1.0", "9.9.9")
        }

        assert document_of(found["1.0.0"])["version"] == "1.0.0"
        assert document_of(found["latest"])["version"] == "1.0.0"
        assert found["1.1.0"].status == 403
        assert "1.1.0 is too young" in document_of(found["1.1.0"])["error"]
        assert found["9.9.9"].status == 404


async def test_dist_tags_name_what_is_admitted(upstream, tmp_path):
    request = Request(method="GET", raw_path="/", query="", headers={}, address="::1")
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        reply = await world.packuments.dist_tags(NAME, world.of, request)

        assert document_of(reply) == {"latest": "1.0.0"}


PNPM = {"user-agent": "pnpm/12.20.0 npm/? node/? linux x64"}
PAGE = f"{GATE}/-/imprint/gate/packages/widget"


@pytest.mark.parametrize("form", [{}, CORGI], ids=["full", "abbreviated"])
async def test_pnpm_is_told_by_dist_tags_why_versions_are_withheld(upstream, tmp_path, form):
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        replies = [await world.ask(**form, **agent) for agent in ({}, PNPM)]

        assert [document_of(reply)["dist-tags"] for reply in replies] == [
            {"latest": "1.0.0"},
            {
                "latest": "1.0.0",
                "1.1.0 is too young; instead there is": "1.0.0",
                f"1 version is withheld, see {PAGE} for why; instead there is": "1.0.0",
            },
        ]
        assert len({headers_of(reply)["etag"] for reply in replies}) == 2
        assert {headers_of(reply)["vary"] for reply in replies} == {
            "accept, accept-encoding, user-agent"
        }
        assert versions_of(world.at_hand(**form, **PNPM)) == ["1.0.0"]


async def test_where_nothing_is_withheld_pnpm_is_told_nothing_else(upstream, tmp_path):
    async with scene(upstream, tmp_path) as world:
        assert (await world.ask(**PNPM)) is (await world.ask())


async def test_what_is_told_by_dist_tags_is_made_anew_with_each_look(upstream, tmp_path):
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.1.0"})) as world:
        await world.ask(**PNPM)
        await world.ask()
        world.now += HOUR

        await world.ask()

        assert world.at_hand() is not None
        assert world.at_hand(**PNPM) is None


async def test_where_nothing_is_left_it_is_refused_with_the_reason(upstream, tmp_path):
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.0.0", "1.1.0"})) as world:
        reply = await world.ask(**PNPM)

        told = json.loads(reply.body)
        assert (reply.status, told["code"]) == (403, "release-too-young")
        assert (told["error"], told["hint"]) == (
            "1.1.0 is too young",
            f"{PAGE} shows what was decided",
        )


async def test_whoever_shows_addresses_alone_reads_the_reason_in_one(upstream, tmp_path):
    bun = {"user-agent": "Bun/1.4.5"}
    async with scene(upstream, tmp_path, policy=Policy(withheld={"1.0.0", "1.1.0"})) as world:
        sent = await world.ask(**bun)
        there = await world.ask(query="refused=1.1.0_is_too_young", **bun)

        assert (sent.status, headers_of(sent)["location"]) == (
            302,
            f"{GATE}/widget?refused=1.1.0_is_too_young",
        )
        assert there.status == 403


async def test_what_is_held_unconfirmed_is_refused_with_its_reason(upstream, tmp_path):
    async with scene(upstream, tmp_path, holds=True) as world:
        await world.ask()
        upstream.behaviours["/widget"] = faulty_upstream.Storm(faulty_upstream.clean(b""))
        world.now += 301

        reply = await world.ask()
        sent = await world.ask(**{"user-agent": "Bun/1.4.5"})

        assert reply.status == 403
        assert json.loads(reply.body)["code"] == "packument-unconfirmed"
        assert b"npm-notice" in dict(reply.headers)
        assert headers_of(sent)["location"].startswith(
            f"{GATE}/widget?refused=widget_could_not_be_judged"
        )
        assert world.at_hand() is None
