"""Code places by tree-sitter's grammars, which go on behind errors and know types and JSX."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import tree_sitter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

_NO_CODE = frozenset(
    {
        "comment",
        "escape_sequence",
        "hash_bang_line",
        "html_comment",
        "jsx_text",
        "regex",
        "regex_flags",
        "regex_pattern",
        "string",
        "string_fragment",
        "template_string",
    }
)
_TYPES = frozenset(
    {
        "interface_declaration",
        "type_alias_declaration",
        "type_annotation",
        "type_arguments",
        "type_query",
    }
)
_DEEPEST = 40
"""Levels above an `import(…)` in which a type is looked for."""


def code_places(source: bytes, candidates: Sequence[int], *, extension: str) -> list[int]:
    """Return the candidates that are code, of a file of that ending."""
    root = _parser(extension).parse(source).root_node
    return [place for place in candidates if _is_code(root, source, place)]


def _is_code(root: Node, source: bytes, place: int) -> bool:
    node = root.descendant_for_byte_range(place, place + 1)
    if node is None or node.type in _NO_CODE:
        return False
    if node.type == "property_identifier":
        # `module.require` is a member; `{ require: … }` and a method's name are none.
        return source[max(0, place - 20) : place].rstrip().endswith(b".")
    if node.type != "import" or source[place : place + 7] != b"import(":
        return True
    parent = node.parent
    for _ in range(_DEEPEST):
        if parent is None or parent.type.endswith("_statement"):
            return True
        if parent.type in _TYPES:
            return False
        parent = parent.parent
    return True


@cache
def _parser(extension: str) -> tree_sitter.Parser:
    # The two packages are imported apart: TypeScript's grammars are large.
    if extension in {"ts", "mts", "cts", "tsx"}:
        import tree_sitter_typescript  # noqa: PLC0415

        language = (
            tree_sitter_typescript.language_tsx()
            if extension == "tsx"
            else tree_sitter_typescript.language_typescript()
        )
    else:
        import tree_sitter_javascript  # noqa: PLC0415

        language = tree_sitter_javascript.language()
    return tree_sitter.Parser(tree_sitter.Language(language))
