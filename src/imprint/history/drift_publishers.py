"""Events of a publisher that is another, by verified certificates (facts: consumers §6.2, §6.4).

Ids decide. Where one side has none, as certificates of 2023 have not, it is unknown and no change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.history.events import EventId, EventSeverity
from imprint.history.fingerprints import About
from imprint.history.identities import repository_fingerprint
from imprint.history.refs import RISKY_TRIGGERS, RefClass, trigger_rank
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imprint.history.events import DriftEvent
    from imprint.history.identities import PublisherIdentity
    from imprint.history.judging import Judging


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An identity of before the candidate."""

    version: str
    published: float | None
    identity: PublisherIdentity


def publisher_events(judging: Judging) -> Iterator[DriftEvent]:
    """Yield how who published differs from who did before."""
    identity = judging.candidate.identity
    if identity is None:
        return
    before = known_before(judging)
    is_same_repository = True
    for found in (_issuer(judging, identity, before), _repository(judging, identity, before)):
        if found is not None:
            yield found
            is_same_repository = found.id is EventId.PUBLISHER_REPO_RENAMED
            if found.id is EventId.PUBLISHER_ISSUER_CHANGED:
                break  # Ids of another issuer are of another world.
    if is_same_repository:
        yield from _optional(_workflow(judging, identity, before))
    weakened = _ref(judging, identity, before)
    yield from _optional(weakened)
    yield from _optional(_runner(judging, identity, before))
    yield from _optional(_trigger(judging, identity, before, is_told=weakened is not None))


def known_before(judging: Judging) -> tuple[Known, ...]:
    """Return the identities to compare with, the newest first.

    What the project pinned, and nothing else, where it did; else those of the line; else those of
    the package, where the line has none.
    """
    candidate = judging.candidate
    pin = candidate.pin
    if pin is not None and pin.identity is not None:
        return (Known(version=pin.version, published=None, identity=pin.identity),)
    in_line = _of(judging, judging.lines.before(candidate.version))
    return (
        in_line or _of(judging, judging.lines.all_before(candidate.version)) or _replaced(judging)
    )


def compared_identity(judging: Judging, version: str) -> PublisherIdentity | None:
    """Return the verified identity of another version, where it is known."""
    return judging.candidate.identities.get(version)


def same_repository_and_owner(one: PublisherIdentity, other: PublisherIdentity) -> bool:
    """Return whether two identities are of one repository of one owner, by ids that both have."""
    return (
        one.issuer == other.issuer
        and one.repository_id is not None
        and one.repository_id == other.repository_id
        and one.owner_id is not None
        and one.owner_id == other.owner_id
    )


def _of(judging: Judging, versions: Iterator[str]) -> tuple[Known, ...]:
    identities = judging.candidate.identities
    if not identities:
        return ()
    return tuple(
        Known(
            version=version,
            published=judging.lines.moment_of(version),
            identity=identities[version],
        )
        for version in versions
        if version in identities
    )


def _replaced(judging: Judging) -> tuple[Known, ...]:
    replaces = judging.candidate.replaces
    identity = None if replaces is None else judging.candidate.identities.get(replaces)
    if replaces is None or identity is None:
        return ()
    moment = judging.lines.moment_of(replaces)
    return (Known(version=replaces, published=moment, identity=identity),)


def _changed_from(
    judging: Judging,
    before: tuple[Known, ...],
    is_other: Callable[[PublisherIdentity], bool | None],
    *,
    is_grave: bool,
) -> Known | None:
    """Return the last release that was otherwise, if that is not yet what is usual.

    `is_other` is None where nothing can be told. A grave change is never absorbed by releases, only
    by the window: two bad releases in a row are two.
    """
    same: list[float | None] = []
    for known in before:
        verdict = is_other(known.identity)
        if verdict is None:
            continue
        if verdict:
            if is_grave:
                is_usual = bool(same) and not judging.is_within_window(same[-1])
            else:
                is_usual = judging.is_absorbed(same)
            return None if is_usual else known
        same.append(known.published)
    return None


def _issuer(
    judging: Judging, identity: PublisherIdentity, before: tuple[Known, ...]
) -> DriftEvent | None:
    other = _changed_from(
        judging, before, lambda earlier: earlier.issuer != identity.issuer, is_grave=True
    )
    if other is None:
        return None
    return judging.event(
        EventId.PUBLISHER_ISSUER_CHANGED,
        EventSeverity.ERROR,
        f"published from {quoted(identity.issuer)}: {other.version} was from "
        f"{quoted(other.identity.issuer)}",
        about=About.PACKAGE,
        before=other.identity.issuer,
        after=identity.issuer,
        since=other.version,
        release=judging.ways_out("an announcement of the move", with_age=False),
    )


def _repository(
    judging: Judging, identity: PublisherIdentity, before: tuple[Known, ...]
) -> DriftEvent | None:
    """Compare repositories: by `repository_id`, then `owner_id`, then, for people, by name."""

    def is_other(earlier: PublisherIdentity) -> bool | None:
        if earlier.repository_id is None or identity.repository_id is None:
            return None
        if earlier.repository_id != identity.repository_id:
            return True
        return None not in {earlier.owner_id, identity.owner_id} and (
            earlier.owner_id != identity.owner_id
        )

    if identity.repository_id is None:
        return None
    other = _changed_from(judging, before, is_other, is_grave=True)
    if other is not None:
        return _moved(judging, identity, other)
    renamed = _changed_from(
        judging,
        before,
        lambda earlier: (
            None
            if earlier.repository_id != identity.repository_id
            else earlier.repository != identity.repository
        ),
        is_grave=False,
    )
    if renamed is None or None in {renamed.identity.repository, identity.repository}:
        return None
    return judging.event(
        EventId.PUBLISHER_REPO_RENAMED,
        EventSeverity.INFO,
        f"the repository is now called {_name(identity)}: it was {_name(renamed.identity)}, "
        "with the same id",
        about=About.PACKAGE,
        before=renamed.identity.repository,
        after=identity.repository,
        since=renamed.version,
    )


def _moved(judging: Judging, identity: PublisherIdentity, other: Known) -> DriftEvent:
    was = other.identity
    if was.repository_id == identity.repository_id:
        severity, how = EventSeverity.WARN, "the repository was transferred to another owner"
    elif was.owner_id is not None and was.owner_id == identity.owner_id:
        severity, how = EventSeverity.WARN, "published from another repository of the same owner"
    else:
        severity, how = EventSeverity.ERROR, "published from another repository"
        if None not in {was.owner_id, identity.owner_id}:
            how = "published from another repository of another owner"
    return judging.event(
        EventId.PUBLISHER_REPO_CHANGED,
        severity,
        f"{how}: {_name_with_ids(identity)}, and {other.version} was from {_name_with_ids(was)}",
        about=About.PACKAGE,
        before=repository_fingerprint(was),
        after=repository_fingerprint(identity),
        since=other.version,
        release=judging.ways_out(
            "an announcement of the move in the earlier repository", with_age=False
        ),
    )


def _workflow(
    judging: Judging, identity: PublisherIdentity, before: tuple[Known, ...]
) -> DriftEvent | None:
    def is_other(earlier: PublisherIdentity) -> bool | None:
        pairs = (
            (earlier.workflow, identity.workflow),
            (earlier.called_workflow, identity.called_workflow),
        )
        known = [pair for pair in pairs if None not in pair]
        return any(one != other for one, other in known) if known else None

    other = _changed_from(judging, before, is_other, is_grave=False)
    if other is None:
        return None
    return judging.event(
        EventId.PUBLISHER_WORKFLOW_CHANGED,
        EventSeverity.WARN,
        f"published by {_workflows(identity, quote=True)}: {other.version} was by "
        f"{_workflows(other.identity, quote=True)}",
        about=About.PACKAGE,
        before=_workflows(other.identity, quote=False),
        after=_workflows(identity, quote=False),
        since=other.version,
        release=judging.ways_out("a second release by the new workflow", with_age=False),
    )


def _ref(
    judging: Judging, identity: PublisherIdentity, before: tuple[Known, ...]
) -> DriftEvent | None:
    """Compare the class of the ref and the trigger; less protected is a step down, more is none."""
    own_class = identity.ref_class
    own_rank = trigger_rank(identity.event, own_class)

    def is_stronger(earlier: PublisherIdentity) -> bool | None:
        its_class = earlier.ref_class
        its_rank = trigger_rank(earlier.event, its_class)
        steps = []
        if own_class is not None and its_class is not None:
            steps.append(its_class > own_class)
        if own_rank is not None and its_rank is not None:
            steps.append(its_rank > own_rank)
        return any(steps) if steps else None

    is_open_to_all = own_class is RefClass.PULL_REQUEST or identity.ref_protected is False
    way = "a release from a protected ref" if is_open_to_all else "a second release from there"
    other = _changed_from(judging, before, is_stronger, is_grave=is_open_to_all)
    if other is None:
        return None
    return judging.event(
        EventId.PUBLISHER_REF_WEAKENED,
        EventSeverity.ERROR if is_open_to_all else EventSeverity.WARN,
        f"published from {_ref_words(identity, quote=True)}: {other.version} was from "
        f"{_ref_words(other.identity, quote=True)}, which fewer people can cause",
        about=About.PACKAGE,
        before=_ref_words(other.identity, quote=False),
        after=_ref_words(identity, quote=False),
        since=other.version,
        release=judging.ways_out(way, with_age=False),
    )


def _runner(
    judging: Judging, identity: PublisherIdentity, before: tuple[Known, ...]
) -> DriftEvent | None:
    if identity.runner != "self-hosted":
        return None
    other = _changed_from(
        judging,
        before,
        lambda earlier: None if earlier.runner is None else earlier.runner != identity.runner,
        is_grave=False,
    )
    if other is None:
        return None
    return judging.event(
        EventId.PUBLISHER_RUNNER_CHANGED,
        EventSeverity.WARN,
        f"built on a self-hosted runner: {other.version} was on one of the provider's",
        about=About.PACKAGE,
        before=other.identity.runner,
        after=identity.runner,
        since=other.version,
        release=judging.ways_out("a second release from there", with_age=False),
    )


def _trigger(
    judging: Judging,
    identity: PublisherIdentity,
    before: tuple[Known, ...],
    *,
    is_told: bool,
) -> DriftEvent | None:
    if identity.event not in RISKY_TRIGGERS:
        return None
    is_first = bool(before) and not any(known.identity.event in RISKY_TRIGGERS for known in before)
    return judging.event(
        EventId.PUBLISHER_TRIGGER_RISKY,
        EventSeverity.WARN if is_first and not is_told else EventSeverity.INFO,
        f"the run was started by {quoted(identity.event)}, which strangers can cause"
        + (": for the first time" if is_first else ""),
        about=About.PACKAGE,
        after=identity.event,
    )


def _name(identity: PublisherIdentity) -> str:
    return quoted(identity.repository or repository_fingerprint(identity))


def _name_with_ids(identity: PublisherIdentity) -> str:
    owner = "" if identity.owner_id is None else f", owner {quoted(identity.owner_id)}"
    return f"{_name(identity)} (id {quoted(identity.repository_id or '?')}{owner})"


def _workflows(identity: PublisherIdentity, *, quote: bool) -> str:
    names = [name for name in (identity.workflow, identity.called_workflow) if name is not None]
    return " calling ".join(quoted(name) if quote else name for name in names)


def _ref_words(identity: PublisherIdentity, *, quote: bool) -> str:
    ref_class, event = identity.ref_class, identity.event
    words = "an unknown ref" if ref_class is None else ref_class.word
    if event is None:
        return words
    return f"{words} by {quoted(event) if quote else event}"


def _optional(event: DriftEvent | None) -> Iterator[DriftEvent]:
    if event is not None:
        yield event
