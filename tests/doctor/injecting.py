"""Lines added to a workflow's text, for the mutation tests. Nothing is changed or taken away.

The text is read by PyYAML alone and not by the analyser's own parser: a mistake of that one must
not decide where a fault goes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORKFLOWS = ".github/workflows/"
_CHECKOUT = re.compile(r"^[\w-]+/checkout(-action)?@", re.IGNORECASE)


class NoPlaceError(Exception):
    """There is no place for a fault here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A repository into which faults are put, and its job that publishes."""

    name: str
    """`owner/name` at the forge."""
    files: Mapping[str, bytes]
    workflow: str
    job: str

    @property
    def text(self) -> str:
        """Of the workflow."""
        return self.files[self.workflow].decode()

    @property
    def file(self) -> str:
        """The workflow's file name, as a trusted publisher states it."""
        return self.workflow.removeprefix(WORKFLOWS)

    @property
    def publishing(self) -> str:
        """The job's node, as paths spell it."""
        return f"{self.file}:{self.job}"

    def having(self, text: str) -> Subject:
        """Return it with another text of the workflow."""
        return replace(self, files={**self.files, self.workflow: text.encode()})

    def beside(self, path: str, content: str) -> Subject:
        """Return it with another file, which must not be there."""
        if path in self.files:
            raise NoPlaceError(f"`{path}` is there")
        return replace(self, files={**self.files, path: content.encode()})


def with_step(subject: Subject, step: str) -> Subject:
    """Put a step behind the publish job's checkout; where there is none, first."""
    steps = _steps(subject)
    text = subject.text
    checkouts = [place for place, item in enumerate(steps) if _is_checkout(item)]
    place = checkouts[0] + 1 if checkouts else 0
    if place == len(steps):
        raise NoPlaceError("nothing follows the checkout")
    line, indent = _dash(text, steps[place])
    return subject.having(_with_lines(text, line, step, indent))


def with_trigger(subject: Subject, event: str) -> Subject:
    """Let another event start the workflow, all of its activity types."""
    if event in events_of(subject.text):
        return subject
    text = subject.text
    triggers = _value(_root(text), "on")
    if isinstance(triggers, yaml.MappingNode) and not triggers.flow_style and triggers.value:
        first = triggers.value[0][0].start_mark
        return subject.having(_with_lines(text, first.line, f"{event}:\n", first.column))
    if isinstance(triggers, yaml.MappingNode):
        raise NoPlaceError("its triggers are a flow mapping")
    names = ", ".join([*events_of(text), event])
    start, end = triggers.start_mark.index, triggers.end_mark.index
    if "\n" in text[start:end].strip():
        raise NoPlaceError("its triggers are a sequence over several lines")
    return subject.having(f"{text[:start]}[{names}]{text[end:]}")


def with_job_key(subject: Subject, key: str, lines: str) -> Subject:
    """Give the publish job another key, in front of its others."""
    job = _job(subject.text, subject.job)
    if key in dict(_pairs(job)):
        raise NoPlaceError(f"the job has `{key}` already")
    if job.flow_style:
        raise NoPlaceError("the job is a flow mapping")
    mark = job.value[0][0].start_mark
    return subject.having(_with_lines(subject.text, mark.line, lines, mark.column))


def events_of(text: str) -> tuple[str, ...]:
    """Return the names of the events that start a workflow."""
    triggers = _value(_root(text), "on")
    if isinstance(triggers, yaml.ScalarNode):
        return (triggers.value,)
    if isinstance(triggers, yaml.SequenceNode):
        return tuple(item.value for item in triggers.value)
    return tuple(key for key, _ in _pairs(triggers))


def pushed_branch(text: str) -> str:
    """Return the first branch that `on: push` names without a pattern, or `main`."""
    push = dict(_pairs(_value(_root(text), "on"))).get("push")
    branches = dict(_pairs(push)).get("branches") if push is not None else None
    names = [item.value for item in branches.value] if branches is not None else []
    return next((name for name in names if re.fullmatch(r"[\w./-]+", name)), "main")


def environment_of(subject: Subject) -> str | None:
    """Return the name of the publish job's environment; `NoPlaceError` for an expression."""
    found = dict(_pairs(_job(subject.text, subject.job))).get("environment")
    name = dict(_pairs(found)).get("name") if isinstance(found, yaml.MappingNode) else found
    if name is None:
        return None
    if "${{" in name.value:
        raise NoPlaceError("its environment is an expression")
    return str(name.value)


def conditions_of(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield each `if` between a start of the workflow and the publish job, with its job."""
    waiting, seen = [subject.job], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        keys = dict(_pairs(_job(subject.text, name)))
        if "if" in keys:
            yield name, keys["if"].value
        needs = keys.get("needs")
        if isinstance(needs, yaml.ScalarNode):
            waiting.append(needs.value)
        elif needs is not None:
            waiting.extend(item.value for item in needs.value)


def job_text(subject: Subject) -> str:
    """Return the publish job as it is written."""
    job = _job(subject.text, subject.job)
    return subject.text[job.start_mark.index : job.end_mark.index]


@cache
def _root(text: str) -> yaml.MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return root


def _pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)


def _value(node: yaml.Node, key: str) -> yaml.Node:
    return dict(_pairs(node))[key]


def _job(text: str, name: str) -> yaml.MappingNode:
    job = _value(_value(_root(text), "jobs"), name)
    assert isinstance(job, yaml.MappingNode)
    return job


def _steps(subject: Subject) -> list[yaml.Node]:
    job = _job(subject.text, subject.job)
    steps = dict(_pairs(job)).get("steps")
    if not isinstance(steps, yaml.SequenceNode):
        raise NoPlaceError("the job has no steps of its own")
    inside = job.start_mark.index <= steps.start_mark.index < job.end_mark.index
    if steps.flow_style or not inside:
        raise NoPlaceError("its steps are in flow style or an alias")
    return list(steps.value)


def _is_checkout(step: yaml.Node) -> bool:
    uses = dict(_pairs(step)).get("uses")
    return uses is not None and _CHECKOUT.match(uses.value) is not None


def _dash(text: str, step: yaml.Node) -> tuple[int, int]:
    """Return the line and the column of a step's dash, both from 0."""
    lines = text.split("\n")
    line = step.start_mark.line
    while not lines[line].lstrip().startswith("-"):
        line -= 1
    return line, len(lines[line]) - len(lines[line].lstrip())


def _with_lines(text: str, line: int, added: str, indent: int) -> str:
    lines = text.split("\n")
    ending = "\r" if lines[0].endswith("\r") else ""
    new = [" " * indent + each + ending if each else each for each in added.splitlines()]
    return "\n".join([*lines[:line], *new, *lines[line:]])
