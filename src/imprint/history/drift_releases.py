"""Events of a release that is not as releases of its line are: what it brings, how it came.

They need nothing but the packument, and work where trust metadata is perfect (facts: consumers
§0.6: TanStack and keyv had valid provenance). What is new counts as new until it has been there
for as long as a release is fresh: a second bad release an hour later does not make it usual.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from typing import TYPE_CHECKING

from imprint.history.backdrops import exotic_name
from imprint.history.drift_dependencies import newborn_events
from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.history.judging import Freshness, day_of, duration_words
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.history.earlier import Earlier
    from imprint.history.events import DriftEvent
    from imprint.history.judging import Judging
    from imprint.history.publications import Publication

_JUMP_FACTOR = 3
_JUMP_BYTES = 500_000
_BURST_SECONDS = 15 * 60.0
_BURST_SIBLINGS = 5
_KIBIBYTE = 1024
_NAMED_IN_MESSAGE = 3


def release_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield the anomalies of a release."""
    row = judging.row
    if row is None:
        return
    references = _references(judging)
    if references:
        yield from _exotic(judging, row, references)
        yield from _size(judging, row, references)
        yield from newborn_events(judging, row, references)
    yield from _scripts(judging, row, references)
    yield from _burst(judging)


def young_events(judging: Judging) -> Iterator[DriftEvent]:
    """Say that a version is younger than the cooldown, and until when that holds it."""
    published, cooldown = judging.published, judging.settings.cooldown_seconds
    if published is None or judging.now >= published + cooldown or judging.row is None:
        return
    yield judging.event(
        EventId.RELEASE_TOO_YOUNG,
        EventSeverity.ERROR,
        f"published {duration_words(judging.now - published)} ago: versions are held for "
        f"{duration_words(cooldown)}",
        about=About.VERSION,
        release="age, or that it fixes an advisory, or an acceptance",
        until=published + cooldown,
    )


def _references(judging: Judging) -> tuple[Earlier, ...]:
    """Return the releases that have nothing that came with the candidate's own time.

    Those of the line from the fresh time before it, and the one before these; of a line without
    any, the release before it in the package.
    """
    recent, published = judging.recent, judging.published
    if not recent:
        return tuple(islice(judging.whole_package(), 1))
    if published is None:
        return recent[:1]
    fresh_seconds = judging.settings.fresh_seconds

    def is_before(earlier: Earlier) -> bool:
        at = earlier.row.published
        return at is None or published - at > fresh_seconds

    if judging.window.is_timed:
        near = bisect_left(recent, True, key=is_before)  # noqa: FBT003 - what is looked for
    else:
        near = next((place for place, one in enumerate(recent) if is_before(one)), len(recent))
    return recent[: near + 1]


def _lacking(references: tuple[Earlier, ...], lacks: Callable[[Earlier], bool]) -> Earlier | None:
    """Return the newest reference that lacks something; None: it is not new."""
    return next((earlier for earlier in references if lacks(earlier)), None)


def _exotic(
    judging: Judging, row: Publication, references: tuple[Earlier, ...]
) -> Iterator[DriftEvent]:
    lacking = _lacking_exotic(frozenset(map(exotic_name, row.exotic_dependencies)), references)
    for dependency in row.exotic_dependencies:
        since = lacking.get(exotic_name(dependency))
        if since is None:
            continue
        yield judging.event(
            EventId.RELEASE_EXOTIC_DEPENDENCY_ADDED,
            EventSeverity.ERROR,
            f"depends on {quoted(dependency)}, which is from no registry: {since.version} did not",
            about=About.PACKAGE,
            after=dependency,
            since=since.version,
            release="a release without it, or an acceptance",
        )


def _lacking_exotic(names: frozenset[str], references: tuple[Earlier, ...]) -> dict[str, Earlier]:
    """Return the newest reference without each of `names`, of those that some reference lacks."""
    found: dict[str, Earlier] = {}
    looked_at = None
    for earlier in references:
        if not names:
            break
        if earlier.exotic is looked_at:
            continue  # Most releases have what the one before had.
        looked_at = earlier.exotic
        lacks = names - looked_at
        found |= dict.fromkeys(lacks, earlier)
        names -= lacks
    return found


def _scripts(
    judging: Judging, row: Publication, references: tuple[Earlier, ...]
) -> Iterator[DriftEvent]:
    scripts = set(row.install_scripts)
    if not scripts:
        return
    since = _lacking(references, lambda earlier: not scripts.issubset(earlier.row.install_scripts))
    if since is None:
        yield from _scripts_of_new_package(judging, row)
        return
    added = ", ".join(sorted(scripts - set(since.row.install_scripts)))
    yield judging.event(
        EventId.RELEASE_INSTALL_SCRIPT_ADDED,
        judging.in_context(EventSeverity.ERROR),
        f"runs {quoted(added)} at installation: {since.version} did not",
        about=About.PACKAGE,
        after=added,
        since=since.version,
        release=judging.ways_out("a release without it"),
        until=judging.fresh_until,
    )


def _scripts_of_new_package(judging: Judging, row: Publication) -> Iterator[DriftEvent]:
    """Say that a package runs something when it is installed that nobody has lived with yet.

    It has no release without the script to be compared with, and so would be quiet for good: names
    for confusion were out for months (facts: incidents §2.3, sl4x0). What counts is the package's
    age and not the version's, under review or not.
    """
    born = judging.candidate.history.first_published
    if born is None or judging.now >= (until := born + judging.settings.fresh_seconds):
        return
    scripts = ", ".join(sorted(row.install_scripts))
    yield judging.event(
        EventId.RELEASE_INSTALL_SCRIPT_ADDED,
        EventSeverity.ERROR,
        f"runs {quoted(scripts)} at installation, as a package that is new: its first release was "
        f"on {day_of(born)}",
        about=About.PACKAGE,
        after=scripts,
        release=judging.ways_out(f"the package's age, on {day_of(until)}", with_age=False),
        until=until,
    )


def _size(
    judging: Judging, row: Publication, references: tuple[Earlier, ...]
) -> Iterator[DriftEvent]:
    size = row.unpacked_bytes
    if size is None or size < _JUMP_BYTES:
        return
    most = min(size // _JUMP_FACTOR, size - _JUMP_BYTES)
    for since in references:
        before = since.row.unpacked_bytes
        if before is not None and before <= most:
            break
    else:
        return
    yield judging.event(
        EventId.RELEASE_SIZE_JUMP,
        judging.in_context(EventSeverity.WARN),
        f"unpacks to {size // _KIBIBYTE} KiB: {since.version} to {before // _KIBIBYTE} KiB",
        about=About.LINE,
        since=since.version,
        release=judging.ways_out("a look at what it brings"),
        until=judging.fresh_until,
    )


def _burst(judging: Judging) -> Iterator[DriftEvent]:
    """Say that a line and many siblings were published within minutes: never one of it alone."""
    siblings = judging.candidate.burst_of
    if len(siblings) < _BURST_SIBLINGS or not _has_twin(judging):
        return
    named = ", ".join(quoted(name) for name in siblings[:_NAMED_IN_MESSAGE])
    yield judging.event(
        EventId.RELEASE_BURST,
        judging.in_context(EventSeverity.WARN),
        f"one of several releases within 15 minutes, as of {len(siblings)} other packages of the "
        f"publisher: {named}, …",
        about=About.VERSION,
        release=judging.ways_out(),
        until=judging.fresh_until,
    )


def _has_twin(judging: Judging) -> bool:
    """Return whether the line has another publication within minutes, before or after."""
    published = judging.published
    if published is None:
        return False
    moments = (
        judging.lines.moment_of(version)
        for version in judging.lines.newest_first(judging.line)
        if version != judging.candidate.version
    )
    return any(at is not None and abs(at - published) <= _BURST_SECONDS for at in moments)


def has_anomaly(judging: Judging, events: list[DriftEvent]) -> bool:
    """Return whether anything about a fresh release is more than told of (facts: §6.3.2)."""
    return judging.freshness is not Freshness.STALE and any(
        event.severity > EventSeverity.INFO and event.id in _ANOMALIES for event in events
    )


_ANOMALIES = frozenset(
    {
        EventId.RELEASE_EXOTIC_DEPENDENCY_ADDED,
        EventId.RELEASE_INSTALL_SCRIPT_ADDED,
        EventId.RELEASE_SIZE_JUMP,
        EventId.RELEASE_NEWBORN_DEPENDENCY,
        EventId.PUBLISHER_USER_EMAIL_CHANGED,
    }
)
