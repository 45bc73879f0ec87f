"""Projecting in a second process: the same bytes, whatever becomes of it."""

import asyncio
import contextlib
import socket
import subprocess
import sys

import msgspec
import psutil
import pytest

from imprint.evidence.projecting import LARGE_BYTES, WAITING_BYTES, WORTH_IT, projecting
from imprint.evidence.projector import QUESTION
from imprint.history.projection import encode, project
from imprint.refusals import Malformed


def packument(name, *, versions=3, padding=0):
    documents = {
        f"1.0.{patch}": {"name": name, "version": f"1.0.{patch}", "readme": "x" * padding}
        for patch in range(versions)
    }
    return msgspec.json.encode({"name": name, "versions": documents})


def kept(name, body):
    return encode(project(body, name))


def processes():
    return [
        one for one in psutil.Process().children() if "imprint.evidence.projector" in _words(one)
    ]


def _words(process):
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


async def all_of(bodies, *, first=None, processors=2):
    """Project all at once, by a second process; `first` is told once there is one."""
    async with projecting(WORTH_IT, processors=processors) as through:
        if first is not None:
            first()
        asked = (through(body, name) for name, body in bodies.items())
        return dict(zip(bodies, await asyncio.gather(*asked), strict=True))


SIZES = {
    "small": 10,
    "larger than what a socket takes at once": 100_000,
    "large": LARGE_BYTES,
    "more than may wait": WAITING_BYTES,
}


@pytest.mark.parametrize("padding", SIZES.values(), ids=SIZES)
def test_what_is_kept_is_the_same_as_without_it(padding):
    bodies = {f"p{number}": packument(f"p{number}", padding=padding) for number in range(12)}

    found = asyncio.run(all_of(bodies))

    assert found == {name: kept(name, body) for name, body in bodies.items()}


def test_many_are_shared_between_two_processes():
    bodies = {f"p{number}": packument(f"p{number}", padding=20_000) for number in range(300)}

    assert asyncio.run(all_of(bodies)) == {name: kept(name, body) for name, body in bodies.items()}


def test_there_is_a_second_process_and_none_is_left_behind():
    seen = []

    asyncio.run(all_of({"p": packument("p")}, first=lambda: seen.extend(processes())))

    assert len(seen) == 1
    assert processes() == []


async def process_started(count, processors):
    async with projecting(count, processors=processors):
        return bool(processes())


@pytest.mark.parametrize(
    ("count", "processors", "expected"),
    [(WORTH_IT, 2, True), (WORTH_IT - 1, 2, False), (WORTH_IT, 1, False)],
)
def test_a_process_is_started_where_it_is_worth_it(count, processors, expected):
    assert asyncio.run(process_started(count, processors)) is expected


def test_what_is_no_packument_is_said_in_the_same_words():
    body = packument("other")

    with pytest.raises(Malformed) as here:
        project(body, "p")
    with pytest.raises(Malformed) as there:
        asyncio.run(all_of({"p": body}))

    assert (there.value.code, there.value.message) == (here.value.code, here.value.message)


def test_without_the_other_process_all_is_done_here():
    bodies = {f"p{number}": packument(f"p{number}", padding=50_000) for number in range(40)}

    found = asyncio.run(all_of(bodies, first=lambda: [one.kill() for one in processes()]))

    assert found == {name: kept(name, body) for name, body in bodies.items()}


async def cancelled_in_the_middle(bodies):
    async with projecting(WORTH_IT, processors=2) as through:
        large = asyncio.ensure_future(through(packument("l", padding=4 * LARGE_BYTES), "l"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        large.cancel()
        await asyncio.wait([large])
        return {name: await through(body, name) for name, body in bodies.items()}


def test_who_gives_up_in_the_middle_of_a_question_spoils_no_other():
    bodies = {name: packument(name) for name in ("a", "b")}

    found = asyncio.run(asyncio.wait_for(cancelled_in_the_middle(bodies), timeout=60))

    assert found == {name: kept(name, body) for name, body in bodies.items()}


def test_nothing_is_imported_from_the_folder_that_it_runs_in(tmp_path, monkeypatch):
    (tmp_path / "msgspec.py").write_text("open('was-imported', 'w')")
    monkeypatch.chdir(tmp_path)

    found = asyncio.run(all_of({"p": packument("p", padding=LARGE_BYTES)}))

    assert found == {"p": kept("p", packument("p", padding=LARGE_BYTES))}
    assert [path.name for path in tmp_path.iterdir()] == ["msgspec.py"]


@pytest.mark.parametrize(
    "said",
    [b"", b"\0", QUESTION.pack(1, 10) + b"p{", QUESTION.pack(1, 2)],
    ids=["nothing", "half a head", "half a packument", "no packument"],
)
def test_the_process_ends_with_whoever_started_it(said):
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "imprint.evidence.projector", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
        )
    with ours:
        ours.sendall(said)

    _, error = process.communicate(timeout=60)

    assert (process.returncode, error) == (0, b"")
