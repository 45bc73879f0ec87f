"""Drift: every event of one version, and what it needs looking at for them.

The taxonomy, its severities and the rules against false alarms are those of facts: consumers §6.3
and §6.4. Unknown is never compared: a registry that strips a field causes no event. Not here: what
an event does (`policy/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.drift_accounts import account_events
from imprint.history.drift_broken import broken_events, signature_events, taken_back_events
from imprint.history.drift_evidence import evidence_events
from imprint.history.drift_publishers import publisher_events
from imprint.history.drift_releases import has_anomaly, release_events, young_events
from imprint.history.drift_source import has_other_sign, source_events, with_two_signs
from imprint.history.events import EventId
from imprint.history.judging import DriftSettings, Judging
from imprint.history.lines import Lines, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.axes import Carries
    from imprint.history.candidates import Candidate
    from imprint.history.events import DriftEvent
    from imprint.history.publications import PackageHistory

__all__ = ["DriftSettings", "comparisons_of", "drift_of", "next_change"]

_ORDER = {id_: position for position, id_ in enumerate(EventId)}
_ABSORBING = 2
_MOST_COMPARED = 5


def drift_of(
    candidate: Candidate, *, now: float, settings: DriftSettings
) -> tuple[DriftEvent, ...]:
    """Return everything about a version that is not as it was, or not as releases are.

    The worst first. Pure and total: the same candidate at the same `now` (Unix seconds) has the
    same events.
    """
    judging = Judging.of(candidate, now=now, settings=settings)
    events = [
        *broken_events(judging),
        *taken_back_events(judging),
        *signature_events(judging),
        *publisher_events(judging),
        *account_events(judging),
        *source_events(judging),
        *release_events(judging),
        *young_events(judging),
    ]
    events += evidence_events(
        judging,
        is_anomalous=has_anomaly(judging, events),
        has_other_sign=has_other_sign(judging, events),
    )
    return tuple(
        sorted(with_two_signs(events), key=lambda event: (-event.severity, _ORDER[event.id]))
    )


def next_change(candidate: Candidate, now: float, settings: DriftSettings) -> float | None:
    """Return when `drift_of` may be another by itself, Unix seconds; None: never."""
    published = moment_of(candidate.history, candidate.version)
    if published is None:
        return None
    ends = [published + settings.cooldown_seconds, published + settings.tagged_seconds]
    if not candidate.is_introduced:
        ends.append(published + settings.fresh_seconds)
    born, row = candidate.history.first_published, candidate.history.publication(candidate.version)
    if born is not None and row is not None and row.install_scripts:
        ends.append(born + settings.fresh_seconds)
    return min((end for end in ends if end > now), default=None)


def comparisons_of(history: PackageHistory, version: str, carries: Carries) -> tuple[str, ...]:
    """Return the versions whose verified identity says whether `version`'s publisher is another.

    The last of its line that have provenance, as many as absorb a change and one more; the last of
    before the window; the last that had another configuration of the trusted publisher. Of a line
    without any: the last of the newest other line. At most five, the newest first.
    """
    if not carries.attestations:
        return ()
    lines = Lines(history)
    other = lines.stable_before(version)
    found = _worth_comparing(history, lines, version, lines.before(version))
    if found or other is None:
        return found
    return _worth_comparing(history, lines, version, lines.before(version, line=other))


def _worth_comparing(
    history: PackageHistory, lines: Lines, version: str, earlier: Iterator[str]
) -> tuple[str, ...]:
    """Return those of `earlier`, which is newest first, that have provenance and tell something."""
    published, own = lines.moment_of(version), history.publication(version)
    configuration = None if own is None else own.configuration_id
    found: list[str] = []
    for row in filter(None, map(history.publication, earlier)):
        if row.provenance_type is None or not row.has_attestations:
            continue
        is_old = (
            published is None
            or row.published is None
            or (published - row.published > DriftSettings().window_seconds)
        )
        is_other = configuration is not None and row.configuration_id not in {None, configuration}
        if len(found) < _ABSORBING + 1 or is_other or is_old:
            found.append(row.version)
        if len(found) > _ABSORBING and (is_other or is_old):
            break
    return tuple(found[:_MOST_COMPARED])
