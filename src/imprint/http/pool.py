"""The bounded pool that use cases run in: the event loop never waits for a disk or a lock."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


class Pool:
    """Calls blocking functions from the event loop, so many at once and no more."""

    def __init__(self, threads: int, *, name: str = "registry") -> None:
        """Start no thread before it is needed; `name` is theirs."""
        self._executor = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what `function` returns."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, partial(function, *args, **kwargs))

    def close(self) -> None:
        """Let what runs come to its end, and start no more."""
        self._executor.shutdown(wait=True, cancel_futures=False)
