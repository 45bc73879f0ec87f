"""Wrong one-time passwords, counted: six digits are safe only where few of them may be tried.

RFC 6238 §5.2 and RFC 4226 §7.3 ask for it. Counted by token, and by account where somebody logs
in, so that whoever holds a leaked token cannot lock out its owner, who has others.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 10
"""Wrong ones within `WITHIN_SECONDS`; three codes are good at any time, of a million."""
WITHIN_SECONDS = 3600.0
_MOST_KEPT = 4096


class Guesses:
    """How often each has guessed of late, in this process. Safe between threads."""

    def __init__(self) -> None:
        """Start with nobody having guessed."""
        self._lock = threading.Lock()
        self._since: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allow(self, who: str, *, now: float) -> bool:
        """Count a guess before it is looked at; False where there were too many."""
        with self._lock:
            since, count = self._since.pop(who, (now, 0))
            if not 0 <= now - since < WITHIN_SECONDS:
                since, count = now, 0
            self._since[who] = since, min(count + 1, MOST + 1)
            if len(self._since) > _MOST_KEPT:
                self._since.popitem(last=False)
        return count < MOST

    def forget(self, who: str) -> None:
        """Forget the guesses: the last one was right."""
        with self._lock:
            self._since.pop(who, None)
