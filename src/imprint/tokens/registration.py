"""Registering an issuer: what its URL may be, and its provider's defaults. Not here: storing it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from imprint.identity.claims import table_of
from imprint.identity.workload import Provider
from imprint.refusals import Malformed, quoted
from imprint.tokens.issuers import MAXIMUM_LIFETIME_SECONDS, Issuer, ReplayMode
from imprint.tokens.keysets import ALGORITHMS
from imprint.tokens.loopback import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")
_SEGMENT = re.compile(r"[A-Za-z0-9._~-]+")
_SLUG_PATH = re.compile(r"(/[A-Za-z0-9-]+)?|/_services/token")
"""Of GitHub's issuers: the public one, an enterprise's own, and that of an Enterprise Server."""


def new_issuer(
    *,
    name: str,
    url: str,
    provider: Provider,
    audiences: Iterable[str] = (),
    algorithms: Iterable[str] | None = None,
    replay: ReplayMode | None = None,
    maximum_lifetime_seconds: int = MAXIMUM_LIFETIME_SECONDS,
) -> Issuer:
    """Return an issuer to register; what is None becomes the provider's default.

    Raises Malformed `malformed-issuer-url`, or `unsupported-algorithm`: only asymmetric ones can
    be verified, and an empty list would refuse every token.
    """
    check_issuer_url(url, provider=provider)
    table = table_of(provider)
    chosen = tuple(table.algorithms if algorithms is None else algorithms)
    unsupported = [algorithm for algorithm in chosen if algorithm not in ALGORITHMS]
    if unsupported or not chosen:
        known = ", ".join(f"`{algorithm}`" for algorithm in sorted(ALGORITHMS))
        raise Malformed(
            "unsupported-algorithm",
            f"algorithm is {quoted(' '.join(unsupported))}, expected some of {known}",
        )
    if replay is None:
        replay = ReplayMode.PER_REQUEST if table.token_per_request else ReplayMode.PER_JOB
    return Issuer(
        name=name,
        url=url,
        provider=provider,
        algorithms=chosen,
        maximum_lifetime_seconds=maximum_lifetime_seconds,
        replay=replay,
        audiences=tuple(audiences),
    )


def check_issuer_url(url: str, *, provider: Provider) -> None:
    """Let pass a URL that has one spelling only, so that comparing to the letter is enough.

    Discovery 1.0 §3: https, no query, no fragment; http is for loopback alone. GitHub's issuers
    have no path or one enterprise slug. Raises Malformed `malformed-issuer-url`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    spelled = f"{parts.scheme}://{_netloc(host, port)}{parts.path}"
    if (
        url != spelled
        or _HOST.fullmatch(host) is None
        or not _is_plain_path(parts, provider)
        or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    ):
        raise Malformed(
            "malformed-issuer-url",
            f"issuer URL is {quoted(url)}, expected one like `https://issuer.example.test`",
            "give exactly what tokens have in `iss`: https (http for loopback only), a lower-case"
            " host, no query and no fragment",
        )


def _netloc(host: str, port: int | None) -> str:
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"


def _is_plain_path(parts: SplitResult, provider: Provider) -> bool:
    if provider is Provider.GITHUB:
        return _SLUG_PATH.fullmatch(parts.path) is not None
    segments = parts.path.removeprefix("/").removesuffix("/").split("/") if parts.path else []
    if parts.path == "/":
        return True
    return all(_SEGMENT.fullmatch(part) and part not in (".", "..") for part in segments)
