"""Events of evidence that is less than it was, or more: by the pin, the line, the package.

Facts: consumers §6.3 and the second group of §6.4.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

from imprint.history.axes import Axes
from imprint.history.earlier import Earlier
from imprint.history.events import EventId, EventSeverity
from imprint.history.expectation import (
    is_new_line,
    package_expectation,
    regressed_from,
    rose_from,
)
from imprint.history.fingerprints import About
from imprint.history.judging import Freshness
from imprint.history.levels import (
    Axis,
    can_be_less,
    level_of,
    phrase_of_level,
    words_of_level,
)
from imprint.history.lines import line_of
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.history.accounts import Accounts
    from imprint.history.events import DriftEvent
    from imprint.history.expectation import PackageExpectation
    from imprint.history.judging import Judging

_EVENTS = {
    Axis.AUTH: EventId.AUTH_REGRESSED,
    Axis.ORIGIN: EventId.ORIGIN_DROPPED,
    Axis.APPROVAL: EventId.APPROVAL_DROPPED,
}
_WAYS = {
    Axis.AUTH: ("a tag of this version in its repository", "a later release by the publisher"),
    Axis.ORIGIN: ("a tag of this version in its repository", "a later release with provenance"),
    Axis.APPROVAL: ("a later release that is approved",),
}


class _Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What a step down is measured against."""

    axes: Axes
    version: str
    is_pin: bool


def evidence_events(
    judging: Judging, *, is_anomalous: bool, has_other_sign: bool
) -> Iterator[DriftEvent]:
    """Yield what the axes have less, or more, than before.

    `is_anomalous`: something else about the release is not as releases are, which makes a fresh
    version of an older line an error (facts: consumers §6.3.2, axios 0.30.4). `has_other_sign`:
    anything else speaks against it; a step down alone is what maintainers do in need, too (facts:
    incidents §3).
    """
    if not _was_ever_proved(judging):
        return
    open_axes = []
    for axis in Axis:
        reference = _reference(judging, axis)
        if reference is None:
            open_axes.append(axis)
        else:
            yield _regression(judging, axis, reference, has_other_sign=has_other_sign)
    below = _line_below(
        judging, tuple(open_axes), is_anomalous=is_anomalous, has_other_sign=has_other_sign
    )
    if below is not None:
        yield below
    upgraded = _upgraded(judging)
    if upgraded is not None:
        yield upgraded


def _was_ever_proved(judging: Judging) -> bool:
    """Return whether there is anything to compare: of most packages no version proves anything."""
    carries, candidate = judging.candidate.history.carries, judging.candidate
    return (
        carries.trusted_publishers
        or carries.approvers
        or carries.attestations
        or candidate.pin is not None
        or any(level_of(candidate.axes, axis) for axis in Axis)
    )


def _reference(judging: Judging, axis: Axis) -> _Reference | None:
    """Return what the candidate proves less than: the project's memory first, then the line."""
    pin = judging.candidate.pin
    if pin is not None and _pin_binds(judging):
        axes = Axes(auth=pin.auth, approval=pin.approval, origin=pin.origin)
        own, pinned = level_of(judging.candidate.axes, axis), level_of(axes, axis)
        if own is not None and pinned is not None and own < pinned:
            return _Reference(axes=axes, version=pin.version, is_pin=True)
    earlier = regressed_from(judging, axis)
    if earlier is None:
        return None
    return _Reference(axes=earlier.axes, version=earlier.version, is_pin=False)


def _pin_binds(judging: Judging) -> bool:
    """Return whether the candidate came after what is pinned: in its line, or in a newer one.

    An older line, and an older version of the same, is judged by the registry's history alone.
    The pinned version itself has events of its own (`history-rewritten`).
    """
    pin = judging.candidate.pin
    if pin is None or pin.version == judging.candidate.version:
        return False
    pinned_at = judging.lines.moment_of(pin.version)
    if pinned_at is not None and judging.published is not None and judging.published < pinned_at:
        return False
    line = line_of(pin.version)
    return line == judging.line or line.rank < judging.line.rank


def _regression(
    judging: Judging, axis: Axis, reference: _Reference, *, has_other_sign: bool
) -> DriftEvent:
    severity = _worst(judging, axis, reference)
    if not (reference.is_pin or _is_accompanied(judging, has_other_sign=has_other_sign)):
        severity = min(severity, judging.settings.lone_regression)
    severity = judging.in_vouched_context(severity)
    if reference.is_pin and judging.freshness is Freshness.STALE:
        # The project agreed to more: age does not make it agree to less.
        severity = EventSeverity.WARN
    which = f"{reference.version}, which is pinned," if reference.is_pin else reference.version
    return judging.event(
        _EVENTS[axis],
        severity,
        f"published {_how(judging, (axis,))}: {which} was published "
        f"{phrase_of_level(reference.axes, axis)}",
        about=About.LINE,
        before=words_of_level(reference.axes, axis),
        after=_after(judging, axis),
        since=reference.version,
        release=judging.ways_out(*_WAYS[axis]),
        until=judging.fresh_until,
    )


def _is_accompanied(judging: Judging, *, has_other_sign: bool) -> bool:
    """Return whether a step down counts in full: it is not alone, or the package is critical."""
    return has_other_sign or judging.candidate.is_critical or _is_stranger(judging)


def _worst(judging: Judging, axis: Axis, reference: _Reference) -> EventSeverity:
    """Return the severity of a step down that is fresh."""
    if axis is Axis.APPROVAL:
        return EventSeverity.ERROR if judging.candidate.is_critical else EventSeverity.WARN
    if axis is Axis.AUTH and level_of(reference.axes, axis) == 1:
        return EventSeverity.WARN  # A person's second factor, and no trusted publisher.
    return EventSeverity.ERROR


def _line_below(
    judging: Judging, axes: tuple[Axis, ...], *, is_anomalous: bool, has_other_sign: bool
) -> DriftEvent | None:
    own = judging.candidate.axes
    asked = tuple(axis for axis in axes if can_be_less(own, axis))
    expected = package_expectation(judging, asked) if asked else None
    if expected is None:
        return None
    below = [axis for axis, level in expected.levels.items() if (level_of(own, axis) or 0) < level]
    if not below:
        return None
    severity = _ladder(
        judging, expected, below, is_anomalous=is_anomalous, has_other_sign=has_other_sign
    )
    if severity is None:
        return None
    before = ", ".join(_level_words(axis, expected.levels[axis]) for axis in below)
    return judging.event(
        EventId.LINE_BELOW_PACKAGE,
        judging.in_vouched_context(severity),
        f"published {_how(judging, below)}: {expected.last.version} and others of {expected.line} "
        f"were published {' and '.join(_phrases(expected, below))}",
        about=About.LINE,
        before=before,
        after=", ".join(_after(judging, axis) for axis in below),
        since=expected.last.version,
        release=judging.ways_out("a tag of this version in its repository"),
        until=judging.fresh_until,
    )


def _ladder(
    judging: Judging,
    expected: PackageExpectation,
    below: list[Axis],
    *,
    is_anomalous: bool,
    has_other_sign: bool,
) -> EventSeverity | None:
    """Return how bad a fresh version is whose line proves less than the package (§6.3.2, §6.3.3).

    A prerelease is at most looked at. An older line is held only with something else against it:
    backports by hand are usual. A new line is held as a release of the line before would be. A line
    that went its own way for longer than a window is compared with itself alone.
    """
    is_prerelease = judging.line.is_prerelease
    if below == [Axis.APPROVAL] or is_prerelease:
        is_critical = judging.candidate.is_critical and not is_prerelease
        return EventSeverity.ERROR if is_critical else EventSeverity.WARN
    if expected.line.rank > judging.line.rank:
        is_odd = is_anomalous or _is_stranger(judging)
        return EventSeverity.ERROR if is_odd else EventSeverity.WARN
    if not is_new_line(judging):
        return None
    if _is_accompanied(judging, has_other_sign=has_other_sign):
        return EventSeverity.ERROR
    return judging.settings.lone_regression


def _is_stranger(judging: Judging) -> bool:
    """Return whether who published, or approved, was not seen in the line for two years.

    A line without a release in that time knows nobody: then the package's releases are asked
    (semver 5.7.2 came four years after 5.7.1, by a maintainer of the 7.x releases).
    """
    row = judging.row
    users = () if row is None else (row.user, row.approver)
    names = {name for name in users if name is not None}
    if not names:
        return False
    is_strange = _is_strange_to_line(judging, names)
    if is_strange is None:
        accounts, start = judging.accounts()
        order = judging.lines.package_order(is_timed=judging.published is not None)
        is_strange = _is_strange_to(judging, names, accounts, order, start)
    return bool(is_strange)


def _is_strange_to_line(judging: Judging, names: set[str]) -> bool | None:
    """Return whether the line does not know all of `names`; None: it knows nobody."""
    version, lines = judging.candidate.version, judging.lines
    start = lines.place_before(version)
    if start is None:
        seen = _names_since(judging, judging.earlier(lines.before(version)))
        return not names <= seen if seen else None
    accounts = judging.backdrop.accounts_of_line(version)
    return _is_strange_to(judging, names, accounts, lines.line_order(version), start)


def _is_strange_to(
    judging: Judging,
    names: set[str],
    accounts: Accounts,
    order: Sequence[tuple[object, str]],
    start: int,
) -> bool | None:
    """Return the same of an order, timed where the candidate is, from a place on."""
    end, published = len(order), judging.published
    if published is not None:
        known, moment_of = judging.settings.known_seconds, judging.lines.moment_of

        def is_long_before(entry: tuple[object, str]) -> bool:
            at = moment_of(entry[1])
            return at is not None and published - at > known

        end = bisect_left(order, True, lo=start, key=is_long_before)  # noqa: FBT003 - what is looked for
    if not accounts.is_any_named(start, end):
        return None
    return not accounts.are_all_named(names, start, end)


def _names_since(judging: Judging, releases: Iterator[Earlier]) -> set[str | None]:
    seen: set[str | None] = set()
    for earlier in releases:
        at, known = earlier.published, judging.settings.known_seconds
        if at is not None and judging.published is not None and judging.published - at > known:
            break
        seen |= {earlier.row.user, earlier.row.approver} - {None}
    return seen


def _upgraded(judging: Judging) -> DriftEvent | None:
    own = judging.candidate.axes
    rises = []
    for axis in Axis:
        earlier = _replaced(judging, axis) or rose_from(judging, axis)
        if earlier is not None:
            rises.append((axis, earlier))
    if not rises:
        return None
    before = ", ".join(words_of_level(earlier.axes, axis) for axis, earlier in rises)
    after = ", ".join(words_of_level(own, axis) for axis, _ in rises)
    since = rises[0][1].version
    return judging.event(
        EventId.UPGRADED,
        EventSeverity.INFO,
        f"published {' and '.join(phrase_of_level(own, axis) for axis, _ in rises)}: {since} was "
        f"published {' and '.join(phrase_of_level(one.axes, axis) for axis, one in rises)}",
        about=About.LINE,
        before=before,
        after=after,
        since=since,
    )


def _replaced(judging: Judging, axis: Axis) -> Earlier | None:
    """Return the version that the candidate takes the place of, if it proved less."""
    replaces = judging.candidate.replaces
    if replaces is None:
        return None
    own = level_of(judging.candidate.axes, axis)
    for earlier in judging.earlier((replaces,)):
        level = level_of(earlier.axes, axis)
        if own is not None and level is not None and level < own:
            return earlier
    return None


def _after(judging: Judging, axis: Axis) -> str:
    """Return what the candidate has, with who: another person is another acceptance."""
    words = words_of_level(judging.candidate.axes, axis)
    user = None if judging.row is None else judging.row.user
    return words if user is None else f"{words} by {user}"


def _how(judging: Judging, axes: Sequence[Axis]) -> str:
    """Return `with a token and with no provenance, by alice`."""
    user = None if judging.row is None else judging.row.user
    phrases = [phrase_of_level(judging.candidate.axes, axis) for axis in axes]
    return " and ".join(phrases) + ("" if user is None else f", by {quoted(user)}")


def _phrases(expected: PackageExpectation, below: Sequence[Axis]) -> list[str]:
    words = (_level_words(axis, expected.levels[axis]) for axis in below)
    return [
        f"by {word}" if axis is Axis.AUTH else f"with {word}"
        for axis, word in zip(below, words, strict=True)
    ]


def _level_words(axis: Axis, level: int) -> str:
    match axis:
        case Axis.AUTH:
            return "a trusted publisher" if level > 1 else "a person's second factor"
        case Axis.ORIGIN:
            return "provenance"
        case Axis.APPROVAL:
            return "an approval"
