"""Files of other repositories that were put beside one's own: the lock of `imprint doctor --lock`.

`.imprint/lock/OWNER/REPOSITORY@REF/PATH`, with slashes of the ref written `%2F`, is what doctor
keeps; `_external/OWNER__REPOSITORY__PATH__PARTS/FILE` is a copy by hand whose ref is not known.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

LOCK_FOLDER = ".imprint/lock"
_LOCKED = re.compile(
    r"\.imprint/lock/(?P<owner>[^/@]+)/(?P<repository>[^/@]+)@(?P<ref>[^/]+)/(?P<path>.+)"
)
_COPIED = re.compile(r"_external/(?P<names>[^/]+(?:__|/)[^/]+(?:/[^/]+)*)/(?P<file>[^/]+)")


def external_name(path: str) -> str | None:
    """Return what a file of another repository is called by: `owner/repository/path@ref`.

    An action's is that of its folder, a workflow's ends with its file name; without `@ref` where
    that is not known. None for a file of the repository itself.
    """
    if match := _LOCKED.fullmatch(path):
        inside = _without_action_file(match["path"])
        owner, repository = match["owner"], match["repository"]
        return _joined(f"{owner}/{repository}", inside).lower() + f"@{unquote(match['ref'])}"
    if match := _COPIED.fullmatch(path):
        names = match["names"].replace("__", "/")
        return _joined(names, _without_action_file(match["file"])).lower()
    return None


def lock_path(name: str, ref: str, path: str) -> str:
    """Return where the lock keeps file `path` of repository `name` (`owner/repository`)."""
    return f"{LOCK_FOLDER}/{name.lower()}@{quote(ref, safe='')}/{path}"


def _without_action_file(path: str) -> str:
    folder, _, file = path.rpartition("/")
    return folder if file in {"action.yml", "action.yaml"} else path


def _joined(folder: str, path: str) -> str:
    return f"{folder}/{path}" if path else folder
