"""Work that many wait for and that is done once, and the memory that it may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

K = TypeVar("K")
T = TypeVar("T")

LARGE_BYTES: Final = 2 * 1024 * 1024


def shared(
    tasks: dict[K, asyncio.Task[T]], key: K, work: Callable[[], Coroutine[Any, Any, T]]
) -> asyncio.Task[T]:
    """Return the task of `key`: it goes on whoever of those who wait for it goes away."""
    task = tasks.get(key)
    if task is None:
        task = tasks[key] = asyncio.create_task(work())

        def ended(_: asyncio.Task[T]) -> None:
            del tasks[key]

        task.add_done_callback(ended)
    return task


class Room:
    """The memory that one request may use: a little, or a large document's."""

    def __init__(self, large: asyncio.Semaphore, clock: asyncio.Timeout) -> None:
        """Wait for `large`; that time does not count on `clock`."""
        self._large = large
        self._clock = clock
        self._is_large = False

    async def before_more(self, size: int) -> None:
        """Wait until a document that is so large already may go on."""
        if size <= LARGE_BYTES or self._is_large:
            return
        now, end = asyncio.get_running_loop().time, self._clock.when()
        left = None if end is None else end - now()
        self._clock.reschedule(None)
        await self._large.acquire()
        self._is_large = True
        self._clock.reschedule(None if left is None else now() + left)

    def leave(self) -> None:
        """Let the next large one go on."""
        if self._is_large:
            self._large.release()
            self._is_large = False
