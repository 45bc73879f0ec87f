"""One HTTP request with a secret in it: to one address, never on to another. Blocking.

Not `upstream/`, which fetches what is public, without a secret, from inside the event loop.
"""

from __future__ import annotations

import http.client
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from imprint import __version__
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.publishers.credentials import Secret

TIMEOUT_SECONDS = 30.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


def send(
    method: str,
    url: str,
    *,
    bearer: Secret | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Answer:
    """Send a request and return the answer, a redirect too: nothing is followed.

    Proxies are those of the environment. Raises Malformed for what is no http URL, Unavailable
    where no whole answer came in time.
    """
    request = urllib.request.Request(url_of(url), data=body, method=method)  # noqa: S310  (checked by url_of)
    request.add_header("User-Agent", f"imprint/{__version__}")
    request.add_header("Accept", "application/json")
    if body is None and method in ("POST", "PUT"):
        request.add_header("Content-Length", "0")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if bearer is not None:
        request.add_unredirected_header("Authorization", _bearer(bearer))
    try:
        with _opener().open(request, timeout=timeout_seconds) as response:
            return _answer(response)
    except (OSError, http.client.HTTPException, ValueError) as err:
        reason = str(getattr(err, "reason", None) or err) or type(err).__name__
        raise Unavailable(
            "unreachable",
            f"{quoted(origin_of(url))} does not answer: {quoted(reason)}",
            hint="is its address right, and can it be reached from here?",
        ) from err


def url_of(url: str) -> str:
    """Return an http or https URL that has a host and no user; raises Malformed."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        is_good = has_port = False
    if not (is_good and has_port and url.isascii() and url.isprintable() and " " not in url):
        raise Malformed("url", f"{quoted(url)} is no address: one is `https://registry.example`")
    return url


def origin_of(url: str) -> str:
    """Return scheme, host and port alone: paths and queries may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https through proxies: no redirects, no errors for a status."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _bearer(secret: Secret) -> str:
    text = secret.reveal()
    # A library's complaint about it would show it.
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise Malformed("malformed-token", "the token has characters that no header may have")
    return f"Bearer {text}"


def _answer(response: http.client.HTTPResponse) -> Answer:
    body = response.read(MAX_ANSWER_BYTES + 1)
    if len(body) > MAX_ANSWER_BYTES:
        raise ValueError(f"the answer is larger than {MAX_ANSWER_BYTES} bytes")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=headers, body=body)
