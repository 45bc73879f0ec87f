"""The grade of a version, by the table of facts: consumers §6.1."""

import itertools

import pytest

from imprint.history.axes import Approval, Auth, Axes, Grade, Origin, Signature
from imprint.history.grades import claimed_grade, grade_of

STAGED, NOT_STAGED = Approval.STAGED, Approval.NONE


@pytest.mark.parametrize(
    ("grade", "axes"),
    [
        (Grade.L7, Axes(auth=Auth.OIDC, approval=STAGED, origin=Origin.BOUND)),
        (Grade.L6, Axes(auth=Auth.UNKNOWN, approval=STAGED, origin=Origin.BOUND)),
        (Grade.L5, Axes(auth=Auth.OIDC, approval=NOT_STAGED, origin=Origin.BOUND)),
        (Grade.L4, Axes(auth=Auth.TOKEN, approval=NOT_STAGED, origin=Origin.BOUND)),
        (Grade.L3, Axes(auth=Auth.OIDC, origin=Origin.ABSENT)),
        (Grade.L3, Axes(auth=Auth.OIDC, origin=Origin.VERIFIED)),
        (Grade.L3, Axes(approval=STAGED, origin=Origin.PRESENT)),
        (Grade.L2, Axes(auth=Auth.HUMAN_2FA, signature=Signature.VALID)),
        (Grade.L1, Axes(auth=Auth.TOKEN, signature=Signature.VALID)),
        (Grade.L0, Axes(auth=Auth.TOKEN, signature=Signature.ABSENT)),
        (Grade.UNKNOWN, Axes(auth=Auth.TOKEN, signature=Signature.PRESENT)),
        (Grade.UNKNOWN, Axes(signature=Signature.NOT_APPLICABLE)),
        (Grade.UNKNOWN, Axes()),
        (Grade.BROKEN, Axes(auth=Auth.OIDC, origin=Origin.INVALID)),
        (Grade.BROKEN, Axes(origin=Origin.BOUND, signature=Signature.INVALID)),
        (Grade.BROKEN, Axes(origin=Origin.BOUND, signature=Signature.EXPIRED_KEY)),
    ],
)
def test_the_highest_grade_whose_condition_holds_is_the_grade(grade, axes):
    assert grade_of(axes) is grade


def test_every_combination_of_axes_has_a_grade():
    combinations = itertools.product(Auth, Approval, Origin, Signature)

    assert {grade_of(axes(*one)) for one in combinations} == set(Grade)


def test_a_claimed_grade_takes_what_is_there_for_verified():
    claimed = Axes(auth=Auth.OIDC, origin=Origin.PRESENT, signature=Signature.PRESENT)

    assert (grade_of(claimed), claimed_grade(claimed)) == (Grade.L3, Grade.L5)


def axes(auth, approval, origin, signature):
    return Axes(auth=auth, approval=approval, origin=origin, signature=signature)
