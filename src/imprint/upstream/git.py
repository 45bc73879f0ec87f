"""Asking git of a folder: only what runs nothing of the repository's, and goes to no network.

No hooks, no filters, no checkout, no lazy fetch of a partial clone, no replaced or grafted objects.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT_SECONDS: Final = 60.0
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager")
_NO_BARE = ("-c", "safe.bareRepository=explicit")
"""Files of a project that look like a repository are none: what they configure is not heard."""
_SET: Final = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
UNSET: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""Within a hook these name another repository than the folder's (`rev-parse --local-env-vars`)."""


def run_git(folder: Path, *words: str, may_be_bare: bool = False) -> bytes:
    """Return what git says of `folder`; `may_be_bare`: somebody named it as a repository.

    Raises Unavailable (`git-failed`) where git cannot be run, Malformed (`git-refused`) where it
    says no.
    """
    environment = {name: value for name, value in os.environ.items() if name not in UNSET} | _SET
    try:
        ran = subprocess.run(
            ["git", *_SAFE, *(() if may_be_bare else _NO_BARE), "-C", str(folder), *words],  # noqa: S607  (the git of whoever runs it)
            env=environment,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired, ValueError) as err:
        raise Unavailable(
            "git-failed", "git cannot be run, or does not answer", hint="is git installed?"
        ) from err
    if ran.returncode != 0:
        raise Malformed("git-refused", f"git says no to {quoted(words[0])}")
    return ran.stdout
