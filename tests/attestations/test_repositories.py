"""Repository addresses in all the ways that people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.repositories import normalise_address

WIDGET = "https://github.com/acme/widget"


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/acme/widget",
        "http://github.com/acme/widget/",
        "git+https://github.com/Acme/Widget.git",
        "git://GitHub.com/acme/widget.git",
        "https://www.github.com/acme/widget",
        "https://user:password@github.com/acme/widget.git#main",
        "https://github.com/acme/widget/tree/main/packages/core",
        "git+ssh://git@github.com/acme/widget.git",
        "ssh://git@github.com:acme/widget.git",
        "git@github.com:acme/widget.git",
        "github:acme/widget",
        "github:acme/widget#semver:^1.0.0",
        "acme/widget",
        " acme/widget ",
    ],
)
def test_one_repository_is_one_however_it_is_written(text):
    assert str(normalise_address(text)) == WIDGET


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/acme/widget-two",
        "https://github.com/other/widget",
        "https://github.com@evil.example.test/acme/widget",
        "https://evil.example.test/github.com/acme/widget",
        "https://github.com.evil.example.test/acme/widget",
        "https://github.com:8443/acme/widget",
        "gitlab:acme/widget",
        "https://github.com/acme/widget/wiki",
        "git@github.com.evil.example.test:acme/widget.git",
    ],
)
def test_another_repository_is_another(text):
    address = normalise_address(text)

    assert address is not None
    assert address != normalise_address(WIDGET)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "widget",
        "https://github.com/acme",
        "https://github.com/acme/../widget",
        "https://github.com//widget",
        "ftp://github.com/acme/widget",
        "gist:11081aaa281",
        "https://github.com/" + "a" * 3000 + "/b",
    ],
)
def test_what_is_no_address_is_none(text):
    assert normalise_address(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example.test#@github.com/acme/widget",
        "https://evil.example.test?@github.com/acme/widget",
        r"https://evil.example.test\@github.com/acme/widget",
        r"git+ssh://evil.example.test\@github.com:acme/widget",
        "evil.example.test#x@github.com:acme/widget",
        "https://github.com/acme/widget/tree/../../../../evil/rocket",
        "https://github.com/acme/widget/tree/%2e%2e/%2E%2E/.%2e/../evil/rocket",
        "https://forge.example.test/acme/%2e%2e/widget",
    ],
)
def test_what_a_browser_takes_for_another_place_is_not_this_one(text):
    assert normalise_address(text) is None


def test_case_means_something_where_the_forge_says_so():
    upper = normalise_address("https://forge.example.test/Acme/Widget.git")

    assert str(upper) == "https://forge.example.test/Acme/Widget"


def test_groups_of_a_forge_are_kept():
    nested = normalise_address("git+https://gitlab.com/Acme/Tools/Rocket.git")

    assert str(nested) == "https://gitlab.com/acme/tools/rocket"


@given(st.text(max_size=60) | st.from_regex(r"(git\+)?https?://[a-z@:/.#?%]{0,30}"))
def test_reading_is_total_and_stable(text):
    address = normalise_address(text)

    assert address is None or normalise_address(str(address)) == address
