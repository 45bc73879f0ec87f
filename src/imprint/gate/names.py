"""Whose a name is: ours, or the upstream's. Ours is never asked upstream, in any way.

A name is ours from the moment when somebody reserved it (architecture, decision 13): it is
published here, or was once; a trusted publisher is for it, or was; its scope is declared ours, or
has such names. None of this takes a question to anybody else.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

import msgspec

from imprint.gate.flights import shared
from imprint.gate.model import NameStanding
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, quoted
from imprint.storage.names_held import MOST_NAMES, HeldNames, held_names
from imprint.storage.names_here import NameHere, name_here, names_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from imprint.http.pool import Pool
    from imprint.storage.database import Database

RECHECK_SECONDS = 0.5
"""How old an answer of the database may be: what another process reserved is seen then."""
MOST_KEPT = 16_384
_SIDES = {"own": NameStanding.OWN, "upstream": NameStanding.UPSTREAM}


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """Names and whole scopes of which an administrator said whose they are."""

    names: Mapping[str, NameStanding] = msgspec.field(default_factory=dict)
    scopes: Mapping[str, NameStanding] = msgspec.field(default_factory=dict)
    """By the scope, without `@`."""

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Self:
        """Read `NAME=own|upstream` and `@SCOPE/*=own|upstream`; raises Malformed (`gate-names`)."""
        names: dict[str, NameStanding] = {}
        scopes: dict[str, NameStanding] = {}
        for text in texts:
            target, _, side = text.strip().rpartition("=")
            standing = _SIDES.get(side.strip())
            if standing is None:
                raise _no_pin(text)
            target = target.strip()
            if target.startswith("@") and target.endswith("/*"):
                scopes[_scope(f"{target[:-1]}x", text)] = standing
                continue
            try:
                names[str(PackageName.parse_existing(target)).lower()] = standing
            except Malformed as err:
                raise _no_pin(text) from err
        return cls(names=names, scopes=scopes)

    def of(self, name: PackageName) -> NameStanding | None:
        """Return what is said of `name`, itself before its scope; None: nothing."""
        said = self.names.get(str(name).lower())
        if said is None and name.scope is not None:
            said = self.scopes.get(name.scope.lower())
        return said


def own_scopes_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the scopes, without `@` and in lower case; raises Malformed (`gate-names`)."""
    return frozenset(_scope(f"@{text.strip().removeprefix('@')}/x", text) for text in texts)


def name_standing(
    connection: Connection,
    name: PackageName,
    *,
    own_scopes: frozenset[str],
    pins: Pins,
    came_from_upstream: Callable[[str], bool] = lambda _: False,
) -> NameStanding:
    """Return whose `name` is.

    (1) what an administrator said of the name, then of its scope
    (2) a package of ours; `BOTH` where one of that name `came_from_upstream` before
    (3) reserved: somebody waits for it here, or its scope is ours
    (4) else the upstream's

    Names that differ in upper and lower case are one: nobody asks for `@Acme/app` by another
    registry's leave.
    """
    here = name_here(connection, *_key(name))
    return standing_by(
        name, here, own_scopes=own_scopes, pins=pins, came_from_upstream=came_from_upstream
    )


def standing_by(
    name: PackageName,
    here: NameHere,
    *,
    own_scopes: frozenset[str],
    pins: Pins,
    came_from_upstream: Callable[[str], bool] = lambda _: False,
) -> NameStanding:
    """Return whose `name` is, by what is `here` of it: as `name_standing`."""
    pinned = pins.of(name)  # (1)
    if pinned is NameStanding.UPSTREAM:
        return pinned
    if pinned is not None:
        return NameStanding.OWN if here.is_package else NameStanding.RESERVED
    if here.is_package:  # (2)
        is_both = came_from_upstream(str(name))
        return NameStanding.BOTH if is_both else NameStanding.OWN
    in_own_scope = name.scope is not None and name.scope.lower() in own_scopes
    if here.is_expected or here.scope_is_used or in_own_scope:  # (3)
        return NameStanding.RESERVED
    return NameStanding.UPSTREAM  # (4)


class Standings:
    """Whose names are, as the database has it. Used from the event loop alone.

    All names of ours are held in memory; whether they are still the same is asked when somebody
    asks, every `RECHECK_SECONDS`, and whenever this process wrote.
    """

    def __init__(
        self,
        database: Database,
        pool: Pool,
        *,
        clock: Callable[[], float],
        own_scopes: frozenset[str] = frozenset(),
        pins: Pins | None = None,
        came_from_upstream: Callable[[str], bool] = lambda _: False,
        most_names: int = MOST_NAMES,
    ) -> None:
        """Ask `database` in threads of `pool`; hold up to `most_names` of it."""
        self._most_names = most_names
        self._database = database
        self._pool = pool
        self._clock = clock
        self._own_scopes = own_scopes
        self._pins = pins or Pins()
        self._came_from_upstream = came_from_upstream
        self._held: HeldNames | None = None
        self._found: dict[str, NameStanding] = {}
        """Good for as long as what is held."""
        self._checked_at: float | None = None
        self._round = 0
        self._checks: dict[int, asyncio.Task[HeldNames | None]] = {}

    def fresh(self, name: str) -> NameStanding | None:
        """Return what was found of a name, if that still holds; None: ask `of`."""
        return self._found.get(name) if self._is_fresh() else None

    async def of(self, name: PackageName) -> NameStanding:
        """Return whose `name` is."""
        return self.fresh(str(name)) or (await self.of_many((name,)))[0]

    async def of_many(self, names: Sequence[PackageName]) -> list[NameStanding]:
        """Return whose `names` are, in their order."""
        started, held = self._round, self._held
        if not self._is_fresh():
            # Whoever asks after a write is not told what was looked up before it.
            held = await asyncio.shield(shared(self._checks, started, self._check))
        found: dict[PackageName, NameStanding] = {}
        missing: list[PackageName] = []
        for name in names:
            standing = self._at_hand(name, held)
            if standing is None:
                missing.append(name)
            else:
                found[name] = standing
        if missing:
            looked_up = await self._pool.run(self._looked_up, missing)
            found |= zip(missing, looked_up, strict=True)
        if started == self._round and held is self._held:
            self._keep(found)
        return [found[name] for name in names]

    def forget(self) -> None:
        """Ask the database again, of every name: this process wrote."""
        self._round += 1
        self._checked_at = None
        self._found.clear()

    def _is_fresh(self) -> bool:
        # A clock that was set back must not make it fresh for as long.
        at = self._checked_at
        return at is not None and 0 <= self._clock() - at <= RECHECK_SECONDS

    def _at_hand(self, name: PackageName, held: HeldNames | None) -> NameStanding | None:
        """Return the standing, if what is held says all of it."""
        if held is None:
            return None
        here = held.of(*_key(name))
        if here.is_package and self._pins.of(name) is None:
            # Whether it came from an upstream, too, is in a file.
            return self._found.get(str(name)) if held is self._held else None
        return self._standing(name, here)

    def _keep(self, found: Mapping[PackageName, NameStanding]) -> None:
        if len(self._found) + len(found) > MOST_KEPT:
            self._found.clear()
        self._found |= {str(name): standing for name, standing in found.items()}

    async def _check(self) -> HeldNames | None:
        started, now, before = self._round, self._clock(), self._held
        held = await self._pool.run(self._read, before)
        if started == self._round:  # else somebody wrote meanwhile
            if held is None or before is None or held.names != before.names:
                self._found.clear()
            self._held, self._checked_at = held, now
        return held

    def _read(self, before: HeldNames | None) -> HeldNames | None:
        with self._database.reading() as connection:
            return held_names(connection, before, most_names=self._most_names)

    def _looked_up(self, names: Sequence[PackageName]) -> list[NameStanding]:
        with self._database.reading() as connection:
            here = names_here(connection, [_key(name) for name in names])
        return [self._standing(name, one) for name, one in zip(names, here, strict=True)]

    def _standing(self, name: PackageName, here: NameHere) -> NameStanding:
        return standing_by(
            name,
            here,
            own_scopes=self._own_scopes,
            pins=self._pins,
            came_from_upstream=self._came_from_upstream,
        )


def _key(name: PackageName) -> tuple[str, str | None]:
    """Return name and scope, as the database has them."""
    return str(name).lower(), None if name.scope is None else name.scope.lower()


def _scope(name: str, text: str) -> str:
    try:
        scope = PackageName.parse_existing(name).scope
    except Malformed as err:
        raise _no_pin(text) from err
    if scope is None:
        raise _no_pin(text)
    return scope.lower()


def _no_pin(text: str) -> Malformed:
    return Malformed(
        "gate-names",
        f"{quoted(text)} does not say whose a name is",
        hint="`gate_names` takes `NAME=own`, `NAME=upstream`, `@SCOPE/*=…`; `own_scopes` `@SCOPE`",
    )
