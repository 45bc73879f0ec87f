"""The scripts of a job's steps: `run`, and what actions are given to run. Not here: their meaning.

A `run` that is one expression stands for the texts in it: `${{ x && 'npm publish' || 'true' }}`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.workflows.github.model import RemoteUse
from imprint.workflows.publishing.known_actions import SCRIPTS
from imprint.workflows.publishing.matrices import texts_by_leg
from imprint.workflows.publishing.members import normal_folder
from imprint.workflows.shell.expressions import expression_spans
from imprint.workflows.yaml.places import span_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imprint.workflows.effects.model import Site
    from imprint.workflows.github.model import Job
    from imprint.workflows.repository import Repository
    from imprint.workflows.shell.model import Command
    from imprint.workflows.sources import Span, Text

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_PLACEHOLDER = re.compile(r"\{(\d+)\}")


class StepScript(msgspec.Struct, frozen=True, kw_only=True):
    """A script that a step runs, with what its offsets count in."""

    value: str
    """In the job's terms."""
    shell: str | None
    folders: tuple[str | None, ...]
    """Where it starts, one for each leg that starts elsewhere; None where not known."""
    text: Text
    """As it stands in the file."""


def scripts_of(job: Job, site: Site) -> Iterator[StepScript]:
    """Yield the scripts of a step: its `run`, and what an action is given to run."""
    if site.step.run is not None and site.run is not None:
        for value in _texts(site.run):
            yield _script(job, value, site.step.run, shell=site.shell, directory=site.directory)
    use = site.step.uses
    row = SCRIPTS.get(use.name) if isinstance(use, RemoteUse) else None
    if row is None:
        return
    for name in row.script:
        if site.inputs.get(name) and name in site.step.inputs:
            yield _script(
                job,
                row.prefix + site.inputs[name],
                site.step.inputs[name],
                shell=site.inputs.get(row.shell_input or ""),
                directory=site.inputs.get(row.directory or "") or site.directory,
            )
            return


def input_script(job: Job, site: Site, name: str) -> StepScript | None:
    """Return the command that an action is given in an input, if it is given one."""
    value = site.inputs.get(name, "").strip()
    if not value or name not in site.step.inputs:
        return None
    directory = site.inputs.get("cwd") or site.directory
    text = site.step.inputs[name]
    return _script(job, site.inputs[name], text, shell=None, directory=directory)


def command_span(repository: Repository, script: StepScript, command: Command) -> Span:
    """Return where a command of a step's script stands in the file.

    Where inputs of a composite action were put in, the line is right and the column may not be.
    """
    source = repository.texts.get(script.text.span.path, "")
    start, end = command.start, command.end
    if script.value != script.text.value:
        line = script.value.count("\n", 0, start)
        lines = script.text.value.splitlines(keepends=True)
        if line >= len(lines):
            return script.text.span
        start = sum(len(each) for each in lines[:line])
        end = start + len(lines[line].rstrip("\n"))
    return span_within(script.text, start, end, source=source)


def _script(job: Job, value: str, text: Text, *, shell: str | None, directory: str) -> StepScript:
    folders = dict.fromkeys(normal_folder(each) for each in texts_by_leg(job, directory))
    return StepScript(value=value, shell=shell, folders=tuple(folders), text=text)


def _texts(run: str) -> Iterator[str]:
    """Yield a script, or the texts of the one expression that it is."""
    whole = run.strip()
    if expression_spans(whole) != ((0, len(whole)),):
        yield run
        return
    for literal in _LITERAL.finditer(whole):
        text = literal[1].replace("''", "'")
        if " " in text.strip():
            yield _PLACEHOLDER.sub(lambda _: "${{ format }}", text)
