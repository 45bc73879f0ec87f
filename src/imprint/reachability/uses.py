"""Use: a project's own file, or a script of its package.json, asks for a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One package is asked for by name."""

    project: str
    """The path of the project whose dependencies it is looked up in; empty: the root."""
    origin: str
    """For people: `src/api.ts:3`, `package.json: scripts.build`."""
    package: str
    """As package.json names it."""
    is_build: bool = False
    """A tool, a test or a tool's settings ask for it."""


class InstallScripts(msgspec.Struct, frozen=True, kw_only=True):
    """Which install scripts the project's settings would run (facts: consumers §6.5)."""

    run_by_default: bool = True
    """Of packages that `allowed` and `denied` do not name."""
    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()
    all_off: bool = False
    """`ignore-scripts`: whatever is allowed."""
    has_script: Callable[[str], bool | None] | None = None
    """Asked, with a package's key, where the lockfile does not say."""

    def runs(self, name: str) -> bool:
        """Whether scripts of packages of that name run."""
        if self.all_off or name in self.denied:
            return False
        return self.run_by_default or name in self.allowed
