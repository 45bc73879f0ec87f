"""`imprint doctor --fix`: the difference first, then the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.refusals import Unavailable

if TYPE_CHECKING:
    from imprint.cli.doctor.wishes import Wish
    from imprint.doctor.folders import Folder


def fix(folder: Folder, wish: Wish) -> int:
    """Repair what can be; returns the exit code."""
    del folder, wish
    raise Unavailable("not-there-yet", "fixes are not there yet")
