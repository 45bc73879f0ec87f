"""The application by itself: what runs beside requests, and what waits for nobody."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy import select, update

from imprint.registry.attesting.publish_attestation import payload_of
from imprint.registry.attesting.transparency import TransparencyLog
from imprint.registry.signing.keys import Signing
from imprint.server import app as module
from imprint.server import start
from imprint.server.app import ServerApp
from imprint.storage import credentials, signatures
from imprint.storage.credentials import UsedToken
from imprint.storage.schema import attestations
from tests.support.claims import NOW
from tests.support.npm_signatures import npm_verdict

ISSUER = "https://ci.example.test"


def scope(method="GET", path="/-/ping", kind="http"):
    return {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("192.0.2.10", 40_000),
        "extensions": {},
    }


async def never():
    await asyncio.Event().wait()


async def answered(application, found, receive=never):
    sent = []

    async def send(message):
        sent.append(message)

    await application(found, receive, send)
    return sent


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  (nobody tells a test)
            await asyncio.sleep(0.005)


@pytest.fixture
def served(world):
    """Runs an async function with a started application of the world's registry."""

    def run(function, **options):
        async def around():
            application = ServerApp(world.registry, **options)
            await application.start()
            try:
                return await function(application)
            finally:
                await application.stop()

        return asyncio.run(around())

    return run


def use(world, key, *, expires_at):
    with world.database.writing() as connection:
        used = UsedToken(package="", address="192.0.2.1", credential_id="x", used_at=NOW)
        credentials.claim_use(
            connection, issuer=ISSUER, replay_key=key, use=used, expires_at=expires_at
        )


def is_used(world, key):
    with world.database.reading() as connection:
        return credentials.find_use(connection, issuer=ISSUER, replay_key=key, package="")


@pytest.mark.case("G06")
def test_clean_up_comes_by_itself(world, served):
    use(world, "old", expires_at=NOW - 1)
    use(world, "new", expires_at=NOW + 1)

    async def wait(_application):
        await until(lambda: is_used(world, "old") is None)

    served(wait, clean_up_seconds=0.01)

    assert is_used(world, "new") is not None


def test_versions_from_before_signatures_are_signed_at_the_start(world, served):
    owner = world.person(with_totp=False)
    world.serve(signing=None)
    world.put(owner.token)
    signing = Signing(world.database, world.registry.seal, clock=world.clock)
    world.serve(signing=signing)

    async def wait(_application):
        await until(lambda: None not in counts(world))

    served(wait)

    keys = world.request("GET", "/-/npm/v1/keys").json
    assert npm_verdict(keys, world.packument().json, "1.0.0") == "verified"


def test_what_a_dead_server_left_unsigned_is_attested_to(world, served):
    owner = world.person(with_totp=False)
    world.put(owner.token)
    forget_signature(world)

    async def wait(_application):
        await until(lambda: attestation_states(world) == ["waiting"])

    served(wait, attest_seconds=0.01)


def forget_signature(world):
    with world.database.writing() as connection:
        bundle = connection.execute(select(attestations.c.bundle)).scalar_one()
        values = {"bundle": payload_of(bundle), "state": "unsigned", "proof": "{}"}
        connection.execute(update(attestations).values(values))
    assert attestation_states(world) == ["unsigned"]


def attestation_states(world):
    with world.database.reading() as connection:
        return list(connection.execute(select(attestations.c.state)).scalars())


def test_attesting_that_fails_is_logged_and_tried_again(world, served, monkeypatch, caplog):
    calls = []

    async def fail(_log):
        calls.append(1)
        raise OSError("disk full")

    async def wait(_application):
        await until(lambda: len(calls) > 1)

    monkeypatch.setattr(TransparencyLog, "sweep", fail)
    served(wait, attest_seconds=0.01)

    assert "attesting-failed" in caplog.messages


def counts(world):
    with world.database.reading() as connection:
        return signatures.count_by_key(connection)


def test_a_clean_up_that_fails_is_logged_and_tried_again(world, served, monkeypatch, caplog):
    calls = []

    def fail(_registry):
        calls.append(1)
        raise OSError("disk full")

    monkeypatch.setattr(module, "clean_up", fail)

    async def wait(_application):
        await until(lambda: len(calls) > 1)

    served(wait, clean_up_seconds=0.01)

    assert "clean-up-failed" in [record.message for record in caplog.records]


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/widget"), ("GET", "/-/ping"), ("GET", "/-/imprint/health")]
)
def test_a_body_that_stands_still_is_not_waited_for(served, monkeypatch, method, path):
    monkeypatch.setattr(module, "BODY_WAIT_SECONDS", 0.05)

    async def ask(application):
        return await answered(application, scope(method, path))

    start_message, body = served(ask)

    assert start_message["status"] == 400
    assert b'"code":"client-gone"' in body["body"]


def test_a_body_that_comes_byte_by_byte_is_not_waited_for(served, monkeypatch):
    monkeypatch.setattr(module, "BODY_WAIT_SECONDS", 0.2)

    async def trickle():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def put(application):
        async with asyncio.timeout(5):
            return await answered(application, scope("PUT", "/widget"), trickle)

    start_message, body = served(put)

    assert start_message["status"] == 400
    assert b'"code":"client-gone"' in body["body"]


def test_a_websocket_is_closed(served):
    async def connect(application):
        return await answered(application, scope(kind="websocket"))

    assert served(connect) == [{"type": "websocket.close", "code": 1000}]


def test_a_lifespan_starts_and_stops(world):
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive():
        return next(messages)

    async def live():
        application = ServerApp(world.registry)
        return await answered(application, {"type": "lifespan"}, receive)

    assert [message["type"] for message in asyncio.run(live())] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


def test_requests_are_lines_when_somebody_wants_them(served, caplog):
    caplog.set_level(logging.DEBUG, logger="imprint.server")

    async def ping(application):
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        return await answered(application, scope(), receive)

    served(ping)

    (line,) = [record for record in caplog.records if record.message == "request"]
    assert (line.__dict__["path"], line.__dict__["status"]) == ("/-/ping", 200)


def test_a_drain_that_takes_too_long_is_cut_short(monkeypatch, caplog):
    monkeypatch.setattr(start, "DRAIN_SECONDS", 0.05)

    async def stop():
        told = asyncio.Event()
        told.set()
        serving = asyncio.create_task(never())
        await start._until_stopped(serving, told)
        await asyncio.sleep(0)
        return serving.cancelled()

    assert asyncio.run(stop())
    assert [record.message for record in caplog.records] == ["drain-cut-short"]


def test_a_server_that_ends_by_itself_is_a_failure():
    async def end():
        serving = asyncio.create_task(asyncio.sleep(0))
        await start._until_stopped(serving, asyncio.Event())

    with pytest.raises(RuntimeError, match="the HTTP server ended by itself"):
        asyncio.run(end())
