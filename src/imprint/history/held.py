"""Where to hold a package whose version is refused: the newest one that is admitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.lines import line_of
from imprint.npm.versions import Version
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from imprint.history.publications import PackageHistory

MOST_ASKED = 30


def newest_admitted(
    history: PackageHistory, version: str, admits: Callable[[str], bool]
) -> str | None:
    """Return the newest version below `version` that `admits` says yes to; None: there is none.

    Of its own line first, then of the lower ones; prereleases only for a prerelease. At most
    `MOST_ASKED` are asked about, since each may need to be judged.
    """
    own = _parsed(version)
    if own is None:
        return None
    line = line_of(version)
    below = []
    for other in history.moments:
        found = _parsed(other)
        if found is None or not found < own:
            continue
        is_of_line = line_of(other) == line
        if found.is_prerelease and not is_of_line:
            continue
        below.append((is_of_line, found, other))
    below.sort(reverse=True)
    return next((other for _, _, other in below[:MOST_ASKED] if admits(other)), None)


def _parsed(version: str) -> Version | None:
    try:
        return Version.parse(version)
    except Malformed:
        return None
