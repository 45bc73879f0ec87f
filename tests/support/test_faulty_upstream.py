"""The faults are faults: what a plain client sees of each."""

import gzip
import http.client
import socket
import threading
import zlib
from urllib.parse import urlsplit

import pytest

from tests.support import faulty_upstream as faults
from tests.support.upstream_registry import upstream_registry

BODY = b"all of it, to the last byte"


@pytest.fixture
def upstream():
    with upstream_registry() as running:
        yield running


def get(upstream, behaviour):
    upstream.behaviours["/x"] = behaviour
    connection = http.client.HTTPConnection(urlsplit(upstream.url).netloc, timeout=10)
    try:
        connection.request("GET", "/x")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def read_on(connection):
    while True:
        assert connection.recv(65_536)


@pytest.mark.parametrize("behaviour", [faults.clean(BODY), faults.chunked(BODY, piece_bytes=4)])
def test_right_answers_are_right(behaviour, upstream):
    assert get(upstream, behaviour) == (200, BODY)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(faults.killed_after(BODY, 9), ConnectionResetError, id="killed"),
        pytest.param(faults.killed_before_any_answer(), ConnectionResetError, id="killed first"),
        pytest.param(faults.closed_early(BODY, 9), http.client.IncompleteRead, id="closed"),
        pytest.param(faults.chunked_without_end(BODY, 9), http.client.IncompleteRead, id="chunked"),
        pytest.param(faults.said_longer(BODY), http.client.IncompleteRead, id="said longer"),
    ],
)
def test_what_is_cut_off_is_seen_to_be_cut_off(behaviour, error, upstream):
    with pytest.raises(error):
        get(upstream, behaviour)


def test_a_length_that_is_too_short_leaves_a_byte_over(upstream):
    assert get(upstream, faults.said_shorter(BODY)) == (200, BODY[:-1])


def test_one_byte_is_another(upstream):
    assert get(upstream, faults.other_bytes(BODY)) == (200, BODY[:-1] + b"d")


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        pytest.param(faults.truncated_gzip(BODY), EOFError, id="truncated"),
        pytest.param(faults.damaged_gzip(BODY), gzip.BadGzipFile, id="damaged"),
    ],
)
def test_only_who_unpacks_sees_that_gzip_is_wrong(behaviour, error, upstream):
    _, packed = get(upstream, behaviour)

    with pytest.raises(error):
        gzip.decompress(packed)


def test_a_bomb_is_small_on_the_wire(upstream):
    _, packed = get(upstream, faults.gzip_bomb(1_000_000))

    assert len(packed) < 2000
    assert len(zlib.decompress(packed, wbits=31)) == 1_000_000


def test_a_storm_ends(upstream):
    storm = faults.Storm(faults.clean(BODY), times=2)

    assert [get(upstream, storm)[0] for _ in range(3)] == [500, 500, 200]
    assert storm.asked == 3


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(faults.slow(BODY, pause_seconds=5), id="slow"),
        pytest.param(faults.slow_head(pause_seconds=5), id="slow head"),
        pytest.param(faults.silent(), id="silent"),
    ],
)
def test_the_patient_wait_in_vain(behaviour, upstream):
    upstream.behaviours["/x"] = behaviour
    host, port = urlsplit(upstream.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=0.3) as connection:
        connection.sendall(b"GET /x HTTP/1.1\r\nhost: x\r\n\r\n")

        with pytest.raises(TimeoutError):
            read_on(connection)


def test_a_held_answer_comes_when_it_is_released(upstream):
    held = faults.Held(faults.clean(BODY))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(get(upstream, held)))
    thread.start()
    held.came.wait(10)
    before = list(answers)

    held.release()
    thread.join(10)

    assert (before, answers, held.asked) == ([], [(200, BODY)], 1)
