"""How much each axis holds, as a number that steps down are seen by. None is never compared.

Of an origin only whether it is there counts: that depends on what was fetched otherwise.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from imprint.history.axes import Approval, Auth, Origin

if TYPE_CHECKING:
    from imprint.history.axes import Axes


class Axis(Enum):
    """An axis on which a later version can prove less than an earlier one."""

    AUTH = "auth"
    ORIGIN = "origin"
    APPROVAL = "approval"


_AUTH = {Auth.OIDC: 2, Auth.HUMAN_2FA: 1, Auth.TOKEN: 0}
_APPROVAL = {Approval.STAGED: 1, Approval.NONE: 0}
_ORIGIN = {Origin.BOUND: 1, Origin.VERIFIED: 1, Origin.PRESENT: 1, Origin.ABSENT: 0}
_GREATEST = {Axis.AUTH: 2, Axis.ORIGIN: 1, Axis.APPROVAL: 1}
GREATEST_LEVEL: Final = 2
"""Of any axis."""


def level_of(axes: Axes, axis: Axis) -> int | None:
    """Return the level of an axis; None: it is unknown, or invalid, which is an alarm instead."""
    match axis:
        case Axis.AUTH:
            return _AUTH.get(axes.auth)
        case Axis.ORIGIN:
            return _ORIGIN.get(axes.origin)
        case Axis.APPROVAL:
            return _APPROVAL.get(axes.approval)


def can_be_less(axes: Axes, axis: Axis) -> bool:
    """Return whether anything could be above this level at all."""
    level = level_of(axes, axis)
    return level is not None and level < _GREATEST[axis]


def words_of_level(axes: Axes, axis: Axis) -> str:
    """Return one axis for people: `a trusted publisher`, `no provenance`."""
    match axis:
        case Axis.AUTH:
            return _AUTH_WORDS[axes.auth]
        case Axis.ORIGIN:
            return "provenance" if level_of(axes, axis) else "no provenance"
        case Axis.APPROVAL:
            return "an approval" if level_of(axes, axis) else "no approval"


def phrase_of_level(axes: Axes, axis: Axis) -> str:
    """Return how a version was published on one axis: `by a trusted publisher`, `with a token`."""
    words = words_of_level(axes, axis)
    is_agent = axis is Axis.AUTH and axes.auth in {Auth.OIDC, Auth.HUMAN_2FA}
    return f"by {words}" if is_agent else f"with {words}"


_AUTH_WORDS = {
    Auth.OIDC: "a trusted publisher",
    Auth.HUMAN_2FA: "a person with a second factor",
    Auth.TOKEN: "a token",
    Auth.UNKNOWN: "an unknown credential",
}
