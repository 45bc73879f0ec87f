"""What a version is expected to prove: by its line, and by the package's newest stable line.

Facts: consumers §6.3, rules 1 to 5. Expectations are of each axis alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.history.levels import can_be_less, level_of

if TYPE_CHECKING:
    from imprint.history.backdrops import Earlier
    from imprint.history.judging import Judging
    from imprint.history.levels import Axis
    from imprint.history.lines import Line

_BINDING_RELEASES = 2
_NEWEST_RELEASES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageExpectation:
    """What the newest stable line, other than the candidate's, has had of late."""

    line: Line
    last: Earlier
    """Its newest release that has them."""
    levels: dict[Axis, int]
    """Levels that two of its last three releases have."""


def regressed_from(judging: Judging, axis: Axis) -> Earlier | None:
    """Return the last release of the line that proved more, if the step down is still open.

    A step down is at the first release that proves less than the one before it; it stays open for a
    window, whatever is published meanwhile: a second bad release does not clear the first. So the
    highest level of the window counts, and the immediate predecessor's, however old it is.
    """
    own = level_of(judging.candidate.axes, axis)
    if own is None or not can_be_less(judging.candidate.axes, axis):
        return None
    opened = judging.published
    for earlier in judging.recent:
        level = level_of(earlier.axes, axis)
        if level is None:
            continue
        if level > own:
            is_open = judging.is_within_window(opened)
            return earlier if is_open and _is_binding(judging, axis, level) else None
        opened = earlier.published
    return None


def rose_from(judging: Judging, axis: Axis) -> Earlier | None:
    """Return the release before, of the line or else of the package, if it proved less."""
    own = level_of(judging.candidate.axes, axis)
    if not own:
        return None
    for earlier in judging.recent or _newest(judging):
        level = level_of(earlier.axes, axis)
        if level is not None:
            return earlier if level < own else None
    return None


def package_expectation(judging: Judging, axes: tuple[Axis, ...]) -> PackageExpectation | None:
    """Return what the newest other stable line had before the candidate; None: there is none."""
    line = judging.lines.stable_before(judging.candidate.version)
    releases = () if line is None else judging.window_of(line)
    if line is None or not releases:
        return None
    levels: dict[Axis, int] = {}
    holders = []
    for axis in axes:
        last = _last_good(judging, releases, axis)
        known = sorted((level for level, _ in last), reverse=True)
        if len(known) >= _BINDING_RELEASES and known[_BINDING_RELEASES - 1]:
            levels[axis] = known[_BINDING_RELEASES - 1]
            holders += [earlier for level, earlier in last if level >= levels[axis]][:1]
    return PackageExpectation(line=line, last=holders[0], levels=levels) if levels else None


def _last_good(
    judging: Judging, releases: tuple[Earlier, ...], axis: Axis
) -> list[tuple[int, Earlier]]:
    """Return the last three releases, the newest first, without a step down that is still open.

    Two bad releases of the newest line would otherwise hide what older ones lack.
    """
    known = [(level_of(earlier.axes, axis), earlier) for earlier in releases]
    found = [(level, earlier) for level, earlier in known if level is not None]
    greatest = max((level for level, _ in found), default=0)
    start = 0
    while start < len(found) and found[start][0] < greatest:
        if not judging.is_within_window(found[start][1].published):
            return found[:_NEWEST_RELEASES]
        start += 1
    return found[start : start + _NEWEST_RELEASES]


def is_new_line(judging: Judging) -> bool:
    """Return whether the candidate's line has no release from before the window."""
    return all(judging.is_within_window(earlier.published) for earlier in judging.recent)


def _newest(judging: Judging) -> tuple[Earlier, ...]:
    line = judging.lines.stable_before(judging.candidate.version)
    return () if line is None else judging.window_of(line)


def _is_binding(judging: Judging, axis: Axis, level: int) -> bool:
    """Return whether two releases of the line had a level: one may have been an accident.

    A new line whose one release had it is compared with the package (`package_expectation`).
    """
    count = 0
    for earlier in judging.earlier(judging.lines.before(judging.candidate.version)):
        found = level_of(earlier.axes, axis)
        if found is not None and found >= level:
            count += 1
            if count == _BINDING_RELEASES:
                return True
    return False
