"""Gathering histories: in tiers, each name its own outcome, whatever a registry answers."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, closing

import pytest

from imprint.evidence.histories import Gathering, Histories, carries_of, gather_histories
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher
from imprint.upstream.packuments import Retries
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio

NOW = 1_795_000_000.0
NAMES = [f"package-{number}" for number in range(40)]


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


def packument(name, *, versions=("1.0.0",), **more):
    document = {
        "name": name,
        "versions": {
            version: {"name": name, "version": version, "_npmUser": {"name": "ada"}}
            for version in versions
        },
        "time": dict.fromkeys(versions, "2026-01-01T00:00:00Z"),
    }
    return document | more


def serving(registry, names=NAMES, **headers):
    for name in names:
        registry.put(name, packument(name))
        registry.headers["/" + name] = {"ETag": f'"{name}"'} | headers


async def no_sleep(_seconds):
    await asyncio.sleep(0)


@asynccontextmanager
async def histories(*, store=None, now=NOW, **gathering):
    usual = {"timeout_seconds": 5.0, "retries": Retries(sleep=no_sleep)}
    async with Fetcher(connections_per_host=24) as fetcher:
        yield Histories(
            fetcher=fetcher, store=store, now=now, gathering=Gathering(**{**usual, **gathering})
        )


async def gathered(registry, names=NAMES, **more):
    async with histories(**more) as found:
        return await found.gather(dict.fromkeys(names, registry.url))


async def until(is_so):
    async with asyncio.timeout(30.0):
        while not is_so():  # noqa: ASYNC110 - another thread makes it so
            await asyncio.sleep(0.01)


def outcomes(found):
    return {name: type(looked) for name, looked in found.items()}


async def test_every_name_has_its_history(registry):
    serving(registry)

    found = await gathered(registry)

    assert [found[name].value.name for name in NAMES] == NAMES
    assert found["package-0"].value.publication("1.0.0").user == "ada"


async def test_what_is_fresh_is_not_asked_for(registry, store):
    serving(registry)
    await gathered(registry, store=store)
    registry.asked.clear()

    found = await gathered(registry, store=store, now=NOW + 299)

    assert set(outcomes(found).values()) == {Had}
    assert registry.asked == []


async def test_what_is_older_is_asked_for_if_it_changed(registry, store):
    serving(registry)
    await gathered(registry, store=store)
    registry.put("package-7", packument("package-7", versions=("1.0.0", "2.0.0")))
    registry.headers["/package-7"] = {"ETag": '"changed"'}
    registry.asked.clear()

    found = await gathered(registry, store=store, now=NOW + 301)

    assert len(registry.asked) == len(NAMES)
    assert all("if-none-match" in one.headers for one in registry.asked)
    assert list(found["package-7"].value.moments) == ["1.0.0", "2.0.0"]
    assert list(found["package-8"].value.moments) == ["1.0.0"]


async def test_what_was_confirmed_is_fresh_again(registry, store):
    serving(registry)
    await gathered(registry, store=store)
    await gathered(registry, store=store, now=NOW + 1000)
    registry.asked.clear()

    await gathered(registry, store=store, now=NOW + 1200)

    assert registry.asked == []


async def test_what_is_dated_in_the_future_is_asked_for(registry, store):
    serving(registry)
    await gathered(registry, store=store, now=NOW + 5000)
    registry.asked.clear()

    await gathered(registry, store=store, now=NOW)

    assert len(registry.asked) == len(NAMES)


async def test_unchanged_without_anything_kept_is_a_failure_of_that_name(registry):
    serving(registry)
    registry.answers["/package-3"] = (304, b"")

    found = await gathered(registry)

    assert found["package-3"].is_failure
    assert sum(isinstance(looked, Had) for looked in found.values()) == len(NAMES) - 1


async def test_offline_nothing_is_asked_for_and_age_does_not_matter(registry, store):
    serving(registry, NAMES[:5])
    await gathered(registry, NAMES[:5], store=store)
    registry.asked.clear()

    found = await gathered(registry, store=store, now=NOW + 9e6, is_offline=True)

    assert registry.asked == []
    assert [name for name, looked in found.items() if isinstance(looked, Had)] == NAMES[:5]
    assert not any(looked.is_failure for name, looked in found.items() if name not in NAMES[:5])


async def test_one_that_is_not_there_hides_none_of_the_others(registry):
    serving(registry)
    del registry.answers["/package-9"]

    found = await gathered(registry)

    assert found["package-9"] == NotThere()
    assert sum(isinstance(looked, Had) for looked in found.values()) == len(NAMES) - 1


def raw(*pieces, pause=0.0):
    """A behaviour that sends these bytes, and then nothing more."""

    def behave(handler):
        handler.close_connection = True
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)

    return behave


def head(*headers):
    return b"".join([b"HTTP/1.1 200 OK\r\n", *(line + b"\r\n" for line in headers), b"\r\n"])


BODY = json.dumps(packument("bad")).encode()
LENGTH = b"Content-Length: %d"
BAD = {
    "no answer": raw(),
    "no http": raw(b"hello\r\n\r\n"),
    "slow head": raw(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", b"\r\n", pause=2.0),
    "slow body": raw(head(LENGTH % len(BODY)), BODY[:9], BODY[9:], pause=2.0),
    "longer than it says": raw(head(LENGTH % (len(BODY) - 5)), BODY),
    "shorter than it says": raw(head(LENGTH % (len(BODY) + 5)), BODY),
    "cut off": raw(head(LENGTH % len(BODY[:-9])), BODY[:-9]),
    "cut off gzip": raw(head(b"Content-Encoding: gzip"), gzip.compress(BODY)[:-9]),
    "no gzip": raw(head(b"Content-Encoding: gzip"), BODY),
    "brotli": raw(head(b"Content-Encoding: br"), BODY),
    "bomb": raw(head(b"Content-Encoding: gzip"), gzip.compress(bytes(80_000_000))),
    "array": raw(head(LENGTH % 2), b"[]"),
    "html": raw(head(LENGTH % 6), b"<html>"),
    "versions of a wrong type": raw(head(LENGTH % 27), b'{"name":"bad","versions":7}'),
    "another name": raw(head(LENGTH % 16), b'{"name":"worse"}'),
    "deep": raw(head(LENGTH % 200_000), b"[" * 200_000),
    "loop": raw(b"HTTP/1.1 302 Found\r\nLocation: /bad\r\nContent-Length: 0\r\n\r\n"),
    "elsewhere": raw(
        b"HTTP/1.1 302 Found\r\nLocation: https://10.0.0.1/bad\r\nContent-Length: 0\r\n\r\n"
    ),
    "server error": raw(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
    "forbidden": raw(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
    "busy": raw(b"HTTP/1.1 429 Busy\r\nRetry-After: 999\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("fault", BAD)
async def test_a_bad_answer_is_told_of_its_name_and_of_no_other(registry, store, fault):
    serving(registry)
    registry.behaviours["/bad"] = BAD[fault]

    # The others are answered in time on any machine.
    seconds = 3.0 if fault.startswith("slow") else 30.0
    found = await gathered(registry, [*NAMES, "bad"], store=store, timeout_seconds=seconds)

    bad = found.pop("bad")
    assert isinstance(bad, NotLooked)
    assert bad.is_failure
    assert bad.why
    assert "\n" not in bad.why
    assert set(outcomes(found).values()) == {Had}
    assert not store.get_many(registry.url, ["bad"])


@pytest.mark.parametrize("name", ["", "..", "a/b/c", "@acme", "x" * 300, "a b", "é"])
async def test_a_name_that_is_none_is_not_asked_for(registry, name):
    serving(registry)

    found = await gathered(registry, [name, *NAMES])

    assert found[name].is_failure
    assert sum(isinstance(looked, Had) for looked in found.values()) == len(NAMES)


async def test_a_registry_that_is_not_there_is_told_of_each_of_its_names(registry):
    serving(registry)
    async with histories() as found:
        names = dict.fromkeys(NAMES, registry.url) | {"other": "http://127.0.0.1:9/"}

        looked = await found.gather(names)

    assert looked["other"].is_failure
    assert isinstance(looked["package-0"], Had)


async def test_a_packument_of_20_megabytes_is_read(registry):
    large = packument("large", readme="x" * 20_000_000)
    registry.put("large", large)

    found = await gathered(registry, ["large"])

    assert isinstance(found["large"], Had)


async def test_large_ones_wait_for_each_other_and_all_come(registry):
    names = NAMES[:12]
    for name in names:
        registry.put(name, packument(name, readme="x" * 3_000_000))

    found = await gathered(registry, names, timeout_seconds=20.0)

    assert set(outcomes(found).values()) == {Had}


async def test_a_server_error_that_passes_is_not_seen(registry):
    serving(registry)
    left = [500, 503]
    answer = registry.answers["/package-1"]

    def behave(handler):
        status, body = (left.pop(), b"") if left else answer
        handler.send_response(status)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    registry.behaviours["/package-1"] = behave

    assert isinstance((await gathered(registry))["package-1"], Had)


async def test_progress_is_told_to_the_end(registry, store):
    serving(registry)
    await gathered(registry, NAMES[:10], store=store)
    told = []

    await gathered(registry, store=store, progress=lambda done, total: told.append((done, total)))

    assert told[0] == (10, 40)
    assert told[-1] == (40, 40)
    assert told == sorted(told)


async def test_a_package_is_looked_for_once_however_often_it_is_wanted(registry):
    serving(registry)
    async with histories() as found:
        names = dict.fromkeys(NAMES, registry.url)

        first, second = await asyncio.gather(found.gather(names), found.gather(names))
        third = await found.gather(names)

    assert len(registry.asked) == len(NAMES)
    assert first["package-0"] is second["package-0"] is third["package-0"]


async def test_no_more_requests_are_made_at_a_time_than_allowed(registry):
    running, most = set(), []

    def behave(handler):
        running.add(handler)
        most.append(len(running))
        time.sleep(0.02)
        running.discard(handler)
        raw(head(b"Content-Length: 2"), b"{}")(handler)

    registry.behaviours.update({"/" + name: behave for name in NAMES})

    await gathered(registry, at_most=5)

    assert 2 <= max(most) <= 5


async def test_a_run_that_is_cancelled_keeps_what_it_has(registry, store):
    serving(registry)
    registry.behaviours["/package-39"] = lambda _handler: time.sleep(0.5)

    told = [0]
    more = {"timeout_seconds": 30.0, "progress": lambda done, _of: told.append(done)}
    async with histories(store=store, **more) as found:
        task = asyncio.create_task(found.gather(dict.fromkeys(NAMES, registry.url)))
        await until(lambda: told[-1] == len(NAMES) - 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert len(store.get_many(registry.url, NAMES)) == len(NAMES) - 1


RUN = """
import asyncio, sys
from pathlib import Path
from imprint.evidence.histories import gather_histories
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher

async def run(url, file, count):
    store = open_projections(Path(file), secret=b"s" * 32, now=1_795_000_000.0)
    async with Fetcher(connections_per_host=24) as fetcher:
        await gather_histories({f"package-{n}": url for n in range(int(count))}, fetcher=fetcher,
                               store=store, now=1_795_000_000.0)

asyncio.run(run(*sys.argv[1:]))
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
async def test_a_run_that_is_ended_from_outside_is_taken_up_again(registry, tmp_path, ending):
    names = [f"package-{number}" for number in range(400)]
    serving(registry, names)
    for name in names[200:]:
        registry.behaviours["/" + name] = lambda _handler: time.sleep(3)
    file = tmp_path / "kept.sqlite3"
    run = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
        [sys.executable, "-c", RUN, registry.url, str(file), "400"], stderr=subprocess.DEVNULL
    )
    with run:
        await until(lambda: len(registry.asked) == 224)
        os.kill(run.pid, ending)
    registry.asked.clear()
    registry.behaviours.clear()

    with closing(open_projections(file, secret=b"s" * 32, now=NOW)) as store:
        found = await gathered(registry, names, store=store)

    assert set(outcomes(found).values()) == {Had}
    assert len(registry.asked) <= (200 + 64 if ending is signal.SIGKILL else 200)


async def test_which_fields_a_registry_has_is_known_of_all_that_was_read(registry):
    serving(registry)
    registry.put("package-0", packument("package-0", time={}))
    names = dict.fromkeys([*NAMES, "missing"], registry.url)
    async with Fetcher(connections_per_host=24) as fetcher:
        found = await gather_histories(names, fetcher=fetcher, store=None, now=NOW)

    carries = carries_of(names, found)

    assert list(carries) == [registry.url]
    assert carries[registry.url].users
    assert carries[registry.url].times
    assert not carries[registry.url].signatures


async def test_of_a_registry_that_said_nothing_nothing_is_known(registry):
    names = {"missing": registry.url}

    assert not carries_of(names, await gathered(registry, ["missing"]))
