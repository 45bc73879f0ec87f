"""How often somebody has tried something of late, so that more can be refused or passed over.

In this process alone, and bounded: nothing of it is written down.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

_MOST_KEPT = 4096


class Attempts:
    """Attempts by who makes them. Safe between threads."""

    def __init__(self, *, most: int, within_seconds: float) -> None:
        """Let each make `most` attempts within that time."""
        self._most = most
        self._within_seconds = within_seconds
        self._lock = threading.Lock()
        self._since: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allow(self, who: str, *, now: float) -> bool:
        """Count an attempt before it is looked at; False where there were too many."""
        with self._lock:
            since, count = self._since.pop(who, (now, 0))
            if not 0 <= now - since < self._within_seconds:
                since, count = now, 0
            self._since[who] = since, min(count + 1, self._most)
            if len(self._since) > _MOST_KEPT:
                self._since.popitem(last=False)
        return count < self._most

    def forget(self, who: str) -> None:
        """Forget the attempts: the last one was right."""
        with self._lock:
            self._since.pop(who, None)
