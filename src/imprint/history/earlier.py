"""Earlier: a publication before the one that is judged, with its axes by the registry's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from imprint.history.axes import Axes
    from imprint.history.publications import Publication


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """A publication before the one that is judged."""

    row: Publication
    axes: Axes
    levels: bytes
    """Of its axes, as `windows.levels_of` has them."""
    exotic: frozenset[str]
    """Names of its exotic dependencies; of equal ones the same set."""

    @property
    def version(self) -> str:
        """Its version."""
        return self.row.version

    @property
    def published(self) -> float | None:
        """When it was published, Unix seconds."""
        return self.row.published
