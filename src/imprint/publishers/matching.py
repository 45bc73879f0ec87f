"""Which trusted publisher a Workload publishes by: the most specific one, or why none.

Pure and total: nothing here raises, so no publisher stops the others from being asked (case L03).
What makes a credential of it is the exchange, and that takes a TokenProof; this takes any Workload,
also one that was only imagined (doctor, `trust test`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.npm.names import PackageName
from imprint.publishers.comparisons import BrokenRule, Comparison, claim_name, known
from imprint.publishers.events import judge_ban
from imprint.publishers.identities import NO_PUBLISHER, judge_identity, names_match
from imprint.publishers.publisher import PublisherState, TrustedPublisher
from imprint.publishers.rules import broken_rules, count_of_rules
from imprint.refusals import Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from imprint.identity.workload import Field, Workload


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that a first use found, to be stored if no other first use was quicker (case F12)."""

    repository_id: str
    owner_id: str


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """The Workload may publish by this publisher."""

    publisher: TrustedPublisher
    pin: Pin | None
    """Set on the first use of a publisher without ids."""
    relabel: str | None
    """The repository's new name, where its ids match and its name does not (case E11)."""
    stage_only: bool
    """No owner has confirmed the ids: what is published waits, staged."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The Workload may not publish."""

    refusal: Refusal
    """Safe to tell whoever sent the token."""
    nearest: TrustedPublisher | None
    """The publisher that the refusal speaks of; None where nothing may be told of any."""
    compared: tuple[Comparison, ...]
    """Everything that was compared, for the audit alone."""


Verdict: TypeAlias = "Matched | Refused"


def match(
    workload: Workload,
    publishers: Iterable[TrustedPublisher],
    *,
    package: PackageName,
    now: float,
    exists: bool = True,
    banned_events: AbstractSet[str] = frozenset(),
) -> Verdict:
    """Decide by which of `publishers` the Workload may publish `package` at `now` (Unix seconds).

    Where the package does not exist only pending publishers and creating patterns count, and where
    it does the pending ones do not. `banned_events` are the operator's, over every publisher.

    Several matches: the most specific wins (exact name before pattern, with an environment before
    without, more rules before fewer), then the oldest; never a union of what they allow.
    """
    compared = tuple(
        compare(publisher, workload, now=now, banned_events=banned_events)
        for publisher in sorted(publishers, key=_precedence)
        if _is_candidate(publisher, workload, package=package, exists=exists)
    )
    for comparison in compared:
        if comparison.matched:
            return _matched(comparison.publisher, workload)
    return _refused(workload, compared, package)


def compare(
    publisher: TrustedPublisher,
    workload: Workload,
    *,
    now: float,
    banned_events: AbstractSet[str] = frozenset(),
) -> Comparison:
    """Return everything that speaks against this Workload publishing by this publisher."""
    identity = judge_identity(publisher, workload)
    others = list(_judge_state(publisher, now))
    ban = judge_ban(banned_events, workload)
    if ban is not None:
        others.append(ban)
    others += broken_rules(publisher.rules, workload)
    shown = identity.broken if identity.shows_identity else ()
    if identity.shows_rules:
        shown = (*shown, *others)
    return Comparison(publisher=publisher, broken=(*identity.broken, *others), shown=shown)


def _is_candidate(
    publisher: TrustedPublisher, workload: Workload, *, package: PackageName, exists: bool
) -> bool:
    # The issuer comes first and is compared to the letter: the same path at another forge is
    # another repository (cases B09, B10, F21).
    if publisher.issuer.url != workload.issuer or publisher.provider is not workload.provider:
        return False
    if isinstance(publisher.target, PackageName):
        return publisher.target == package and publisher.pending is not exists
    return publisher.target.matches(package) and (exists or publisher.create)


def _precedence(publisher: TrustedPublisher) -> tuple[object, ...]:
    """Return the sort key under which the publisher that wins comes first. Cases E15, L03."""
    target = publisher.target
    is_pattern = not isinstance(target, PackageName)
    return (
        is_pattern,
        0 if isinstance(target, PackageName) else -target.specificity,
        publisher.rules.environment is None,
        -count_of_rules(publisher.rules),
        publisher.created_at,
        publisher.id,
    )


def _judge_state(publisher: TrustedPublisher, now: float) -> Iterable[BrokenRule]:
    if publisher.state is PublisherState.DISABLED:
        yield BrokenRule(
            code="publisher-disabled",
            message="the trusted publisher is disabled",
            hint="an owner of the package can enable it again",
        )
    if publisher.state is PublisherState.UNPINNED and now >= (publisher.pin_until or 0):
        yield BrokenRule(
            code="publisher-expired",
            message="the trusted publisher has no ids, and no run pinned it in time",
            hint="renew it, or add it again with the repository's id and the owner's id",
        )
    if publisher.pending and now >= (publisher.expires_at or 0):
        yield BrokenRule(
            code="publisher-expired",
            message="the pending publisher has expired: its package was not created in time",
            hint="add it again",
        )


def _matched(publisher: TrustedPublisher, workload: Workload) -> Matched:
    repository_id, owner_id = known(workload.repository_id), known(workload.owner_id)
    pin = None
    if publisher.rules.repository_id is None and repository_id is not None and owner_id is not None:
        pin = Pin(repository_id=repository_id, owner_id=owner_id)
    name = known(workload.repository)
    renamed = publisher.rules.repository is not None and not names_match(publisher, workload)
    return Matched(
        publisher=publisher,
        pin=pin,
        relabel=name if renamed else None,
        stage_only=publisher.state is not PublisherState.ACTIVE,
    )


def _refused(workload: Workload, compared: tuple[Comparison, ...], package: PackageName) -> Refused:
    telling = [comparison for comparison in compared if comparison.shown]
    if not telling:
        return Refused(refusal=_uniform(workload, package), nearest=None, compared=compared)
    # The first of the nearest, in the order in which they would have won.
    nearest = min(telling, key=lambda comparison: len(comparison.broken))
    first, *others = nearest.shown
    message = f"trusted publisher of {quoted(str(package))} refuses this run: {first.message}"
    if others:
        message += f" (and {len(others)} more)"
    refusal = Refusal(
        code=first.code,
        message=message,
        hint=first.hint,
        mismatches=tuple(rule.mismatch for rule in nearest.shown if rule.mismatch is not None),
    )
    return Refused(refusal=refusal, nearest=nearest.publisher, compared=compared)


def _uniform(workload: Workload, package: PackageName) -> Refusal:
    """Return the one text for everybody who has proved nothing: a missing package reads the same.

    The hint shows the token's own claims only (§10; architecture decision 11).
    """
    own = [
        f"{claim_name(workload.provider, field)} {quoted(value)}"
        for field in _OWN_CLAIMS
        if (value := known(_text_of(workload, field))) is not None
    ]
    return Refusal(
        code=NO_PUBLISHER,
        message=f"no trusted publisher of {quoted(str(package))} accepts this run",
        hint=(
            f"a trusted publisher must match this token: issuer {quoted(workload.issuer)}"
            + "".join(f", {claim}" for claim in own)
        ),
    )


_OWN_CLAIMS = (
    "repository",
    "repository_id",
    "owner_id",
    "caller_workflow_ref",
    "called_workflow_ref",
    "ref",
    "environment",
)


def _text_of(workload: Workload, field: str) -> Field[str]:
    value: Field[str] = getattr(workload, field)
    return value
