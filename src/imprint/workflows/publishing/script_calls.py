"""A script that a program stands for. Pure type; who finds them stands beside it."""

from __future__ import annotations

import msgspec


class ScriptCall(msgspec.Struct, frozen=True, kw_only=True):
    """One script that is run."""

    name: str
    """For people: `npm run release`."""
    text: str | None
    """None: the file is not there."""
    folder: str | None
    """Where it starts, from the repository's root; None where not known."""
    path: str = ""
    is_program: bool = False
    """It is in another language than a shell's."""
