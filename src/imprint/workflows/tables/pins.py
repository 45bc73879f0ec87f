"""Which release of an action a `uses` means: by its tag, or by the table of commits.

A `# v1.2.3` comment is a hint, not proof (facts/workflows.md §2.2).
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.tables.loading import load
from imprint.workflows.tables.releases import (
    NEWEST,
    UNKNOWN_RANGE,
    ReleaseRange,
    range_of,
)

if TYPE_CHECKING:
    from imprint.workflows.github.model import RemoteUse

_COMMIT = re.compile(r"[0-9a-fA-F]{40}")


class KnownBy(StrEnum):
    """How an action's release was found out."""

    TAG = "tag"
    """It is written: `@v4`, `@v4.2.0`."""
    TABLE = "table"
    """The commit is in the table."""
    COMMENT = "comment"
    """Only the comment behind the commit says it."""
    BRANCH = "branch"
    """`@main`: the newest."""
    NOTHING = "nothing"


class ActionVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which release of an action runs, as far as it is known."""

    releases: ReleaseRange
    known_by: KnownBy
    is_fixed: bool
    """True: a commit or a whole version, which its owner has no habit of moving."""
    is_commit: bool


def version_of(use: RemoteUse) -> ActionVersion:
    """Return the release of an action."""
    if _COMMIT.fullmatch(use.ref):
        return _of_commit(use)
    named = range_of(use.ref.rpartition("/")[2])
    if named is None:
        return ActionVersion(
            releases=NEWEST, known_by=KnownBy.BRANCH, is_fixed=False, is_commit=False
        )
    is_fixed = named.lowest == named.highest
    return ActionVersion(releases=named, known_by=KnownBy.TAG, is_fixed=is_fixed, is_commit=False)


def _of_commit(use: RemoteUse) -> ActionVersion:
    name = f"{use.owner}/{use.repository}".lower()
    known = pins().get(name, {}).get(use.ref.lower())
    if known is not None and (releases := range_of(known)) is not None:
        return ActionVersion(
            releases=releases, known_by=KnownBy.TABLE, is_fixed=True, is_commit=True
        )
    hint = None if use.version_comment is None else range_of(use.version_comment)
    if hint is not None:
        return ActionVersion(releases=hint, known_by=KnownBy.COMMENT, is_fixed=True, is_commit=True)
    return ActionVersion(
        releases=UNKNOWN_RANGE, known_by=KnownBy.NOTHING, is_fixed=True, is_commit=True
    )


@cache
def pins() -> dict[str, dict[str, str]]:
    """Return the table: tag by commit (lower case) by `owner/repository` (lower case)."""
    return load("pins", dict[str, dict[str, str]])


@cache
def newest() -> dict[str, dict[str, str]]:
    """Return the newest known tag of an action with its commit: `{"tag": …, "commit": …}`."""
    found: dict[str, dict[str, str]] = {}
    for name, tags in pins().items():
        ranked = [
            (releases.lowest, tag, commit)
            for commit, tag in tags.items()
            if (releases := range_of(tag)) is not None and releases.lowest == releases.highest
        ]
        if ranked:
            _, tag, commit = max(ranked, key=lambda row: (row[0] or (0, 0, 0), row[1]))
            found[name] = {"tag": tag, "commit": commit}
    return found
