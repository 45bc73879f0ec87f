"""Small edits that fixes are made of: a value, a line, a line beside another one.

Line ends and indentation are those of the file. Applying them is `edits/`'s business.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from imprint.workflows.findings import Edit
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

_INDENTATION = re.compile(r"[ \t]*")


def written(scene: Scene, span: Span) -> str:
    """Return the characters of a span, as they stand in the file."""
    return scene.repository.texts[span.path][span.start : span.end]


def replaced(span: Span, text: str) -> Edit:
    """Return the edit that puts `text` in the place of a span."""
    return Edit(span=span, text=text)


def with_value(scene: Scene, span: Span, value: str) -> Edit:
    """Return the edit that gives a scalar another value, in the quotes that it has."""
    before = written(scene, span)
    quote = before[:1] if before[:1] in {"'", '"'} and before[-1:] == before[:1] else ""
    return replaced(span, f"{quote}{value}{quote}")


def without_lines(scene: Scene, span: Span) -> Edit:
    """Return the edit that takes the lines of a span away, their line ends included."""
    text = scene.repository.texts[span.path]
    start = _line_start(text, span.start)
    end = _line_end(text, max(span.start, span.end - 1))
    return Edit(span=span_at(span.path, text, start, end), text="")


def line_before(scene: Scene, span: Span, line: str) -> Edit:
    """Return the edit that writes a line above the one a span begins in, indented alike."""
    text = scene.repository.texts[span.path]
    start = _line_start(text, span.start)
    indentation = indentation_of(scene, span)
    return Edit(
        span=span_at(span.path, text, start, start), text=indentation + line + _break_of(text)
    )


def lines_after(scene: Scene, span: Span, lines: str, *, indentation: str) -> Edit:
    """Return the edit that writes lines below the last line of a span, each so indented."""
    text = scene.repository.texts[span.path]
    end = _line_end(text, max(span.start, span.end - 1))
    line_break = _break_of(text)
    added = line_break.join(indentation + line for line in lines.split("\n"))
    is_open = not text.endswith(("\n", "\r"), 0, end)
    return Edit(
        span=span_at(span.path, text, end, end),
        text=line_break + added if is_open else added + line_break,
    )


def indentation_of(scene: Scene, span: Span) -> str:
    """Return the blanks that the line of a span begins with."""
    text = scene.repository.texts[span.path]
    match = _INDENTATION.match(text, _line_start(text, span.start))
    return "" if match is None else match[0]


def part_of(span: Span, scene: Scene, wanted: str) -> Span | None:
    """Return where `wanted` stands first within a span; None where it does not."""
    text = scene.repository.texts[span.path]
    start = text.find(wanted, span.start, span.end)
    return None if start < 0 else span_at(span.path, text, start, start + len(wanted))


def moved_to(span: Span, *, start: int, end: int) -> Span:
    """Return another piece of the line that a span begins in."""
    column = span.column + start - span.start
    return replace(span, start=start, end=end, column=column)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def _break_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
