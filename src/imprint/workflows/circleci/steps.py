"""Steps of CircleCI: forms of `run`, conditions, and commands put in for what they are.

Source: CircleCI's "Configuration reference", `steps`, `commands`, `when`.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.refusals import quoted
from imprint.workflows.circleci.model import CircleStep
from imprint.workflows.sources import Span, Text
from imprint.workflows.yaml.nodes import Entry, Mapping, Node, Scalar
from imprint.workflows.yaml.shapes import (
    Notes,
    blank,
    entries_of,
    items_of,
    note,
    table_of,
    text_of,
    texts_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_STEPS = 2_000
"""Of one list, commands expanded: a bomb of them is refused."""
_MAXIMUM_DEPTH = 20


class _Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a step stands in."""

    condition: Span | None = None
    through: tuple[str, ...] = ()
    bound: dict[str, Text] = msgspec.field(default_factory=dict)


class Steps:
    """Reads lists of steps of one file, whose `commands` it knows."""

    def __init__(self, commands: Node | None, notes: Notes) -> None:
        """Take the value of `commands`; `notes` gets what is not understood."""
        found = entries_of(commands, "`commands`", notes)
        self._commands = {entry.key.value: entry.value for entry in found}
        self._notes = notes
        self._expanded = 0

    def read(self, node: Node | None) -> tuple[CircleStep, ...]:
        """Return all steps of a list in order."""
        self._expanded = 0
        found = tuple(islice(self._steps(node, _Around()), MAXIMUM_STEPS + 1))
        is_bomb = len(found) > MAXIMUM_STEPS or self._expanded > MAXIMUM_STEPS
        if is_bomb and node is not None:
            note(self._notes, node.span, f"more than {MAXIMUM_STEPS} steps or commands, cut off")
        return found[:MAXIMUM_STEPS]

    def _steps(self, node: Node | None, around: _Around) -> Iterator[CircleStep]:
        for item in items_of(node, "`steps`", self._notes):
            if isinstance(item, Scalar):
                yield from self._one(item.text, None, item.span, around)
            elif isinstance(item, Mapping) and item.entries:
                entry = item.entries[0]
                yield from self._one(entry.key, entry, item.span, around)
            else:
                note(self._notes, item.span, "step is neither a name nor a mapping")

    def _one(
        self, kind: Text, entry: Entry | None, span: Span, around: _Around
    ) -> Iterator[CircleStep]:
        value = None if entry is None else entry.value
        if kind.value in {"when", "unless"}:
            inner = value.get("steps") if isinstance(value, Mapping) else None
            yield from self._steps(inner, replace(around, condition=kind.span))
        elif kind.value in self._commands:
            yield from self._command(kind, value, around)
        else:
            yield self._plain(kind, value, span, around)

    def _command(self, kind: Text, given: Node | None, around: _Around) -> Iterator[CircleStep]:
        name = kind.value
        self._expanded += 1
        if self._expanded > MAXIMUM_STEPS:
            return
        if name in around.through or len(around.through) >= _MAXIMUM_DEPTH:
            note(self._notes, kind.span, f"command {quoted(name)} runs itself, or lies too deep")
            return
        command = self._commands[name]
        if not isinstance(command, Mapping):
            note(self._notes, command.span, f"command {quoted(name)} is no mapping")
            return
        bound = {
            parameter: default
            for parameter, default in read_parameters(command.get("parameters")).items()
            if default is not None
        }
        bound.update(_scalars(given))
        inside = replace(around, through=(*around.through, name), bound=bound)
        yield from self._steps(command.get("steps"), inside)

    def _plain(self, kind: Text, value: Node | None, span: Span, around: _Around) -> CircleStep:
        """Read a step that is no command: `run: script`, `run: {command: script}`, any other."""
        given = value if isinstance(value, Mapping) else Mapping(entries=(), span=span)

        def text(key: str) -> Text | None:
            return text_of(given.get(key), f"`{key}`", self._notes)

        run = None
        if kind.value == "run":
            is_long = isinstance(value, Mapping)
            run = text("command") if is_long else text_of(value, "`run`", self._notes)
        return CircleStep(
            kind=kind.value,
            run=run,
            name=text("name"),
            environment=read_environment(given.get("environment"), self._notes),
            shell=text("shell"),
            working_directory=text("working_directory"),
            parameters=_scalars(value),
            keys=texts_of(given.get("keys"), "`keys`", self._notes),
            condition=around.condition,
            through=around.through,
            bound=around.bound,
            span=span,
        )


def read_environment(node: Node | None, notes: Notes) -> dict[str, Text]:
    """Return an `environment`, also one that is a list of mappings or of `NAME=value`."""
    if node is None or isinstance(node, Mapping):
        return table_of(node, "`environment`", notes)
    found: dict[str, Text] = {}
    for item in items_of(node, "`environment`", notes):
        if isinstance(item, Mapping):
            found.update(table_of(item, "`environment`", notes))
        elif isinstance(item, Scalar):
            name, _, value = item.text.value.partition("=")
            found[name] = Text(value=value, span=item.span)
    return found


def read_parameters(node: Node | None) -> dict[str, Text | None]:
    """Return each declared parameter's default."""
    found: dict[str, Text | None] = {}
    for entry in node.entries if isinstance(node, Mapping) else ():
        default = entry.value.get("default") if isinstance(entry.value, Mapping) else None
        found[entry.key.value] = blank(default) if isinstance(default, Scalar) else None
    return found


def _scalars(node: Node | None) -> dict[str, Text]:
    """Return those values of a mapping that are texts."""
    if not isinstance(node, Mapping):
        return {}
    return {
        entry.key.value: blank(entry.value)
        for entry in node.entries
        if isinstance(entry.value, Scalar)
    }
