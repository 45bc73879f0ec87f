"""Where a person's own caches are, and the secret that their rows are signed with."""

from __future__ import annotations

import os
from pathlib import Path

from imprint.cli.session import say
from imprint.refusals import Malformed
from imprint.storage.verdicts import cache_secret


def cache_folder() -> Path:
    """Return `imprint` in the user's cache folder."""
    return _folder("XDG_CACHE_HOME", ".cache")


def projections_file() -> Path:
    """Return where this user's runs keep what they read of packuments."""
    return cache_folder() / "projections.sqlite3"


def kept_secret() -> bytes | None:
    """Return the secret of kept rows; None, and a warning, where none can be had."""
    try:
        return cache_secret(_folder("XDG_CONFIG_HOME", ".config") / "verdicts.key")
    except Malformed as err:
        say(f"warning: {err.message}")
        return None


def _folder(variable: str, usual: str) -> Path:
    # XDG Base Directory: a relative path is no value.
    named = Path(os.environ.get(variable, ""))
    return (named if named.is_absolute() else Path.home() / usual) / "imprint"
