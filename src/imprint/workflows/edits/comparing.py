"""Whether a patch changed what it names and nothing else, told by the parsed files.

Each scalar before and after is a leaf: its keys from the root, its place, its value. A leaf that no
edit touches has to be there afterwards, under the same keys, where it has moved to, with the same
value; a leaf that is new has to come out of an edit's text. So an edit that slips into the script
beside it, or leaves an empty `with:` behind, is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.refusals import quoted
from imprint.workflows.edits.applying import in_order, moved
from imprint.workflows.yaml.composing import compose
from imprint.workflows.yaml.json_files import compose_json
from imprint.workflows.yaml.nodes import Mapping as MappingNode
from imprint.workflows.yaml.nodes import Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imprint.workflows.findings import Edit, Patch
    from imprint.workflows.sources import Span
    from imprint.workflows.yaml.nodes import Composed, Node

_YAML = (".yml", ".yaml")
_ITEM = "[]"
"""The key of a list's item: which one it is changes where one is added."""


def unwanted_change(
    before: Mapping[str, str], after: Mapping[str, str], patch: Patch
) -> str | None:
    """Return what a patch did beyond its edits, as a sentence; None where it did nothing else.

    Files that are no YAML and no JSON have no structure: their edits are all that changes.
    """
    for path in {edit.span.path: None for edit in patch.edits}:
        edits = in_order(edit for edit in patch.edits if edit.span.path == path)
        problem = _in_file(path, before[path], after[path], edits)
        if problem is not None:
            return f"{path}: {problem}"
    for path, text in patch.new_files:
        composed = _composed(path, text)
        if composed is not None and (composed.unreadable or not composed.documents):
            return f"{path}: the new file cannot be read"
    return None


def _in_file(path: str, before: str, after: str, edits: Iterable[Edit]) -> str | None:
    old, new = _composed(path, before), _composed(path, after)
    if old is None or new is None:
        return None
    if not new.documents or len(new.unreadable) > len(old.unreadable):
        note = new.unreadable[0].message if new.unreadable else "it is empty"
        return f"the file cannot be read any more: {note}"
    edits = list(edits)
    left: _Leaves = {}
    for leaf in _leaves_of(new):
        left.setdefault((leaf.keys, leaf.start), []).append(leaf)
    for leaf in _leaves_of(old):
        problem = _kept(leaf, left, edits)
        if problem is not None:
            return problem
    written = [
        (moved(edit.span.start, edits[:place]), edit.text) for place, edit in enumerate(edits)
    ]
    for leaf in (leaf for leaves in left.values() for leaf in leaves):
        if not any(text and start <= leaf.start <= start + len(text) for start, text in written):
            return f"{leaf.name} came to be, which no edit wrote"
    return None


class _Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One scalar: what it is of, where it stands, what it says."""

    keys: tuple[str, ...]
    start: int
    end: int
    value: tuple[str, bool]
    is_shared: bool
    """Its place is of an anchor, and this is one of the aliases."""

    @property
    def name(self) -> str:
        return quoted(".".join(self.keys) or "the file")


_Leaves: TypeAlias = dict[tuple[tuple[str, ...], int], list[_Leaf]]
"""By keys and place; several where an alias is a list's item twice."""


def _kept(leaf: _Leaf, left: _Leaves, edits: list[Edit]) -> str | None:
    """Take what became of a leaf out of `left`; a sentence where it is not what it has to be."""
    touching = [edit for edit in edits if _touches(edit.span, leaf)]
    is_replaced = any(
        edit.span.start <= leaf.start < leaf.end <= edit.span.end for edit in touching
    )
    if is_replaced:
        if leaf.is_shared:
            return f"{leaf.name} is the same text by an alias, and would change with it"
        return None
    inside = any(edit.span.end > leaf.start for edit in touching)
    same = left.get((leaf.keys, moved(leaf.start, edits)))
    if not same:
        # Something may be written where nothing was: `key:` and its first value.
        return None if touching and leaf.start == leaf.end else f"{leaf.name} would be gone"
    if same.pop().value == leaf.value:
        return None
    if leaf.is_shared and touching:
        return f"{leaf.name} is the same text by an alias, and would change with it"
    return None if inside else f"{leaf.name} would change"


def _touches(span: Span, leaf: _Leaf) -> bool:
    return span.start <= leaf.end and span.end >= leaf.start


def _leaves_of(composed: Composed) -> Iterator[_Leaf]:
    for document in composed.documents:
        yield from _leaves(document, (), is_shared=False)


def _leaves(node: Node, keys: tuple[str, ...], *, is_shared: bool) -> Iterator[_Leaf]:
    if isinstance(node, Scalar):
        span, value = node.span, (node.text.value, node.is_null)
        yield _Leaf(keys=keys, start=span.start, end=span.end, value=value, is_shared=is_shared)
    elif isinstance(node, Sequence):
        if not node.items:
            yield _empty(node.span, (*keys, _ITEM), is_shared=is_shared)
        for item in node.items:
            yield from _leaves(item, (*keys, _ITEM), is_shared=is_shared)
    else:
        yield from _entries(node, keys, is_shared=is_shared)


def _entries(node: MappingNode, keys: tuple[str, ...], *, is_shared: bool) -> Iterator[_Leaf]:
    if not node.entries:
        yield _empty(node.span, keys, is_shared=is_shared)
    for entry in node.entries:
        within = is_shared or entry.alias is not None
        yield from _leaves(entry.value, (*keys, entry.key.value), is_shared=within)


def _empty(span: Span, keys: tuple[str, ...], *, is_shared: bool) -> _Leaf:
    """Return the leaf of a collection without anything in it: `{}`, `[]`."""
    return _Leaf(keys=keys, start=span.start, end=span.end, value=("", True), is_shared=is_shared)


def _composed(path: str, text: str) -> Composed | None:
    if path.endswith(_YAML):
        return compose(text, path=path)
    return compose_json(text, path=path) if path.endswith(".json") else None
