"""Which fields of trust each upstream has, over all packuments of it that were read of late.

One package tells little of its registry: that none of its versions has provenance may be the
package's doing, or that of a mirror which strips it. What any other package of the upstream has is
absent where it is not; what none has is unknown (architecture, decision 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.evidence.gathering import known_carries
from imprint.evidence.looked import Had
from imprint.history.axes import Carries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.gate.model import UpstreamDocument

REMEMBERED_SECONDS = 86_400.0
"""A field that was not seen for longer is one that the upstream does not have any more."""
_FIELDS = Carries.__struct_fields__


class Carried:
    """What was seen of each upstream. Used from the event loop alone."""

    def __init__(self, *, complete_hosts: frozenset[str] = frozenset()) -> None:
        """Know of `complete_hosts` that they have every field (`evidence.gathering.Sources`)."""
        self._complete_hosts = complete_hosts
        self._seen: dict[str, dict[str, float]] = {}

    def of(self, document: UpstreamDocument, *, now: float) -> Carries:
        """Return what the upstream of `document` has, with what this one shows."""
        url, name = document.upstream.url, document.name
        shown = known_carries({name: url}, {name: Had(document.history)}, self._complete_hosts)[url]
        seen = self._seen.setdefault(url, {})
        seen.update(dict.fromkeys(_names(shown), now))
        return Carries(**{name: self._is_known(seen.get(name), now) for name in _FIELDS})

    @staticmethod
    def _is_known(at: float | None, now: float) -> bool:
        return at is not None and abs(now - at) <= REMEMBERED_SECONDS


def _names(carries: Carries) -> Iterable[str]:
    return (name for name in _FIELDS if getattr(carries, name))
