"""Taking one wrapper off a program: what stands behind it, and who stood around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.shell.model import program_name
from imprint.workflows.shell.state import moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.workflows.shell.model import Program, Word

_SPECIFIED = re.compile(r"(?P<name>@[^/@\s]+/[^@\s]+|[^@\s]+)@(?P<version>[^\s]+)")
_BINARIES = {
    "@changesets/cli": "changeset",
    "changesets": "changeset",
    "@lerna-lite/cli": "lerna",
    "@microsoft/rush": "rush",
    "@nrwl/cli": "nx",
    "@nx/cli": "nx",
    "@napi-rs/cli": "napi",
    "@auto-it/cli": "auto",
    "@jsdevtools/npm-publish": "npm-publish",
    "@dotenvx/dotenvx": "dotenvx",
    "@go-task/cli": "task",
}
CALLS = frozenset({"-c", "--call"})
"""Options of `npx` and `npm exec` whose value is a script."""


def named_program(path: str) -> tuple[str, str | None]:
    """Return a program's bare name and version of what stands in its place: `@scope/name@1`."""
    match = _SPECIFIED.fullmatch(path)
    package = match["name"] if match else path
    version = match["version"] if match else None
    return _BINARIES.get(package) or program_name(package), version


def wrapped(program: Program, runner: str, words: Sequence[Word]) -> Program | None:
    """Return the program in a wrapper, its words still to be looked at."""
    while words and words[0].value == "--":
        words = words[1:]
    if not words:
        return None
    return replace(
        program,
        name=None,
        requested=None,
        arguments=tuple(words),
        runners=(*program.runners, runner),
    )


def behind_separator(words: Sequence[Word]) -> tuple[Word, ...] | None:
    """Return the words behind `--`; None where there is none."""
    for position, word in enumerate(words):
        if word.value == "--":
            return tuple(words[position + 1 :])
    return None


def in_folder(program: Program, folder: Word | None) -> Program:
    """Return the program as run in another folder, if one is named."""
    return (
        program if folder is None else replace(program, directory=moved(program.directory, folder))
    )


def renamed(word: Word, name: str) -> Word:
    """Return a word that says something else, in the same place."""
    return replace(word, parts=(name,))
