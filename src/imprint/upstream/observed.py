"""What a request to another server came to, for whoever counts: host, outcome, bytes, seconds."""

from __future__ import annotations

import time
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.upstream.failures import FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiohttp import ClientResponse
    from yarl import URL


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """One request, when it is over."""

    host: str
    """With its port, where that is not the usual one."""
    outcome: str
    """`ok`, `unchanged`, `status-503`, `refused` (by us: too large, no JSON, …), `broken-off`."""
    size_bytes: int
    """Of the body, as it came over the wire."""
    seconds: float
    """From the beginning to the last byte that was read."""


Observer: TypeAlias = "Callable[[Observed], None]"


class Seen:
    """The answer to a request, as soon as there is one."""

    def __init__(self) -> None:
        """Begin with none."""
        self.response: ClientResponse | None = None

    @property
    def size_bytes(self) -> int:
        """How much of the body came."""
        response = self.response
        return 0 if response is None else getattr(response.content, "total_bytes", 0)


@contextmanager
def observed(observer: Observer | None, target: URL) -> Iterator[Seen]:
    """Tell `observer` what a request to `target` came to, however it ends."""
    seen, started = Seen(), time.monotonic()
    outcome = "broken-off"
    try:
        yield seen
        outcome = _outcome(seen)
    except FetchFailed:
        outcome = _outcome(seen, is_refused=True)
        raise
    finally:
        if observer is not None:
            host = target.host or ""
            observer(
                Observed(
                    host=host if target.is_default_port() else f"{host}:{target.port}",
                    outcome=outcome,
                    size_bytes=seen.size_bytes,
                    seconds=time.monotonic() - started,
                )
            )


def _outcome(seen: Seen, *, is_refused: bool = False) -> str:
    status = 0 if seen.response is None else seen.response.status
    if status == HTTPStatus.NOT_MODIFIED:
        return "unchanged"
    if status and not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return f"status-{status}"
    return "refused" if is_refused else "ok"
