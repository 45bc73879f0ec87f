"""Windows and their columns: what looking at each release would say, each read once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.axes import Approval, Auth, Axes, Carries, Origin
from imprint.history.backdrops import Backdrop
from imprint.history.levels import Axis, level_of
from imprint.history.lines import MOST_IN_WINDOW, Lines, line_of
from imprint.history.windows import Levels, levels_of
from tests.support.publications import history, publication

DAY = 86_400.0
AXES = st.builds(
    Axes,
    auth=st.sampled_from(Auth),
    origin=st.sampled_from(Origin),
    approval=st.sampled_from(Approval),
)
ALL = Carries(
    times=True,
    users=True,
    trusted_publishers=True,
    approvers=True,
    signatures=True,
    attestations=True,
)


@given(st.lists(AXES, max_size=12), st.integers(0, 12), st.integers(0, 2), st.sampled_from(Axis))
def test_a_column_says_what_looking_at_each_says(found, place, level, axis):
    column = Levels.parted(b"".join(map(levels_of, found)))[axis]

    levels = [level_of(axes, axis) for axes in found]
    known = [at for at, one in enumerate(levels) if one is not None]
    above = [at for at in known if (levels[at] or 0) > level]
    assert column.first(place) == next((at for at in known if at >= place), None)
    assert column.last(place) == max((at for at in known if at < place), default=None)
    assert column.first_above(level) == (above[0] if above else None)
    assert column.greatest() == max((levels[at] or 0 for at in known), default=None)
    assert column.count_from(level) == sum((levels[at] or 0) >= level for at in known)


def window_of(backdrop, version):
    return backdrop.window(version, window_seconds=90 * DAY, beyond=3)


AGES = st.lists(st.integers(0, 300), min_size=1, max_size=30)


@given(AGES, st.lists(st.integers(0, 29), min_size=1, max_size=8))
def test_a_window_is_the_same_in_whatever_order_versions_are_asked_for(ages, asked):
    rows = [publication(f"1.0.{number}", float(age)) for number, age in enumerate(ages)]
    shared = Backdrop(history(*rows), ALL)

    for number in asked:
        version = f"1.0.{number % len(ages)}"
        window = window_of(shared, version)

        names = Lines(history(*rows)).window_before(version, window_seconds=90 * DAY, beyond=3)
        assert [one.version for one in window.releases] == names
        assert window == window_of(Backdrop(history(*rows), ALL), version)
        assert window.levels == Levels.of(window.releases)


@pytest.mark.parametrize("first", [30.0, None], ids=["timed", "of one nobody knows when"])
def test_a_flooded_window_is_bounded(first):
    rows = [publication("1.0.0", first)]
    rows += [publication(f"1.0.{number}", 20 - number / 1000) for number in range(1, 2000)]

    window = Backdrop(history(*rows), ALL).window("1.0.1999", window_seconds=90 * DAY, beyond=3)

    assert window.is_timed is (first is not None)
    assert len(window.releases) == MOST_IN_WINDOW


def test_rows_are_read_once_for_all_versions():
    found = history(*(publication(f"1.0.{number}", 300.0 - number) for number in range(200)))
    backdrop, read = Backdrop(found, ALL), []
    earlier = backdrop.earlier

    def counted(version):
        read.append(version)
        return earlier(version)

    backdrop.earlier = counted

    for version in found.moments:
        window_of(backdrop, version)

    assert len(read) == len(set(read)) == 199


TEXTS = ["0.1.0", "0.1.1", "0.x", "0.1", "1.0.0", "1.2.3-a", "1.2+b", "1.0.0+a-b", "1.0.0+b"]
TEXTS += ["1.x", "01.2.3", "2.0.0", "3.0.0", "4.0.0", "5.0.0-0", "x", "1", "1.2-3.4", "0.1.2-a"]


@given(st.lists(st.sampled_from(TEXTS), unique=True), st.sampled_from(TEXTS))
def test_of_many_lines_each_has_what_it_has_alone(versions, asked):
    found = history(*(publication(version, 9.0) for version in versions))
    lines = Lines(found)
    for version in TEXTS:
        list(lines.newest_first(line_of(version)))

    alone, together = Lines(found), lines
    line = line_of(asked)
    assert list(together.newest_first(line)) == list(alone.newest_first(line))
