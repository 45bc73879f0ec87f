"""Publication limits: permission, tag, dist-tags, version range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.identity.workload import ABSENT, UNKNOWN
from imprint.npm.ranges import VersionRange
from imprint.npm.versions import Version
from imprint.publishers.limits import is_inside, judge_dist_tag, judge_publication
from imprint.publishers.publisher import Permission
from imprint.publishers.templates import TagTemplate
from tests.support.publishers import limits

TAGGED = limits(tag_template=TagTemplate.parse("v{{version}}"))
EVERYTHING = frozenset(Permission)


def refusal_of(found):
    assert found is not None
    return found


def judged(given_limits, **overrides):
    values = {
        "ref": "refs/tags/v1.2.0",
        "version": "1.2.0",
        "dist_tags": ("latest",),
        "permission": Permission.PUBLISH,
        **overrides,
    }
    return judge_publication(given_limits, **values)


def test_without_limits_anything_may_be_published():
    assert judged(limits()) is None
    assert judged(limits(), ref=UNKNOWN, version="0.0.1-x", dist_tags=()) is None


@pytest.mark.case("H12")
@pytest.mark.parametrize(
    ("granted", "used", "message"),
    [
        (
            Permission.STAGE,
            Permission.PUBLISH,
            "the trusted publisher may not publish: it has permission `stage`",
        ),
        (
            Permission.PUBLISH,
            Permission.STAGE,
            "the trusted publisher may not stage: it has permission `publish`",
        ),
        (
            Permission.DIST_TAG,
            Permission.PUBLISH,
            "the trusted publisher may not publish: it has permission `dist-tag`",
        ),
    ],
)
def test_a_permission_is_no_other_one(granted, used, message):
    refusal = judged(limits(permissions=frozenset({granted})), permission=used)

    assert refusal.code == "permission-denied"
    assert refusal.message == message
    assert refusal.hint == f"add permission `{used.value}` to the trusted publisher"


@pytest.mark.case("E22")
@pytest.mark.parametrize(
    "version", ["1.2.0", "1.2.0-beta.1", "1.2.0+build.5", "1.2.0-rc.1+exp.sha.5114f85"]
)
def test_the_tag_must_be_named_after_the_whole_version(version):
    assert judged(TAGGED, version=version, ref=f"refs/tags/v{version}") is None
    for ref in (
        f"refs/tags/v{version}0",
        f"refs/tags/{version}",
        f"refs/heads/v{version}",
        f"v{version}",
    ):
        assert judged(TAGGED, version=version, ref=ref).code == "tag-version-mismatch"


@pytest.mark.case("E22")
def test_a_tag_of_another_version_is_refused_with_both():
    refusal = judged(TAGGED, version="1.2.0-beta.1")

    assert refusal.message == (
        "version `1.2.0-beta.1` comes from `refs/tags/v1.2.0`, expected `refs/tags/v1.2.0-beta.1`"
    )
    assert refusal.mismatches[0].actual == "refs/tags/v1.2.0"


@pytest.mark.case("E22")
@pytest.mark.parametrize("ref", [ABSENT, UNKNOWN, ""])
def test_a_run_without_a_ref_comes_from_no_tag(ref):
    assert judged(TAGGED, ref=ref).message == (
        "version `1.2.0` comes from no ref, expected `refs/tags/v1.2.0`"
    )


@pytest.mark.case("H13")
def test_only_named_dist_tags_may_be_set():
    nightly = limits(dist_tags=("nightly", "canary"))

    assert judged(nightly, dist_tags=("nightly",)) is None
    refusal = judged(nightly, dist_tags=("nightly", "latest"))
    assert refusal.code == "dist-tag-denied"
    assert refusal.message == (
        "the trusted publisher may not set dist-tag `latest`: it may set `nightly` or `canary`"
    )


@pytest.mark.case("H13")
def test_only_versions_in_range_may_be_published():
    old = limits(version_range="^1.0.0")

    assert judged(old, version="1.9.0") is None
    refusal = judged(old, version="2.0.0")
    assert refusal.code == "version-out-of-range"
    assert refusal.message == (
        "version `2.0.0` is outside `^1.0.0`, the range that the trusted publisher may publish"
    )
    assert judged(old, version="one").code == "version-out-of-range"


@pytest.mark.parametrize(
    ("version", "versions", "inside"),
    [
        ("1.2.0-beta.1", "^1.0.0", True),
        ("1.0.0-beta.1", "^1.0.0", True),
        ("2.0.0-beta.1", "^1.0.0", False),
        ("2.0.0-beta.1", "<2.0.0", False),
        ("2.0.0-beta.1", ">=2.0.0", True),
        ("2.0.0-beta.1", ">=2.0.0-beta.2", False),
        ("2.0.0-beta.3", ">=2.0.0-beta.2 <2.0.0", True),
        ("2.0.0-beta.1", "^1.2.0 || ^2.0.0", True),
        ("2.0.0-beta.1", "*", True),
        ("1.0.0+build", "1.0.0", True),
    ],
)
def test_a_prerelease_is_inside_where_its_release_is(version, versions, inside):
    assert is_inside(Version.parse(version), VersionRange.parse(versions)) is inside


def test_a_dist_tag_needs_the_permission_and_keeps_the_limits():
    tagging = limits(
        permissions=EVERYTHING, dist_tags=("next",), version_range="2.x", tag_template=None
    )

    assert judge_dist_tag(tagging, tag="next", version="2.1.0") is None
    assert judge_dist_tag(tagging, tag="next", version=None) is None
    assert (
        refusal_of(judge_dist_tag(tagging, tag="latest", version="2.1.0")).code == "dist-tag-denied"
    )
    assert (
        refusal_of(judge_dist_tag(tagging, tag="next", version="1.0.0")).code
        == "version-out-of-range"
    )
    assert refusal_of(judge_dist_tag(limits(), tag="next", version="2.1.0")).message == (
        "the trusted publisher may not change dist-tags: it has permission `publish`"
    )


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from(list(Permission)))
def test_judging_is_total(version, dist_tag, permission):
    strict = limits(
        permissions=EVERYTHING,
        dist_tags=("next",),
        version_range="1.x",
        tag_template=TagTemplate.parse("v{{version}}"),
    )

    refusal = judged(strict, version=version, dist_tags=(dist_tag,), permission=permission)

    assert refusal is None or refusal.message.isascii()
