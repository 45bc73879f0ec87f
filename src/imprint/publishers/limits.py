"""Publication limits, judged when something is published, staged or tagged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.npm.ranges import Comparator, VersionRange
from imprint.npm.versions import Version
from imprint.publishers.comparisons import any_of, known
from imprint.publishers.publisher import Permission
from imprint.refusals import Malformed, Mismatch, Refusal, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.identity.workload import Field
    from imprint.publishers.publisher import PublicationLimits

_ACTIONS = {
    Permission.PUBLISH: "publish",
    Permission.STAGE: "stage",
    Permission.DIST_TAG: "change dist-tags",
}


def judge_publication(
    limits: PublicationLimits,
    *,
    ref: Field[str],
    version: str,
    dist_tags: Iterable[str],
    permission: Permission,
) -> Refusal | None:
    """Return why a version may not be published or staged, or None. Cases H12, H13, E22.

    `ref` is the Workload's, `version` the manifest's to the letter, with prerelease and build
    metadata, and `dist_tags` those that the publication sets. Codes: `permission-denied`,
    `tag-version-mismatch`, `dist-tag-denied`, `version-out-of-range`.
    """
    return (
        _judge_permission(limits, permission)
        or _judge_tag_template(limits, ref, version)
        or _judge_dist_tags(limits, dist_tags)
        or _judge_range(limits, version)
    )


def judge_dist_tag(limits: PublicationLimits, *, tag: str, version: str | None) -> Refusal | None:
    """Return why a dist-tag may not be set to `version`, or removed (None), or None."""
    refusal = _judge_permission(limits, Permission.DIST_TAG)
    if refusal is None:
        refusal = _judge_dist_tags(limits, (tag,))
    if refusal is None and version is not None:
        refusal = _judge_range(limits, version)
    return refusal


def is_inside(version: Version, versions: VersionRange) -> bool:
    """Return whether a version is inside, a prerelease also where its release is.

    Where the range itself names a prerelease of that release as its beginning, only what comes
    after that one is inside: `>=2.0.0-beta.2` does not mean `2.0.0-beta.1`.
    """
    release = Version(major=version.major, minor=version.minor, patch=version.patch)
    for bounds in versions.alternatives:
        alternative = VersionRange(alternatives=(bounds,))
        if alternative.admits(version):
            return True
        if not version.is_prerelease or any(_begins_before(bound, release) for bound in bounds):
            continue
        if alternative.admits(release):
            return True
    return False


def _begins_before(bound: Comparator, release: Version) -> bool:
    named = bound.version
    return (
        bound.operator in {">", ">=", "="}
        and named.is_prerelease
        and (named.major, named.minor, named.patch) == (release.major, release.minor, release.patch)
    )


def _judge_permission(limits: PublicationLimits, permission: Permission) -> Refusal | None:
    if permission in limits.permissions:
        return None
    granted = " and ".join(f"`{one.value}`" for one in Permission if one in limits.permissions)
    return Refusal(
        code="permission-denied",
        message=(
            f"the trusted publisher may not {_ACTIONS[permission]}: "
            f"it has permission {granted or 'for nothing'}"
        ),
        hint=f"add permission `{permission.value}` to the trusted publisher",
    )


def _judge_tag_template(limits: PublicationLimits, ref: Field[str], version: str) -> Refusal | None:
    if limits.tag_template is None:
        return None
    expected, actual = limits.tag_template.tag_for(version), known(ref)
    if actual == expected:
        return None
    shown = "no ref" if actual is None else quoted(actual)
    return Refusal(
        code="tag-version-mismatch",
        message=f"version {quoted(version)} comes from {shown}, expected {quoted(expected)}",
        hint="publish from the tag that is named after the version",
        mismatches=(
            Mismatch(
                claim="ref",
                expected=quoted(expected)[1:-1],
                actual=None if actual is None else shown[1:-1],
            ),
        ),
    )


def _judge_dist_tags(limits: PublicationLimits, dist_tags: Iterable[str]) -> Refusal | None:
    if not limits.dist_tags:
        return None
    for dist_tag in dist_tags:
        if dist_tag not in limits.dist_tags:
            allowed = any_of(limits.dist_tags)
            return Refusal(
                code="dist-tag-denied",
                message=f"the trusted publisher may not set dist-tag {quoted(dist_tag)}: "
                f"it may set {allowed}",
                hint=f"publish with `--tag` and {allowed}",
            )
    return None


def _judge_range(limits: PublicationLimits, version: str) -> Refusal | None:
    if limits.version_range is None:
        return None
    try:
        inside = is_inside(Version.parse(version), VersionRange.parse(limits.version_range))
    except Malformed:
        inside = False  # What cannot be compared is not inside.
    if inside:
        return None
    return Refusal(
        code="version-out-of-range",
        message=f"version {quoted(version)} is outside {quoted(limits.version_range)}, "
        "the range that the trusted publisher may publish",
    )
