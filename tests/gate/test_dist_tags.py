"""Dist-tags over what is admitted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.packuments.dist_tags import admitted_tags, tags_instead
from imprint.npm.versions import Version

VERSIONS = ["1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0", "2.0.0-beta.1", "2.0.0-beta.2", "2.0.0"]


def tags_without(*withheld, versions=VERSIONS, **tags):
    return admitted_tags(tags, versions=versions, withheld=set(withheld))


@pytest.mark.parametrize(
    ("latest", "withheld", "expected"),
    [
        pytest.param("2.0.0", [], "2.0.0", id="nothing-withheld"),
        pytest.param("2.0.0", ["1.2.0"], "2.0.0", id="another-withheld"),
        pytest.param("2.0.0", ["2.0.0"], "1.2.0", id="a-release-before-newer-prereleases"),
        pytest.param("1.2.0", ["1.2.0"], "1.1.0", id="nothing-above-the-tag"),
        pytest.param("2.0.0", ["2.0.0", "1.2.0", "1.1.0"], "1.0.0", id="several-withheld"),
        pytest.param("2.0.0-beta.2", ["2.0.0-beta.2"], "2.0.0-beta.1", id="of-a-prerelease"),
        pytest.param(
            "2.0.0-beta.2", ["2.0.0-beta.2", "2.0.0-beta.1"], "1.2.0", id="prerelease-to-release"
        ),
    ],
)
def test_a_tag_names_the_newest_admitted_below_it(latest, withheld, expected):
    assert tags_without(*withheld, latest=latest) == {"latest": expected}


def test_where_no_release_is_left_a_prerelease_is_named():
    found = tags_without("1.0.0", versions=["1.0.0-rc.1", "1.0.0-rc.2", "1.0.0"], latest="1.0.0")

    assert found == {"latest": "1.0.0-rc.2"}


def test_a_tag_with_nothing_below_goes_away():
    assert tags_without("1.0.0", latest="1.0.0", next="2.0.0") == {"next": "2.0.0"}


def test_a_tag_of_what_is_no_version_goes_away_with_it():
    assert tags_without("dev", versions=["dev", "1.0.0"], latest="1.0.0", odd="dev") == {
        "latest": "1.0.0"
    }


def test_a_tag_of_a_version_that_is_not_there_stays():
    assert tags_without(latest="9.9.9") == {"latest": "9.9.9"}


def test_versions_that_differ_in_build_metadata_alone_stand_for_each_other():
    found = tags_without("1.0.0+b", versions=["1.0.0+a", "1.0.0+b"], latest="1.0.0+b")

    assert found == {"latest": "1.0.0+a"}


versions = st.sampled_from([*VERSIONS, "0.9.0", "3.0.0-alpha", "dev"])


@given(
    there=st.lists(versions, unique=True),
    tags=st.dictionaries(st.sampled_from(["latest", "next", "old"]), versions),
    withheld=st.sets(versions),
)
def test_no_tag_names_what_is_withheld_or_is_newer_than_it_was(there, tags, withheld):
    found = admitted_tags(tags, versions=there, withheld=withheld)

    assert not withheld & set(found.values())
    assert set(found) <= set(tags)
    for tag, version in found.items():
        assert version == tags[tag] or Version.parse(version) <= Version.parse(tags[tag])
        assert version == tags[tag] or version in there


def test_what_is_told_of_is_never_left_out_while_there_is_anything():
    tags = {"said of 1.0.0": "1.0.0", "said of 2.0.0": "2.0.0", "said of dev": "dev"}

    found = tags_instead(tags, versions=[*VERSIONS, "dev"], withheld={"1.0.0", "2.0.0", "dev"})

    assert found == {"said of 1.0.0": "1.2.0", "said of 2.0.0": "1.2.0", "said of dev": "1.2.0"}


def test_where_nothing_is_admitted_nothing_is_named():
    assert tags_instead({"said": "1.0.0"}, versions=["1.0.0"], withheld={"1.0.0"}) == {}
