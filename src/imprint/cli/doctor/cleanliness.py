"""What the linter beside ours finds, merged into a diagnosis; its absence is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.doctor.folders import Folder
    from imprint.doctor.model import Diagnosis


def with_hygiene(diagnosis: Diagnosis, folder: Folder) -> Diagnosis:
    """Return the diagnosis with what zizmor says of the same workflows."""
    from imprint.doctor.hygiene import look, merged

    return merged(diagnosis, look(folder))
