"""Where a piece of a text or of a scalar's value stands in its file: `npm publish` in a script.

Values have quotes, escapes, folds and indentation taken away; edits and findings need the
characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.workflows.sources import Span

if TYPE_CHECKING:
    from imprint.workflows.sources import Text

_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\r|\n)?")
_ESCAPE = re.compile(
    r"\\(?:(?P<fold>[ \t]*(?:\r\n|\r|\n)[ \t]*)"
    r"|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)",
    re.DOTALL,
)
_BLANK = re.compile(r"[ \t\r\n]+")
_BREAK = re.compile(r"\r\n|\r|\n")


def span_at(path: str, text: str, start: int, end: int) -> Span:
    """Return the place of `text[start:end]`, where `text` is the whole file `path`."""
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return Span(path=path, start=start, end=end, line=line, column=column)


def span_within(text: Text, start: int, end: int, *, source: str) -> Span:
    """Return where `text.value[start:end]` stands in `source`, the whole text of its file.

    Of blank characters that were folded it is the place of all of them. Where value and source do
    not go together it is the place of the whole scalar.
    """
    whole = text.span
    places = _Places(source, text)
    if not 0 <= start <= end <= len(text.value) or not places.reach(max(end, start + 1)):
        return whole
    if start == len(places.starts):
        first = last = places.ends[-1] if places.ends else whole.end
    else:
        first = places.starts[start]
        last = places.ends[end - 1] if end > start else first
    before = source[whole.start : first]
    line = whole.line + before.count("\n")
    column = len(before) - before.rfind("\n") if "\n" in before else whole.column + len(before)
    return Span(path=whole.path, start=first, end=last, line=line, column=column)


class _Places:
    """For each character of a value, where it begins and ends in the file."""

    def __init__(self, source: str, text: Text) -> None:
        self._value = text.value
        written = source[text.span.start : text.span.end]
        self._source = source
        self._end = text.span.end
        self._style = written[:1] if written[:1] in {"'", '"', "|", ">"} else ""
        self._offset = text.span.start
        if self._style in {"'", '"'}:
            self._offset += 1
            self._end -= 1
        elif header := _HEADER.match(written):
            self._offset += header.end()
            # What a block keeps of the blank lines behind it is not of its span.
            self._end = len(source)
        self.starts: list[int] = []
        self.ends: list[int] = []

    def reach(self, count: int) -> bool:
        """Place the first `count` characters, as far as there are so many; False: impossible."""
        count = min(count, len(self._value))
        while len(self.starts) < count:
            if not (self._blank() or self._escaped() or self._word()):
                return False
        return True

    def _put(self, characters: int, start: int, end: int) -> None:
        self.starts.extend([start] * characters)
        self.ends.extend([end] * characters)
        self._offset = end

    def _blank(self) -> bool:
        """Pass over blank characters of the source, folded or not."""
        run = _BLANK.match(self._source, self._offset, self._end)
        if run is None:
            return False
        if self._style in {"|", ">"}:
            self._blank_of_block(run.start(), run.end())
            return True
        breaks = len(_BREAK.findall(run[0]))
        if breaks:
            # YAML 1.2 §6.5: one break is folded into a space, of more the first is dropped.
            self._put(max(1, breaks - 1), run.start(), run.end())
        else:
            self._each(run.start(), run.end())
        return True

    def _blank_of_block(self, start: int, end: int) -> None:
        """Align from the right: indentation stands left of the blanks that are content."""
        run = _BLANK.match(self._value, len(self.starts))
        wanted = run[0] if run else ""
        kept = 0
        while kept < min(len(wanted), end - start) and (
            wanted[-1 - kept] == self._source[end - 1 - kept] and wanted[-1 - kept] != "\n"
        ):
            kept += 1
        self._put(len(wanted) - kept, start, end - kept)
        self._each(end - kept, end)

    def _escaped(self) -> bool:
        """Pass over an escape of a quoted scalar."""
        if self._style == "'" and self._source.startswith("''", self._offset):
            self._put(1, self._offset, self._offset + 2)
            return True
        escape = _ESCAPE.match(self._source, self._offset, self._end)
        if self._style != '"' or escape is None:
            return False
        self._put(0 if escape["fold"] else 1, escape.start(), escape.end())
        return True

    def _word(self) -> bool:
        """Pass over characters that stand in the source as they are in the value."""
        place = start = self._offset
        value, index = self._value, len(self.starts)
        stops = {"'": " \t\r\n'", '"': ' \t\r\n\\"'}.get(self._style, " \t\r\n")
        while (
            place < self._end
            and index < len(value)
            and self._source[place] == value[index]
            and value[index] not in stops
        ):
            place += 1
            index += 1
        self._each(start, place)
        return place > start

    def _each(self, start: int, end: int) -> None:
        self.starts.extend(range(start, end))
        self.ends.extend(range(start + 1, end + 1))
        self._offset = end
