"""A registry in trouble: stores that fail, bugs, switches, and what is said of them."""

from __future__ import annotations

import logging
import shutil

import pytest
from sqlalchemy import text

from imprint.registry.administration import rules


@pytest.fixture
def publisher(world, widget):
    return world.trust()


def run_sql(world, *statements):
    with world.database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.stores
@pytest.mark.case("G12")
def test_where_used_tokens_cannot_be_looked_up_nothing_is_minted(world, publisher, caplog):
    run_sql(world, "ALTER TABLE replays RENAME TO elsewhere")

    answer = world.exchange()

    assert answer.status in (500, 503)
    assert world.live_credentials() == 0
    assert "imp_p_" not in caplog.text


@pytest.mark.stores
def test_a_publication_that_breaks_halfway_leaves_nothing(world, publisher, caplog):
    credential = world.credential()
    run_sql(world, "ALTER TABLE outbox RENAME TO elsewhere")
    blobs = world.blob_files()

    answer = world.put(credential)

    run_sql(world, "ALTER TABLE elsewhere RENAME TO outbox")
    assert answer.status in (500, 503)
    assert answer.code in ("internal-error", "database-unavailable")
    assert "1.0.0" not in world.packument().json["versions"]
    assert world.blob_files() == blobs
    assert world.put(credential).status == 201


def test_a_database_that_does_not_answer_is_one_503(world, publisher, caplog):
    world.database.close()
    for path in world.folder.glob("imprint.sqlite3*"):
        path.unlink()
    (world.folder / "imprint.sqlite3").mkdir()

    answer = world.exchange()

    assert (answer.status, answer.code) == (503, "database-unavailable")
    assert "imprint.sqlite3" not in answer.body.decode()


def test_blobs_that_cannot_be_kept_are_a_503_and_no_version(world, widget):
    shutil.rmtree(world.folder / "blobs")
    (world.folder / "blobs").write_text("no folder any more")

    answer = world.put(widget.token)

    assert (answer.status, answer.code) == (503, "blobs-unavailable")
    assert "1.0.0" not in world.packument().json["versions"]


def test_a_bug_is_told_in_one_sentence_and_logged_with_its_trace(world, publisher, caplog):
    class Broken:
        async def get(self, issuer, key_id=None):
            raise ZeroDivisionError

    world.serve(keysets=Broken())

    with caplog.at_level(logging.ERROR):
        answer = world.exchange()

    assert (answer.status, answer.code) == (500, "internal-error")
    assert answer.json["message"] == (
        "the registry failed on this request, and nothing of it was kept"
    )
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in answer.body.decode()


def test_no_token_is_ever_logged(world, publisher, caplog):
    with caplog.at_level(logging.DEBUG):
        id_token = world.sign()
        credential = world.credential(id_token)
        world.put(credential)
        world.exchange(id_token)
        world.put(publisher.id)

    assert credential not in caplog.text
    assert id_token not in caplog.text
    assert id_token.split(".")[2] not in caplog.text


@pytest.mark.case("L05")
@pytest.mark.parametrize(
    ("kind", "target", "exchange", "publish"),
    [
        ("exchange", "", 403, 201),
        ("publish", "", 201, 403),
        ("package", "@acme/widget", 403, 403),
        ("package", "@acme/gadget", 201, 201),
    ],
)
def test_each_kill_switch_stops_what_it_says(world, publisher, kind, target, exchange, publish):
    credential = world.credential()
    rules.switch_off(world.registry, kind=kind, target=target, reason="incident", by="operator")

    answers = [world.exchange(), world.put(credential)]

    assert [answer.status for answer in answers] == [exchange, publish]


@pytest.mark.case("L05")
def test_a_switch_is_an_event_and_taken_back_by_another(world, publisher):
    rules.switch_off(world.registry, kind="publish", target="", reason="incident", by="operator")
    rules.switch_on(world.registry, kind="publish", target="", by="operator")

    assert world.put(world.credential()).status == 201
    assert world.events("switched-off")[0]["reason"] == "incident"
    assert len(world.events("switched-on")) == 1


@pytest.mark.case("L05")
def test_what_is_switched_off_can_still_be_read(world, widget):
    rules.switch_off(
        world.registry, kind="package", target="@acme/widget", reason="incident", by="operator"
    )

    assert world.packument().status == 200
    assert world.request("GET", "/@acme/widget/-/widget-0.1.0.tgz").status == 200


@pytest.mark.case("L05")
def test_staging_is_publishing_too(world, widget):
    world.trust(permissions=("stage",))
    credential = world.credential()
    rules.switch_off(world.registry, kind="publish", target="", reason="incident", by="operator")

    answer = world.stage(credential)

    assert (answer.status, answer.code) == (403, "publishing-switched-off")


@pytest.mark.case("L05")
def test_a_staged_version_is_not_approved_while_publishing_is_off(world, widget):
    world.trust(permissions=("stage",))
    staged = world.stage(world.credential()).json["stageId"]
    rules.switch_off(world.registry, kind="publish", target="", reason="incident", by="operator")

    answer = world.request(
        "POST", f"/-/stage/{staged}/approve", token=widget.token, npm_otp=world.otp(widget)
    )

    assert (answer.status, answer.code) == (403, "publishing-switched-off")
    assert "1.0.0" not in world.packument().json["versions"]
