"""Where a request may go: URLs, and redirects to others. Not here: making requests."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from imprint.refusals import quoted
from imprint.tokens.loopback import is_loopback
from imprint.upstream.addresses import is_public
from imprint.upstream.failures import FetchFailed, FetchReason

if TYPE_CHECKING:
    from yarl import URL


class Reach(Enum):
    """How far a request may reach (architecture decision 15)."""

    REGISTERED = "registered"
    """An administrator named the host: it may be private, and loopback may speak plain http."""
    LEARNED = "learned"
    """The host was learned from data: https, and public addresses only."""


def parse_target(url: str) -> URL:
    """Return `url`, parsed; raises FetchFailed."""
    # Who asks for nothing does without: with what it needs it takes as long as thirty modules.
    from yarl import URL  # noqa: PLC0415 - see above

    try:
        return URL(url)
    except ValueError as err:
        raise FetchFailed(FetchReason.URL, f"{quoted(url)} is no URL") from err


def check_target(target: URL, reach: Reach) -> None:
    """Refuse what is no https URL of a host that may be reached; raises FetchFailed."""
    host = target.host or ""
    plain = target.scheme == "http" and reach is Reach.REGISTERED and is_loopback(host)
    if not host or target.user is not None or not (target.scheme == "https" or plain):
        raise FetchFailed(FetchReason.URL, f"{shown(target)} is not an https URL of a host")
    # A resolver is never asked about an address.
    if reach is Reach.LEARNED and _is_address(host) and not is_public(host):
        raise FetchFailed(FetchReason.ADDRESS, f"{shown(target)} is not a public address")


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def redirected(source: URL, location: str, *, may_move: bool) -> URL:
    """Return where a redirect goes; raises FetchFailed, elsewhere only if it `may_move`."""
    target = source.join(parse_target(location))
    if not location or (origin_of(target) != origin_of(source) and not may_move):
        message = f"{shown(source)} redirects to {quoted(location)}, expected the same host"
        raise FetchFailed(FetchReason.REDIRECT, message)
    return target


def origin_of(url: URL) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port."""
    return url.scheme, url.host, url.port


def shown(target: URL) -> str:
    """Without user, query and fragment: those may hold secrets."""
    try:
        return quoted(str(target.origin().with_path(target.path)))
    except ValueError:
        return quoted(target.path)
