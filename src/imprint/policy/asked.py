"""What `[[require]]`, vendors and presets ask of a subject: evidence, and a certain publisher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.axes import Origin
from imprint.policy.codes import RuleCode
from imprint.policy.minimums import Standing, best_of, lacking_of, standing_of, words_of
from imprint.policy.model import Weight
from imprint.policy.objections import Objection, known_by, weigh
from imprint.policy.patterns import matches_any
from imprint.refusals import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.history.identities import PublisherIdentity
    from imprint.policy.model import IdentityPin, Policy, Requirement
    from imprint.policy.subjects import Subject


def requirements_of(policy: Policy, subject: Subject) -> Iterator[Requirement]:
    """Yield all that is asked of a subject. Where nobody looked at exposure, it is taken as met."""
    for one in (*policy.require, *policy.vendors):
        is_reached = not one.reach or subject.exposure is None or subject.exposure in one.reach
        if is_reached and matches_any(one.packages, subject.name, subject.version):
            yield one


def asked_objections(policy: Policy, subject: Subject, now: float) -> Iterator[Objection]:
    """Yield what falls short of it, or cannot be told."""
    for asked in requirements_of(policy, subject):
        is_later = asked.enforce_from is not None and now < asked.enforce_from
        weight = Weight.WARN if is_later else asked.level
        yield from _evidence(policy, subject, asked, weight)
        if asked.identity is not None:
            yield from _identity(policy, subject, asked, weight)


def _evidence(
    policy: Policy, subject: Subject, asked: Requirement, weight: Weight
) -> Iterator[Objection]:
    if not asked.any_of:
        return
    words = " or ".join(map(words_of, asked.any_of))
    if subject.is_from_registry:
        standing = best_of([standing_of(one, subject.axes, subject.grade) for one in asked.any_of])
    else:
        standing = Standing.BELOW
    match standing:
        case Standing.MET:
            return
        case Standing.BELOW:
            code = RuleCode.BELOW_MINIMUM
            is_ours = "" if subject.is_from_registry else ", which comes from no registry"
            yield Objection(
                code=code,
                message=f"evidence is `{subject.grade}`{is_ours}: `{words}` is asked by"
                f" {asked.asked_by}",
                weight=weigh(policy, code, weight),
                fingerprint=known_by(subject, code, words),
                hint=f"write to {asked.contact}"
                if asked.contact
                else "`imprint report --upstream` writes a text for its maintainers",
                before=words,
                after=str(subject.grade),
            )
        case Standing.UNSURE:
            axes = frozenset().union(*map(lacking_of, asked.any_of))
            yield _unsure(policy, subject, f"`{words}` is asked by {asked.asked_by}", axes, weight)


def _identity(
    policy: Policy, subject: Subject, asked: Requirement, weight: Weight
) -> Iterator[Objection]:
    pin, identity = asked.identity, subject.identity
    if pin is None:
        return
    wanted = pinned_words(pin)
    differs: str | None
    if identity is not None:
        differs, is_known = difference(pin, identity)
    elif subject.axes.origin in (Origin.ABSENT, Origin.INVALID) or not subject.is_from_registry:
        differs, is_known = "nothing proves who published it", True
    else:
        differs, is_known = None, False
    if differs is not None:
        code = RuleCode.IDENTITY_NOT_PINNED
        yield Objection(
            code=code,
            message=f"{differs}: `{wanted}` is asked by {asked.asked_by}",
            weight=weigh(policy, code, weight),
            fingerprint=known_by(subject, code, f"{wanted}\0{differs}"),
            before=wanted,
            after=differs,
        )
    elif not is_known:
        asked_for = f"publisher `{wanted}` is asked by {asked.asked_by}"
        yield _unsure(policy, subject, asked_for, frozenset({"origin"}), weight)


def _unsure(
    policy: Policy, subject: Subject, asked_for: str, axes: frozenset[str], weight: Weight
) -> Objection:
    why = next((one.why for one in subject.lacking if one.axis in axes), "it could not be seen")
    # `unknown = "allow"` lets pass, and is told all the same.
    allowed = all(policy.unknown.get(axis, Weight.WARN) is Weight.NONE for axis in axes)
    return Objection(
        code=RuleCode.UNKNOWN_EVIDENCE,
        message=f"{asked_for}, and what would show it is not known: {why}",
        weight=Weight.WARN if allowed else weight,
        fingerprint=known_by(subject, RuleCode.UNKNOWN_EVIDENCE, asked_for),
        is_undecided=True,
        hint="ask again where the registry can be reached",
    )


def difference(pin: IdentityPin, identity: PublisherIdentity) -> tuple[str | None, bool]:
    """Return how an identity differs from a pin (None: not that is known), and if all is known.

    Ids decide; a repository's name counts where no id is pinned (architecture, decision 4).
    """
    pairs = (
        ("issuer", pin.issuer, identity.issuer),
        ("repository id", pin.repository_id, identity.repository_id),
        ("owner id", pin.owner_id, identity.owner_id),
        ("repository", None if pin.repository_id else pin.repository, identity.repository),
        ("workflow", pin.workflow, _as_pinned(pin.workflow, identity.workflow)),
    )
    is_known = True
    for what, wanted, actual in pairs:
        if wanted is not None and actual is None:
            is_known = False
        elif wanted is not None and actual != wanted:
            return f"{what} is {quoted(actual or '')}", True
    if pin.ref is not None:
        if identity.ref is None:
            is_known = False
        elif not pin.ref.matches(identity.ref):
            return f"ref is {quoted(identity.ref)}", True
    return None, is_known


def _as_pinned(pinned: str | None, actual: str | None) -> str | None:
    """Return the workflow as it is pinned: its path, or the file's name alone."""
    if pinned is None or actual is None or "/" in pinned:
        return actual
    folder, _, name = actual.rpartition("/")
    # Only where workflows are: a file of that name elsewhere is another.
    return name if folder in ("", ".github/workflows") else actual


def pinned_words(pin: IdentityPin) -> str:
    """Return the publisher that is expected, for people."""
    parts = [pin.repository or ""]
    if pin.repository_id:
        parts.append(f"repository {pin.repository_id}")
    if pin.owner_id:
        parts.append(f"owner {pin.owner_id}")
    parts.append(pin.workflow or "")
    if pin.ref is not None:
        parts.append(f"@ {pin.ref}")
    if pin.issuer:
        parts.append(f"by {pin.issuer}")
    return " ".join(part for part in parts if part)
