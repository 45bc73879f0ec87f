"""Whose a name is: ours, or the upstream's. Ours is never asked upstream, in any way.

A name is ours from the moment when somebody reserved it (architecture, decision 13): it is
published here, or was once; a trusted publisher is for it, or was; its scope is declared ours, or
has such names. None of this takes a question to anybody else.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from imprint.gate.flights import shared
from imprint.gate.model import NameStanding
from imprint.npm.names import PackageName
from imprint.refusals import Malformed, quoted
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Names and whole scopes of which an administrator said whose they are."""

    names: Mapping[str, NameStanding] = field(default_factory=dict)
    scopes: Mapping[str, NameStanding] = field(default_factory=dict)
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
    scope = None if name.scope is None else name.scope.lower()
    here = name_here(connection, str(name).lower(), scope)
    return _standing(
        name, here, own_scopes=own_scopes, pins=pins, came_from_upstream=came_from_upstream
    )


def _standing(
    name: PackageName,
    here: NameHere,
    *,
    own_scopes: frozenset[str],
    pins: Pins,
    came_from_upstream: Callable[[str], bool],
) -> NameStanding:
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
    """The standings of the names that were asked for last, as the database has them.

    Used from the event loop alone. An answer is good for `RECHECK_SECONDS`, and no longer than
    until this process writes.
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
    ) -> None:
        """Ask `database` in threads of `pool`."""
        self._database = database
        self._pool = pool
        self._clock = clock
        self._own_scopes = own_scopes
        self._pins = pins or Pins()
        self._came_from_upstream = came_from_upstream
        self._kept: OrderedDict[str, tuple[float, NameStanding]] = OrderedDict()
        self._flights: dict[tuple[int, str], asyncio.Task[NameStanding]] = {}
        self._round = 0

    def fresh(self, name: str) -> NameStanding | None:
        """Return what was found a moment ago; None: the database is to be asked."""
        kept = self._kept.get(name)
        # A clock that was set back must not make it fresh for as long.
        if kept is None or not 0 <= self._clock() - kept[0] <= RECHECK_SECONDS:
            return None
        return kept[1]

    async def of(self, name: PackageName) -> NameStanding:
        """Return whose `name` is, looked up once for all who ask now."""
        found = self.fresh(str(name))
        if found is not None:
            return found
        # Whoever asks after a write is not told what was looked up before it.
        key = (self._round, str(name))
        return await asyncio.shield(shared(self._flights, key, lambda: self._one(name)))

    async def of_many(self, names: Sequence[PackageName]) -> list[NameStanding]:
        """Return whose `names` are, in their order."""
        kept = {str(name): self.fresh(str(name)) for name in names}
        known = {text: standing for text, standing in kept.items() if standing is not None}
        missing = {str(name): name for name in names if str(name) not in known}
        started, now = self._round, self._clock()
        found = await self._pool.run(self._read, tuple(missing.values())) if missing else ()
        for text, standing in zip(missing, found, strict=True):
            known[text] = standing
            if started == self._round:  # else somebody wrote meanwhile
                self._keep(text, standing, now)
        return [known[str(name)] for name in names]

    def forget(self) -> None:
        """Ask the database again, of every name: this process wrote."""
        self._round += 1
        self._kept.clear()

    async def _one(self, name: PackageName) -> NameStanding:
        return (await self.of_many((name,)))[0]

    def _keep(self, name: str, standing: NameStanding, now: float) -> None:
        self._kept[name] = (now, standing)
        self._kept.move_to_end(name)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _read(self, names: Sequence[PackageName]) -> list[NameStanding]:
        lower = [
            (str(name).lower(), None if name.scope is None else name.scope.lower())
            for name in names
        ]
        with self._database.reading() as connection:
            here = names_here(connection, lower)
        return [
            _standing(
                name,
                one,
                own_scopes=self._own_scopes,
                pins=self._pins,
                came_from_upstream=self._came_from_upstream,
            )
            for name, one in zip(names, here, strict=True)
        ]


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
