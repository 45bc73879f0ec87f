"""Small edits that fixes are made of: a value, a line, a line beside another one.

Line ends and indentation are those of the file. Applying them is `edits/`'s business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.edits import insertion
from imprint.workflows.edits.insertion import Document
from imprint.workflows.findings import Edit
from imprint.workflows.tables.clients import client_table
from imprint.workflows.yaml.places import span_at

if TYPE_CHECKING:
    from imprint.workflows.github.model import Step
    from imprint.workflows.scene import Scene
    from imprint.workflows.sources import Span

_ENTRY = re.compile(r"[ \t]+[\w\"'./:-]+:[ \t]*")
_HEADER = re.compile(r"[ \t]*[\w-]+:[ \t]*(?:#.*)?$")
_FILLED = re.compile(r"^(?P<blanks>[ \t]*)[^\s#]", re.MULTILINE)
_INDENTATION = re.compile(r"[ \t]*")


def written(scene: Scene, span: Span) -> str:
    """Return the characters of a span, as they stand in the file."""
    return scene.repository.texts[span.path][span.start : span.end]


def replaced(span: Span, text: str) -> Edit:
    """Return the edit that puts `text` in the place of a span."""
    return Edit(span=span, text=text)


def with_value(scene: Scene, span: Span, value: str) -> Edit:
    """Return the edit that gives a scalar another value, in the quotes that it has."""
    whole = written(scene, span)
    before = whole.rstrip()
    quote = before[:1] if before[:1] in {"'", '"'} and before[-1:] == before[:1] else ""
    return replaced(span, f"{quote}{value}{quote}{whole[len(before) :]}")


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


def indentation_within(scene: Scene, key: Span) -> str:
    """Return the blanks that the keys of a mapping begin with, given the key it stands under."""
    own = indentation_of(scene, key)
    text = scene.repository.texts[key.path]
    for line in text[_line_end(text, key.end - 1) :].splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            inner = line[: _blanks(line)]
            return inner if len(inner) > len(own) else own + "  "
    return own + "  "


def step_before(scene: Scene, step: Step, script: str) -> Edit | None:
    """Return the edit that puts a step which runs one command before another step.

    None where the step does not begin a line with its dash, as in flow style.
    """
    begins = line_text(scene, step.span).lstrip()
    return line_before(scene, step.span, f"- run: {script}") if begins.startswith("- ") else None


def without_input(scene: Scene, step: Step, name: str) -> Edit | None:
    """Return the edit that takes one of a step's inputs away; None as for `without_entry`."""
    text = step.inputs.get(name)
    return None if text is None else without_entry(scene, text.span)


def without_entry(scene: Scene, span: Span) -> Edit | None:
    """Return the edit that takes a mapping's entry away, given its value's span.

    Where it is the only one, the key above (`with:`, `env:`) goes, too. None where nothing would be
    left of a list's item, or a comment is in the way.
    """
    edit = _without_lines_of_entry(scene, span)
    if edit is not None:
        return edit
    document = Document(span.path, scene.repository.texts[span.path])
    keys = document.keys_of(span)
    return None if keys is None else insertion.without_entry(document, keys)


def line_text(scene: Scene, span: Span) -> str:
    """Return the line that a span begins in."""
    text = scene.repository.texts[span.path]
    return text[_line_start(text, span.start) : _line_end(text, span.start)]


def pinned_npm() -> str:
    """Return npm in a version that exchanges ID tokens and runs on Node from 20.17: `npm@11.…`."""
    return f"npm@{client_table().lines['npm'].newest['11']}"


def _without_lines_of_entry(scene: Scene, span: Span) -> Edit | None:
    """Return the edit for an entry on lines of its own."""
    text = scene.repository.texts[span.path]
    if not _ENTRY.fullmatch(text, _line_start(text, span.start), span.start):
        return None
    alone = without_lines(scene, span)
    own = len(indentation_of(scene, span))
    above = text[: alone.span.start].rstrip("\r\n")
    header_start = _line_start(text, len(above))
    while (header := above[header_start:]).lstrip().startswith("#"):
        # What is said of the only entry goes with it.
        above = above[:header_start].rstrip("\r\n")
        header_start = _line_start(text, len(above))
    below = _FILLED.search(text, alone.span.end)
    has_sibling = below is not None and len(below["blanks"]) >= own
    if _HEADER.match(header) is None or has_sibling or _blanks(header) >= own:
        is_first_of_item = header.lstrip().startswith("- ") and header.rstrip().endswith(":")
        return None if is_first_of_item and not has_sibling else alone
    return Edit(span=span_at(span.path, text, header_start, alone.span.end), text="")


def _blanks(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def _break_of(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
