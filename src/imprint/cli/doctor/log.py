"""`imprint doctor --log`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Unavailable

if TYPE_CHECKING:
    from pathlib import Path


def show_log(log: Path, path: Path | None) -> int:
    """Say why a run failed; returns the exit code."""
    del log, path
    raise Unavailable("not-there-yet", "logs are not there yet")
