"""Layout: what a terminal can show. Nothing here is said by colour or by a special sign alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_MOST_WIDTH, _LEAST_WIDTH = 120, 40
_NARROWER = str.maketrans({"→": ">", "·": "-", "…": "..."})


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a report for people is laid out."""

    width: int = 100
    height: int = 40
    """A screenful: what does not fit is folded and counted."""
    has_colour: bool = False
    has_symbols: bool = True
    """False: the output takes ASCII only."""
    shows_all: bool = False

    def plain(self, line: str) -> str:
        """Return a line of ours with signs that the output can take."""
        return line if self.has_symbols else line.translate(_NARROWER)


def layout_of(stream: TextIO, *, environment: Mapping[str, str], shows_all: bool = False) -> Layout:
    """Return the layout for a stream: a terminal's size and colours, where it is one."""
    is_terminal = stream.isatty()
    size = shutil.get_terminal_size((100, 40)) if is_terminal else (100, 40)
    return Layout(
        width=max(_LEAST_WIDTH, min(size[0], _MOST_WIDTH)),
        height=max(size[1], 20),
        # https://no-color.org: set and not empty.
        has_colour=is_terminal
        and not environment.get("NO_COLOR")
        and environment.get("TERM") != "dumb",
        has_symbols=_takes_symbols(stream),
        shows_all=shows_all,
    )


def _takes_symbols(stream: TextIO) -> bool:
    try:
        "✗▲↑→·…".encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
