"""The grade of a version: how much is proven, in one word for people. Policy uses the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.history.axes import Approval, Auth, Grade, Origin, Signature

if TYPE_CHECKING:
    from imprint.history.axes import Axes

_BROKEN = frozenset({Signature.INVALID, Signature.EXPIRED_KEY})


def grade_of(axes: Axes) -> Grade:
    """Return the highest grade whose condition holds (facts: consumers §6.1)."""
    if axes.signature in _BROKEN or axes.origin is Origin.INVALID:
        return Grade.BROKEN
    if axes.origin is Origin.BOUND:
        return _bound(axes)
    if axes.auth is Auth.OIDC or axes.approval is Approval.STAGED:
        return Grade.L3
    if axes.auth is Auth.HUMAN_2FA:
        return Grade.L2
    if axes.signature is Signature.VALID:
        return Grade.L1
    return Grade.L0 if axes.signature is Signature.ABSENT else Grade.UNKNOWN


def claimed_grade(axes: Axes) -> Grade:
    """Return what the grade would be if all that is there were verified: for timelines only."""
    origin = axes.origin
    if origin in {Origin.PRESENT, Origin.VERIFIED}:
        origin = Origin.BOUND
    signature = axes.signature
    if signature is Signature.PRESENT:
        signature = Signature.VALID
    return grade_of(replace(axes, origin=origin, signature=signature))


def _bound(axes: Axes) -> Grade:
    is_staged = axes.approval is Approval.STAGED
    if axes.auth is Auth.OIDC:
        return Grade.L7 if is_staged else Grade.L5
    return Grade.L6 if is_staged else Grade.L4
