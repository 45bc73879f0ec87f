"""Dist-tags over what is admitted: each tag keeps its meaning, and never names what is withheld."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


def admitted_tags(
    tags: Mapping[str, str], *, versions: Iterable[str], withheld: Collection[str]
) -> dict[str, str]:
    """Return the tags; one that names a withheld version names the newest admitted below it.

    Of a release that is a release, where there is one (a range would not take a prerelease
    either); of a prerelease whatever comes next below it. A tag with nothing below goes away.
    """
    found = dict(tags)
    moved = [tag for tag, version in tags.items() if version in withheld]
    if not moved:
        return found
    admitted = _parsed(version for version in versions if version not in withheld)
    inorder = sorted(admitted)
    releases = [version for version in inorder if not version.is_prerelease]
    for tag in moved:
        replacement = _below(tags[tag], inorder, releases)
        if replacement is None:
            del found[tag]
        else:
            found[tag] = admitted[replacement]
    return found


def tags_instead(
    tags: Mapping[str, str], *, versions: Iterable[str], withheld: Collection[str]
) -> dict[str, str]:
    """Return tags of withheld versions over what is admitted, all of them as long as there is any.

    Where nothing is admitted below, the newest is named that is. Not for tags that are asked for.
    """
    names = tuple(versions)
    found = admitted_tags(tags, versions=names, withheld=withheld)
    if len(found) < len(tags):
        admitted = _parsed(name for name in names if name not in withheld)
        newest = max(
            admitted, key=lambda version: (not version.is_prerelease, version), default=None
        )
        if newest is not None:
            return {tag: found.get(tag, admitted[newest]) for tag in tags}
    return found


def _below(text: str, inorder: Sequence[Version], releases: Sequence[Version]) -> Version | None:
    limits = _parsed([text])
    if not limits:
        return None  # no version at all: nothing is above or below it
    (limit,) = limits
    # A packument may have as many tags as versions: none is compared with all.
    for some in (inorder,) if limit.is_prerelease else (releases, inorder):
        end = bisect_right(some, limit.precedence, key=lambda version: version.precedence)
        if end:
            return some[end - 1]
    return None


def _parsed(texts: Iterable[str]) -> dict[Version, str]:
    """Return the texts by the versions they spell; what is none, as npm once took, is left out."""
    found = {}
    for text in texts:
        try:
            found[Version.parse(text)] = text
        except Malformed:
            continue
    return found
