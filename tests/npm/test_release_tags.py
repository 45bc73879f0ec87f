"""Which tags are of a release, and which are of another package or version."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.release_tags import find_tag, is_tag_name, tag_names


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "1.2.3",
        "@acme/widget@1.2.3",
        "widget@1.2.3",
        "widget-v1.2.3",
        "widget/v1.2.3",
        "packages/gadget/v1.2.3",
        "gadget-v1.2.3",
        "release-1.2.3",
        "release/1.2.3",
    ],
)
def test_the_usual_names_are_known(tag):
    assert tag in tag_names("@acme/widget", "1.2.3", folder="packages/gadget")


def test_the_likeliest_come_first():
    assert tag_names("widget", "1.2.3")[:3] == ("v1.2.3", "1.2.3", "widget@1.2.3")


@pytest.mark.parametrize(
    "tag", ["Release-v1.2.3", "acme-widget-1.2.3", "widget_v1.2.3", "@acme/widget-v1.2.3"]
)
def test_odd_names_are_found_among_all_tags(tag):
    assert find_tag(["v1.0.0", tag], "@acme/widget", "1.2.3") == tag


@pytest.mark.parametrize(
    "tag",
    ["v11.2.3", "v1.2.30", "v0.1.2.3", "other@1.2.3", "widget-cli@1.2.3", "v1.2.3-beta", "v1.2"],
)
def test_tags_of_others_are_not_taken(tag):
    assert find_tag([tag], "@acme/widget", "1.2.3") is None


def test_a_usual_name_goes_before_an_odd_one():
    assert find_tag(["Release-1.2.3", "v1.2.3"], "widget", "1.2.3") == "v1.2.3"


@pytest.mark.parametrize("name", ["", "-v1", "a..b", "a b", "v1.lock", "a/", "x@{1}", "../x", "/x"])
def test_what_git_would_not_take_is_no_name(name):
    assert not is_tag_name(name)


@given(st.text(max_size=20), st.text(max_size=20), st.none() | st.text(max_size=20))
def test_names_of_anything_are_names_that_git_takes(name, version, folder):
    assert all(map(is_tag_name, tag_names(name, version, folder=folder)))


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=9), st.text(max_size=9))
def test_what_is_found_is_one_of_the_tags(tags, name, version):
    found = find_tag(tags, name, version)

    assert found is None or found in tags
