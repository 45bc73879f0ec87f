"""Versions, ranges and dist-tags, by example; `test_like_npm.py` compares them with npm's by thousands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.ranges import VersionRange, is_dist_tag, satisfies
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from tests.npm.refusing import code, outcome, refusal

NUMBER = st.integers(0, 2**53 - 1)
WORD = st.from_regex(r"[0-9A-Za-z-]{0,5}[A-Za-z-][0-9A-Za-z-]{0,5}", fullmatch=True)
VERSIONS = st.builds(
    Version,
    major=NUMBER,
    minor=NUMBER,
    patch=NUMBER,
    prerelease=st.lists(NUMBER | WORD, max_size=3).map(tuple),
    build=st.lists(WORD, max_size=2).map(tuple),
)


@given(version=VERSIONS)
def test_a_version_survives_its_text(version):
    assert Version.parse(str(version)) == version


@given(versions=st.lists(VERSIONS, min_size=3, max_size=3))
def test_versions_have_one_order(versions):
    low, middle, high = sorted(versions)

    assert low <= middle <= high
    assert not high < low
    assert (low == high) == (not low < high)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "v1.2.3", "=1.2.3", " 1.2.3", "1.2.3\n", "01.2.3", "1.2.3-01", "1.2.3-", "1.2.3+",
     "1.2.3-a..b", "1.2.3.4", "\N{FULLWIDTH DIGIT ONE}.2.3", "9007199254740992.0.0", "__proto__", "latest"],
)  # fmt: skip
def test_what_is_no_version_is_refused(text):
    assert code(Version.parse, text) == "invalid-version"


def test_the_refusal_says_what_a_version_is():
    assert refusal(Version.parse, "1.2") == (
        "invalid-version",
        "version `1.2` is none: one is `1.2.3` or `1.2.3-beta.1`, at most 256 characters",
    )


def test_a_version_has_at_most_256_characters():
    assert Version.parse("1.2.3-" + "a" * 250).is_prerelease
    assert code(Version.parse, "1.2.3-" + "a" * 251) == "invalid-version"


def test_a_prerelease_comes_before_its_release():
    texts = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0",
    ]

    assert [str(version) for version in sorted(map(Version.parse, reversed(texts)))] == texts


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("v1.2.3", "1.2.3"),
        (" =v1.2.3-a+b ", "1.2.3-a"),
        ("= 1.2.3", "1.2.3"),
        ("1.2.3+build", "1.2.3"),
    ],
)
def test_a_package_json_version_is_cleaned_as_npm_does_before_it_publishes(text, cleaned):
    assert str(Version.clean(text)) == cleaned


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-alpha 1.3.0-alpha"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.3.0-0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~1", "1.0.0 1.9.0", "2.0.0"),
        ("1.x || >=2.5.0", "1.0.0 2.5.0 3.0.0", "2.4.9"),
        ("1.2 - 2.3", "1.2.0 2.3.9", "2.4.0 1.1.9"),
        ("", "0.0.0 9.0.0", "1.0.0-alpha"),
        ("<2", "1.9.9", "2.0.0 2.0.0-alpha.1"),
        (">1.2", "1.3.0", "1.2.9"),
        (">=1.0.0-beta.2", "1.0.0-beta.2 1.0.0 2.0.0", "1.0.0-beta.1 1.1.0-beta.3"),
        ("* || 1.0.0-alpha", "1.0.0", "1.0.0-alpha"),
        ("<*", "", "0.0.0 1.0.0"),
    ],
)
def test_a_range_admits_what_npm_has_inside_of_it(text, inside, outside):
    assert all(satisfies(Version.parse(version), text) for version in inside.split())
    assert not any(satisfies(Version.parse(version), text) for version in outside.split())


def test_prereleases_are_inside_of_their_release_line_where_they_are_included():
    version = Version.parse("1.3.0-alpha")

    assert satisfies(version, "^1.2.3", include_prerelease=True)
    assert not satisfies(Version.parse("2.0.0-alpha"), "^1.2.3", include_prerelease=True)


@pytest.mark.parametrize(
    "text",
    ["latest", "1.2.3.4", ">", "^>1", "1.2.3 -", "~^1", "x.1", "9007199254740991.x", "1 " * 3000],
)
def test_what_is_no_range_is_refused(text):
    assert code(VersionRange.parse, text) == "invalid-range"


def test_the_refusal_says_what_a_range_is():
    assert refusal(satisfies, Version.parse("1.0.0"), "next") == (
        "invalid-range",
        "range `next` is none: one is `^1.2.3`, `>=1.0.0 <2.0.0` or `1.x || 2.x`",
    )


@given(text=st.text() | st.text(" .0129xX*v=<>~^-|+a"))
def test_any_text_is_a_range_or_malformed(text):
    found = outcome(VersionRange.parse, text)

    assert isinstance(found, VersionRange | Malformed)


@pytest.mark.parametrize("text", ["latest", "next-11", "release-1.x", "v1-lts!", "a" * 214])
def test_a_word_is_a_dist_tag(text):
    assert is_dist_tag(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "v1",
        "1.x",
        "x",
        "*",
        "~1",
        "1.2.3-beta",
        "a b",
        "a/b",
        "é",
        ".",
        "..",
        "__proto__",
        "constructor",
        "toString",
        "a" * 215,
    ],
)
def test_a_range_or_what_is_not_safe_in_a_url_is_no_dist_tag(text):
    assert not is_dist_tag(text)
