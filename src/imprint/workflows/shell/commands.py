"""A step's script as commands, by the shell that it is written for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from imprint.workflows.shell.bash import bash_commands
from imprint.workflows.shell.cmd import cmd_commands
from imprint.workflows.shell.expressions import pieces_of
from imprint.workflows.shell.model import Command, Word, program_name
from imprint.workflows.shell.powershell import powershell_commands

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_SCRIPT = 256 * 1024
"""Characters of a script that are looked at: no step has more."""


def commands_of(
    script: str, *, shell: str | None, variables: Mapping[str, str] | None = None
) -> tuple[Command, ...]:
    """Return every command of a script, in the order written.

    `shell` is a step's `shell` (`bash`, `pwsh`, `cmd`, `bash -e {0}`); None is bash. A script for
    an interpreter that is no shell (`python`, `node`) has no commands. `variables` are values that
    the step's environment gives, expressions in them as they are written: they are put into words,
    and are not in a command's `environment`. Never raises.
    """
    text = script[:LARGEST_SCRIPT]
    return _read(text, shell_name(shell), mentioned(text, variables or {}))


def mentioned(script: str, variables: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the variables that a script may use: those whose name is in it."""
    return tuple((name, value) for name, value in variables.items() if name in script)


@lru_cache(maxsize=8192)
def _read(text: str, shell: str, variables: tuple[tuple[str, str], ...]) -> tuple[Command, ...]:
    given = {
        name: Word(parts=pieces_of(value), raw=value, start=0, end=0) for name, value in variables
    }
    match shell:
        case "pwsh" | "powershell":
            return powershell_commands(text, given)
        case "cmd":
            return cmd_commands(text, given)
        case "bash" | "sh" | "msys2" | "zsh" | "dash" | "ash" | "ksh" | "":
            return bash_commands(text, given)
        case _:
            return ()


def shell_name(shell: str | None) -> str:
    """Return the program's name of a step's `shell`: `/bin/bash -e {0}` is `bash`."""
    words = (shell or "bash").split()
    return program_name(words[0]).lower() if words and "${{" not in words[0] else "bash"
