"""Patterns of packages."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.policy.patterns import PackagePattern
from imprint.refusals import Malformed


@pytest.mark.parametrize(
    ("pattern", "name", "version", "expected"),
    [
        ("express", "express", "4.0.0", True),
        ("express", "express-x", "4.0.0", False),
        ("@acme/*", "@acme/ui", "1.0.0", True),
        ("@acme/*", "@acme-evil/ui", "1.0.0", False),
        ("*", "@acme/ui", "1.0.0", True),
        ("eslint-*", "eslint-plugin-x", "1.0.0", True),
        ("eslint-*", "@acme/eslint-x", "1.0.0", False),
        ("undici@6.19 - 6.25", "undici", "6.25.9", True),
        ("undici@6.19 - 6.25", "undici", "6.18.9", False),
        ("@acme/ui@^1", "@acme/ui", "1.9.0", True),
        ("@acme/ui@^1", "@acme/ui", "2.0.0", False),
        ("pkg:npm/axios@>=1", "axios", "1.0.0", True),
        ("pkg:npm/%40acme/ui@%3E%3D1", "@acme/ui", "1.0.0", True),
        ("pkg:npm/@acme/ui", "@acme/ui", "1.0.0", True),
        ("JSONStream", "JSONStream", "1.0.0", True),
    ],
)
def test_a_pattern_matches_names_and_versions(pattern, name, version, expected):
    for is_wide in (True, False):
        assert PackagePattern.parse(pattern, is_wide=is_wide).matches(name, version) is expected


@pytest.mark.parametrize("version", ["2.0.0-alpha.1", "no version"])
def test_in_doubt_a_wide_pattern_matches_and_a_narrow_one_does_not(version):
    assert PackagePattern.parse("a@>=1", is_wide=True).matches("a", version)
    assert not PackagePattern.parse("a@>=1", is_wide=False).matches("a", version)


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "@acme", "/", "@/x", "a/b", "ä", "a\x00", "x" * 2000]
)
def test_what_is_no_pattern_is_malformed(text):
    with pytest.raises(Malformed) as caught:
        PackagePattern.parse(text, is_wide=True)

    assert caught.value.code == "invalid-package-pattern"


@given(text=st.text(max_size=40), name=st.text(max_size=40), version=st.text(max_size=20))
def test_any_text_is_a_pattern_or_malformed(text, name, version):
    try:
        pattern = PackagePattern.parse(text, is_wide=True)
    except Malformed:
        return
    assert pattern.matches(name, version) in (True, False)


def test_there_is_nothing_to_go_back_to_in_many_stars():
    pattern = PackagePattern.parse("*a" * 30 + "*b", is_wide=True)

    assert not pattern.matches("a" * 214, "1.0.0")
    assert pattern.matches("a" * 213 + "b", "1.0.0")


@given(name=st.from_regex(r"[ab]{1,12}", fullmatch=True), data=st.data())
def test_stars_stand_for_any_run(name, data):
    pattern = data.draw(st.from_regex(r"[ab*]{1,8}", fullmatch=True))

    expected = fnmatchcase(name, pattern)

    assert PackagePattern.parse(pattern, is_wide=True).matches(name, "1.0.0") is expected
