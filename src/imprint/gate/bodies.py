"""Bodies of requests: all that are here at a time have so many bytes together, and no more.

What is asked about a graph is held until it is answered, and takes many times its size once it is
read: a few hundred of the largest at a time would fill any memory, however slowly they come. Who
finds no room waits, unread. Not here: what a body says.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from imprint.http.asgi import MAX_LENGTH_DIGITS, LargeBody, read_body
from imprint.http.requests import inflated
from imprint.refusals import Malformed, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from imprint.http.asgi import Receive
    from imprint.http.requests import Request

MOST_BODY_BYTES: Final = 4 * 1024 * 1024
"""Of a graph that is asked about, as it comes and inflated."""
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all of them: some dozens of graphs of thousands of packages each."""
MOST_AT_ONCE_BYTES: Final = 64 * 1024
"""Larger bodies are inflated in a thread."""
INFLATED_FACTOR: Final = 16
"""How much larger a graph is than what comes of it compressed: names and versions, at most."""
BODY_SECONDS: Final = 30.0
"""How long a whole body may take: who sends one slowly keeps others from sending theirs."""
PATIENCE_SECONDS: Final = 10.0
"""How long one waits for room."""


class Bodies:
    """The bodies that are here. Used from one event loop alone."""

    def __init__(
        self,
        *,
        most_bytes: int = MOST_BYTES,
        seconds: float = BODY_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Hold up to `most_bytes`; each waits so long for room, and comes within `seconds`."""
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._patience = patience_seconds
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.taken_bytes = 0

    @asynccontextmanager
    async def of(self, request: Request, receive: Receive) -> AsyncIterator[Request]:
        """Yield the request with its body, inflated, which is held until the end of the block.

        Raises Malformed, and Unavailable (`gate-busy`) where there is no room for it in time.
        """
        taken = _expected(request.headers)
        if not await self._take(taken):
            await self._read(request, receive, keep=False)  # who has written all sees the answer
            raise _busy()
        try:
            raw = await self._read(request, receive)
            encoding = request.header("content-encoding")
            if len(raw) <= MOST_AT_ONCE_BYTES:
                body = inflated(raw, encoding, limit=MOST_BODY_BYTES)
            else:
                body = await asyncio.to_thread(inflated, raw, encoding, limit=MOST_BODY_BYTES)
            more = len(body) - taken
            if more > 0:  # it was compressed like no graph is
                if self.taken_bytes + more > self._most_bytes:
                    raise _busy()
                self.taken_bytes, taken = self.taken_bytes + more, taken + more
            yield replace(request, body=body)
        finally:
            self._give_back(taken)

    async def _take(self, size_bytes: int) -> bool:
        """Take so much, in turn; returns False where there is no room in time."""
        if not self._waiting and self.taken_bytes + size_bytes <= self._most_bytes:
            self.taken_bytes += size_bytes
            return True
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size_bytes, turn))
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as err:  # whoever goes away lets the next one go on
            if turn.done() and not turn.cancelled():
                self._give_back(size_bytes)
            else:
                self._waiting.remove((size_bytes, turn))
                self._go_on()
            if isinstance(err, TimeoutError):
                return False
            raise
        return True

    def _give_back(self, size_bytes: int) -> None:
        self.taken_bytes -= size_bytes
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self.taken_bytes + self._waiting[0][0] <= self._most_bytes:
            size_bytes, turn = self._waiting.popleft()
            self.taken_bytes += size_bytes
            turn.set_result(None)

    async def _read(self, request: Request, receive: Receive, *, keep: bool = True) -> bytes:
        try:
            async with asyncio.timeout(self._seconds):
                return await read_body(receive, request.headers, limit=MOST_BODY_BYTES, keep=keep)
        except LargeBody as err:
            raise Malformed(
                "body-too-large", f"the request body is larger than {err.limit} bytes"
            ) from err
        except TimeoutError as err:
            raise Malformed(
                "client-gone", f"the request body did not come within `{self._seconds:g}` seconds"
            ) from err


def _expected(headers: Mapping[str, str]) -> int:
    """Return how much a body may take, as it comes and inflated, by what is said of it."""
    said = headers.get("content-length", "")
    is_said = said.isascii() and said.isdigit() and len(said) <= MAX_LENGTH_DIGITS
    size = min(int(said), MOST_BODY_BYTES) if is_said else MOST_BODY_BYTES
    if headers.get("content-encoding") not in (None, "", "identity"):
        size += min(INFLATED_FACTOR * size, MOST_BODY_BYTES)
    return size


def _busy() -> Unavailable:
    return Unavailable(
        "gate-busy",
        "the gate answers as many large requests already as it has room for",
        hint="try again in a moment",
    )
