"""What a version is expected to prove: by its line, and by the package's newest stable line.

Facts: consumers §6.3, rules 1 to 5. Expectations are of each axis alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.history.levels import can_be_less, level_of

if TYPE_CHECKING:
    from imprint.history.earlier import Earlier
    from imprint.history.judging import Judging
    from imprint.history.levels import Axis
    from imprint.history.lines import Line
    from imprint.history.windows import Window

_BINDING_RELEASES = 2
_NEWEST_RELEASES = 3


class PackageExpectation(msgspec.Struct, frozen=True, kw_only=True):
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
    releases, levels = judging.recent, judging.window.levels[axis]
    better = levels.first_above(own)
    if better is None:
        return None
    first = levels.last(better)
    opened = judging.published if first is None else releases[first].published
    is_open = judging.is_within_window(opened)
    return (
        releases[better] if is_open and _is_binding(judging, axis, levels.column[better]) else None
    )


def rose_from(judging: Judging, axis: Axis) -> Earlier | None:
    """Return the release before, of the line or else of the package, if it proved less."""
    own = level_of(judging.candidate.axes, axis)
    if not own:
        return None
    window = judging.window if judging.recent else _newest(judging)
    last = None if window is None else window.levels[axis].first()
    if window is None or last is None:
        return None
    return window.releases[last] if window.levels[axis].column[last] < own else None


def package_expectation(judging: Judging, axes: tuple[Axis, ...]) -> PackageExpectation | None:
    """Return what the newest other stable line had before the candidate; None: there is none."""
    line = judging.lines.stable_before(judging.candidate.version)
    if line is None:
        return None
    window = judging.window_of(line)
    levels: dict[Axis, int] = {}
    holders = []
    for axis in axes:
        last = _last_good(judging, window, axis)
        known = sorted((level for level, _ in last), reverse=True)
        if len(known) >= _BINDING_RELEASES and known[_BINDING_RELEASES - 1]:
            levels[axis] = known[_BINDING_RELEASES - 1]
            holders += [earlier for level, earlier in last if level >= levels[axis]][:1]
    return PackageExpectation(line=line, last=holders[0], levels=levels) if levels else None


def _last_good(judging: Judging, window: Window, axis: Axis) -> list[tuple[int, Earlier]]:
    """Return the last three releases, the newest first, without a step down that is still open.

    Two bad releases of the newest line would otherwise hide what older ones lack.
    """
    releases, levels = window.releases, window.levels[axis]
    greatest = levels.greatest()
    good = None if greatest is None else levels.first_above(greatest - 1)
    if good is None:
        return []
    worse = levels.last(good)
    if worse is not None and not _are_within_window(judging, window, releases[: worse + 1], axis):
        good = 0
    found: list[tuple[int, Earlier]] = []
    place = levels.first(good)
    while place is not None and len(found) < _NEWEST_RELEASES:
        found.append((levels.column[place], releases[place]))
        place = levels.first(place + 1)
    return found


def _are_within_window(
    judging: Judging, window: Window, releases: tuple[Earlier, ...], axis: Axis
) -> bool:
    """Return whether those of `releases` are whose level is known."""
    if window.is_timed:
        return judging.is_within_window(releases[-1].published)
    return all(
        judging.is_within_window(earlier.published)
        for earlier in releases
        if level_of(earlier.axes, axis) is not None
    )


def is_new_line(judging: Judging) -> bool:
    """Return whether the candidate's line has no release from before the window."""
    releases = judging.recent[-1:] if judging.window.is_timed else judging.recent
    return all(judging.is_within_window(earlier.published) for earlier in releases)


def _newest(judging: Judging) -> Window | None:
    line = judging.lines.stable_before(judging.candidate.version)
    return None if line is None else judging.window_of(line)


def _is_binding(judging: Judging, axis: Axis, level: int) -> bool:
    """Return whether two releases of the line had a level: one may have been an accident.

    A new line whose one release had it is compared with the package (`package_expectation`).
    """
    levels = judging.backdrop.levels_before(judging.candidate.version, axis)
    return levels.count_from(level) >= _BINDING_RELEASES
