"""Every program that a script comes to run: through `npm run`, `make` and local scripts, too.

Followed to three levels, as facts/workflows.md §7.2 has it. A script in another language is looked
through as text, with low confidence; one that is not among the files is a program `None`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.workflows.findings import Confidence
from imprint.workflows.publishing.local_scripts import local_script
from imprint.workflows.publishing.makefiles import makefile_calls
from imprint.workflows.publishing.members import package_at, repository_folder
from imprint.workflows.publishing.package_scripts import binary_of, package_calls
from imprint.workflows.publishing.prospects import Prospects
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.model import Word
from imprint.workflows.shell.programs import Program, programs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.publishing.script_calls import ScriptCall
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command

DEEPEST = 3
"""Scripts that call scripts."""
MOST_PROGRAMS = 2_000
_BY_NAME = {("pnpm",), ("yarn",), ("bun",), ("vp",)}
"""Runners that take scripts and binaries by the same words."""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A program that a step comes to run."""

    program: Program
    via: tuple[str, ...]
    """How: `npm run release`, `make publish`; the outermost first. Empty: the step says it."""
    folder: str | None
    """Where it runs, from the repository's root; None where not known."""
    command: Command
    """The command of the step's own script that leads here."""
    commands: tuple[Command, ...] = ()
    """Each command on the way, that of the program itself the last."""
    confidence: Confidence = Confidence.HIGH
    missing: str | None = None
    """The file of a script that would have to be looked into and is not there."""


class Follower:
    """Follows scripts of one repository; what was followed once is not followed again."""

    def __init__(self, repository: Repository) -> None:
        """Take the repository, whose files do not change."""
        self.repository = repository
        self.prospects = Prospects(repository)
        self._followed: dict[object, tuple[Reached, ...]] = {}

    def programs(
        self,
        script: str,
        *,
        shell: str | None,
        folder: str | None,
        environment: Mapping[str, str],
    ) -> tuple[Reached, ...]:
        """Return what `reached_programs` returns; nothing where nothing can come to publish."""
        if not self.prospects.may_publish(script):
            return ()
        key = (script, shell, folder, tuple(environment.items()))
        found = self._followed.get(key)
        if found is None:
            found = reached_programs(
                self.repository, script, shell=shell, folder=folder, environment=environment
            )
            self._followed[key] = found
        return found


def reached_programs(
    repository: Repository,
    script: str,
    *,
    shell: str | None,
    folder: str | None,
    environment: Mapping[str, str] | None = None,
) -> tuple[Reached, ...]:
    """Return each program that `script`, started in `folder`, comes to run, in order. Total."""
    commands = commands_of(script, shell=shell, variables=environment)
    found: list[Reached] = []
    for reached in _reached(repository, commands, folder, (), environment or {}):
        found.append(reached)
        if len(found) == MOST_PROGRAMS:
            break
    return tuple(found)


def _reached(
    repository: Repository,
    commands: tuple[Command, ...],
    folder: str | None,
    outer: tuple[tuple[str, Command], ...],
    environment: Mapping[str, str],
) -> Iterator[Reached]:
    called = {command.words[0].value for command in commands if command.words}
    for command in commands:
        if command.function is not None and command.function not in called:
            continue
        for program, place in _programs(repository, command, folder):
            via = tuple(name for name, _ in outer)
            reached = Reached(
                program=program,
                via=via,
                folder=place,
                command=outer[0][1] if outer else command,
                commands=(*(each for _, each in outer), command),
            )
            yield reached
            if len(outer) < DEEPEST:
                yield from _further(repository, reached, outer, environment)


def _programs(
    repository: Repository, command: Command, folder: str | None
) -> Iterator[tuple[Program, str | None]]:
    """Yield what a command runs and where, a package's binaries in their manager's place."""
    for program in programs_of(command):
        place = repository_folder(folder, program.directory)
        inner = binary_of(repository, program, place)
        for each in inner or (program,):
            yield each, place


def _further(
    repository: Repository,
    reached: Reached,
    outer: tuple[tuple[str, Command], ...],
    environment: Mapping[str, str],
) -> Iterator[Reached]:
    """Yield what the scripts come to run that a program stands for."""
    program, place = reached.program, reached.folder
    if program.runners[-1:] in _BY_NAME and package_at(repository, place) is None:
        # `pnpm release` without its package.json: a script as well as a binary.
        yield replace(reached, missing=program.name, confidence=Confidence.LOW)
    seen = {name for name, _ in outer}
    for call in (
        *package_calls(repository, program, place),
        *makefile_calls(repository, program, place),
        *local_script(repository, program, place),
    ):
        if call.name in seen:
            continue
        deeper = (*outer, (call.name, reached.commands[-1]))
        if call.text is None:
            yield replace(reached, missing=call.path, confidence=Confidence.LOW)
        elif call.is_program:
            yield from _in_text(reached, call, deeper)
        else:
            exported = {name: word.shown for name, word in program.environment.items()}
            inner = commands_of(call.text, shell=None, variables={**environment, **exported})
            yield from _reached(repository, inner, call.folder, deeper, environment)


_IN_TEXT = re.compile(
    r"""(?P<client>\b(?:npm|pnpm|yarn|bun|lerna|changeset|nx))(?:\.cmd)?
    (?P<between>["'`]?\s*,?\s*\[?\s*["'`]?(?:(?:npm|stage|release|-r|--recursive)["'`]?[\s,]+["'`]?)?)
    \bpublish\b(?P<behind>[^;\n]{0,200})""",
    re.VERBOSE,
)


def _in_text(
    reached: Reached, call: ScriptCall, outer: tuple[tuple[str, Command], ...]
) -> Iterator[Reached]:
    """Yield publish commands that a program's text seems to hold: `execa('npm', ['publish'])`."""
    for match in _IN_TEXT.finditer(call.text or ""):
        line = (call.text or "")[: match.start()].rpartition("\n")[2]
        if "--dry-run" in match["behind"] or line.lstrip().startswith(("//", "*", "#", "/*")):
            continue
        words = re.findall(r"[\w@/.:-]+", f"{match['between']} publish")
        arguments = tuple(Word(parts=(word,), raw=word, start=0, end=0) for word in words)
        program = replace(
            reached.program, name=match["client"], requested=None, arguments=arguments
        )
        yield replace(
            reached,
            program=program,
            via=tuple(name for name, _ in outer),
            folder=None,
            confidence=Confidence.LOW,
        )
        return
