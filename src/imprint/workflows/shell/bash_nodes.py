"""What tree-sitter's nodes of bash are, as far as the walk through them asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    from imprint.workflows.shell.words import WordReader

REDIRECTS = {"file_redirect", "heredoc_redirect", "herestring_redirect"}
NO_WORDS = REDIRECTS | {"variable_assignment", "comment"}
_TESTS = {"[", "[[", "test", "grep", "command", "which", "type", "hash"}


def is_test(node: Node, reader: WordReader) -> bool:
    """Whether the command only asks something."""
    if node.type == "negated_command":
        node = node.named_children[0] if node.named_children else node
    if node.type == "redirected_statement":
        node = node.named_children[0]
    if node.type == "test_command":
        return True
    return (
        node.type == "command"
        and reader.raw(node).split(maxsplit=1)[:1] != []
        and (reader.raw(node).split(maxsplit=1)[0] in _TESTS)
    )


def flags_of(node: Node, reader: WordReader) -> tuple[str, ...]:
    """Return a declaration's flags: `-x` of `declare -x NAME`."""
    return tuple(reader.raw(child) for child in node.named_children if child.type == "word")


def until(node: Node, stop: str) -> list[Node]:
    """Return the node's children before the word `stop`, keywords left out."""
    found = []
    for child in node.children:
        if child.type == stop:
            break
        if child.is_named:
            found.append(child)
    return found
