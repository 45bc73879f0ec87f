"""Backdrop: what all versions of one package are judged before, looked up once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.history.claims import claimed_axes
from imprint.history.lines import Lines

if TYPE_CHECKING:
    from imprint.history.axes import Axes, Carries
    from imprint.history.publications import PackageHistory, Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A publication before the one that is judged."""

    row: Publication
    axes: Axes

    @property
    def version(self) -> str:
        """Its version."""
        return self.row.version

    @property
    def published(self) -> float | None:
        """When it was published, Unix seconds."""
        return self.row.published


class Backdrop:
    """A package's lines and publications. It only ever looks up more of the same history."""

    __slots__ = ("_found", "carries", "history", "lines")

    def __init__(self, history: PackageHistory, carries: Carries) -> None:
        """Look at `history` of a registry that has the fields of `carries`."""
        self.history = history
        self.carries = carries
        self.lines = Lines(history)
        self._found: dict[str, Earlier | None] = {}

    def earlier(self, version: str) -> Earlier | None:
        """Return a publication with its axes by the registry's word; None: there is none."""
        try:
            return self._found[version]
        except KeyError:
            row = self.history.publication(version)
            found = None
            if row is not None:
                found = Earlier(row=row, axes=claimed_axes(row, self.carries))
            self._found[version] = found
            return found
