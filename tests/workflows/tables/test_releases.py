import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.workflows.tables.releases import OPEN, range_of, release_of, shown


@pytest.mark.parametrize(
    ("text", "lowest", "highest"),
    [
        ("v4", (4, 0, 0), (4, OPEN, OPEN)),
        ("4.1", (4, 1, 0), (4, 1, OPEN)),
        ("4.x", (4, 0, 0), (4, OPEN, OPEN)),
        ("v4.1.2", (4, 1, 2), (4, 1, 2)),
        ("4.1.2-rc.1", (4, 1, 2), (4, 1, 2)),
        ("4.1.2+sha512.abc", (4, 1, 2), (4, 1, 2)),
    ],
)
def test_a_version_may_leave_numbers_open(text, lowest, highest):
    found = range_of(text)

    assert (found.lowest, found.highest) == (lowest, highest)


@pytest.mark.parametrize("text", ["", "main", "v", "release-4", "4.1.2.3", "x.1", "^4.1.2", ">=4"])
def test_what_is_no_version_is_none(text):
    assert range_of(text) is None


def test_only_a_whole_version_is_a_release():
    assert release_of("v1.2.3") == (1, 2, 3)
    assert release_of("v1.2") is None


def test_a_range_lies_within_bounds_beyond_them_or_across():
    line = range_of("4")

    assert line.within((3, 0, 0), (5, 0, 0)) is True
    assert line.within((5, 0, 0), None) is False
    assert line.within(None, (4, 0, 0)) is False
    assert line.within((4, 2, 0), None) is None


def test_open_numbers_are_not_shown():
    assert shown((10, OPEN, OPEN)) == "10"
    assert shown((10, 9, 4)) == "10.9.4"


@given(st.text())
def test_no_text_makes_it_fail(text):
    found = range_of(text)
    assert found is None or found.within(found.lowest, None)
