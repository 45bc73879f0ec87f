"""Release lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.lines import Line, Lines, in_line, line_of
from tests.support.publications import history, publication

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
