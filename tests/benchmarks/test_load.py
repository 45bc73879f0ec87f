"""The load generator understands what servers answer, and says so when it is not what it should be."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.measuring.load import CREDENTIAL, LoadError, Plan, run
from benchmarks.measuring.packages import request


class Server(ThreadingHTTPServer):
    """Remembers who asked for what."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, bytes]] = []
        self.host, self.port = "127.0.0.1", self.server_port


class Handler(BaseHTTPRequestHandler):
    """Gives out a token, and takes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self):
        self.server.seen.append((self.path, self.headers["authorization"], self.body()))
        answer = json.dumps({"token": "given"}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_PUT(self):
        self.server.seen.append((self.path, self.headers["authorization"], self.body()))
        self.send_response(201)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        for piece in (b"first", b"second"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def body(self):
        return self.rfile.read(int(self.headers["content-length"]))

    def log_message(self, *_args):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=20)


def plan(server, *talks, status=201, connections=1, seconds=None):
    return Plan.for_(server, connections=connections, status=status, talks=talks, seconds=seconds)


def put(path, bearer=b"mine", body=b"{}"):
    return request("127.0.0.1", b"PUT", path, bearer, body)


def test_every_talk_is_held_once(server):
    tally = run(plan(server, *((put(f"/{n}"),) for n in range(20)), connections=4))

    assert tally.talks == 20
    assert sorted(int(path[1:]) for path, _, _ in server.seen) == list(range(20))
    assert (tally.body_bytes, tally.encoding) == (len(b"firstsecond"), "gzip")


def test_a_credential_goes_from_one_answer_into_the_next_request(server):
    exchange = request("127.0.0.1", b"POST", "/exchange", b"id-token", b"")

    run(plan(server, (exchange, put("/package", CREDENTIAL))))

    assert server.seen == [
        ("/exchange", "Bearer id-token", b""),
        ("/package", "Bearer given", b"{}"),
    ]


def test_a_large_body_arrives_whole(server):
    body = b"x" * 3_000_000

    run(plan(server, (put("/large", body=body),)))

    assert server.seen == [("/large", "Bearer mine", body)]


def test_talks_are_repeated_for_as_long_as_they_should_be(server):
    tally = run(plan(server, (put("/a"),), (put("/b"),), seconds=1.0))

    assert tally.talks >= 2
    assert {path for path, _, _ in server.seen} == {"/a", "/b"}


def test_another_status_ends_the_run_with_what_was_said(server):
    with pytest.raises(LoadError, match=r"expected 200:\s+http/1\.1 201"):
        run(plan(server, (put("/a"),), status=200))


def test_a_server_that_is_not_there_is_an_error(server):
    server.port = 1

    with pytest.raises(LoadError):
        run(plan(server, (put("/a"),)))
