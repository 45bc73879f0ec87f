"""sh and bash: a script's commands, by tree-sitter's grammar, which goes on behind errors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_bash
from msgspec.structs import replace

from imprint.workflows.shell.bash_nodes import NO_WORDS, REDIRECTS, flags_of, is_test, until
from imprint.workflows.shell.expressions import expression_spans, without_expressions
from imprint.workflows.shell.model import (
    Assignment,
    Command,
    Condition,
    ConditionKind,
    Redirect,
    Word,
)
from imprint.workflows.shell.state import ShellState
from imprint.workflows.shell.words import WordReader

if TYPE_CHECKING:
    from tree_sitter import Node

DEEPEST = 60
"""Levels of nesting that are followed; people write four."""
MOST_CONDITIONS = 40
"""Conditions of one command that are kept, the outermost first."""
LONGEST_CONDITION = 1_000
"""Bytes of a chain of commands that are kept as what a command depends on."""
_SEPARATE = {"subshell", "command_substitution", "process_substitution"}


def bash_commands(script: str, variables: Mapping[str, Word]) -> tuple[Command, ...]:
    """Return every command of the script in the order written, those in substitutions too."""
    spans = expression_spans(script)
    source = without_expressions(script, spans)
    tree = _parser().parse(source.encode(errors="replace"))
    state = ShellState.of_variables(variables)
    walk = _Walk(WordReader(script, source, spans))
    walk.visit(tree.root_node, state, ())
    return tuple(walk.found)


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


class _Walk:
    """One way through a script's tree; `found` grows."""

    def __init__(self, reader: WordReader) -> None:
        self.reader = reader
        self.found: list[Command] = []
        self.function: str | None = None
        self.depth = 0

    def visit(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect the commands below `node`."""
        if self.depth >= DEEPEST:
            return
        self.depth += 1
        handler = _HANDLERS.get(node.type)
        if handler is not None:
            handler(self, node, state, conditions)
        elif node.type in _SEPARATE:
            self.children(node, state.copy(), conditions)
        elif node.child_count:
            self.children(node, state, conditions)
        self.depth -= 1

    def children(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from all children in order."""
        for child in node.named_children:
            self.visit(child, state, conditions)

    def words(
        self, nodes: list[Node], state: ShellState, conditions: tuple[Condition, ...]
    ) -> tuple[Word, ...]:
        """Return the words that the nodes come to, and collect from their substitutions."""
        found: list[Word] = []
        for node in nodes:
            self.substitutions(node, state, conditions)
            found.extend(self.reader.words(node, state))
        return tuple(found)

    def substitutions(
        self, node: Node, state: ShellState, conditions: tuple[Condition, ...]
    ) -> None:
        """Collect the commands in a word's `$(…)`, backticks and `<(…)`."""
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if current.type in {"command_substitution", "process_substitution"}:
                self.visit(current, state, conditions)
            else:
                waiting.extend(reversed(current.named_children))

    def command(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect one simple command, and follow what it does to the shell."""
        assignments = tuple(
            self.assignment(child, state, conditions, exported=True)
            for child in node.named_children
            if child.type == "variable_assignment"
        )
        nodes = [child for child in node.named_children if child.type not in NO_WORDS]
        words = self.words(nodes, state, conditions)
        redirects = tuple(
            redirect
            for child in node.named_children
            if child.type in REDIRECTS
            for redirect in self.redirect(child, state, conditions)[0]
        )
        environment = state.exported
        if assignments:
            environment = {**environment, **{each.name: each.value for each in assignments}}
        self.found.append(
            Command(
                words=words,
                assignments=assignments,
                start=self.reader.offset(node.start_byte),
                end=self.reader.offset(node.end_byte),
                raw=self.reader.raw(node),
                redirects=redirects,
                conditions=conditions,
                directory=state.directory,
                environment=environment if assignments else dict(environment),
                function=self.function,
            )
        )
        if words and words[0].value in {"cd", "pushd"}:
            targets = [word for word in words[1:] if word.value not in {"--", "-P", "-L"}]
            state.change_directory(targets[0] if targets else None)
        elif words and words[0].value == "popd":
            state.change_directory(None)

    def assignment(
        self,
        node: Node,
        state: ShellState,
        conditions: tuple[Condition, ...],
        *,
        exported: bool = False,
    ) -> Assignment:
        """Return one `NAME=value`."""
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        if value is not None:
            self.substitutions(value, state, conditions)
            words = self.reader.word(value, state)
        else:
            words = self.reader.empty(node)
        return Assignment(
            name="" if name is None else self.reader.raw(name).partition("[")[0],
            value=words,
            exported=exported,
        )

    def assign(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect assignments that hold from here on."""
        words = [child for child in node.children if not child.is_named]
        exported = bool(words) and words[0].type in {"export", "declare", "typeset"}
        exported = exported and not (
            words[0].type != "export" and "-x" not in flags_of(node, self.reader)
        )
        nodes = [node] if node.type == "variable_assignment" else list(node.named_children)
        found = []
        for child in nodes:
            if child.type == "variable_name" and exported:
                state.export(self.reader.raw(child))
            if child.type != "variable_assignment":
                continue
            each = self.assignment(child, state, conditions, exported=exported)
            found.append(each)
            state.assign(each.name, self.assigned(child, each, state), exported=exported)
        if found:
            self.found.append(
                Command(
                    words=(),
                    assignments=tuple(found),
                    start=self.reader.offset(node.start_byte),
                    end=self.reader.offset(node.end_byte),
                    raw=self.reader.raw(node),
                    conditions=conditions,
                    directory=state.directory,
                    environment=dict(state.exported),
                    function=self.function,
                )
            )

    def assigned(
        self, node: Node, assignment: Assignment, state: ShellState
    ) -> tuple[Word, ...] | None:
        """Return what a variable is afterwards: one word, an array's words, or not known."""
        value = node.child_by_field_name("value")
        words: tuple[Word, ...] = (assignment.value,)
        if value is not None and value.type == "array":
            words = tuple(
                word for child in value.named_children for word in self.reader.words(child, state)
            )
        if any(child.type == "+=" for child in node.children):
            before = state.variables.get(assignment.name)
            if before is None:
                return None
            if value is not None and value.type == "array":
                return (*before, *words)
            return (replace(words[0], parts=(*before[0].parts, *words[0].parts)),)
        return words

    def listed(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from `a && b || c`, which the grammar nests to the left."""
        chain: list[tuple[str, Node]] = []
        while node.type == "list" and len(node.children) >= 3:  # noqa: PLR2004 (left, operator, right)
            chain.append((node.children[1].type, node.children[-1]))
            node = node.children[0]
        first = node
        here, added = state, conditions
        self.visit(first, here, conditions)
        last = first
        for operator, right in reversed(chain):
            asks = is_test(last, self.reader)
            if operator == "&&":
                kind = ConditionKind.IF if asks else ConditionKind.SUCCESS
                if len(added) < MOST_CONDITIONS:
                    added = (*added, Condition(kind=kind, raw=self.reader.raw(last)))
                if asks and here is state:
                    here = state.copy()
            else:
                kind = ConditionKind.UNLESS if asks else ConditionKind.FAILURE
                end = min(last.end_byte, first.start_byte + LONGEST_CONDITION)
                raw = self.reader.between(first.start_byte, end)
                added = (*conditions, Condition(kind=kind, raw=raw))
                if here is not state:
                    state.merge(here)
                here = state.copy()
            self.visit(right, here, added)
            last = right
        if here is not state:
            state.merge(here)

    def piped(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from `a | b`: each knows what is piped into it."""
        source: Command | None = None
        for child in node.named_children:
            before = len(self.found)
            self.visit(child, state.copy(), conditions)
            if source is not None and len(self.found) > before:
                mine = self.found[-1]
                self.found[-1] = replace(mine, source=source)
            source = self.found[-1] if len(self.found) > before else None

    def branches(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from `if`: its tests run, one of its bodies may."""
        tests = [child for child in until(node, "then") if child.is_named]
        for test in tests:
            self.visit(test, state, conditions)
        raw = "; ".join(self.reader.raw(test) for test in tests)
        inside = (*conditions, Condition(kind=ConditionKind.IF, raw=raw))
        otherwise = (*conditions, Condition(kind=ConditionKind.UNLESS, raw=raw))
        body, states = state.copy(), []
        states.append(body)
        for child in node.named_children[len(tests) :]:
            if child.type == "elif_clause":
                states.append(state.copy())
                self.branches(child, states[-1], otherwise)
            elif child.type == "else_clause":
                states.append(state.copy())
                self.children(child, states[-1], otherwise)
            else:
                self.visit(child, body, inside)
        for each in states:
            state.merge(each)

    def loop(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from `for`, `while`, `until` and `select`."""
        body = node.child_by_field_name("body")
        head = self.reader.between(
            node.start_byte, node.end_byte if body is None else body.start_byte
        )
        variable = node.child_by_field_name("variable")
        inner = state.copy()
        if variable is not None:
            inner.assign(self.reader.raw(variable), None, exported=False)
        inside = (*conditions, Condition(kind=ConditionKind.LOOP, raw=head.strip().rstrip(";")))
        for child in node.named_children:
            if child == body:
                self.visit(child, inner, inside)
            elif node.type == "while_statement":
                self.visit(child, state, conditions)
            else:
                self.substitutions(child, state, conditions)
        state.merge(inner)

    def case(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from `case`: each item is a branch."""
        value = node.child_by_field_name("value")
        subject = "" if value is None else self.reader.raw(value)
        for item in node.named_children:
            if item.type != "case_item":
                self.substitutions(item, state, conditions)
                continue
            pattern = ", ".join(self.reader.raw(each) for each in until(item, ")"))
            inside = (
                *conditions,
                Condition(kind=ConditionKind.CASE, raw=f"case {subject} in {pattern}"),
            )
            branch = state.copy()
            for child in item.named_children:
                self.visit(child, branch, inside)
            state.merge(branch)

    def functioned(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from a function's body; what it knows when it is called is not known."""
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        outer, self.function = self.function, None if name is None else self.reader.raw(name)
        if body is not None:
            inner = ShellState(directory=state.directory, exported=dict(state.exported))
            self.visit(body, inner, conditions)
        self.function = outer

    def redirected(self, node: Node, state: ShellState, conditions: tuple[Condition, ...]) -> None:
        """Collect from a statement with redirects: they belong to each command of it."""
        before = len(self.found)
        redirects: list[Redirect] = []
        extra: list[Word] = []
        after: list[Node] = []
        for child in node.named_children:
            if child.type in REDIRECTS:
                new, words, nodes = self.redirect(child, state, conditions)
                redirects += new
                extra += words
                after += nodes
            else:
                self.visit(child, state, conditions)
        for position in range(before, len(self.found)):
            command = self.found[position]
            self.found[position] = replace(command, redirects=(*command.redirects, *redirects))
        if extra and len(self.found) > before:
            self.found[-1] = replace(self.found[-1], words=(*self.found[-1].words, *extra))
        for rest in after:
            # `cat <<EOF | bash`: the grammar hangs what follows on the here-document.
            source = self.found[-1] if len(self.found) > before else None
            first = len(self.found)
            self.visit(rest, state.copy(), conditions)
            if len(self.found) > first:
                self.found[first] = replace(self.found[first], source=source)

    def redirect(
        self, node: Node, state: ShellState, conditions: tuple[Condition, ...]
    ) -> tuple[list[Redirect], list[Word], list[Node]]:
        """Return redirects, the command's words behind them, and what they lead on to."""
        named = [child for child in node.named_children if child.type != "file_descriptor"]
        operator = next((child.type for child in node.children if not child.is_named), ">")
        if node.type == "heredoc_redirect":
            body = next((child for child in named if child.type == "heredoc_body"), None)
            start = next((child for child in named if child.type == "heredoc_start"), None)
            is_literal = start is not None and self.reader.raw(start)[:1] in {"'", '"', "\\"}
            word = None if body is None else self.reader.here_document(body, state, is_literal)
            others = [child for child in named if not child.type.startswith("heredoc_")]
            redirects = [Redirect(operator="<<", target=None, body=word)]
            nodes = []
            for child in others:
                if child.type in REDIRECTS:
                    redirects += self.redirect(child, state, conditions)[0]
                else:
                    nodes.append(child)
            return redirects, [], nodes
        words = list(self.words(named, state, conditions))
        if node.type == "herestring_redirect":
            return [Redirect(operator="<<<", target=None, body=words[0] if words else None)], [], []
        target = words[0] if words else None
        return [Redirect(operator=operator, target=target)], words[1:], []


_HANDLERS = {
    "command": _Walk.command,
    "variable_assignment": _Walk.assign,
    "variable_assignments": _Walk.assign,
    "declaration_command": _Walk.assign,
    "list": _Walk.listed,
    "pipeline": _Walk.piped,
    "if_statement": _Walk.branches,
    "while_statement": _Walk.loop,
    "for_statement": _Walk.loop,
    "c_style_for_statement": _Walk.loop,
    "case_statement": _Walk.case,
    "function_definition": _Walk.functioned,
    "redirected_statement": _Walk.redirected,
    "test_command": _Walk.substitutions,
}
