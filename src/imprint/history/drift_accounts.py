"""Events of the registry's accounts: who published by its word, and by which configuration.

All of it is unsigned, and free: it stands in the packument (facts: consumers §6.4).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from imprint.history.accounts import folded
from imprint.history.axes import Approval, Auth
from imprint.history.drift_publishers import same_repository_and_owner
from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.history.judging import Absorbing
from imprint.history.levels import Axis, level_of
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.history.accounts import Same
    from imprint.history.earlier import Earlier
    from imprint.history.events import DriftEvent
    from imprint.history.judging import Judging
    from imprint.history.publications import Publication

_NAMED_IN_MESSAGE = 3
_FEW_BEFORE = 64
"""Of the whole package, looked at one by one before all of it is read: mostly they tell already."""


def account_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield what is new about the accounts behind a version."""
    row = judging.row
    if row is None:
        return
    yield from _new_user(judging, row)
    yield from _changed_email(judging, row)
    yield from _added_maintainers(judging, row)
    yield from _changed_configuration(judging, row)


def _new_user(judging: Judging, row: Publication) -> Iterator[DriftEvent]:
    """Say that nobody of this name published before: for a trusted publisher that is an upgrade."""
    if row.user is None or _is_usual(judging, judging.recent, row.user):
        return
    if _is_usual(judging, _newest(judging), row.user):
        return
    accounts, start = judging.accounts()
    if _is_absorbed(judging, accounts.by(row.user, start)):
        return
    if not accounts.has_other(row.user, start):
        return
    axes = judging.candidate.axes
    is_upgrade = axes.auth is Auth.OIDC or axes.approval is Approval.STAGED or _auth_rose(judging)
    severity = EventSeverity.INFO if is_upgrade else EventSeverity.WARN
    yield judging.event(
        EventId.PUBLISHER_USER_NEW,
        judging.in_vouched_context(severity),
        f"published by {quoted(row.user)}, who had not published this package before",
        about=About.PACKAGE,
        after=row.user,
        release=judging.ways_out("a tag of this version in its repository"),
        until=judging.fresh_until,
    )


def _is_usual(judging: Judging, releases: Iterable[Earlier], user: str) -> bool:
    """Return whether `user` published often, or long, enough before to be known for it."""
    absorbing = Absorbing(judging)
    return any(
        earlier.row.user == user and absorbing.add(earlier.row.published) for earlier in releases
    )


def _newest(judging: Judging) -> Iterator[Earlier]:
    """Return a few before the candidate: what is so of them is so of the whole package.

    Who judges one version of each package reads no more rows than these.
    """
    return islice(judging.whole_package(), _FEW_BEFORE)


def _is_absorbed(judging: Judging, same: Same) -> bool:
    oldest = None if same.oldest is None else same.oldest.published
    return judging.is_absorbed_since(oldest, count=same.count)


def _auth_rose(judging: Judging) -> bool:
    own, levels = level_of(judging.candidate.axes, Axis.AUTH), judging.window.levels[Axis.AUTH]
    last = levels.first()
    return last is not None and own is not None and own > levels.column[last]


def _changed_email(judging: Judging, row: Publication) -> Iterator[DriftEvent]:
    """Say that the same account has another address: how axios' was taken over (2026-03-31)."""
    if row.email is None or row.user is None or judging.candidate.axes.auth is Auth.OIDC:
        return
    email = folded(row.email)
    for releases in (judging.recent, _newest(judging)):
        absorbing = Absorbing(judging)
        for earlier in releases:
            before = earlier.row.email
            if before is None or earlier.row.user != row.user:
                continue
            if before != row.email and folded(before) != email:
                yield _email_event(judging, row, earlier)
                return
            if absorbing.add(earlier.row.published):
                return
    accounts, start = judging.accounts()
    same = accounts.email_of(row.user, email, start)
    if same.other is not None and not _is_absorbed(judging, same):
        yield _email_event(judging, row, same.other)


def _email_event(judging: Judging, row: Publication, earlier: Earlier) -> DriftEvent:
    return judging.event(
        EventId.PUBLISHER_USER_EMAIL_CHANGED,
        judging.in_vouched_context(EventSeverity.WARN),
        f"the e-mail address of {quoted(row.user or '')} is now {quoted(row.email or '')}: with "
        f"{earlier.version} it was {quoted(earlier.row.email or '')}",
        about=About.PACKAGE,
        before=folded(earlier.row.email or ""),
        after=folded(row.email or ""),
        since=earlier.version,
        release=judging.ways_out("a tag of this version in its repository"),
        until=judging.fresh_until,
    )


def _added_maintainers(judging: Judging, row: Publication) -> Iterator[DriftEvent]:
    earlier = next(iter(judging.recent), None)
    if earlier is None or not earlier.row.maintainers:
        return
    added = sorted(set(row.maintainers) - set(earlier.row.maintainers))
    if not added:
        return
    named = ", ".join(quoted(name) for name in added[:_NAMED_IN_MESSAGE])
    more = len(added) - _NAMED_IN_MESSAGE
    yield judging.event(
        EventId.MAINTAINER_ADDED,
        EventSeverity.INFO,
        f"maintainers since {earlier.version}: {named}" + (f" and {more} more" if more > 0 else ""),
        about=About.PACKAGE,
        after=", ".join(added),
        since=earlier.version,
    )


def _changed_configuration(judging: Judging, row: Publication) -> Iterator[DriftEvent]:
    """Say that the trusted publisher's configuration was replaced: its id never changes else."""
    own = row.configuration_id
    if own is None:
        return
    pin = judging.candidate.pin
    if pin is not None and pin.configuration_id is not None:
        if pin.configuration_id != own:
            yield _configuration_event(judging, own, pin.configuration_id, pin.version)
        return
    for releases in (judging.recent, _newest(judging)):
        absorbing = Absorbing(judging)
        for earlier in releases:
            before = earlier.row.configuration_id
            if before is None:
                continue
            if before != own:
                yield _configuration_event(judging, own, before, earlier.version)
                return
            if absorbing.add(earlier.row.published):
                return
        if absorbing.count and releases is judging.recent:
            return  # Only a line without any is compared with the package.
    accounts, start = judging.accounts()
    same = accounts.configured_as(own, start)
    other = None if same.other is None else same.other.row.configuration_id
    if same.other is not None and other is not None and not _is_absorbed(judging, same):
        yield _configuration_event(judging, own, other, same.other.version)


def _configuration_event(judging: Judging, own: str, before: str, since: str) -> DriftEvent:
    candidate = judging.candidate
    pin = candidate.pin
    was = candidate.identities.get(since)
    if was is None and pin is not None and pin.version == since:
        was = pin.identity
    is_same = (
        candidate.identity is not None
        and was is not None
        and same_repository_and_owner(candidate.identity, was)
    )
    severity = EventSeverity.INFO if is_same else EventSeverity.WARN
    return judging.event(
        EventId.PUBLISHER_CONFIG_CHANGED,
        judging.in_vouched_context(severity),
        f"the trusted publisher's configuration was replaced since {since}"
        + (": the repository and its owner are the same" if is_same else ""),
        about=About.PACKAGE,
        before=before,
        after=own,
        since=since,
        release=judging.ways_out("provenance from the same repository and owner"),
        until=judging.fresh_until,
    )
