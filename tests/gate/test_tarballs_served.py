"""Tarballs over real sockets: how an answer is broken off, and what a killed server leaves."""

import hashlib
import os
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest

from imprint.server.opening import open_registry
from imprint.settings import Settings
from imprint.storage import events
from tests.support import faulty_upstream as faulty
from tests.support.gate_tarballs import random_bytes, sri
from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry

DATA = random_bytes(2_000_000)
WRONG = random_bytes(2_000_000, seed=2)
"""What never comes rightly."""


@pytest.fixture(scope="module")
def upstream():
    with upstream_registry() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module")
def served(upstream, folder):
    with gate(upstream, folder) as running:
        yield running


def publish(upstream, name, data=DATA, version="1.0.0"):
    upstream.publish(name, version, attested=False, signed=False)
    upstream.change(name, version, integrity=sri(data))
    path = f"/{name}/-/{version}.tgz"
    upstream.answers[path] = (200, data)
    return path


def gate(upstream, folder):
    return Served("--upstream", upstream.url, folder=folder)


def raw(url, name, *, version="1.0.0", headers=""):
    """Everything that comes until the server closes the connection, or it is whole."""
    path = f"/{name}/-/{name}-{version}.tgz"
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: gate\r\n{headers}\r\n".encode())
        came = bytearray()
        try:
            while piece := connection.recv(65536):
                came += piece
                if whole(came):
                    break
        except ConnectionResetError:
            pass
    return bytes(came)


def split(came):
    head, _, body = came.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    named = dict(line.lower().split(": ", 1) for line in lines[1:])
    return lines[0], named, body


def whole(came):
    """Whether it is what HTTP takes for a whole answer."""
    if b"\r\n\r\n" not in came:
        return False
    _, headers, body = split(came)
    if "content-length" in headers:
        return len(body) == int(headers["content-length"])
    return body.endswith(b"0\r\n\r\n")


def test_over_a_socket_a_tarball_comes_whole_from_upstream_and_from_the_store(upstream, served):
    publish(upstream, "widget")

    first, second = raw(served.url, "widget"), raw(served.url, "widget")
    part = raw(served.url, "widget", headers="Range: bytes=1999000-\r\n")

    assert split(first)[2] == split(second)[2] == DATA
    assert (split(part)[0], split(part)[2]) == ("HTTP/1.1 206 Partial Content", DATA[1999000:])


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param("changed", faulty.other_bytes(WRONG), id="last byte is another"),
        pytest.param("killed", faulty.killed_after(WRONG, 1_000_000), id="killed"),
        pytest.param("longer", faulty.said_longer(WRONG), id="said longer"),
        pytest.param("chunked", faulty.chunked(WRONG[:-1] + b"?"), id="wrong and of no length"),
    ],
)
def test_over_a_socket_a_wrong_tarball_never_looks_whole(upstream, served, folder, name, fault):
    before = kept(folder)
    upstream.behaviours[publish(upstream, name, WRONG)] = fault

    came = raw(served.url, name)

    assert came.startswith(b"HTTP/1.1 200")
    assert not whole(came)
    assert kept(folder) == before


def test_a_mismatch_is_an_event_of_the_registry(upstream, served, folder):
    upstream.behaviours[publish(upstream, "evented", WRONG)] = faulty.other_bytes(WRONG)
    raw(served.url, "evented")

    again = raw(served.url, "evented")

    registry = open_registry(Settings(data=str(folder)), public_url=served.url)
    with registry.database.reading() as connection:
        found = events.since(connection, 0, package="evented", limit=10)
    registry.database.close()
    assert split(again)[0] == "HTTP/1.1 403 Forbidden"
    assert [one.event.kind for one in found] == ["tarball-mismatch"]


def test_a_server_that_is_killed_while_it_stores_leaves_nothing_wrong(upstream, tmp_path):
    versions = {f"1.0.{number}": random_bytes(1_500_000, seed=number) for number in range(12)}
    for version, data in versions.items():
        path = publish(upstream, "slain", data, version)
    upstream.behaviours[path] = faulty.slow(data, first=1_400_000)

    with gate(upstream, tmp_path) as served:
        for other in list(versions)[:10]:
            raw(served.url, "slain", version=other)
        parts = urlsplit(served.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
            head = f"GET /slain/-/slain-{version}.tgz HTTP/1.1\r\nHost: gate\r\n\r\n"
            connection.sendall(head.encode())
            connection.recv(65536)
            os.kill(served.process.pid, signal.SIGKILL)
    del upstream.behaviours[path]

    assert kept(tmp_path)
    for file in kept(tmp_path):
        assert hashlib.sha512(file.read_bytes()).hexdigest() == file.name
    with gate(upstream, tmp_path) as served:
        for version, data in versions.items():
            assert split(raw(served.url, "slain", version=version))[2] == data
        eventually_empty(tmp_path / "gate" / "tarballs" / "incoming")


def kept(folder):
    """The files in the store."""
    found = (folder / "gate" / "tarballs" / "sha512").rglob("*")
    return sorted(path for path in found if path.is_file())


def eventually_empty(folder):
    """Leftovers are removed beside what goes on."""
    for _ in range(600):
        if not list(folder.iterdir()):
            return
        time.sleep(0.05)
    raise AssertionError(list(folder.iterdir()))
