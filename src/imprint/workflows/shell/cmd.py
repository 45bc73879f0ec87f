"""Windows's cmd: a script's commands line by line. There is no grammar for it, nor in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.shell.expressions import expression_spans, split_at, without_expressions
from imprint.workflows.shell.model import Assignment, Command, Hole, HoleKind, Redirect, Word
from imprint.workflows.shell.state import ShellState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SEPARATOR = re.compile(r"&&|\|\||[&|\n]")
_TOKEN = re.compile(r'(?:"[^"\n]*"?|[^\s"])+')
_VARIABLE = re.compile(r"%(\w+)%|!(\w+)!")


def cmd_commands(script: str, variables: Mapping[str, Word]) -> tuple[Command, ...]:
    """Return every command of the script in the order written."""
    spans = expression_spans(script)
    # A caret at a line's end goes on in the next one.
    source = without_expressions(script, spans).replace("^\r\n", "   ").replace("^\n", "  ")
    state = ShellState.of_variables(variables)
    found = []
    for start, end in _statements(source):
        words = [
            _word(script, spans, state, start + token.start(), start + token.end())
            for token in _TOKEN.finditer(source[start:end])
        ]
        words, redirects = _without_redirects(words)
        while words and words[0].value in {"call", "@echo", "start"}:
            words = words[1:]
        if not words or words[0].shown.startswith(("::", "@rem")) or words[0].value == "rem":
            continue
        found.append(_command(script, words, redirects, state))
    return tuple(found)


def _statements(source: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each command: quotes hide separators."""
    hidden = re.sub(r'"[^"\n]*"', lambda quoted: "q" * len(quoted[0]), source)
    position = 0
    for separator in _SEPARATOR.finditer(hidden):
        yield position, separator.start()
        position = separator.end()
    yield position, len(source)


def _command(
    script: str, words: Sequence[Word], redirects: tuple[Redirect, ...], state: ShellState
) -> Command:
    start, end = words[0].start, words[-1].end
    assignments: tuple[Assignment, ...] = ()
    name = (words[0].value or "").lower()
    if name == "set" and len(words) > 1 and "=" in words[1].lead:
        key, _, first = words[1].lead.partition("=")
        rest: tuple[str | Hole, ...] = (*((first,) if first else ()), *words[1].parts[1:])
        value = Word(parts=rest, raw=words[1].raw, start=words[1].start, end=words[1].end)
        assignments = (Assignment(name=key, value=value, exported=True),)
        state.assign(key, (value,), exported=True)
    command = Command(
        words=() if assignments else tuple(words),
        assignments=assignments,
        start=start,
        end=end,
        raw=script[start:end],
        redirects=redirects,
        directory=state.directory,
        environment=dict(state.exported),
    )
    if name in {"cd", "chdir", "pushd"}:
        targets = [word for word in words[1:] if (word.value or "").lower() != "/d"]
        state.change_directory(targets[0] if targets else None)
    return command


def _word(
    script: str, spans: Sequence[tuple[int, int]], state: ShellState, start: int, end: int
) -> Word:
    parts: list[str | Hole] = []
    for part in split_at(script, start, end, spans):
        if isinstance(part, Hole):
            parts.append(part)
            continue
        position = 0
        for variable in _VARIABLE.finditer(part):
            parts.append(part[position : variable.start()].replace('"', ""))
            name = variable[1] or variable[2]
            known = state.known(name)
            parts += (
                known.parts
                if known is not None
                else [Hole(kind=HoleKind.VARIABLE, raw=variable[0], name=name)]
            )
            position = variable.end()
        parts.append(part[position:].replace('"', ""))
    kept = tuple(part for part in parts if part)
    return Word(parts=kept, raw=script[start:end], start=start, end=end)


def _without_redirects(words: list[Word]) -> tuple[list[Word], tuple[Redirect, ...]]:
    kept: list[Word] = []
    redirects = []
    waiting: str | None = None
    for word in words:
        lead = word.lead
        if waiting is not None:
            redirects.append(Redirect(operator=waiting, target=word))
            waiting = None
        elif lead in {">", ">>", "1>", "2>"}:
            waiting = lead.lstrip("12")
        elif lead.startswith(">"):
            operator = ">>" if lead.startswith(">>") else ">"
            rest = lead[len(operator) :]
            target = Word(
                parts=(rest, *word.parts[1:]), raw=word.raw, start=word.start, end=word.end
            )
            redirects.append(Redirect(operator=operator, target=target))
        else:
            kept.append(word)
    return kept, tuple(redirects)
