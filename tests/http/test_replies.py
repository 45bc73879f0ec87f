"""The envelope and the notice: one sentence, everywhere, on one line that any header may hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imprint.http.replies import (
    MAX_NOTICE_CHARACTERS,
    empty_reply,
    json_reply,
    notice_header,
    refusal_reply,
    sentence,
)
from imprint.refusals import Mismatch, Refusal

REFUSAL = Refusal(
    code="environment-mismatch",
    message="the environment is `npm`, expected `production`",
    hint="name it on the job",
    mismatches=(Mismatch(claim="environment", expected="production", actual="npm"),),
)


@given(text=st.text(max_size=3000))
@example("a\r\nset-cookie: x=1")
@example("\x00\x7f\x80\u2028 é 💥")
@example("x" * 10_000)
def test_the_notice_is_one_short_line_of_printable_ascii(text):
    name, value = notice_header(text)

    assert name == b"npm-notice"
    assert len(value) <= MAX_NOTICE_CHARACTERS
    assert all(0x20 <= byte <= 0x7E for byte in value)


@given(message=st.text(max_size=500), hint=st.none() | st.text(max_size=500))
def test_any_refusal_becomes_an_answer(message, hint):
    reply = refusal_reply(Refusal(code="some-code", message=message, hint=hint), 403)

    envelope = json.loads(reply.body)
    assert envelope["error"] == envelope["message"] == envelope["body"]["message"] == message
    assert all(b"\n" not in value and b"\r" not in value for _, value in reply.headers)


def test_the_envelope_is_whole():
    reply = refusal_reply(REFUSAL, 403)

    text = "the environment is `npm`, expected `production`"
    assert json.loads(reply.body) == {
        "error": text,
        "message": text,
        "body": {"message": text},
        "code": "environment-mismatch",
        "hint": "name it on the job",
        "mismatches": [{"claim": "environment", "expected": "production", "actual": "npm"}],
    }
    assert dict(reply.headers) == {
        b"content-type": b"application/json; charset=utf-8",
        b"cache-control": b"no-store",
        b"npm-notice": f"{text} (hint: name it on the job)".encode(),
    }


def test_a_challenge_is_sent_where_one_is_given_and_a_notice_can_be_left_out():
    reply = refusal_reply(REFUSAL, 401, challenge="otp", noticed=False)

    headers = dict(reply.headers)
    assert headers[b"www-authenticate"] == b"otp"
    assert b"npm-notice" not in headers


@pytest.mark.parametrize("hint", [None, "do this"])
def test_the_sentence_has_the_hint_where_there_is_one(hint):
    expected = "what happened" if hint is None else "what happened (hint: do this)"

    assert sentence(Refusal(code="c", message="what happened", hint=hint)) == expected


def test_nothing_that_is_answered_is_kept_by_caches():
    for reply in (json_reply({}), empty_reply(), refusal_reply(REFUSAL, 400)):
        assert dict(reply.headers)[b"cache-control"] == b"no-store"
