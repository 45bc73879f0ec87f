"""`npm audit` of a registry that has an archive of advisories, alone and with a gate before it."""

from __future__ import annotations

import gzip
import json

import pytest

from imprint.storage.advisory_archive import AdvisoryArchive
from imprint.storage.advisory_index import IndexPlace
from tests.npm.advisories.records import affected, archive, record
from tests.support.gated import gated

BULK = "/-/npm/v1/security/advisories/bulk"


@pytest.fixture
def advised(world, tmp_path):
    """A registry with an archive that knows of `widget` and of `@acme/widget`."""
    path = archive(
        tmp_path / "all.zip",
        record(affected=[affected(), affected(name="@acme/widget")]),
        record(id="MAL-1", aliases=[], affected=[affected({"introduced": "0"}, name="evil")]),
    )
    opened = AdvisoryArchive.open(path, IndexPlace(folder=tmp_path / "kept", secret=b"s" * 32))
    world.serve(advisories=opened)
    yield world
    opened.close()


def asked(world, body, *, route=BULK):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    packed = gzip.compress(raw)
    return world.request("POST", route, body=packed, content_encoding="gzip")


def test_a_graph_is_answered_from_the_archive(advised):
    answer = asked(advised, {"@acme/widget": ["1.0.0", "1.2.3"], "fine": ["1.0.0"]})

    assert answer.status == 200
    assert [one["vulnerable_versions"] for one in answer.json["@acme/widget"]] == [">=1.0.0 <1.2.3"]
    assert set(answer.json) == {"@acme/widget"}
    assert "npm-notice" not in answer.headers


def test_an_empty_answer_is_one_now_for_somebody_looked(advised):
    answer = asked(advised, {"fine": ["1.0.0"]})

    assert (answer.status, answer.json) == (200, {})


@pytest.mark.parametrize("route", ["audits", "audits/quick"])
def test_older_routes_say_that_they_are_not_answered(advised, route):
    answer = asked(advised, {}, route=f"/-/npm/v1/security/{route}")

    assert (answer.status, answer.code) == (404, "no-advisories")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"a":[1]}', b"\xff", b"[" * 100_000, b'{"a":["1.0.0"'],
)
def test_a_body_that_is_no_graph_is_refused(advised, body):
    answer = asked(advised, body)

    assert (answer.status, answer.code) == (400, "malformed-body")


def test_a_graph_without_end_is_refused(advised):
    many = asked(advised, {"a": ["1.0.0"] * 50_001})
    packed = asked(advised, b" " * (16 * 1024 * 1024 + 1))

    assert (many.status, many.code) == (400, "malformed-body")
    assert packed.code == "body-too-large"


def test_a_gate_answers_from_the_archive_and_asks_its_upstream_nothing(advised):
    with gated(advised) as upstream:
        upstream.publish("widget", "1.0.0")
        upstream.publish("evil", "1.0.0")

        answer = asked(advised, {"widget": ["1.0.0"], "evil": ["1.0.0"]})

        paths = upstream.paths()
    severities = {name: one["severity"] for name, (one,) in answer.json.items()}
    assert severities["evil"] == "critical"
    assert set(severities) == {"widget", "evil"}
    assert not [path for path in paths if "security" in path]


def test_a_gates_policy_refuses_what_the_archive_calls_malware(advised, tmp_path):
    policy = tmp_path / "imprint.toml"
    policy.write_text('version = 1\npreset = "no-downgrade"\ncooldown = "0"\n')
    with gated(advised, policy=str(policy)) as upstream:
        upstream.publish("evil", "1.0.0")

        answer = advised.request("GET", "/evil/-/evil-1.0.0.tgz")

    assert answer.status == 403
    assert "malware" in answer.notice
