"""Which addresses of an instance's services are taken: https, or http on loopback."""

from __future__ import annotations

from urllib.parse import urlsplit

from imprint.refusals import Malformed, quoted
from imprint.tokens.loopback import is_loopback


def check_service_address(url: str, what: str) -> str:
    """Return the address without a slash at its end; raises Malformed (`trust-address`)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_plain = parts.port is None or parts.port > 0
    except ValueError:
        parts, host, is_plain = urlsplit(""), "", False
    is_plain = is_plain and not (parts.query or parts.fragment or parts.username or parts.password)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not (host and is_plain and is_safe and url.isascii() and url.isprintable()):
        raise Malformed(
            "trust-address",
            f"the address of `{what}` is {quoted(url)}: it takes `https://…`, or `http://…` on"
            " loopback",
        )
    return url.rstrip("/")
