"""A server process from its first line to its end."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from tests.support.server import Served

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def served(tmp_path):
    with Served(folder=tmp_path) as running:
        yield running


def connect(served):
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


def wait_for(condition, *, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_first_line_is_the_address_and_it_answers_at_once(served):
    with urllib.request.urlopen(f"{served.url}/-/ping", timeout=5) as response:
        assert response.read() == b"{}"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(served, number):
    served.process.send_signal(number)

    assert served.process.wait(timeout=10) == 0
    assert f"info stopping signal={number.name}\n" in served.log
    assert served.log.endswith(" info stopped\n")


def test_a_request_under_way_is_answered_before_the_end(served):
    with connect(served) as slow:
        slow.sendall(
            b"POST /-/npm/v1/security/advisories/bulk HTTP/1.1\r\nhost: x\r\n"
            b"content-length: 2\r\nconnection: close\r\n\r\n{"
        )
        time.sleep(0.2)
        served.process.terminate()
        wait_for(lambda: "stopping" in served.log)
        slow.sendall(b"}")

        assert slow.recv(100).startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert served.process.wait(timeout=10) == 0


def test_nobody_new_is_let_in_while_it_drains(served):
    with connect(served) as slow:
        slow.sendall(b"POST /-/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{")
        time.sleep(0.2)
        served.process.terminate()
        wait_for(lambda: "stopping" in served.log)
        time.sleep(0.1)

        with pytest.raises(ConnectionRefusedError):
            connect(served)


def test_a_second_signal_ends_it_at_once(served):
    with connect(served) as slow:
        slow.sendall(b"POST /-/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{")
        time.sleep(0.2)
        served.process.terminate()
        wait_for(lambda: "stopping" in served.log)

        served.process.terminate()

        assert served.process.wait(timeout=5) == -signal.SIGTERM


def test_whoever_says_nothing_or_never_ends_is_cut_off(served):
    with connect(served) as endless, connect(served) as silent, connect(served) as other:
        endless.sendall(b"GET /-/ping HTTP/1.1\r\nhost: x\r\n")
        other.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")

        assert endless.recv(100) == b""
        assert silent.recv(100) == b""
        assert not other.recv(100).startswith(b"\0")


def test_huge_headers_are_refused(served):
    with connect(served) as huge:
        huge.sendall(b"GET /-/ping HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 300_000)

        assert huge.recv(100).startswith(b"HTTP/1.1 431 ")


def test_two_servers_do_not_share_a_port(served, tmp_path):
    address = urlsplit(served.url).netloc
    command = [sys.executable, "-m", "imprint", "serve", "--data", str(tmp_path / "other")]

    second = subprocess.run(
        [*command, "--listen", address], capture_output=True, text=True, check=False, timeout=20
    )

    assert second.returncode == 3
    assert second.stdout == ""
    assert second.stderr == (
        f"error: cannot listen on `{address}`: address already in use\n"
        "hint: another process may have the port: choose another, or `--listen HOST:0` for a free"
        " one\n"
    )


def test_its_port_is_free_again_at_once(tmp_path):
    with Served(folder=tmp_path) as first:
        urllib.request.urlopen(f"{first.url}/-/ping", timeout=5).close()
        address = urlsplit(first.url).netloc
    with Served("--listen", address, folder=tmp_path) as second:
        assert second.url == first.url


def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    with Served(folder=tmp_path):
        pass
    with sqlite3.connect(tmp_path / "imprint.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(AssertionError, match="the database is of a newer version of imprint"):
        Served(folder=tmp_path).__enter__()


def test_replicas_may_start_together_on_an_empty_folder(tmp_path):
    servers = [Served(folder=tmp_path) for _ in range(3)]
    threads = [threading.Thread(target=server.__enter__) for server in servers]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert [server.stop() for server in servers] == [0, 0, 0]


@pytest.mark.stores
def test_replicas_share_a_database(tmp_path, database_address):
    options = ("--database", database_address, "--blobs", str(tmp_path / "blobs"))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret.key").write_bytes(b"k" * 32)
    with (
        Served(*options, folder=tmp_path / "first") as first,
        Served(*options, folder=tmp_path / "second") as second,
    ):
        for served in (first, second):
            with urllib.request.urlopen(f"{served.url}/-/imprint/ready", timeout=5) as response:
                assert response.status == 200


@pytest.mark.stores
def test_a_replica_with_another_secret_key_does_not_start(tmp_path, database_address):
    options = ("--database", database_address, "--blobs", str(tmp_path / "blobs"))
    with (
        Served(*options, folder=tmp_path / "first"),
        pytest.raises(AssertionError, match="it was sealed with another secret key"),
        Served(*options, folder=tmp_path / "second"),
    ):
        pass


def test_tokens_in_paths_are_not_logged(tmp_path):
    with Served("-v", folder=tmp_path) as served:
        secret = "imp_t_" + "a" * 49
        request = urllib.request.Request(
            f"{served.url}/-/user/token/{secret}", method="DELETE", headers={"authorization": "x"}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=5)
        caught.value.close()
        wait_for(lambda: "debug request" in served.log)

        assert "path=/-/user/token/[hidden]" in served.log
        assert secret not in served.log


def test_lines_may_be_json(tmp_path):
    with Served("--format", "json", folder=tmp_path) as served:
        wait_for(lambda: '"event": "listening"' in served.log)

        assert '"event": "listening", "logger": "imprint.server", "url": "http' in served.log


def test_settings_come_from_a_file_too(tmp_path):
    (tmp_path / "settings.toml").write_text('public_url = "https://registry.example.test"\n')

    with (
        Served("--config", str(tmp_path / "settings.toml"), folder=tmp_path) as served,
        urllib.request.urlopen(f"{served.url}/-/imprint/v1/audience", timeout=5) as response,
    ):
        assert b'"audience":"npm:registry.example.test"' in response.read()
