"""A command of a script, its words resolved as far as the text goes. Pure types.

Offsets count characters of the script, ends excluded; `yaml/places.py` turns them into places of
the file that the script stands in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class HoleKind(StrEnum):
    """Why a part of a word is not known."""

    EXPRESSION = "expression"
    """`${{ … }}`: the forge writes something there before the shell starts."""
    VARIABLE = "variable"
    OUTPUT = "output"
    """`$(…)`: what another command prints."""
    OTHER = "other"


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a word that only the run decides."""

    kind: HoleKind
    raw: str
    """As it was written."""
    name: str | None = None
    """The variable's name, where it is one."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One argument: quotes and escapes resolved, expansions as far as they are known."""

    parts: tuple[str | Hole, ...]
    """Neighbouring texts are one; an empty word has no part."""
    raw: str
    """As it was written, quotes included."""
    start: int
    end: int

    @property
    def value(self) -> str | None:
        """The whole word, or None where a part of it is not known."""
        if len(self.parts) == 1:
            first = self.parts[0]
            return first if isinstance(first, str) else None
        known = [part for part in self.parts if isinstance(part, str)]
        return "".join(known) if len(known) == len(self.parts) else None

    @property
    def shown(self) -> str:
        """The word with the unknown parts as they were written."""
        return "".join(part if isinstance(part, str) else part.raw for part in self.parts)

    @property
    def lead(self) -> str:
        """What is known of its beginning."""
        first = self.parts[0] if self.parts else ""
        return first if isinstance(first, str) else ""

    @property
    def hole(self) -> Hole | None:
        """The unknown part, where the word is nothing else: it may stand for several words."""
        first = self.parts[0] if len(self.parts) == 1 else None
        return first if isinstance(first, Hole) else None


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """`NAME=value`, for one command or from there on."""

    name: str
    value: Word
    exported: bool = False


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """Where a command's output goes or its input comes from."""

    operator: str
    """`>`, `>>`, `<`, `<<`, `<<<`, `|tee`; PowerShell's `Out-File` is `>`."""
    target: Word | None
    """The file; None for a here-document."""
    body: Word | None = None
    """A here-document's or here-string's text."""


class ConditionKind(StrEnum):
    """How a command depends on something else of its script."""

    IF = "if"
    """Runs where the test is true."""
    UNLESS = "unless"
    """Runs where the test is false: `else`, or behind `||`."""
    SUCCESS = "success"
    """Behind `&&` of a command that is no test."""
    FAILURE = "failure"
    """Behind `||` of a command that is no test."""
    LOOP = "loop"
    CASE = "case"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """What a command depends on."""

    kind: ConditionKind
    raw: str
    """The test, the loop's head or the case, as written."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One simple command, wherever it stands: in lists, loops, functions and substitutions."""

    words: tuple[Word, ...]
    """Program and arguments; empty where there are only assignments."""
    assignments: tuple[Assignment, ...] = ()
    """Of this command; where it has no words they hold for what follows."""
    start: int
    end: int
    raw: str
    redirects: tuple[Redirect, ...] = ()
    conditions: tuple[Condition, ...] = ()
    """The outermost first."""
    directory: str | None = ""
    """Where `cd` has led, from where the script starts; None: not known. `/…` is absolute, and
    `$GITHUB_WORKSPACE/…` starts at the workspace."""
    environment: Mapping[str, Word] = msgspec.field(default_factory=dict)
    """What was exported before, and this command's own assignments."""
    function: str | None = None
    """The function whose body it is in."""
    source: Command | None = None
    """The command that is piped into this one."""

    @property
    def program(self) -> str | None:
        """The name of what is run, without folder and `.exe`, `.cmd`; None where not known."""
        name = self.words[0].value if self.words else None
        return None if name is None else program_name(name)


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """One program that a command runs."""

    name: str | None
    """Its bare name: `npm`, `changeset`; None where it is not known."""
    requested: str | None = None
    """The version or tag that `npx name@11` asks for."""
    arguments: tuple[Word, ...]
    runners: tuple[str, ...] = ()
    """What stands around it, the outermost first: `sudo`, `npx`, `pnpm exec`."""
    environment: Mapping[str, Word] = msgspec.field(default_factory=dict)
    directory: str | None = ""
    """As of Command."""
    workspaces: tuple[Word, ...] = ()
    """Which members the runner was told to run it in: `yarn workspace NAME`, `pnpm --filter`."""
    is_recursive: bool = False
    """It runs in every member: `pnpm -r exec`, `yarn workspaces foreach`."""
    command: Command

    @property
    def text(self) -> str:
        """Name and arguments in one line."""
        return " ".join([self.name or "?", *(word.shown for word in self.arguments)])


def program_name(path: str) -> str:
    """Return a program's name: without its folder and without Windows's suffixes."""
    name = path.replace("\\", "/").rpartition("/")[2] or path
    for suffix in (".exe", ".cmd", ".ps1"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name
