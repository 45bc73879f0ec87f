"""Releases of the publishing clients: what a bare major or `latest` installs, what each needs."""

from __future__ import annotations

from functools import cache

import msgspec

from imprint.npm.ranges import VersionRange
from imprint.refusals import Malformed
from imprint.workflows.tables.loading import load
from imprint.workflows.tables.releases import (
    OPEN,
    Release,
    ReleaseRange,
    range_of,
    release_of,
)


class ClientLines(msgspec.Struct, frozen=True, kw_only=True):
    """One client's newest releases when the table was made."""

    latest: str
    newest: dict[str, str]
    """Major → its newest release."""


class ClientTable(msgspec.Struct, frozen=True, kw_only=True):
    """The table's shape."""

    source: str
    lines: dict[str, ClientLines]
    engines: dict[str, dict[str, str]]
    """Client → major → the range of Node that it asks for."""
    exchanging_from: dict[str, str]
    """Client or package → the first release that exchanges an ID token."""


@cache
def client_table() -> ClientTable:
    """Return the table."""
    return load("clients", ClientTable)


def installed_range(client: str, wanted: str) -> ReleaseRange:
    """Return what installing `client@wanted` brings: the newest release that the wish admits.

    Releases younger than the table may be it, so the upper end stays open where the wish is open.
    A tag other than `latest` is not known.
    """
    lines = client_table().lines.get(client)
    text = wanted.strip()
    if text in {"", "latest"}:
        lowest = None if lines is None else release_of(lines.latest)
        return ReleaseRange(lowest=lowest, highest=None)
    declared = declared_range(text)
    if declared is None or declared.lowest == declared.highest:
        return declared or ReleaseRange(lowest=None, highest=None)
    known = _known(client)
    inside = [release for release in known if _admits(declared, release)]
    return ReleaseRange(lowest=max(inside, default=declared.lowest), highest=declared.highest)


def declared_range(text: str) -> ReleaseRange | None:
    """Return the ends of a range as package.json writes it: `^9.1.0` is 9.1.0 to 9.x.

    None for tags, `workspace:*` and other things that are no range.
    """
    if (named := range_of(text)) is not None:
        return named
    try:
        wanted = VersionRange.parse(text)
    except Malformed:
        return None
    lows: list[Release] = []
    highs: list[Release | None] = []
    for bounds in wanted.alternatives:
        low, high = (0, 0, 0), None
        for bound in bounds:
            release = (bound.version.major, bound.version.minor, bound.version.patch)
            if bound.operator in {">", ">=", "="}:
                low = max(low, release)
            if bound.operator in {"<", "<=", "="}:
                end = release if bound.operator != "<" else _before(release)
                high = end if high is None else min(high, end)
        lows.append(low)
        highs.append(high)
    ends = [high for high in highs if high is not None]
    return ReleaseRange(
        lowest=min(lows, default=None),
        highest=max(ends, default=None) if len(ends) == len(highs) else None,
    )


def _before(release: Release) -> Release:
    """Return the greatest release below one, its open numbers standing for any."""
    major, minor, patch = release
    if patch:
        return (major, minor, patch - 1)
    if minor:
        return (major, minor - 1, OPEN)
    return (max(major - 1, 0), OPEN, OPEN)


def _known(client: str) -> list[Release]:
    lines = client_table().lines.get(client)
    found = [] if lines is None else [release_of(text) for text in lines.newest.values()]
    return [release for release in found if release is not None]


def _admits(declared: ReleaseRange, release: Release) -> bool:
    above = declared.lowest is None or declared.lowest <= release
    return above and (declared.highest is None or release <= declared.highest)
