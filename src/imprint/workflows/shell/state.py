"""What a shell knows while a script goes on: variables, exports, the folder. Not here: grammars."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.shell.model import Hole, HoleKind, Word

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKSPACE = "$GITHUB_WORKSPACE"
_WORKSPACES = {"GITHUB_WORKSPACE", "CI_PROJECT_DIR", "CIRCLE_WORKING_DIRECTORY"}


class ShellState(msgspec.Struct):
    """One shell's state. A value of None was set, to something that is not known."""

    variables: dict[str, tuple[Word, ...] | None] = msgspec.field(default_factory=dict)
    """More than one word: an array."""
    exported: dict[str, Word] = msgspec.field(default_factory=dict)
    """What the script itself exported."""
    inherited: frozenset[str] = frozenset()
    """Names that were in the environment before: to assign them is to export them."""
    directory: str | None = ""

    @classmethod
    def of_variables(cls, variables: Mapping[str, Word]) -> ShellState:
        """Return the state of a shell that starts with these in its environment."""
        return cls(
            variables={name: (word,) for name, word in variables.items()},
            inherited=frozenset(variables),
        )

    def known(self, name: str) -> Word | None:
        """Return a variable's value, where it is known and one word."""
        words = self.variables.get(name)
        return words[0] if words else None

    def copy(self) -> ShellState:
        """Return the state that a branch or a subshell starts with."""
        return ShellState(
            variables=dict(self.variables),
            exported=dict(self.exported),
            inherited=self.inherited,
            directory=self.directory,
        )

    def merge(self, branch: ShellState) -> None:
        """Take in a branch that may have run: what it changed is not known any more."""
        for name, value in branch.variables.items():
            if self.variables.get(name, ()) != value:
                self.variables[name] = None
        for name, word in branch.exported.items():
            self.exported.setdefault(name, word)
        if branch.directory != self.directory:
            self.directory = None

    def assign(self, name: str, words: tuple[Word, ...] | None, *, exported: bool) -> None:
        """Set a variable."""
        self.variables[name] = words
        if exported or name in self.exported or name in self.inherited:
            if words:
                self.exported[name] = words[0]
            elif words is not None:
                self.exported.pop(name, None)

    def export(self, name: str) -> None:
        """Export a variable that has a value already."""
        words = self.variables.get(name)
        if words:
            self.exported[name] = words[0]

    def change_directory(self, target: Word | None) -> None:
        """Follow a `cd`."""
        self.directory = None if target is None else moved(self.directory, target)


def moved(directory: str | None, target: Word) -> str | None:
    """Return where `cd target` leads from `directory`; None where that is not known."""
    first = target.parts[0] if target.parts else ""
    if isinstance(first, Hole):
        rest = "".join(part for part in target.parts[1:] if isinstance(part, str))
        if len(target.parts) > 2 or not is_workspace(first):  # noqa: PLR2004 (hole and rest)
            return None
        return posixpath.normpath(f"{WORKSPACE}/{rest.lstrip('/')}") if rest else WORKSPACE
    value = target.value
    if value is None or value in {"", "-"} or value.startswith(("~", "+")):
        return None
    if value.startswith(("/", WORKSPACE)):
        return posixpath.normpath(value)
    if directory is None:
        return None
    whole = posixpath.normpath(posixpath.join(directory, value.replace("\\", "/")))
    return "" if whole == "." else whole


def is_workspace(hole: Hole) -> bool:
    """Whether the hole stands for the folder that the repository is checked out into."""
    if hole.kind is HoleKind.VARIABLE:
        return hole.name in _WORKSPACES
    return hole.kind is HoleKind.EXPRESSION and hole.raw[3:-2].strip() == "github.workspace"
