"""Names of scripts and actions that cannot be looked into: whether they sound like publishing.

A guess, for jobs that hold a credential and publish in no other way; its confidence is low.
"""

from __future__ import annotations

import re

_PUBLISHES = re.compile(r"(?<!pre)(?<!pre-)(?<!pre_)publish")
_RELEASE = re.compile(r"(?:^|[-_:])release[sd]?(?P<what>[-_:.].*)?$")
_RELEASES = re.compile(
    r"[-_:.](?:npm|packages?|all|ci|nightly|canary|next|latest|stable|beta|alpha|snapshot"
    r"|[cm]?[jt]s|sh|bash|py|rb)\b"
)
_OTHERWISE = re.compile(
    r"docs?\b|site|page|extension|vsce|ovsx|crate|image|docker|notes|check|tests?\b|verify|dry|prepare"
    r"|create|github|draft|tag|update|comment|announce|notify|trigger|build|changelog|smoke|lint"
    r"|jsr|pr\b|branch|version|bump|preview|storybook"
)


def sounds_like_publishing(name: str) -> bool:
    """Whether a script's or an action's name says that it publishes packages."""
    short = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.rpartition("/")[2]).lower()
    if _OTHERWISE.search(short):
        return False
    if _PUBLISHES.search(short):
        return True
    match = _RELEASE.search(short)
    return match is not None and (
        match["what"] is None or _RELEASES.match(match["what"]) is not None
    )
