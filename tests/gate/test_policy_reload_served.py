"""A policy that changes under load: a running server, clients that keep their connections."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest

from tests.support import faulty_upstream as faulty
from tests.support.gate_tarballs import random_bytes, sri
from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry

CLIENTS = 12
FLIPS = 8
GOOD, BAD = random_bytes(20_000), random_bytes(20_000, seed=2)
LARGE = random_bytes(1_000_000, seed=3)
LOOSE = "version = 1\nmode = 'observe'\n"
STRICT = "".join(
    f"[[quarantine]]\nintegrity = '{sri(data)}'\nrefuse = true\nreason = 'it steals tokens'\n"
    for data in (BAD, LARGE)
)
BROKEN = "version = "
TEXTS = (LOOSE, LOOSE + STRICT, BROKEN)
ABBREVIATED = "application/vnd.npm.install-v1+json"
REQUESTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/widget", {}),
    ("/widget", {"accept-encoding": "gzip"}),
    ("/widget", {"accept": ABBREVIATED, "accept-encoding": "gzip"}),
    ("/widget/-/widget-1.1.0.tgz", {}),
    ("/widget/-/widget-1.0.0.tgz", {}),
)


@dataclass
class Seen:
    """What the clients were answered."""

    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    packuments: dict[tuple[str, str], set[tuple[str, ...]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """By the request and the entity tag: the versions of each body."""
    failures: list[str] = field(default_factory=list)
    answers: int = 0


@pytest.fixture(scope="module")
def upstream():
    with upstream_registry() as running:
        running.put("-/npm/v1/security/advisories/bulk", {})
        for name, version, data in (
            ("widget", "1.0.0", GOOD),
            ("widget", "1.1.0", BAD),
            ("large", "1.0.0", LARGE),
        ):
            running.publish(name, version, attested=False, signed=False)
            running.change(name, version, integrity=sri(data))
            running.answers[f"/{name}/-/{version}.tgz"] = (200, data)
        running.headers["/widget"] = {"ETag": '"upstream"'}
        yield running


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "imprint.toml"
    path.write_text(LOOSE)
    return path


@pytest.fixture
def served(upstream, policy, tmp_path):
    words = ("--upstream", upstream.url, "--policy", str(policy))
    with Served(*words, folder=tmp_path / "gate") as running:
        yield running


def put(served, policy, text):
    """Put a policy in force now, whole, as an administrator does."""
    whole = policy.with_suffix(".new")
    whole.write_text(text)
    whole.replace(policy)
    os.kill(served.process.pid, signal.SIGHUP)


def connected(served):
    """A connection that is opened once: what closes it is an error, and no other is made."""
    parts = urlsplit(served.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.connect()
    connection.auto_open = 0
    return connection


def ask(connection, path, headers):
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


def client(served, seen, lock, over):
    """Ask for everything again and again, over one connection."""
    connection = connected(served)
    try:
        while not over.is_set():
            for number, (path, headers) in enumerate(REQUESTS):
                answer, body = ask(connection, path, headers)
                with lock:
                    note(seen, number, path, answer, body)
    except (OSError, HTTPException, AssertionError, ValueError) as err:
        seen.failures.append(repr(err))
    finally:
        connection.close()


def note(seen, number, path, answer, body):
    seen.answers += 1
    seen.statuses[path].add(answer.status)
    if answer.status == 200 and path == "/widget":
        plain = gzip.decompress(body) if answer.headers["content-encoding"] == "gzip" else body
        versions = tuple(sorted(json.loads(plain)["versions"]))
        seen.packuments[str(number), answer.headers["etag"]].add(versions)
    if answer.status == 200 and path.endswith(".tgz"):
        right = {hashlib.sha256(one).digest() for one in (GOOD, BAD)}
        assert hashlib.sha256(body).digest() in right


def work_on(seen):
    """Wait until the clients, together, asked for everything once more under this policy."""
    until, enough = time.monotonic() + 20, seen.answers + CLIENTS * len(REQUESTS)
    while seen.answers < enough and not seen.failures and time.monotonic() < until:
        time.sleep(0.02)


def settled(served, path, status):
    """Wait until a path is answered so."""
    until, connection = time.monotonic() + 20, connected(served)
    try:
        while time.monotonic() < until:
            if ask(connection, path, {})[0].status == status:
                return True
            time.sleep(0.02)
    finally:
        connection.close()
    return False


def test_every_answer_is_of_one_policy_and_no_connection_is_dropped(served, policy):
    seen, lock, over = Seen(), threading.Lock(), threading.Event()
    threads = [
        threading.Thread(target=client, args=(served, seen, lock, over)) for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()

    in_force = []
    for flip in range(FLIPS):
        text = TEXTS[flip % len(TEXTS)]
        put(served, policy, text)
        # A broken one leaves the one before it in force.
        expected = 200 if text is LOOSE else 403
        in_force.append(settled(served, "/widget/-/widget-1.1.0.tgz", expected))
        work_on(seen)
    over.set()
    for thread in threads:
        thread.join(timeout=20)

    assert seen.failures == []
    assert all(in_force)
    assert seen.answers > CLIENTS * len(REQUESTS)
    assert seen.statuses == {
        "/widget": {200},
        "/widget/-/widget-1.1.0.tgz": {200, 403},
        "/widget/-/widget-1.0.0.tgz": {200},
    }
    # Whoever has a tag has the bytes: none stands for what two policies make of a packument.
    assert all(len(versions) == 1 for versions in seen.packuments.values())
    assert set.union(*seen.packuments.values()) == {("1.0.0",), ("1.0.0", "1.1.0")}


def test_a_download_that_was_begun_comes_to_its_end(upstream, served, policy):
    path = "/large/-/1.0.0.tgz"
    upstream.behaviours[path] = faulty.slow(
        LARGE, first=500_000, piece_bytes=50_000, pause_seconds=0.2
    )
    connection = connected(served)
    connection.request("GET", "/large/-/large-1.0.0.tgz")
    answer = connection.getresponse()
    begun = answer.read(100_000)

    put(served, policy, LOOSE + STRICT)
    is_in_force = settled(served, "/widget/-/widget-1.1.0.tgz", 403)
    body = begun + answer.read()
    after, _ = ask(connection, "/large/-/large-1.0.0.tgz", {})
    connection.close()

    assert is_in_force
    assert (answer.status, hashlib.sha256(body).digest()) == (200, hashlib.sha256(LARGE).digest())
    assert after.status == 403
