"""Whether what a version proves is enough. Unknown is neither: it may yet be."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from imprint.history.axes import Approval, Auth, Axes, Grade, Origin, Signature
from imprint.history.grades import grade_of

if TYPE_CHECKING:
    from imprint.policy.model import Minimum


class Standing(Enum):
    """How a version stands to what is asked."""

    MET = "met"
    BELOW = "below"
    UNSURE = "unsure"
    """What it lacks could make it enough."""


_AUTHS = {Auth.TOKEN: 1, Auth.HUMAN_2FA: 2, Auth.OIDC: 3}
_ORIGINS = {
    Origin.INVALID: 0,
    Origin.ABSENT: 0,
    Origin.PRESENT: 1,
    Origin.VERIFIED: 2,
    Origin.BOUND: 3,
}
_GRADES = {grade: int(grade[1:]) for grade in Grade if grade.startswith("L")}


def standing_of(minimum: Minimum, axes: Axes, grade: Grade) -> Standing:
    """Return how `axes` and their `grade` stand to all parts of a minimum."""
    standings = [
        *([] if minimum.grade is None else [_by_grade(minimum.grade, axes, grade)]),
        *([] if minimum.auth is None else [_by_auth(minimum.auth, axes)]),
        *([] if minimum.approval is None else [_by_approval(axes)]),
        *([] if minimum.origin is None else [_by_origin(minimum.origin, axes)]),
        *([] if minimum.signature is None else [_by_signature(axes)]),
    ]
    for standing in (Standing.BELOW, Standing.UNSURE):
        if standing in standings:
            return standing
    return Standing.MET


def best_of(standings: list[Standing]) -> Standing:
    """Return how it stands to several minimums of which one is enough."""
    for standing in (Standing.MET, Standing.UNSURE):
        if standing in standings:
            return standing
    return Standing.BELOW if standings else Standing.MET


def words_of(minimum: Minimum) -> str:
    """Return what is asked, for people: `L5`, `auth oidc and origin verified`."""
    parts = [] if minimum.grade is None else [minimum.grade.value]
    for name in ("auth", "approval", "origin", "signature"):
        value = getattr(minimum, name)
        if value is not None:
            parts.append(f"{name} {value}")
    return " and ".join(parts)


def lacking_of(minimum: Minimum) -> frozenset[str]:
    """Return the axes that a minimum asks of."""
    if minimum.grade is not None:
        return frozenset({"auth", "approval", "origin", "signature"})
    names = ("auth", "approval", "origin", "signature")
    return frozenset(name for name in names if getattr(minimum, name) is not None)


def _by_grade(least: Grade, axes: Axes, grade: Grade) -> Standing:
    if grade is Grade.BROKEN:
        return Standing.BELOW
    if grade in _GRADES and _GRADES[grade] >= _GRADES[least]:
        return Standing.MET
    best = grade_of(_at_best(axes))
    reachable = _GRADES.get(best, 0) >= _GRADES[least]
    return Standing.UNSURE if reachable else Standing.BELOW


def _at_best(axes: Axes) -> Axes:
    """Return the most that could come out where something is unknown, or not verified yet."""
    origin = axes.origin
    return Axes(
        auth=Auth.OIDC if axes.auth is Auth.UNKNOWN else axes.auth,
        auth_source=axes.auth_source,
        approval=Approval.STAGED if axes.approval is Approval.UNKNOWN else axes.approval,
        approval_source=axes.approval_source,
        origin=Origin.BOUND if origin in (Origin.UNKNOWN, Origin.PRESENT) else origin,
        origin_source=axes.origin_source,
        signature=(
            Signature.VALID
            if axes.signature in (Signature.UNKNOWN, Signature.PRESENT)
            else axes.signature
        ),
        signature_source=axes.signature_source,
    )


def _by_auth(least: Auth, axes: Axes) -> Standing:
    if axes.auth is not Auth.UNKNOWN:
        return Standing.MET if _AUTHS[axes.auth] >= _AUTHS[least] else Standing.BELOW
    # A person with a second factor approved it, whatever started it (facts: consumers §6.1).
    if axes.approval is Approval.STAGED and _AUTHS[least] <= _AUTHS[Auth.HUMAN_2FA]:
        return Standing.MET
    return Standing.UNSURE


def _by_approval(axes: Axes) -> Standing:
    match axes.approval:
        case Approval.STAGED:
            return Standing.MET
        case Approval.NONE:
            return Standing.BELOW
        case Approval.UNKNOWN:
            return Standing.UNSURE


def _by_origin(least: Origin, axes: Axes) -> Standing:
    if axes.origin is Origin.UNKNOWN:
        return Standing.UNSURE
    if _ORIGINS[axes.origin] >= _ORIGINS[least]:
        return Standing.MET
    return Standing.UNSURE if axes.origin is Origin.PRESENT else Standing.BELOW


def _by_signature(axes: Axes) -> Standing:
    match axes.signature:
        case Signature.VALID:
            return Standing.MET
        case Signature.UNKNOWN | Signature.PRESENT:
            return Standing.UNSURE
        case _:
            return Standing.BELOW
