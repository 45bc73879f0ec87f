"""Backdrop: what all versions of one package are judged before, looked up once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imprint.history.accounts import Accounts
from imprint.history.claims import claimed_axes
from imprint.history.earlier import Earlier
from imprint.history.lines import MOST_IN_WINDOW, Lines, line_of
from imprint.history.windows import Levels, LineRows, Window, levels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imprint.history.axes import Carries
    from imprint.history.levels import Axis
    from imprint.history.lines import Line
    from imprint.history.publications import PackageHistory

_NO_NAMES: Final[frozenset[str]] = frozenset()


class Backdrop:
    """A package's lines and publications. It only ever looks up more of the same history."""

    __slots__ = ("_accounts", "_found", "_rows", "carries", "earlier", "history", "lines")

    def __init__(self, history: PackageHistory, carries: Carries) -> None:
        """Look at `history` of a registry that has the fields of `carries`."""
        self.history = history
        self.carries = carries
        self.lines = Lines(history)
        self._found = _Found(history, carries)
        self._rows: dict[Line, LineRows] = {}
        self._accounts: dict[bool, Accounts] = {}
        self.earlier: Callable[[str], Earlier | None] = self._found.__getitem__
        """Gives a publication with its axes by the registry's word; None: there is none."""

    def all_of(self, versions: Iterable[str]) -> Iterator[Earlier]:
        """Yield those of `versions` that there are, in their order, as they are asked for."""
        return filter(None, map(self.earlier, versions))

    def window(
        self, version: str, *, window_seconds: float, beyond: int, line: Line | None = None
    ) -> Window:
        """Return the window before a version in its line, or in `line`, and `beyond` more."""
        places = self.lines.places_before(
            version, window_seconds=window_seconds, beyond=beyond, line=line
        )
        if places is not None:
            return self._rows_of(line or line_of(version)).window(places)
        published = self.lines.moment_of(version)
        found: list[Earlier] = []
        older = 0
        for earlier in self.all_of(self.lines.before(version, line=line)):
            found.append(earlier)
            at = earlier.row.published
            if published is None or at is None or published - at > window_seconds:
                older += 1
            if older == beyond or len(found) == MOST_IN_WINDOW:
                break
        return Window.of(found, is_timed=False)

    def levels_before(self, version: str, axis: Axis) -> Levels:
        """Return the levels of all before a version in its line, the newest first."""
        place = self.lines.place_before(version)
        if place is None:
            return Levels.of(self.all_of(self.lines.before(version)))[axis]
        return self._rows_of(line_of(version)).levels_from(place)[axis]

    def accounts_of_line(self, version: str) -> Accounts:
        """Return who published a version's line, by the places of `Lines.place_before`."""
        rows = self._rows_of(line_of(version))
        if rows.accounts is None:
            rows.accounts = Accounts(rows.all())
        return rows.accounts

    def accounts(self, *, is_timed: bool) -> Accounts:
        """Return who published the package, by the places of `Lines.package_order`."""
        found = self._accounts.get(is_timed)
        if found is None:
            order = self.lines.package_order(is_timed=is_timed)
            found = Accounts([self.earlier(version) for _, version in order])
            self._accounts[is_timed] = found
        return found

    def _rows_of(self, line: Line) -> LineRows:
        found = self._rows.get(line)
        if found is None:
            found = LineRows(tuple(self.lines.newest_first(line)), self.earlier)
            self._rows[line] = found
        return found


class _Found(dict[str, "Earlier | None"]):
    """Publications by version, looked up when they are first asked for."""

    def __init__(self, history: PackageHistory, carries: Carries) -> None:
        super().__init__()
        self._history = history
        self._carries = carries
        self._exotic: dict[frozenset[str], frozenset[str]] = {}

    def __missing__(self, version: str) -> Earlier | None:
        row = self._history.publication(version)
        found = None
        if row is not None:
            exotic = _NO_NAMES
            if row.exotic_dependencies:
                exotic = frozenset(map(exotic_name, row.exotic_dependencies))
                exotic = self._exotic.setdefault(exotic, exotic)
            axes = claimed_axes(row, self._carries)
            found = Earlier(row=row, axes=axes, levels=levels_of(axes), exotic=exotic)
        self[version] = found
        return found


def exotic_name(dependency: str) -> str:
    """Return the name of `name@spec`, which may begin with a scope's `@`."""
    return dependency[:1] + dependency[1:].partition("@")[0]
