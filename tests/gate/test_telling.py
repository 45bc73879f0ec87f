"""How a refusal reaches the output of clients that show no body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.telling import by_address, is_told, shows_tags
from imprint.http.replies import refusal_reply
from imprint.http.requests import Request
from imprint.refusals import Refusal

ADDRESS = "https://gate.example.test/widget/-/widget-1.0.1.tgz"
SENTENCE = "`widget@1.0.1` is refused: published with a token, by `wile`; read `imprint explain x`"
REFUSAL = refusal_reply(Refusal(code="auth-regressed", message=SENTENCE), 403)


def asked_by(agent, query=""):
    headers = {} if agent is None else {"user-agent": agent}
    return Request(method="GET", raw_path="/widget", query=query, headers=headers, address="::1")


def told(agent, query="", sentence=SENTENCE):
    return by_address(REFUSAL, asked_by(agent, query), address=ADDRESS, sentence=sentence)


@pytest.mark.parametrize(
    "agent", ["Bun/1.4.5", "got (https://code.example.test/sindresorhus/got)"], ids=["bun", "yarn4"]
)
def test_who_shows_addresses_alone_is_sent_to_one_that_says_why(agent):
    said = "widget@1.0.1_is_refused:_published_with_a_token,_by_wile;_read_imprint_explain_x"

    reply = told(agent)

    assert (reply.status, dict(reply.headers)[b"location"].decode()) == (
        302,
        f"{ADDRESS}?refused={said}",
    )


@pytest.mark.parametrize(
    "agent", [None, "", "npm/11.21.2 node/v24", "pnpm/12.20.0 npm/?", "yarn/1.22.22", "Deno/2.9.5"]
)
def test_all_others_are_answered_at_once(agent):
    assert told(agent) is REFUSAL


def test_whoever_was_sent_there_is_refused_there():
    assert told("Bun/1.4.5", query="refused=widget") is REFUSAL
    assert is_told(asked_by("Bun/1.4.5", "refused=widget"))


@given(st.text())
def test_nothing_that_is_said_ends_a_header_or_steers_a_terminal(sentence):
    location = dict(told("Bun/1.4.5", sentence=sentence).headers)[b"location"].decode("ascii")

    said = location.removeprefix(f"{ADDRESS}?refused=")
    assert len(said) <= 400
    assert all("!" < letter <= "~" and letter not in '%"#&<>\\' for letter in said)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [(b"pnpm/10.34.8 npm/?", True), (b"npm/11.21.2 pnpm/10", False), (b"", False)],
)
def test_pnpm_shows_dist_tags(agent, expected):
    assert shows_tags(agent) is expected
