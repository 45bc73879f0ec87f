"""Which upstreams do not answer just now: who has something older at hand need not wait for them.

An upstream that is cut off without a word takes its whole time for every package that is asked for;
one after another waiting for it would make of an install minutes, where nothing is to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

AWAY_SECONDS: Final = 10.0
"""How long nobody waits for it; then somebody tries again."""


class Away:
    """What was not heard of upstreams, by their addresses. From the event loop alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with nothing; `clock` gives Unix seconds."""
        self._clock = clock
        self._since: dict[str, tuple[float, str]] = {}

    def missed(self, url: str, why: str) -> None:
        """Note that an upstream did not answer, and why: one line."""
        self._since[url] = (self._clock(), why)

    def heard(self, url: str) -> None:
        """Note that it answered, whatever it said."""
        self._since.pop(url, None)

    def why(self, url: str) -> str | None:
        """Return why nobody waits for it; None: it may answer."""
        found = self._since.get(url)
        if found is None or not 0 <= self._clock() - found[0] <= AWAY_SECONDS:
            return None
        return found[1]
