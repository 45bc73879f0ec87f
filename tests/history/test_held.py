"""Where to hold a package, and the releases that are shown as evidence."""

import pytest

from imprint.history.axes import Grade
from imprint.history.held import MOST_ASKED, newest_admitted
from imprint.history.releases import publisher_words, release_rows
from tests.support.publications import ALL, candidate, history, identity, publication, trusted

VERSIONS = ("0.9.0", "1.13.9", "1.14.0", "1.14.0-rc.1", "1.14.1", "1.14.2", "2.0.0", "odd")


@pytest.mark.parametrize(
    ("version", "refused", "expected"),
    [
        ("1.14.1", set(), "1.14.0"),
        ("1.14.1", {"1.14.0"}, "1.13.9"),
        ("1.14.1", {"1.14.0", "1.13.9"}, "0.9.0"),
        ("2.0.0", {"1.14.2"}, "1.14.1"),
        ("1.14.0-rc.2", set(), "1.14.0-rc.1"),
        ("0.9.0", set(), None),
        ("odd", set(), None),
    ],
)
def test_a_package_is_held_at_the_newest_version_below_that_is_admitted(version, refused, expected):
    found = history(*(publication(one, age) for age, one in enumerate(VERSIONS)))

    assert newest_admitted(found, version, lambda one: one not in refused) == expected


def test_only_so_many_versions_are_asked_about():
    found = history(*(publication(f"1.0.{patch}", 900 - patch) for patch in range(90)))
    asked = []

    def refuses(version):
        asked.append(version)
        return False

    assert newest_admitted(found, "1.0.89", refuses) is None
    assert len(asked) == MOST_ASKED


def test_the_rows_of_a_line_are_the_newest_first_with_grade_and_publisher():
    found = history(
        publication("1.0.0", 30),
        trusted("1.0.1", 20),
        publication("1.0.2", 10, approver="carol"),
        publication("2.0.0", 5),
    )

    rows = release_rows(found, "1.0.2", ALL, {"1.0.1": identity()})

    assert [(row.version, row.grade, row.publisher) for row in rows] == [
        ("1.0.2", Grade.L3, "approved by carol"),
        ("1.0.1", Grade.L5, "acme/widget release.yml @ tags"),
        ("1.0.0", Grade.L1, "a token (alice)"),
    ]


def test_an_old_version_is_shown_with_two_later_ones_and_what_came_before():
    found = history(*(publication(f"1.0.{patch}", 90 - patch) for patch in range(30)))

    versions = [row.version for row in release_rows(found, "1.0.15", ALL, {})]

    assert versions == [f"1.0.{patch}" for patch in range(17, 7, -1)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (trusted("1.0.0"), "a trusted publisher (github)"),
        (publication("1.0.0"), "a token (alice)"),
        (publication("1.0.0", user=None, email=None), "unknown"),
    ],
)
def test_a_publisher_is_said_by_the_registrys_word_where_no_certificate_is(row, words):
    assert publisher_words(row, candidate(row).axes) == words
