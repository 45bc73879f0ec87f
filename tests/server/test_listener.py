"""Where the server listens."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed, Unavailable
from imprint.server.listener import STALLED_SECONDS, Listener, parse


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:4873", "127.0.0.1", 4873),
        ("0.0.0.0:0", "0.0.0.0", 0),
        ("localhost:80", "localhost", 80),
        ("[::1]:4873", "::1", 4873),
    ],
)
def test_addresses_have_a_host_and_a_port(text, host, port):
    assert parse(text) == (host, port)


@pytest.mark.parametrize(
    "text", ["", ":80", "4873", "host", "host:", "host:x", "::1:80", "h:65536"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(Malformed) as caught:
        parse(text)

    assert caught.value.message == (
        f"the address to listen on is `{text}`: it takes `HOST:PORT`, such as `127.0.0.1:4873`"
    )


@given(st.text())
def test_no_text_makes_anything_but_an_address_or_a_refusal(text):
    try:
        host, port = parse(text)
    except Malformed:
        return
    assert host
    assert 0 <= port <= 65_535


def test_a_free_port_is_known_before_anything_listens():
    with closing(Listener.bind("127.0.0.1:0")) as listener:
        host, port = listener.socket.getsockname()

        assert listener.url == f"http://{host}:{port}"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, port), timeout=1)


def test_from_listen_on_clients_are_kept_waiting():
    with closing(Listener.bind("127.0.0.1:0")) as listener:
        listener.listen()

        socket.create_connection(listener.socket.getsockname(), timeout=1).close()


def test_every_address_is_none_that_clients_could_use():
    with (
        closing(Listener.bind("0.0.0.0:0")) as everywhere,
        closing(Listener.bind("127.0.0.1:0")) as loopback,
    ):
        assert (everywhere.is_wildcard, loopback.is_wildcard) == (True, False)


def test_a_taken_port_is_refused():
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"

        with pytest.raises(Unavailable) as caught:
            Listener.bind(address)

    assert caught.value.code == "address-unavailable"
    assert caught.value.message == f"cannot listen on `{address}`: address already in use"


def test_a_host_of_somewhere_else_is_refused():
    with pytest.raises(Unavailable) as caught:
        Listener.bind("192.0.2.1:4873")

    assert caught.value.message.startswith("cannot listen on `192.0.2.1:4873`: ")


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_addresses_have_brackets():
    try:
        listener = Listener.bind("[::1]:0")
    except Unavailable:
        pytest.skip("no IPv6 loopback here")
    with closing(listener):
        assert listener.url.startswith("http://[::1]:")


def test_connections_send_what_is_written_at_once():
    with closing(Listener.bind("127.0.0.1:0")) as listener:
        listener.listen()
        listener.socket.settimeout(5)
        with socket.create_connection(listener.socket.getsockname(), timeout=10):
            accepted, _ = listener.socket.accept()
            with accepted:
                no_delay = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert no_delay == 1


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux has the option")
def test_a_connection_is_let_go_of_whose_client_takes_nothing():
    with closing(Listener.bind("127.0.0.1:0")) as listener:
        listener.listen()
        listener.socket.settimeout(20)
        with socket.create_connection(listener.socket.getsockname(), timeout=20):
            accepted, _ = listener.socket.accept()
            with accepted:
                found = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert found == STALLED_SECONDS * 1000
