"""Every program that a job's own scripts run, with its place in the file.

Not here: what package scripts and Makefiles run in turn (`scripts.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.effects.expansion import sites_of
from imprint.workflows.publishing.step_scripts import command_span, scripts_of
from imprint.workflows.shell.commands import commands_of
from imprint.workflows.shell.programs import programs_of
from imprint.workflows.yaml.places import span_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job, Workflow
    from imprint.workflows.publishing.step_scripts import StepScript
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command, Word
    from imprint.workflows.shell.programs import Program
    from imprint.workflows.sources import Span


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One program, where it stands."""

    site: Site
    script: StepScript
    program: Program
    command: Command
    """What it is a part of."""
    repository: Repository

    @property
    def span(self) -> Span:
        """Where its command stands: worked out when it is asked for, which is rare."""
        return command_span(self.repository, self.script, self.command)


def programs_in(
    repository: Repository, workflow: Workflow, job: Job, *, mentioning: tuple[str, ...]
) -> Iterator[Ran]:
    """Yield the programs of those scripts of a job in which one of the words stands, in order."""
    for site in sites_of(repository, workflow, job):
        for script in scripts_of(job, site):
            if not any(word in script.value for word in mentioning):
                continue
            commands = commands_of(script.value, shell=script.shell, variables=site.environment)
            for command in commands:
                for program in programs_of(command):
                    yield Ran(
                        site=site,
                        script=script,
                        program=program,
                        command=command,
                        repository=repository,
                    )


def word_span(repository: Repository, ran: Ran, word: Word) -> Span | None:
    """Return where a word stands; None where it does not stand in the file as it is read."""
    text = ran.script.text
    if ran.script.value != text.value:
        return None
    source = repository.texts.get(text.span.path, "")
    span = span_within(text, word.start, word.end, source=source)
    return span if source[span.start : span.end] == word.raw else None
