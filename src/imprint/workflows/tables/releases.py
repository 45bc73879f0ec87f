"""Releases as numbers, and ranges of them: what `v4`, `24`, `lts/*` and `10.9` leave open."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

Release: TypeAlias = tuple[int, int, int]

OPEN = 999_999
"""Stands for "any" where a number is left open upwards: `v4` reaches to (4, OPEN, OPEN)."""
_NUMBERS = re.compile(r"[vV=]{0,2}\s*(\d{1,9})(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(.*)")


class ReleaseRange(msgspec.Struct, frozen=True, kw_only=True):
    """From `lowest` to `highest`, both included; None where an end is not known."""

    lowest: Release | None
    highest: Release | None

    def surely_from(self, release: Release) -> bool:
        """Whether everything in the range reaches `release`."""
        return self.lowest is not None and self.lowest >= release

    def surely_below(self, release: Release) -> bool:
        """Whether nothing in the range reaches `release`."""
        return self.highest is not None and self.highest < release

    def within(self, since: Release | None, below: Release | None) -> bool | None:
        """Whether the range lies in `since` (included) to `below` (excluded); None: in part."""
        if since is not None and self.surely_below(since):
            return False
        if below is not None and self.surely_from(below):
            return False
        starts = since is None or self.surely_from(since)
        ends = below is None or self.surely_below(below)
        return True if starts and ends else None


UNKNOWN_RANGE = ReleaseRange(lowest=None, highest=None)
NEWEST = ReleaseRange(lowest=(OPEN, 0, 0), highest=(OPEN, OPEN, OPEN))
"""What a branch stands for: whatever comes next."""


def range_of(text: str) -> ReleaseRange | None:
    """Return what `v4`, `4.1`, `4.x` or `4.1.2` may be; None for anything else.

    Prereleases and builds are taken for their release.
    """
    match = _NUMBERS.fullmatch(text.strip())
    if match is None or (match[4] and match[4][0] not in "-+"):
        return None
    low: list[int] = []
    high: list[int] = []
    is_open = False
    for part in match.groups()[:3]:
        is_open = is_open or part is None or not part.isdigit()
        low.append(0 if is_open else int(part))
        high.append(OPEN if is_open else int(part))
    return ReleaseRange(lowest=(low[0], low[1], low[2]), highest=(high[0], high[1], high[2]))


def release_of(text: str) -> Release | None:
    """Return the release that `text` names in full: `1.2.3`, `v1.2.3`; None for anything else."""
    found = range_of(text)
    return found.lowest if found is not None and found.lowest == found.highest else None


def shown(release: Release) -> str:
    """Return a release for people: `10.9`, where the last number is left open."""
    return ".".join(str(number) for number in release if number != OPEN)
