"""Release lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.lines import MOST_IN_WINDOW, Line, Lines, in_line, line_of
from tests.support.publications import DAY, history, publication

VERSIONS = st.from_regex(r"(0|[1-9][0-9]?)\.[0-9]\.[0-9](-(alpha|[0-9]))?", fullmatch=True)


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("6.3.1", "6.x"),
        ("0.30.4", "0.30.x"),
        ("0.0.7", "0.0.x"),
        ("4.0.0-alpha.1", "4.x prereleases"),
        ("0.2.0-0", "0.2.x prereleases"),
        ("1.0.0+build-7", "1.x"),
        ("01.2.3", "01.2.3"),
        ("1.2", "1.2"),
        ("v1.2.3", "v1.2.3"),
        ("9" * 5000 + ".0.0", "9" * 5000 + ".0.0"),
        ("", ""),
    ],
)
def test_a_line_is_a_major_or_a_minor_of_zero_and_prereleases_are_apart(version, line):
    assert str(line_of(version)) == line


@given(st.text(max_size=40))
def test_every_text_has_a_line(text):
    assert line_of(text) == line_of(text)


@given(VERSIONS, VERSIONS)
def test_two_versions_of_one_line_have_the_same_line_whatever_else_they_have(one, other):
    same = line_of(one) == line_of(other)

    assert same is (str(line_of(one)) == str(line_of(other)))


def test_a_line_is_in_the_order_of_publication_not_of_numbers():
    found = history(
        publication("1.0.0", 9),
        publication("1.2.0", 5),
        publication("1.1.1", 3),
        publication("2.0.0"),
    )

    assert in_line(found, "1.9.9") == ("1.1.1", "1.2.0", "1.0.0")


def test_without_times_a_line_is_in_the_order_of_its_numbers():
    rows = [publication(version, None) for version in ("1.10.0", "1.2.0", "1.9.0-rc.1")]

    assert in_line(history(*rows), "1.0.0") == ("1.10.0", "1.2.0")
    assert tuple(Lines(history(*rows)).before("1.9.0")) == ("1.2.0",)


def test_what_came_at_the_same_moment_did_not_come_before():
    found = history(publication("1.0.0", 5), publication("1.0.1", 5), publication("1.0.2", 4))

    assert tuple(Lines(found).before("1.0.1")) == ()
    assert set(Lines(found).before("1.0.2")) == {"1.0.0", "1.0.1"}


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("2.0.0", Line(major=1)),
        ("1.0.1", Line(major=2)),
        ("3.0.0-beta.1", Line(major=2)),
        ("1.0.0", Line(major=0, minor=9)),
        ("0.9.0", Line(major=0, minor=8)),
        ("0.8.0", None),
    ],
)
def test_the_newest_other_line_is_the_one_that_was_there_before(version, line):
    found = history(
        publication("0.8.0", 90),
        publication("0.9.0", 80),
        publication("1.0.0", 70),
        publication("2.0.0", 60),
        publication("1.0.1", 50),
        publication("3.0.0-beta.1", 40),
    )

    assert Lines(found).stable_before(version) == line


def test_an_unpublished_version_still_has_its_moment():
    found = history(publication("1.0.0", 9), gone={"1.0.1": 5.0})

    assert Lines(found).moment_of("1.0.1") == 5.0


@given(st.lists(VERSIONS, unique=True, min_size=1, max_size=20))
def test_every_version_is_in_exactly_one_line(versions):
    found = history(*(publication(version, age) for age, version in enumerate(versions)))
    lines = {line_of(version) for version in versions}

    members = [version for line in lines for version in Lines(found).newest_first(line)]

    assert sorted(members) == sorted(versions)


DAYS = st.lists(st.integers(0, 400), min_size=1, max_size=40)


@given(days=DAYS, picked=st.integers(0, 39), beyond=st.integers(0, 4))
def test_a_window_is_what_came_before_within_it_and_some_more(days, picked, beyond):
    rows = [publication(f"1.0.{number}", float(at)) for number, at in enumerate(days)]
    lines, version = Lines(history(*rows)), f"1.0.{picked % len(days)}"

    found = lines.window_before(version, window_seconds=90 * DAY, beyond=beyond)

    moment = lines.moment_of(version) or 0.0
    earlier = list(lines.before(version))
    within = [one for one in earlier if moment - (lines.moment_of(one) or 0.0) <= 90 * DAY]
    assert found == earlier[: len(within) + beyond]


def test_without_all_times_there_is_no_window():
    lines = Lines(history(publication("1.0.0", None), publication("1.0.1", 3)))

    assert lines.window_before("1.0.1", window_seconds=90 * DAY, beyond=3) is None
    assert lines.window_before("9.9.9", window_seconds=90 * DAY, beyond=3) is None


def test_a_flood_of_releases_does_not_hide_what_was_there_before_it():
    flood = [publication(f"1.1.{number}", 1 - number / 10_000) for number in range(3000)]
    good = [publication(f"1.0.{number}", 60.0 - number) for number in range(5)]
    lines = Lines(history(*good, *flood))

    found = lines.window_before("1.1.2999", window_seconds=90 * DAY, beyond=3) or []

    assert len(found) == MOST_IN_WINDOW
    assert found[0] == "1.1.2998"
    assert set(found) >= {f"1.0.{number}" for number in range(5)}


@given(days=st.lists(st.one_of(st.none(), st.integers(0, 50)), min_size=1, max_size=25))
def test_what_came_before_in_the_whole_package_is_sorted_once_for_all(days):
    rows = [
        publication(f"{number % 3}.{number % 5}.{number}", None if at is None else float(at))
        for number, at in enumerate(days)
    ]
    lines = Lines(history(*rows))

    for row in rows:
        moment = lines.moment_of(row.version)
        if moment is None:
            continue
        dated = [(lines.moment_of(one.version), one.version) for one in rows]
        expected = sorted(
            (pair for pair in dated if pair[0] is not None and pair[0] < moment), reverse=True
        )
        assert list(lines.all_before(row.version)) == [version for _, version in expected]
