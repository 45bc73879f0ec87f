"""Backdrop: what all versions of one package are judged before, looked up once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.history.claims import claimed_axes
from imprint.history.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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

    __slots__ = ("_found", "carries", "earlier", "history", "lines")

    def __init__(self, history: PackageHistory, carries: Carries) -> None:
        """Look at `history` of a registry that has the fields of `carries`."""
        self.history = history
        self.carries = carries
        self.lines = Lines(history)
        self._found = _Found(history, carries)
        self.earlier: Callable[[str], Earlier | None] = self._found.__getitem__
        """Gives a publication with its axes by the registry's word; None: there is none."""

    def all_of(self, versions: Iterable[str]) -> Iterator[Earlier]:
        """Yield those of `versions` that there are, in their order, as they are asked for."""
        return filter(None, map(self.earlier, versions))


class _Found(dict[str, "Earlier | None"]):
    """Publications by version, looked up when they are first asked for."""

    def __init__(self, history: PackageHistory, carries: Carries) -> None:
        super().__init__()
        self._history = history
        self._carries = carries

    def __missing__(self, version: str) -> Earlier | None:
        row = self._history.publication(version)
        found = None
        if row is not None:
            found = Earlier(row=row, axes=claimed_axes(row, self._carries))
        self[version] = found
        return found
