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
        self._shown: dict[tuple[str, Carries], tuple[str, ...]] = {}
        """The fields that count as shown, by the upstream and those that a packument has: of each
        tarball it is asked, and there are few different ones."""
        self._made: dict[tuple[bool, ...], Carries] = {}

    def of(self, document: UpstreamDocument, *, now: float) -> Carries:
        """Return what the upstream of `document` has, with what this one shows."""
        seen = self._seen.setdefault(document.upstream.url, {})
        seen.update(dict.fromkeys(self._shown_by(document), now))
        known = tuple(self._is_known(seen.get(name), now) for name in _FIELDS)
        found = self._made.get(known)
        if found is None:
            found = self._made[known] = Carries(**dict(zip(_FIELDS, known, strict=True)))
        return found

    def _shown_by(self, document: UpstreamDocument) -> tuple[str, ...]:
        """Return the fields that a document shows; worked out once for all that show the same."""
        url, name = document.upstream.url, document.name
        shown = self._shown.get((url, document.history.carries))
        if shown is None:
            looked = {name: Had(document.history)}
            carries = known_carries({name: url}, looked, self._complete_hosts)[url]
            shown = self._shown[url, document.history.carries] = _names(carries)
        return shown

    @staticmethod
    def _is_known(at: float | None, now: float) -> bool:
        return at is not None and abs(now - at) <= REMEMBERED_SECONDS


def _names(carries: Carries) -> tuple[str, ...]:
    return tuple(name for name in _FIELDS if getattr(carries, name))
