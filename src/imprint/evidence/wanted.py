"""Wanted: a version whose evidence is asked for, as a lockfile or a client names it."""

from __future__ import annotations

import msgspec


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One name@version."""

    name: str
    version: str
    registry: str
    """The address of the registry that it comes from, with a slash at its end."""
    integrity: str | None = None
    """SRI text by which the lockfile knows its bytes; None: it does not say."""
    is_introduced: bool = False
    """A change under review brings it in."""
    replaces: str | None = None
    """The version whose place it takes, there."""

    @property
    def key(self) -> tuple[str, str]:
        """Name and version."""
        return self.name, self.version
