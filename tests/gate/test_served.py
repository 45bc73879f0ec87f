"""`imprint serve` with a gate, as a process: its start, its sockets, its end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.support.server import Served
from tests.support.upstream_registry import upstream_registry


@pytest.fixture(scope="module")
def upstream():
    with upstream_registry() as behind:
        behind.publish("left-pad", "1.0.0")
        yield behind


@pytest.fixture(scope="module")
def served(upstream, tmp_path_factory):
    with Served("--upstream", upstream.url, folder=tmp_path_factory.mktemp("gate")) as running:
        yield running
        assert running.stop() == 0, running.log


def raw(served, request: bytes) -> bytes:
    """What is answered to these very bytes; what the server does not read is not insisted on."""
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        try:
            connection.sendall(request)
        except OSError:
            return b""  # closed while it was sent
        answer = b""
        try:
            while piece := connection.recv(65_536):
                answer += piece
        except OSError:
            pass
        return answer


def get(url):
    try:
        with urlopen(url, timeout=20) as answer:
            return answer.status, answer.read()
    except HTTPError as err:
        with err:
            return err.code, err.read()


def test_a_packument_and_its_tarball_come_through(served):
    status, body = get(f"{served.url}/left-pad")
    address = json.loads(body)["versions"]["1.0.0"]["dist"]["tarball"]

    assert status == 200
    assert address.startswith(served.url)
    assert get(address)[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        b"/left-pad%0d%0aset-cookie:%20a=b",
        b"/left%2fpad",
        b"/left-pad/..%2f..%2f",
        b"/-/x?" + b"a" * 10_000_000,
        b"/" + b"a" * 100_000,
        b"/left-pad\x00",
        b"/left-pad\x7f",
        b"http://evil.example.test/left-pad%20",
    ],
    ids=["injection", "slash", "steps", "10-mb-query", "long", "nul", "control", "absolute"],
)
def test_odd_targets_are_refused_or_cut_off(served, target):
    answer = raw(served, b"GET " + target + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

    assert not answer or answer.startswith(b"HTTP/1.1 4")
    assert b"\r\nset-cookie" not in answer.partition(b"\r\n\r\n")[0].lower()
    assert get(f"{served.url}/left-pad")[0] == 200


def refused_start(tmp_path, *options):
    command = [sys.executable, "-m", "imprint", "serve", "--data", str(tmp_path), *options]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return found.returncode, found.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--policy", "imprint.toml"), "no upstream that it is for"),
        (("--upstream", "http://registry.example.test"), "is not reached by https"),
        (("--upstream", "https://a:b@registry.example.test"), "has a user"),
    ],
    ids=["policy-alone", "plain-http", "user"],
)
def test_a_gate_that_cannot_be_does_not_start(tmp_path, options, said):
    code, text = refused_start(tmp_path, *options)

    assert code == 2
    assert said in text
    assert "Traceback" not in text
