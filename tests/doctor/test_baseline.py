"""The baseline: what it knows is not new."""

import pytest

from imprint.doctor.baseline import read_baseline, render_baseline, sort_out
from imprint.refusals import Malformed
from tests.doctor.findings import finding


def test_what_was_written_is_known():
    old, new = finding("old"), finding("new")

    stay, known = sort_out([old, new], read_baseline(render_baseline([old])))

    assert stay == (new,)
    assert [one.finding for one in known] == [old]


def test_it_is_the_same_in_any_order():
    one, two = finding("one"), finding("two")

    assert render_baseline([one, two]) == render_baseline([two, one, one])


def test_an_empty_one_knows_nothing():
    assert read_baseline(render_baseline([])) == frozenset()


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"schema": 2}', b'{"schema": 1, "findings": [1]}', b"\xff", b"[" * 9999]
)
def test_what_is_no_baseline_is_said_to_be_none(raw):
    with pytest.raises(Malformed) as raised:
        read_baseline(raw)

    assert raised.value.code == "malformed-baseline"
