"""A registry's answers as values."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.publish.registry_client import RegistryClient, refusal_of
from imprint.publish.sending import Answer
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, Mismatch, Refusal, Unavailable
from tests.support.answering import answering

URL = "https://registry.example.test/"


def answer(status=403, body=b"{}", **headers):
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=found, body=body)


def test_a_good_answer_is_its_body():
    with answering(201, b"[]") as server:
        client = RegistryClient(url=server.url, token=Secret("t"), one_time_password="123456")

        assert client.call("POST", "-/package/a/trust", body=b"[1]") == b"[]"

    (asked,) = server.asked
    assert asked.path == "/-/package/a/trust"
    assert asked.headers["authorization"] == "Bearer t"
    assert asked.headers["npm-otp"] == "123456"
    assert asked.headers["content-type"] == "application/json"


def test_our_envelope_is_a_refusal_with_everything():
    body = {
        "error": "said",
        "message": "said",
        "code": "environment-mismatch",
        "hint": "do that",
        "mismatches": [{"claim": "environment", "expected": "npm", "actual": None}],
    }

    assert refusal_of(answer(body=json.dumps(body).encode()), url=URL) == Refusal(
        code="environment-mismatch",
        message="said",
        hint="do that",
        mismatches=(Mismatch(claim="environment", expected="npm", actual=None),),
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "no"}', "no"),
        (b'{"message": "no"}', "no"),
        (b"<html>", "`https://registry.example.test` answered `403` without a reason"),
        (b"", "`https://registry.example.test` answered `403` without a reason"),
        (b'{"error": 5}', "`https://registry.example.test` answered `403` without a reason"),
    ],
)
def test_other_registries_say_less(body, message):
    refusal = refusal_of(answer(body=body), url=URL)

    assert (refusal.code, refusal.message) == ("status-403", message)


def test_a_401_says_what_is_wanted():
    otp = refusal_of(answer(401, www_authenticate="OTP"), url=URL)
    login = refusal_of(answer(401, www_authenticate="Bearer"), url=URL)

    assert otp.hint == "repeat it with `--otp CODE`"
    assert login.hint == "`npm login` to this registry first"


def test_a_failure_is_no_refusal():
    with pytest.raises(Unavailable) as caught:
        refusal_of(answer(500, b'{"error": "bug"}'), url=URL)

    assert caught.value.message == "`https://registry.example.test` answered `500`: bug"


def test_a_redirect_is_for_whoever_configured_it():
    with pytest.raises(Malformed) as caught:
        refusal_of(answer(301, location="https://new.example.test/"), url=URL)

    assert caught.value.message == (
        "`https://registry.example.test` redirects to `https://new.example.test/`"
    )


def test_a_client_shows_no_secret():
    client = RegistryClient(url=URL, token=Secret("secret"), one_time_password="123456")

    assert "secret" not in repr(client)
    assert "123456" not in repr(client)


@given(st.integers(300, 599), st.binary(max_size=200))
def test_no_answer_makes_anything_but_a_refusal_or_its_two_errors(status, body):
    try:
        refusal = refusal_of(answer(status, body), url=URL)
    except (Malformed, Unavailable):
        return
    assert refusal.message.isprintable()
