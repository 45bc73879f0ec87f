"""One request with a secret in it."""

from __future__ import annotations

import pytest

from imprint import __version__
from imprint.publish import sending
from imprint.publish.sending import origin_of, send, url_of
from imprint.publishers.credentials import Secret
from imprint.refusals import Malformed, Unavailable
from tests.support.answering import answering


def test_the_answer_comes_whatever_its_status():
    with answering(418, b"short", x_kind="teapot") as server:
        answer = send("GET", server.url)

    assert (answer.status, answer.body, answer.headers["x-kind"]) == (418, b"short", "teapot")


def test_a_bearer_goes_to_the_address_that_was_named():
    with answering() as server:
        send("POST", f"{server.url}a%2fb?c=d", bearer=Secret("secret"), body=b"{}")

    (asked,) = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/a%2fb?c=d", b"{}")
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.headers["user-agent"] == f"imprint/{__version__}"


def test_a_post_without_a_body_says_that_it_has_none():
    with answering() as server:
        send("POST", server.url)

    assert server.asked[0].headers["content-length"] == "0"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_nothing_goes_on(status):
    with answering() as elsewhere, answering(status, location=elsewhere.url) as server:
        answer = send("GET", server.url, bearer=Secret("secret"))

    assert (answer.status, elsewhere.asked) == (status, [])


@pytest.mark.parametrize("text", ["a b", "a\nb", "a\x00", "é"])
def test_a_bearer_that_no_header_may_have_is_refused_without_showing_it(text):
    with pytest.raises(Malformed) as caught:
        send("GET", "http://127.0.0.1:1/", bearer=Secret(text))

    assert caught.value.code == "malformed-token"
    assert text not in str(caught.value)


def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr(sending, "MAX_ANSWER_BYTES", 10)
    with answering(body=b"x" * 11) as server, pytest.raises(Unavailable) as caught:
        send("GET", server.url)

    assert caught.value.message == (
        f"`{server.url.rstrip('/')}` does not answer: `the answer is larger than 10 bytes`"
    )


def test_nobody_there_is_unavailable():
    with pytest.raises(Unavailable) as caught:
        send("GET", "http://127.0.0.1:1/secret?token=x", bearer=Secret("y"))

    assert caught.value.code == "unreachable"
    assert caught.value.message.startswith("`http://127.0.0.1:1` does not answer: ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "registry.example.test",
        "file:///etc/passwd",
        "ftp://registry.example.test/",
        "https://user:word@registry.example.test/",
        "https://registry.example.test:99999/",
        "https://registry.example.test/a b",
        "https://registry.example.test/\n",
        "https://régistry.example.test/",
        "https://[::1/",
    ],
)
def test_what_is_no_http_address_is_refused(url):
    with pytest.raises(Malformed):
        url_of(url)


def test_an_origin_has_nothing_secret_in_it():
    assert origin_of("https://a:b@registry.example.test:8443/c?d=e#f") == (
        "https://registry.example.test:8443"
    )
