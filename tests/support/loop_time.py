"""The clock of an event loop, put forward: what is to be late is late at once, on any machine."""

from __future__ import annotations

import asyncio


def skip(seconds: float) -> None:
    """Have the running loop take it to be so much later from now on."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]  # this loop's alone
