"""Audiences of a registry: what an ID token must have been issued for. Not here: other claims."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from imprint.identity.claim_values import is_missing, shown
from imprint.refusals import Malformed, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PREFIX = "npm:"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def audiences_of(*public_urls: str) -> tuple[str, ...]:
    """Return the audiences of a registry that is reached by `public_urls`, the preferred one first.

    npm and pnpm ask for `npm:<hostname>` whatever the port, yarn for `npm:<host:port>`; both are
    accepted, and a path never matters (wire facts, §0). Raises Malformed `malformed-registry-url`.
    """
    found: dict[str, None] = {}
    for url in public_urls:
        host, port = _host_and_port(url)
        found[f"{PREFIX}{host}"] = None
        if port is not None:
            found[f"{PREFIX}{host}:{port}"] = None
    return tuple(found)


def audience_matches(claimed: str, audiences: Collection[str]) -> bool:
    """Tell whether `claimed` is one of `audiences`: exactly, but for the case of a host."""
    return claimed in audiences or _fold(claimed) in {_fold(audience) for audience in audiences}


def read_audience(claims: Mapping[str, object], expected: tuple[str, ...]) -> str | Refusal:
    """Return the one audience that a token was issued for, if it is one of `expected`.

    A list of one is that one (RFC 7519 §4.1.3); two are refused, ours among them or not: whoever
    else is named could use the token here. Refusal `wrong-audience`; raises Malformed
    `missing-claim` and `malformed-claim`.
    """
    claimed = claims.get("aud")
    ours = f"`{expected[0]}`" if expected else "one that no token can have"
    values = claimed if isinstance(claimed, list) else [claimed]
    texts = [value for value in values if isinstance(value, str)]
    if all(is_missing(value) for value in values):
        raise Malformed("missing-claim", f"claim `aud` is missing, expected {ours}")
    if len(texts) != len(values):
        raise Malformed("malformed-claim", f"claim `aud` is {shown(claimed)}, expected {ours}")
    if len(texts) > 1:
        return Refusal(
            code="wrong-audience",
            message=f"token was issued for `{len(texts)}` audiences, expected only {ours}",
            hint=f"request an ID token with the audience {ours} alone",
        )
    audience = texts[0]
    if audience_matches(audience, expected):
        return audience
    return Refusal(
        code="wrong-audience",
        message=f"token was issued for {quoted(audience)}, this registry is {ours}",
        hint=f"request an ID token with the audience {ours}",
    )


def _fold(audience: str) -> str:
    """Lower the case of an npm audience's host (RFC 3986 §6.2.2.1), and of nothing else."""
    if audience.startswith(PREFIX) and audience.isascii():
        return audience.lower()
    return audience


def _host_and_port(url: str) -> tuple[str, int | None]:
    """Return the host as npm writes it, and the port unless it is the scheme's own."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or not host.isascii() or parts.scheme not in _DEFAULT_PORTS:
        raise Malformed(
            "malformed-registry-url",
            f"registry URL is {quoted(url)}, expected one like `https://registry.example.test/`",
            "write a host with other letters in its ASCII form, `xn--…`",
        )
    if ":" in host:
        host = f"[{host}]"
    return host, None if port == _DEFAULT_PORTS[parts.scheme] else port
