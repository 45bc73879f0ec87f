"""Events of what is broken, of the registry's signature, and of history that was taken back.

What is broken is an error always, and never accepted (facts: consumers §6.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.axes import Axes, Origin, Signature
from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.history.levels import Axis, level_of, words_of_level
from imprint.npm.integrity import parse_sri
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.events import DriftEvent
    from imprint.history.judging import Judging
    from imprint.history.pins import Pin
    from imprint.history.publications import Publication


def broken_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield what fails to verify, or is other bytes than those that are locked."""
    for id_, message in _broken(judging).items():
        yield judging.event(id_, EventSeverity.ERROR, message, about=About.VERSION)


def taken_back_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield that the registry no longer says what it said: of the version, or at all."""
    candidate, row = judging.candidate, judging.row
    if row is None:
        if candidate.version not in candidate.history.unreadable:
            yield judging.event(
                EventId.RELEASE_UNPUBLISHED,
                EventSeverity.ERROR,
                "the registry has no such version: taken down, withheld by a gate, or never there",
                about=About.VERSION,
                release="another version",
            )
        return
    rewritten = _rewritten(judging, row)
    if rewritten is not None:
        yield judging.event(
            EventId.HISTORY_REWRITTEN,
            EventSeverity.ERROR,
            rewritten,
            about=About.VERSION,
            release="the registry's word on what happened, or an acceptance",
        )


def signature_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield what is odd about the registry's signature, short of its being wrong."""
    row, candidate = judging.row, judging.candidate
    if row is None:
        return
    if candidate.axes.signature is Signature.ABSENT:
        always = candidate.registry_signs_all
        yield judging.event(
            EventId.SIGNATURE_MISSING,
            EventSeverity.ERROR if always else EventSeverity.INFO,
            "the registry signs versions, and has not signed this one",
            about=About.PACKAGE,
        )
    own = _key_ids(row)
    keys = candidate.registry_keys
    is_unknown = bool(own) and keys is not None and not own & keys
    earlier = next((one for one in judging.recent if one.row.signatures), None) if own else None
    if earlier is not None and not own & _key_ids(earlier.row):
        yield _key_event(
            judging,
            EventId.SIGNATURE_KEY_CHANGED,
            EventSeverity.WARN if is_unknown else EventSeverity.INFO,
            f"signed by another key of the registry than {earlier.version}"
            + (", which the registry does not publish" if is_unknown else ""),
            _key_ids(earlier.row),
        )
    elif is_unknown:
        yield _key_event(
            judging,
            EventId.SIGNATURE_KEY_UNKNOWN,
            EventSeverity.WARN,
            f"signed by {_named(own)}, which the registry does not publish",
            frozenset(),
        )


def _key_event(
    judging: Judging,
    id_: EventId,
    severity: EventSeverity,
    message: str,
    before: frozenset[str],
) -> DriftEvent:
    row = judging.row
    return judging.event(
        id_,
        severity,
        message,
        about=About.PACKAGE,
        before=", ".join(sorted(before)) or None,
        after=None if row is None else ", ".join(sorted(_key_ids(row))),
        release="the registry's keys anew, or an acceptance",
    )


def _broken(judging: Judging) -> dict[EventId, str]:
    candidate, axes = judging.candidate, judging.candidate.axes
    found = dict(candidate.broken)
    if axes.signature is Signature.INVALID:
        found.setdefault(EventId.SIGNATURE_INVALID, "the registry's signature does not verify")
    elif axes.signature is Signature.EXPIRED_KEY:
        found.setdefault(
            EventId.SIGNATURE_INVALID, "the registry's key had expired when this was published"
        )
    if axes.origin is Origin.INVALID and EventId.ATTESTATION_SUBJECT_MISMATCH not in found:
        found.setdefault(EventId.ATTESTATION_INVALID, "an attestation does not verify")
    row, locked = judging.row, candidate.locked_integrity
    if row is not None and locked is not None and not _was_pinned(judging):
        is_other = _differs(_digests(locked), _digests_of(row))
        if is_other:
            found.setdefault(
                EventId.INTEGRITY_MISMATCH,
                f"the lockfile has {quoted(locked)}: the registry has "
                f"{quoted(row.integrity or row.shasum or '')}",
            )
    return found


def _was_pinned(judging: Judging) -> bool:
    """Whether the project had agreed to what is locked: then it is the registry that changed."""
    pin, locked = judging.candidate.pin, judging.candidate.locked_integrity
    return (
        pin is not None
        and pin.version == judging.candidate.version
        and pin.integrity is not None
        and locked is not None
        # One digest alone: of several that are locked, clients take bytes of any.
        and [word[: len(pin.integrity)] for word in locked.split()] == [pin.integrity]
    )


def _rewritten(judging: Judging, row: Publication) -> str | None:
    pin = judging.candidate.pin
    if pin is None or pin.version != judging.candidate.version:
        return None
    if (
        pin.integrity is not None
        and row.integrity is not None
        and not row.integrity.startswith(pin.integrity)
        and _algorithm(pin.integrity) == _algorithm(row.integrity)
    ):
        return f"the registry has other bytes than were pinned: {quoted(row.integrity)}"
    return _lost(judging, pin)


def _lost(judging: Judging, pin: Pin) -> str | None:
    pinned = Axes(auth=pin.auth, approval=pin.approval, origin=pin.origin)
    for axis in Axis:
        before, now = level_of(pinned, axis), level_of(judging.candidate.axes, axis)
        if before is not None and now is not None and now < before:
            return (
                f"the registry says {words_of_level(judging.candidate.axes, axis)} of it: "
                f"{words_of_level(pinned, axis)} was pinned"
            )
    return None


def _digests(text: str) -> dict[str, set[bytes]]:
    found: dict[str, set[bytes]] = {}
    try:
        for algorithm, digest in parse_sri(text):
            found.setdefault(algorithm, set()).add(digest)
    except Malformed:
        return {}
    return found


def _digests_of(row: Publication) -> dict[str, set[bytes]]:
    found = {} if row.integrity is None else _digests(row.integrity)
    if row.shasum is not None:
        found |= {} if "sha1" in found else _digests_of_shasum(row.shasum)
    return found


def _digests_of_shasum(shasum: str) -> dict[str, set[bytes]]:
    try:
        return {"sha1": {bytes.fromhex(shasum)}}
    except ValueError:
        return {}


def _differs(locked: dict[str, set[bytes]], published: dict[str, set[bytes]]) -> bool:
    """Return whether a digest is locked that the registry has not, by an algorithm of both.

    Of several that are locked, clients take bytes of any.
    """
    return any(not locked[name] <= published[name] for name in locked.keys() & published.keys())


def _key_ids(row: Publication) -> frozenset[str]:
    return frozenset(key_id for key_id, _ in row.signatures)


def _named(key_ids: frozenset[str]) -> str:
    return ", ".join(quoted(key_id) for key_id in sorted(key_ids))


def _algorithm(integrity: str) -> str:
    return integrity.partition("-")[0]
