"""Events of a version's source repository: what it says, and what is found there.

The strong signal that nobody ships (facts: incidents §1.3): of 201 malicious versions 185 had no
tag. It lags, since many flows tag after publishing: a tag is missed at the end of the cooldown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from imprint.attestations.repositories import normalise_address
from imprint.history.candidates import Found
from imprint.history.drift_publishers import known_before
from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.attestations.repositories import RepositoryAddress
    from imprint.history.candidates import SourceStanding
    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity
    from imprint.history.judging import Judging


def source_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield what a version's source repository has against it."""
    yield from _mismatch(judging)
    source = judging.candidate.source
    if source is not None:
        yield from _tag(judging, source)
        yield from _commit(judging, source)
        yield from _run(judging, source)


def with_two_signs(events: Sequence[DriftEvent]) -> list[DriftEvent]:
    """Return the events, a missing tag as an error where something else is to be looked at too.

    One weak sign holds nothing: releases without a tag are 3 of 100, and so are other signs of
    harmless releases. Two of different kinds on one fresh version are what attacks have.
    """
    others = [
        event
        for event in events
        if event.severity > EventSeverity.INFO and event.id not in _NO_SECOND_SIGN
    ]
    return [
        replace(event, severity=EventSeverity.ERROR)
        if others and event.id is EventId.SOURCE_TAG_MISSING and event.severity > EventSeverity.INFO
        else event
        for event in events
    ]


def has_other_sign(judging: Judging, events: Sequence[DriftEvent]) -> bool:
    """Return whether anything but its evidence speaks against a fresh version.

    One of `events` that is more than told of, a missing tag among them; or that it would run code
    by being installed: what it is worth to publish with a stolen token.
    """
    row = judging.row
    return (row is not None and bool(row.install_scripts)) or any(
        event.severity > EventSeverity.INFO
        and (event.id is EventId.SOURCE_TAG_MISSING or event.id not in _NO_SECOND_SIGN)
        for event in events
    )


_NO_SECOND_SIGN = frozenset(
    {EventId.SOURCE_TAG_MISSING, EventId.RELEASE_TOO_YOUNG, EventId.SIGNATURE_KEY_UNKNOWN}
)


def _tag(judging: Judging, source: SourceStanding) -> Iterator[DriftEvent]:
    published = judging.published
    is_early = published is not None and (judging.now < published + judging.settings.tagged_seconds)
    if source.tag is not Found.NO or is_early:
        return
    yield judging.event(
        EventId.SOURCE_TAG_MISSING,
        judging.in_context(EventSeverity.WARN),
        f"no tag or release of this version at {quoted(source.looked_at or 'its repository')}",
        about=About.VERSION,
        release=judging.ways_out("a tag of this version in its repository"),
        until=judging.fresh_until,
    )


def _commit(judging: Judging, source: SourceStanding) -> Iterator[DriftEvent]:
    if source.commit_on_protected_branch is not Found.NO:
        return
    yield judging.event(
        EventId.SOURCE_COMMIT_UNPROTECTED,
        judging.in_context(EventSeverity.WARN),
        "the commit that provenance names is on no protected branch of its repository",
        about=About.VERSION,
        release=judging.ways_out("the commit on a protected branch"),
        until=judging.fresh_until,
    )


def _run(judging: Judging, source: SourceStanding) -> Iterator[DriftEvent]:
    """Say that the run failed, or another job signed: TanStack's token was stolen in a test job."""
    if source.run_succeeded is Found.NO:
        why = "the run that provenance names failed"
    elif source.is_publish_job is Found.NO:
        why = "another job than the one that publishes made the provenance"
    else:
        return
    yield judging.event(
        EventId.SOURCE_RUN_FAILED,
        judging.in_context(EventSeverity.ERROR),
        why,
        about=About.VERSION,
        release=judging.ways_out("a release of a run that succeeded"),
        until=judging.fresh_until,
    )


def _mismatch(judging: Judging) -> Iterator[DriftEvent]:
    identity, row = judging.candidate.identity, judging.row
    if identity is None or row is None or row.repository is None:
        return
    said, proved = normalise_address(row.repository), _address(identity)
    if said is None or proved is None or said == proved:
        return
    if said in _earlier_names(judging, identity):
        return  # Renamed: the same id, and the manifest has the name of before.
    severity = EventSeverity.ERROR if _is_swapped(judging, identity, said) else EventSeverity.WARN
    yield judging.event(
        EventId.SOURCE_MISMATCH,
        severity,
        f"package.json says `{said}`, and provenance `{proved}`",
        about=About.PACKAGE,
        before=str(said),
        after=str(proved),
        release=judging.ways_out(
            "a release whose `repository` is where it is built", with_age=False
        ),
    )


def _earlier_names(judging: Judging, identity: PublisherIdentity) -> set[RepositoryAddress | None]:
    known = [one.identity for one in known_before(judging)]
    return {
        _address(one)
        for one in known
        if one.repository_id is not None
        and one.repository_id == identity.repository_id
        and one.issuer == identity.issuer
    }


def _is_swapped(judging: Judging, identity: PublisherIdentity, said: RepositoryAddress) -> bool:
    """Return whether the manifest kept its repository while the certificate's became another."""
    earlier = next(iter(judging.recent), None)
    if earlier is None or earlier.row.repository is None:
        return False
    if normalise_address(earlier.row.repository) != said:
        return False
    before = next(iter(known_before(judging)), None)
    ids = {identity.repository_id, None if before is None else before.identity.repository_id}
    return None not in ids and len(ids) > 1


def _address(identity: PublisherIdentity) -> RepositoryAddress | None:
    """Return the repository of a certificate, at the forge that its run is at."""
    name = identity.repository
    if name is None:
        return None
    # GitHub's issuer is beside its forge, and an enterprise's below it: the run has its address.
    host = _host(identity.issuer if identity.provider == "gitlab" else identity.run or "")
    return normalise_address(f"https://{host}/{name}" if host else name)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
