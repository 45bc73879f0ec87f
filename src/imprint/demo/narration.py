"""How the story is told: paragraphs for people, what programs said as they said it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDEST = 100
_INDENT = "   "
_QUOTE = f"{_INDENT}| "


class Narrator:
    """Writes to one stream: colours on a terminal that has them, plain text everywhere else."""

    def __init__(self, out: TextIO) -> None:
        """Write to `out`; `NO_COLOR` is rich's to respect."""
        self._console = Console(file=out, highlight=False, markup=False, emoji=False)
        self._width = min(self._console.width, WIDEST) if self._console.is_terminal else None

    def title(self, text: str) -> None:
        """Begin the story."""
        self._line(text, style="bold")

    def act(self, number: int, title: str) -> None:
        """Begin an act of it."""
        self._line("")
        self._line(f"{number}  {title}", style="bold")

    def say(self, text: str) -> None:
        """Tell something, in one paragraph."""
        for line in textwrap.wrap(text, width=(self._width or WIDEST) - len(_INDENT)):
            self._line(_INDENT + line)

    def command(self, text: str, *, where: str | None = None) -> None:
        """Show a command that is about to run, and in which surroundings."""
        lines = [text if where is None else f"{text}    # {where}"]
        if self._width is not None:
            # A shell takes up a line that ends with a backslash: what is shown can be copied.
            lines = textwrap.wrap(
                lines[0],
                self._width - len(f"{_INDENT}$  \\"),
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        self._line(f"{_INDENT}$ " + f" \\\n{_INDENT}  ".join(lines), style="cyan")

    def quote(self, lines: Iterable[str]) -> None:
        """Show lines of a program, to the letter; a terminal gets them broken at its width."""
        for line in lines:
            parts = [line]
            if self._width is not None:
                parts = textwrap.wrap(
                    line, self._width - len(_QUOTE), subsequent_indent="  ", break_on_hyphens=False
                )
            for part in parts:
                self._line(_QUOTE + part, style="dim")

    def _line(self, text: str, *, style: str = "") -> None:
        self._console.print(Text(text, style=style), soft_wrap=True)
