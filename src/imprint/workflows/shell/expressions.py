"""`${{ … }}` in scripts: where they stand, and a stand-in of the same length for the parsers.

The forge puts text in their place before the shell starts, within quotes or not; so no shell
grammar may see them. What they mean is `github/expressions`' business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.workflows.shell.model import Hole, HoleKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STAND_IN = "\x01"
"""A character that all shells take for a part of a word, and nobody writes."""


def expression_spans(script: str) -> tuple[tuple[int, int], ...]:
    """Return start and end of each `${{ … }}`, in order. One that does not end is none."""
    spans = []
    position = 0
    while (start := script.find("${{", position)) >= 0:
        end = _end(script, start + 3)
        if end is None:
            break
        spans.append((start, end))
        position = end
    return tuple(spans)


def without_expressions(script: str, spans: Sequence[tuple[int, int]]) -> str:
    """Return the script with stand-ins, each as long as what it stands for."""
    pieces = []
    position = 0
    for start, end in spans:
        pieces.append(script[position:start].replace(STAND_IN, " "))
        pieces.append(STAND_IN * (end - start))
        position = end
    pieces.append(script[position:].replace(STAND_IN, " "))
    return "".join(pieces)


def pieces_of(text: str) -> tuple[str | Hole, ...]:
    """Return a text as what is known of it and its expressions."""
    return tuple(split_at(text, 0, len(text), expression_spans(text)))


def split_at(
    script: str, start: int, end: int, spans: Sequence[tuple[int, int]]
) -> Iterator[str | Hole]:
    """Yield the script's texts and expressions from `start` to `end`, in order."""
    position = start
    for first, last in spans:
        if last <= start or first >= end:
            continue
        if first > position:
            yield script[position:first]
        yield Hole(kind=HoleKind.EXPRESSION, raw=script[first:last])
        position = last
    if position < end:
        yield script[position:end]


def _end(script: str, position: int) -> int | None:
    """Return where the expression ends: behind `}}` that is not within its quotes."""
    while (end := script.find("}}", position)) >= 0:
        quote = script.find("'", position, end)
        if quote < 0:
            return end + 2
        closing = script.find("'", quote + 1)
        if closing < 0:
            return None
        position = closing + 1
    return None
