"""PowerShell: a script's commands, by a splitter of our own.

Its published tree-sitter grammar does not take what npm is given: `--tag=next` and `@scope/name`
are errors to it. Followed are statements, quotes, variables, blocks, pipes and redirects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imprint.workflows.shell.expressions import expression_spans, split_at, without_expressions
from imprint.workflows.shell.model import (
    Assignment,
    Command,
    Condition,
    ConditionKind,
    Hole,
    HoleKind,
    Redirect,
    Word,
)
from imprint.workflows.shell.state import ShellState

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment><\#.*?\#>|(?<![^\s;{}()])\#[^\n]*)
    |(?P<space>(?:[ \t\r]|`\r?\n)+)
    |(?P<end>\n|;|&&|\|\||\||[{}()])
    |(?P<redirect>[12*]?>>?(?:&1)?)
    |(?P<call>&)
    |(?P<word>(?:@?"(?:`.|""|[^"`])*"?|@?'(?:''|[^'])*'?|\$\([^()]*\)|\$\{[^}]*\}|`.|[^\s;|{}()&>"'`]|>(?!>))+)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)
_VARIABLE = re.compile(r"\$\([^()]*\)|\$\{(?:env:)?(\w+)\}|\$(?:env:)?(\w+)", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"\$(?:env:(\w+)|\{env:(\w+)\})", re.IGNORECASE)
_CONDITIONS = {
    "if": ConditionKind.IF,
    "elseif": ConditionKind.IF,
    "else": ConditionKind.UNLESS,
    "while": ConditionKind.LOOP,
    "for": ConditionKind.LOOP,
    "foreach": ConditionKind.LOOP,
    "do": ConditionKind.LOOP,
    "switch": ConditionKind.CASE,
    "catch": ConditionKind.FAILURE,
}
_MOVES = {"cd", "set-location", "sl", "chdir", "push-location", "pushd"}
_WRITERS = {"out-file": ">", "set-content": ">", "add-content": ">>", "tee-object": ">"}
_KEYWORDS = {"try", "finally", "function", "param", "begin", "process", "return"}


def powershell_commands(script: str, variables: Mapping[str, Word]) -> tuple[Command, ...]:
    """Return every command of the script in the order written."""
    reader = _Reader(script, variables)
    reader.read()
    return tuple(reader.found)


class _Reader:
    """One way through a script's tokens; `found` grows."""

    def __init__(self, script: str, variables: Mapping[str, Word]) -> None:
        self.script = script
        self.spans = expression_spans(script)
        self.source = without_expressions(script, self.spans)
        self.state = ShellState.of_variables(variables)
        self.found: list[Command] = []
        self.blocks: list[Condition | None] = []
        self.words: list[tuple[int, int]] = []
        self.redirects: list[Redirect] = []
        self.source_command: Command | None = None

    def read(self) -> None:
        """Collect the commands."""
        waiting: str | None = None
        for token in _TOKEN.finditer(self.source):
            place = token.start(), token.end()
            match token.lastgroup:
                case "word" if waiting is not None:
                    self.redirects.append(Redirect(operator=waiting, target=self.word(*place)))
                    waiting = None
                case "word":
                    self.words.append(place)
                case "redirect" if not token[0].endswith("&1"):
                    waiting = ">>" if ">>" in token[0] else ">"
                case "end":
                    waiting = None
                    self.close(token[0])
                case _:
                    pass
        self.close("\n")

    def close(self, separator: str) -> None:
        """Take what was read as a command, a block's head, or nothing."""
        head = self.keyword()
        if separator == "{":
            kind = None if head is None else _CONDITIONS.get(head)
            raw = self.script[self.words[0][0] : self.words[-1][1]] if self.words else ""
            self.blocks.append(None if kind is None else Condition(kind=kind, raw=raw))
            self.reset()
            return
        if separator in "()":
            if head not in _CONDITIONS:
                self.command()
            elif separator == "(":
                return  # `if (`: the test's words follow, and belong to the block's head
            return
        if head not in _CONDITIONS or separator != "\n":
            self.command()
        if separator != "|":
            self.source_command = None
        if separator == "}":
            self.reset()
            if self.blocks:
                self.blocks.pop()

    def keyword(self) -> str | None:
        """Return the first word, where it is one of the language's own."""
        if not self.words:
            return None
        first = self.script[self.words[0][0] : self.words[0][1]].lower()
        return first if first in _CONDITIONS or first in _KEYWORDS else None

    def reset(self) -> None:
        """Forget what was read of a statement."""
        self.words, self.redirects = [], []

    def command(self) -> None:
        """Collect a command or an assignment of an environment variable."""
        places, redirects = self.words, tuple(self.redirects)
        self.reset()
        if not places:
            return
        start, end = places[0][0], places[-1][1]
        raw = [self.script[first:last] for first, last in places]
        assignments: tuple[Assignment, ...] = ()
        if raw[0].startswith("$") and len(raw) > 1 and raw[1] in {"=", "+="}:
            name = _ENVIRONMENT.fullmatch(raw[0])
            if name is not None and len(raw) > 2 and raw[2][:1] in "\"'$":  # noqa: PLR2004 (`$env:X = value`)
                made = Assignment(
                    name=name[1] or name[2], value=self.word(*places[2]), exported=True
                )
                assignments = (made,)
                self.state.assign(made.name, (made.value,), exported=True)
                places = []
            else:
                places = places[2:]
        words = tuple(self.word(*place) for place in places)
        if not words and not assignments:
            return
        self.add(words, assignments, redirects, start, end)

    def add(
        self,
        words: tuple[Word, ...],
        assignments: tuple[Assignment, ...],
        redirects: tuple[Redirect, ...],
        start: int,
        end: int,
    ) -> None:
        """Collect one command, and follow what it does."""
        name = (words[0].value or "").lower() if words else ""
        if name in _WRITERS:
            files = [word for word in words[1:] if not word.lead.startswith("-")]
            target = files[0] if files else None
            redirects = (*redirects, Redirect(operator=_WRITERS[name], target=target))
        command = Command(
            words=words,
            assignments=assignments,
            start=start,
            end=end,
            raw=self.script[start:end],
            redirects=redirects,
            conditions=tuple(block for block in self.blocks if block is not None),
            directory=self.state.directory,
            environment=dict(self.state.exported),
            source=self.source_command,
        )
        self.found.append(command)
        self.source_command = command
        if name in _MOVES:
            self.state.change_directory(words[-1] if len(words) > 1 else None)

    def word(self, start: int, end: int) -> Word:
        """Return a token as a word."""
        parts: list[str | Hole] = []
        for piece in self.pieces(start, end):
            if isinstance(piece, str) and parts and isinstance(parts[-1], str):
                parts[-1] += piece
            elif piece:
                parts.append(piece)
        raw = self.script[start:end]
        return Word(parts=tuple(parts), raw=raw, start=start, end=end)

    def pieces(self, start: int, end: int) -> Iterator[str | Hole]:
        """Yield a token's parts: quotes and escapes off, variables where they are known."""
        position = start
        for quoted in re.finditer(
            r"""@?"((?:`.|""|[^"`])*)"?|@?'((?:''|[^'])*)'?""", self.source[start:end], re.DOTALL
        ):
            yield from self.expanded(position, start + quoted.start())
            if quoted[2] is not None:
                yield from split_at(
                    self.script, start + quoted.start(2), start + quoted.end(2), self.spans
                )
            else:
                yield from self.expanded(start + quoted.start(1), start + quoted.end(1))
            position = start + quoted.end()
        yield from self.expanded(position, end)

    def expanded(self, start: int, end: int) -> Iterator[str | Hole]:
        """Yield a text's parts where variables are put in."""
        for part in split_at(self.script, start, end, self.spans):
            if isinstance(part, Hole):
                yield part
                continue
            position = 0
            for variable in _VARIABLE.finditer(part):
                yield _unescaped(part[position : variable.start()])
                position = variable.end()
                name = variable[1] or variable[2]
                known = self.state.known(name) if name else None
                if known is not None:
                    yield from known.parts
                else:
                    kind = HoleKind.VARIABLE if name else HoleKind.OUTPUT
                    yield Hole(kind=kind, raw=variable[0], name=name)
            yield _unescaped(part[position:])


def _unescaped(text: str) -> str:
    return re.sub(r"`(\r?\n|.)", lambda found: "" if found[1].endswith("\n") else found[1], text)
