"""Exposure: in what way a package could do harm, the worst first; with the path that shows it.

Facts: consumers §6.5. `build` stands above `runtime`: what stole credentials ran in CI.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec


class Exposure(IntEnum):
    """Comparable: the most exposed is the greatest."""

    NOT_INSTALLED = 0
    """Of another platform, or optional and left out."""
    DEV_ONLY_INERT = 1
    """Nothing that was looked at runs it: development alone needs it, or no file asks for it."""
    RUNTIME_CLOSURE = 2
    """A package that is imported needs it; whether it is loaded was not seen."""
    RUNTIME_IMPORTED = 3
    """A file of it is loaded by the application."""
    BUILD = 4
    """A tool of development or build runs it, with whatever CI gives it."""
    INSTALL = 5
    """It has a script that an install would run."""

    @property
    def word(self) -> str:
        """Its name in reports: `runtime-imported`."""
        return self.name.lower().replace("_", "-")


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How one place of a lockfile is reached."""

    exposure: Exposure
    proof: tuple[str, ...] = ()
    """From a file of the project to the package: `src/server.ts`, `express`, `qs`."""
    may_load_anything: bool = False
    """On the way something loads what it computes."""
