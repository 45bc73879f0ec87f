"""Make nodes with exact places out of YAML text. Not here: types of scalars, which stay texts.

libyaml reads; composing is ours, because its own composer forgets where aliases stand, refuses
anchors that are given twice (YAML 1.2 §3.2.2.2 allows it) and follows merge keys in ways of its
own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, cast

from yaml import MarkedYAMLError, YAMLError
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from imprint.refusals import quoted
from imprint.workflows.sources import Span, Text, Unreadable
from imprint.workflows.yaml.nodes import Composed, Entry, Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAXIMUM_CHARACTERS = 4 * 1024 * 1024
MAXIMUM_DEPTH = 100
MAXIMUM_NODES = 500_000
"""With each alias counted as all that it stands for: a YAML bomb is refused, not expanded."""

_BYTE_ORDER_MARK = "\ufeff"
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]")
"""Line breaks of YAML 1.1, which libyaml reads; of YAML 1.2 and of editors they are none."""
_PROPERTY = re.compile(r"!<[^>\s]*>|[&!][^\s,\[\]{}]*")
_NO_TEXT = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|(?<!^)\ufeff")
"""What YAML 1.2 §5.1 does not allow in a file."""
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n\r]*)*")


def compose(source: str, *, path: str) -> Composed:
    """Return the nodes of a YAML file. Never raises: what is not understood is in `unreadable`."""
    if len(source) > MAXIMUM_CHARACTERS:
        message = f"file has {len(source)} characters, at most {MAXIMUM_CHARACTERS} are read"
        return _not_read(path, message)
    composer = _Composer(source, path)
    try:
        documents = composer.documents()
    except _TooMuch as err:
        return _not_read(path, str(err), span=err.span)
    except YAMLError as err:
        return _refused_by_libyaml(path, err, source)
    except UnicodeEncodeError:
        return _not_read(path, "file has half a surrogate pair: it is no text")
    return Composed(documents=documents, unreadable=tuple(composer.unreadable))


class _TooMuch(Exception):
    """Nothing sensible can be made of the file: it is too deep, too large or contains itself."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


class _Mark(Protocol):
    """A place as libyaml counts: characters and lines from 0."""

    index: int
    line: int
    column: int


class _Event(Protocol):
    """What libyaml hands out. The stubs make all of it optional; which kind has what is fixed."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str | None
    flow_style: bool | None


class _Frame:
    """A collection that has not ended yet."""

    __slots__ = ("before", "children", "start")

    def __init__(self, start: _Event, before: int) -> None:
        self.start = start
        self.before = before
        self.children: list[tuple[Node, Span | None]] = []
        """Each with the place of its alias, where it is one."""


class _Composer:
    """One pass over the events of one file."""

    def __init__(self, source: str, path: str) -> None:
        self._source = source
        self._path = path
        self._shift = int(source.startswith(_BYTE_ORDER_MARK))
        self._stand_ins: dict[int, str] = {}
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: list[_Frame] = []
        self._count = 0
        self.unreadable: list[Unreadable] = []

    def documents(self) -> tuple[Node, ...]:
        """Return the root of each document."""
        roots: list[Node] = []
        next_event = cast("Callable[[], _Event]", CParser(self._readable()).get_event)
        while True:
            event = next_event()
            kind = cast("object", type(event))
            alias = None
            node: Node
            if kind is ScalarEvent:
                node = self._scalar(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                node = self._ended(event, is_mapping=kind is MappingEndEvent)
            elif kind is AliasEvent:
                node, alias = self._alias(event)
            else:
                if kind is MappingStartEvent or kind is SequenceStartEvent:
                    self._opened(event)
                elif kind is DocumentStartEvent:
                    self._anchors.clear()
                elif kind is StreamEndEvent:
                    return tuple(roots)
                continue
            if self._open:
                self._open[-1].children.append((node, alias))
            else:
                roots.append(node)

    def _readable(self) -> str:
        """Return the source as libyaml may see it: no mark at its start, no odd line breaks."""
        readable = self._source[self._shift :]
        if odd := set(_ODD_BREAKS.findall(readable)):
            free = (chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in readable)
            table = {ord(character): next(free, " ") for character in sorted(odd)}
            self._stand_ins = {ord(stands): chr(code) for code, stands in table.items()}
            readable = readable.translate(table)
        return readable

    def _counted(self, nodes: int, event: _Event) -> None:
        self._count += nodes
        if self._count > MAXIMUM_NODES:
            message = f"file comes to more than {MAXIMUM_NODES} values, its aliases expanded"
            raise _TooMuch(message, self._at(event))

    def _scalar(self, event: _Event) -> Scalar:
        self._counted(1, event)
        if event.anchor is None and event.tag is None and event.style not in {"|", ">"}:
            # Nine of ten nodes of a file are these.
            mark, shift = event.start_mark, self._shift
            span = Span(
                path=self._path,
                start=mark.index + shift,
                end=event.end_mark.index + shift,
                line=mark.line + 1,
                column=mark.column + 1,
            )
        else:
            span = self._scalar_span(event)
        value = event.value.translate(self._stand_ins) if self._stand_ins else event.value
        text = Text(value=value, span=span)
        scalar = Scalar(text=text, is_plain=not event.style, tag=event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = (scalar, 1)
        return scalar

    def _scalar_span(self, event: _Event) -> Span:
        first = self._content_start(event)
        end = event.end_mark.index + self._shift
        if event.style in {"|", ">"}:
            # libyaml's end is that of the blank lines behind it.
            end = first + len(self._source[first:end].rstrip(" \t\r\n"))
        return self._span(first, end, event)

    def _alias(self, event: _Event) -> tuple[Node, Span]:
        span, anchor = self._at(event), event.anchor or ""
        found = self._anchors.get(anchor)
        if found is None:
            if any(frame.start.anchor == anchor for frame in self._open):
                raise _TooMuch(f"alias {quoted('*' + anchor)} is inside its anchor", span)
            raise _TooMuch(f"alias {quoted('*' + anchor)} has no anchor before it", span)
        self._counted(found[1], event)
        return found[0], span

    def _opened(self, event: _Event) -> None:
        self._counted(1, event)
        if len(self._open) >= MAXIMUM_DEPTH:
            raise _TooMuch(f"file is nested deeper than {MAXIMUM_DEPTH}", self._at(event))
        self._open.append(_Frame(event, self._count - 1))

    def _ended(self, event: _Event, *, is_mapping: bool) -> Node:
        frame = self._open.pop()
        start, flow = frame.start, bool(frame.start.flow_style)
        first = end = self._content_start(start)
        if flow:
            end = event.end_mark.index + self._shift
        elif frame.children:
            last, alias = frame.children[-1]
            end = last.span.end if alias is None else alias.end
        span = self._span(first, end, start)
        node: Node
        if is_mapping:
            entries = self._entries(frame)
            node = Mapping(entries=entries, span=span, is_flow=flow, tag=start.tag)
        else:
            items = tuple(child for child, _ in frame.children)
            node = Sequence(items=items, span=span, is_flow=flow, tag=start.tag)
        if start.anchor is not None:
            self._anchors[start.anchor] = (node, self._count - frame.before)
        return node

    def _entries(self, frame: _Frame) -> tuple[Entry, ...]:
        entries: list[Entry] = []
        merges: list[tuple[Node, Span]] = []
        seen: set[str] = set()
        pairs = iter(frame.children)
        for (key, key_alias), (value, alias) in zip(pairs, pairs, strict=True):
            if not isinstance(key, Scalar):
                self._note(key.span, "key is a list or a mapping, keys are texts")
                continue
            if key.is_plain and key.text.value == "<<":
                merges.append((value, key.span))
                continue
            if key.text.value in seen:
                self._note(key_alias or key.span, f"key {quoted(key.text.value)} is there twice")
            seen.add(key.text.value)
            entries.append(Entry(key=key.text, value=value, alias=alias))
        for value, place in merges:
            for merged in self._merged(value, place):
                if merged.key.value not in seen:
                    seen.add(merged.key.value)
                    entries.append(Entry(key=merged.key, value=merged.value, alias=place))
        return tuple(entries)

    def _merged(self, value: Node, place: Span) -> Iterator[Entry]:
        """Yield what `<<` brings, the more important first (YAML 1.1 "merge" type)."""
        for source in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(source, Mapping):
                yield from source.entries
            else:
                self._note(place, "merge key `<<` has a value that is no mapping")

    def _content_start(self, event: _Event) -> int:
        """Return where the node itself begins, behind its anchor and its tag."""
        start = event.start_mark.index + self._shift
        if event.anchor is None and event.tag is None:
            return start
        while match := _PROPERTY.match(self._source, start):
            blank = _BLANK.match(self._source, match.end())
            start = blank.end() if blank else match.end()
        end = event.end_mark.index + self._shift
        return min(start, end)

    def _span(self, start: int, end: int, event: _Event) -> Span:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if (passed := start - self._shift - mark.index) > 0:
            before = self._source[mark.index + self._shift : start]
            if "\n" in before:
                line += before.count("\n")
                column = len(before) - before.rfind("\n")
            else:
                column += passed
        return Span(path=self._path, start=start, end=end, line=line, column=column)

    def _at(self, event: _Event) -> Span:
        start, end = event.start_mark.index + self._shift, event.end_mark.index + self._shift
        return self._span(start, end, event)

    def _note(self, span: Span, message: str) -> None:
        place = Unreadable(path=self._path, line=span.line, column=span.column, message=message)
        self.unreadable.append(place)


def _not_read(path: str, message: str, span: Span | None = None) -> Composed:
    line, column = (span.line, span.column) if span else (1, 1)
    return Composed(
        documents=(),
        unreadable=(Unreadable(path=path, line=line, column=column, message=message),),
    )


def _refused_by_libyaml(path: str, err: YAMLError, source: str) -> Composed:
    """Say what libyaml said, where it said it."""
    line, column, problem = 1, 1, "is no YAML"
    if isinstance(err, MarkedYAMLError):
        problem = " ".join(part for part in (err.problem, err.context) if part)
        if (mark := err.problem_mark or err.context_mark) is not None:
            line, column = mark.line + 1, mark.column + 1
    elif found := _NO_TEXT.search(source):
        before = source[: found.start()]
        line, column = before.count("\n") + 1, found.start() - before.rfind("\n")
        problem = f"character U+{ord(found[0]):04X} is not allowed in YAML"
    place = Unreadable(path=path, line=line, column=column, message=f"no YAML: {problem}")
    return Composed(documents=(), unreadable=(place,))
