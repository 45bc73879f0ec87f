"""Progress of long work, on a terminal alone: one line on stderr that is gone at the end."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imprint.cli.session import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS_BETWEEN = 0.1


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what is called with a word for the work, how much is done, and of how much."""
    if not sys.stderr.isatty() or current().verbosity < 0:
        yield lambda _what, _done, _of: None
        return
    began, shown_at = time.monotonic(), 0.0

    def show(what: str, done: int, of: int) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at < _SECONDS_BETWEEN and done < of:
            return
        shown_at = now
        rate = done / max(now - began, 0.001)
        sys.stderr.write(f"\r\x1b[K{what}: {done} of {of}, {rate:.0f}/s")
        sys.stderr.flush()

    try:
        yield show
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
