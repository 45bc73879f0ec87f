"""Verdicts for a whole graph: what a scanner asks before it acts."""

import gzip
import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from imprint.demo.issuer import StandInIssuer
from tests.support.gate_histories import BAD, CHANGED, CLEAN_TREE, DOWNGRADED, YOUNG
from tests.support.gate_world import gate_world

VERDICT = "/-/imprint/v1/verdict"
OTHER_BYTES = "sha512-" + "A" * 86 + "=="


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    with StandInIssuer() as issuer:
        folder = tmp_path_factory.mktemp("gate")
        with gate_world(folder / "data", issuer=issuer, settings='own_scopes = ["@acme"]') as found:
            yield found


@pytest.fixture(scope="module")
def person(gated):
    return gated.gate.person("wile")


def ask(gated, packages, *, token=None, headers=(), raw=None):
    """Ask for verdicts; returns the status and what was answered."""
    body = json.dumps({"packages": packages}).encode() if raw is None else raw
    sent = {"content-type": "application/json", **dict(headers)}
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    request = Request(gated.url + VERDICT, data=body, headers=sent, method="POST")
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read())
    except HTTPError as err:
        return err.code, json.loads(err.read())


def one(name, version, **more):
    return {"name": name, "version": version, **more}


def test_each_version_of_a_graph_has_its_verdict_in_the_order_of_asking(gated):
    graph = [one(bad.name, bad.bad) for bad in BAD]
    graph += [one(name, version) for name, version in CLEAN_TREE.items()]

    status, answer = ask(gated, graph)

    found = answer["packages"]
    assert status == 200
    assert [(each["name"], each["version"]) for each in found] == [
        (each["name"], each["version"]) for each in graph
    ]
    assert [each["verdict"] for each in found] == ["refused"] * 4 + ["admitted"] * 3
    assert answer["summary"] == {
        "packages": 7,
        "withheld": 4,
        "admitted": 3,
        "refused": 4,
        "undecided": 0,
    }
    assert (answer["schema"], answer["mode"]) == (1, "enforce")


def test_a_verdict_has_its_reasons_as_an_audit_has_them(gated):
    _, answer = ask(gated, [one(DOWNGRADED.name, DOWNGRADED.bad)])

    (found,) = answer["packages"]
    assert DOWNGRADED.code in [reason["code"] for reason in found["reasons"]]
    assert found["reasons"][0].keys() == {
        "code",
        "message",
        "level",
        "fingerprint",
        "hint",
        "release",
        "until",
        "before",
        "after",
    }
    assert (found["effect"], found["accepted"]) == ("withhold", [])
    assert "is refused" in found["sentence"]


def test_what_is_held_says_until_when(gated):
    _, answer = ask(gated, [one(YOUNG.name, YOUNG.bad)])

    (found,) = answer["packages"]
    assert found["until"] > answer["judged_at"]


def test_bytes_that_are_not_the_packuments_are_refused(gated):
    _, answer = ask(gated, [one("rope", "1.2.0", integrity=OTHER_BYTES)])

    assert answer["packages"][0]["verdict"] == "refused"


@pytest.mark.parametrize(
    ("name", "version"), [("rope", "9.9.9"), ("no-such-rope", "1.0.0")], ids=["version", "package"]
)
def test_what_is_not_there_is_not_admitted(gated, name, version):
    _, answer = ask(gated, [one(name, version)])

    assert answer["packages"][0]["verdict"] != "admitted"


def test_names_of_our_own_are_told_to_who_is_somebody_here_and_never_asked_upstream(gated, person):
    asked = len(gated.upstream.asked)

    _, stranger = ask(gated, [one("@acme/secret", "1.0.0")])
    _, known = ask(gated, [one("@acme/secret", "1.0.0")], token=person.token)

    assert "log in" in stranger["packages"][0]["sentence"]
    assert [answer["packages"][0]["verdict"] for answer in (stranger, known)] == ["undecided"] * 2
    assert "no such package here" in known["packages"][0]["sentence"]
    assert not [path for path in gated.asked_upstream(since=asked) if "secret" in path]


def test_the_same_version_asked_about_twice_is_answered_once(gated):
    _, answer = ask(gated, [one("rope", "1.2.0"), one("rope", "1.2.0")])

    assert len(answer["packages"]) == 1


def test_a_compressed_body_is_read(gated):
    raw = gzip.compress(json.dumps({"packages": [one("rope", "1.2.0")]}).encode())

    status, answer = ask(gated, [], raw=raw, headers={"content-encoding": "gzip"}.items())

    assert (status, answer["packages"][0]["verdict"]) == (200, "admitted")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "malformed-body"),
        (b"[]", 400, "malformed-body"),
        (b'{"packages": [{"name": "rope"}]}', 400, "malformed-body"),
        (b'{"packages": [{"name": "rope", "version": ""}]}', 400, "malformed-body"),
        (b'{"packages": [{"name": "../x", "version": "1.0.0"}]}', 400, "invalid-package-name"),
        (
            b'{"packages": [{"name": "rope", "version": "1.0.0", "integrity": "x"}]}',
            400,
            "malformed-integrity",
        ),
        (
            json.dumps({"packages": [one(f"p{n}", "1.0.0") for n in range(5001)]}).encode(),
            400,
            "malformed-body",
        ),
    ],
    ids=["empty", "list", "no-version", "empty-version", "path", "integrity", "too-many"],
)
def test_a_body_that_is_none_is_refused_in_one_line(gated, raw, status, code):
    found, answer = ask(gated, [], raw=raw)

    assert (found, answer["code"]) == (status, code)
    assert "\n" not in answer["error"]


def test_a_bomb_is_refused(gated):
    raw = gzip.compress(b" " * 50_000_000)

    status, answer = ask(gated, [], raw=raw, headers={"content-encoding": "gzip"}.items())

    assert (status, answer["code"]) == (413, "body-too-large")


def test_a_policy_that_changes_counts_without_a_restart(gated):
    before = gated.policy.read_text()
    _, first = ask(gated, [one(CHANGED.name, CHANGED.bad)])
    gated.policy.write_text(before.replace("enforce", "observe"))
    try:
        given_up = time.monotonic() + 30
        then = first
        while then["policy_digest"] == first["policy_digest"] and time.monotonic() < given_up:
            time.sleep(0.1)
            _, then = ask(gated, [one(CHANGED.name, CHANGED.bad)])
    finally:
        gated.policy.write_text(before)

    assert first["packages"][0]["effect"] == "withhold"
    assert (then["mode"], then["packages"][0]["effect"]) == ("observe", "serve")
    assert then["packages"][0]["verdict"] == "refused"
