"""What a command really runs, behind `sudo`, `env`, `timeout`, `xargs`, `npx`, `bash -c` and more.

Package managers' own runners with one binary (`npx`, `pnpm dlx`, `yarn exec`) are taken off too;
their scripts (`npm run`) are `publishing/scripts.py`'s business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.workflows.shell.bash import bash_commands
from imprint.workflows.shell.model import Hole, Program, Word
from imprint.workflows.shell.state import moved
from imprint.workflows.shell.wrappers import inside
from imprint.workflows.shell.wrapping import CALLS, named_program, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.workflows.shell.model import Command

__all__ = ["Program", "programs_of", "programs_within"]

DEEPEST = 8
"""Wrappers around wrappers that are taken off."""
_SHELLS = {"bash", "sh", "zsh", "dash", "ash", "ksh"}


def programs_of(command: Command) -> tuple[Program, ...]:
    """Return what `command` runs: one program, those of `bash -c "…"`, or none."""
    if not command.words:
        return ()
    whole = Program(
        name=None,
        arguments=command.words,
        environment=command.environment,
        directory=command.directory,
        command=command,
    )
    return tuple(_unwrapped(whole, DEEPEST))


def programs_within(program: Program, runner: str, words: Sequence[Word]) -> tuple[Program, ...]:
    """Return what `runner` comes to run where its words are another program's: `pnpm np`."""
    around = wrapped(program, runner, words)
    return () if around is None else tuple(_unwrapped(around, DEEPEST))


def _unwrapped(around: Program, depth: int) -> Iterator[Program]:
    """Yield the programs of `around`'s arguments, the first of which is the program's name."""
    words = around.arguments
    if not words or depth == 0:
        return
    path = words[0].value
    if path is None and isinstance(words[0].parts[-1], str):
        # `$BIN/npm`, `./node_modules/.bin${{ … }}/changeset`: the folder does not matter.
        tail = words[0].parts[-1].rpartition("/")
        path = tail[2] if tail[1] else None
    if path is None:
        yield replace(around, name=None, arguments=words)
        return
    name, requested = named_program(path)
    program = replace(around, name=name, requested=requested, arguments=words[1:])
    inner = inside(program)
    if inner is None:
        script = _script_of(program)
        if script is None:
            yield program
        else:
            yield from _scripted(program, script, depth - 1)
    else:
        yield from _unwrapped(inner, depth - 1)


def _script_of(program: Program) -> Word | None:
    """Return the text that `bash -c`, `eval`, `npx -c` or a piped shell takes as a script."""
    name, words = program.name, program.arguments
    if name == "eval" and words:
        return _as_one(words)
    if name in _SHELLS or name in {"npx", "su"} or _is_exec(program):
        for position, word in enumerate(words[:-1]):
            if word.value in CALLS or (
                name in _SHELLS
                and re.fullmatch(r"-[a-z]*c", word.lead) is not None
                and word.value is not None
            ):
                return words[position + 1]
    if name in _SHELLS and not [word for word in words if not word.lead.startswith("-")]:
        bodies = [redirect.body for redirect in program.command.redirects if redirect.body]
        source = program.command.source
        if source is not None and not bodies:
            bodies = [redirect.body for redirect in source.redirects if redirect.body]
        return bodies[0] if bodies else None
    return None


def _is_exec(program: Program) -> bool:
    first = next((word.value for word in program.arguments), None)
    return program.name == "npm" and first in {"exec", "x"}


def _as_one(words: Sequence[Word]) -> Word:
    parts: list[str | Hole] = []
    for word in words:
        parts += [*word.parts, " "]
    return replace(words[0], parts=tuple(parts), raw=" ".join(word.raw for word in words))


def _scripted(program: Program, script: Word, depth: int) -> Iterator[Program]:
    """Yield the programs of a script within a word, as if they stood where the word does."""
    outer = program.command
    for command in bash_commands(script.shown, dict(program.environment)):
        inner = replace(
            command,
            start=outer.start,
            end=outer.end,
            conditions=(*outer.conditions, *command.conditions),
            function=outer.function,
            directory=_joined(program.directory, command.directory),
            environment={**program.environment, **command.environment},
        )
        around = Program(
            name=None,
            arguments=inner.words,
            runners=(*program.runners, program.name or "sh"),
            environment=inner.environment,
            directory=inner.directory,
            command=inner,
        )
        yield from _unwrapped(around, depth)


def _joined(outer: str | None, inner: str | None) -> str | None:
    if inner is None:
        return None
    return moved(outer, Word(parts=(inner,), raw=inner, start=0, end=0)) if inner else outer
