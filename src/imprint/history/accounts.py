"""Accounts: who published what of a line or a package, so that no version is asked of each other.

Publications are in one order, the newest first, and known by their places in it. Pure. Not here:
what is told of it (`drift_accounts`).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.history.earlier import Earlier


class Same(msgspec.Struct, frozen=True):
    """Publications that have the value that is asked for, up to the first that has another."""

    count: int
    oldest: Earlier | None
    """The last of them."""
    other: Earlier | None
    """The newest with another value."""


class Accounts:
    """Who published, of publications in one order."""

    __slots__ = ("_configurations", "_emails", "_found", "_named", "_names", "_others", "_users")

    def __init__(self, found: Sequence[Earlier | None]) -> None:
        """Look through publications, the newest first; None: there is none in that place."""
        self._found = found
        self._users: dict[str, list[int]] = {}
        self._names: dict[str, list[int]] = {}
        self._named: list[int] = []
        self._emails: dict[str, Turns] = {}
        self._configurations = Turns()
        for place, earlier in enumerate(found):
            if earlier is not None:
                self._add(place, earlier)
        oldest = {user: places[-1] for user, places in self._users.items()}
        self._others = sorted(oldest.items(), key=lambda entry: entry[1])[-2:]

    def _add(self, place: int, earlier: Earlier) -> None:
        row = earlier.row
        if row.user is not None:
            self._users.setdefault(row.user, []).append(place)
            if row.email is not None:
                emails = self._emails.setdefault(row.user, Turns())
                emails.add(place, folded(row.email))
        if row.configuration_id is not None:
            self._configurations.add(place, row.configuration_id)
        names = {row.user, row.approver} - {None}
        if names:
            self._named.append(place)
        for name in names:
            if name is not None:
                self._names.setdefault(name, []).append(place)

    def by(self, user: str, start: int) -> Same:
        """Return the publications of a user from a place on."""
        places = self._users.get(user, [])
        count = len(places) - bisect_left(places, start)
        return Same(count, self._found[places[-1]] if count else None, None)

    def has_other(self, user: str, start: int) -> bool:
        """Return whether anybody else published, from a place on."""
        return any(place >= start for other, place in self._others if other != user)

    def email_of(self, user: str, email: str, start: int) -> Same:
        """Return the publications of a user with this e-mail address, from a place on."""
        turns = self._emails.get(user)
        return Same(0, None, None) if turns is None else turns.same(email, start, self._found)

    def configured_as(self, configuration_id: str, start: int) -> Same:
        """Return the publications by a configuration of the publisher, from a place on."""
        return self._configurations.same(configuration_id, start, self._found)

    def is_any_named(self, start: int, end: int) -> bool:
        """Return whether anybody published or approved, between two places."""
        return _is_any_between(self._named, start, end)

    def are_all_named(self, names: set[str], start: int, end: int) -> bool:
        """Return whether each of `names` published or approved, between two places."""
        return all(_is_any_between(self._names.get(name, []), start, end) for name in names)


class Turns:
    """Values by their places, and where each stops being the one before."""

    __slots__ = ("_places", "_turns", "_values")

    def __init__(self) -> None:
        """Start with none."""
        self._places: list[int] = []
        self._values: list[str] = []
        self._turns: list[int] = []
        """Where in the lists another value begins."""

    def add(self, place: int, value: str) -> None:
        """Add the next one."""
        if not self._values or self._values[-1] != value:
            self._turns.append(len(self._values))
        self._places.append(place)
        self._values.append(value)

    def same(self, value: str, start: int, found: Sequence[Earlier | None]) -> Same:
        """Return how many from a place on have `value`, of `found`, and what comes then."""
        first = bisect_left(self._places, start)
        if first == len(self._places):
            return Same(0, None, None)
        if self._values[first] != value:
            return Same(0, None, found[self._places[first]])
        turn = bisect_left(self._turns, first + 1)
        end = self._turns[turn] if turn < len(self._turns) else len(self._places)
        other = found[self._places[end]] if end < len(self._places) else None
        return Same(end - first, found[self._places[end - 1]], other)


def folded(email: str) -> str:
    """Return an e-mail address as two of one account compare."""
    return email.strip().lower()


def _is_any_between(places: list[int], start: int, end: int) -> bool:
    first = bisect_left(places, start)
    return first < len(places) and places[first] < end
