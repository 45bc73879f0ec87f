"""What a YAML or JSON file is made of: scalars, sequences and mappings with their places.

Values stay texts: `on`, `yes` and `1.20` are what was written, and the model decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from imprint.workflows.sources import Span, Text, Unreadable


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """A text, number, boolean or nothing, as it was written."""

    text: Text
    is_plain: bool
    """True: without quotes and no block, so that `true`, `12` and `null` may be no texts."""
    tag: str | None = None
    """An explicit one: `!reference`, `tag:yaml.org,2002:str`."""

    @property
    def span(self) -> Span:
        """Where it stands, quotes and block header included, anchor and tag not."""
        return self.text.span

    @property
    def is_null(self) -> bool:
        """Whether nothing was written, or one of YAML's words for it."""
        return self.is_plain and self.text.value in {"", "~", "null", "Null", "NULL"}


class Sequence(msgspec.Struct, frozen=True, kw_only=True):
    """A list. The span of one in block style ends with its last item."""

    items: tuple[Node, ...]
    span: Span
    is_flow: bool = False
    tag: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One key with its value."""

    key: Text
    value: Node
    alias: Span | None = None
    """Where `*name` stands, if the value was written elsewhere; a merged entry's is `<<`'s."""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """Keys with values in the order written, merged ones (`<<`) last.

    A key that was written twice is there twice, and was reported; the last one counts, as in most
    programs that take such a file at all.
    """

    entries: tuple[Entry, ...]
    span: Span
    is_flow: bool = False
    tag: str | None = None

    def entry(self, key: str) -> Entry | None:
        """Return the entry of `key`, if there is one."""
        return next((entry for entry in reversed(self.entries) if entry.key.value == key), None)

    def get(self, key: str) -> Node | None:
        """Return the value of `key`, if there is one."""
        entry = self.entry(key)
        return None if entry is None else entry.value


Node: TypeAlias = Scalar | Sequence | Mapping


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A file's documents, and what could not be understood of it."""

    documents: tuple[Node, ...]
    """Empty where the file is no YAML at all; an empty document is a null scalar."""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def root(self) -> Node | None:
        """The first document."""
        return self.documents[0] if self.documents else None
