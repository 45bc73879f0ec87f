"""Tokens of an expression. Source: GitHub's "Evaluate expressions", Literals and Operators."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    TEXT = auto()
    NAME = auto()
    MARK = auto()
    END = auto()


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One token: for a text its value, quotes and doubled quotes resolved."""

    kind: Kind
    text: str


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*+')
    |(?P<name>[A-Za-z_][\w-]*)
    |(?P<number>[-+]?(?:0[xX][0-9A-Fa-f]+|0o[0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|Infinity)
        (?![\w.]))
    |(?P<mark>&&|\|\||==|!=|<=|>=|[!<>()\[\],.*])
    |(?P<end>\Z))""",
    re.VERBOSE | re.ASCII,
)


def tokens(text: str) -> Iterator[Token]:
    """Yield all tokens and END behind them. Raises `Malformed` with `expression-syntax`."""
    offset = 0
    while True:
        match = _TOKEN.match(text, offset)
        if match is None:
            rest = text[offset:].lstrip()
            hint = "texts stand in single quotes" if rest.startswith('"') else None
            raise Malformed("expression-syntax", f"expression goes on with {quoted(rest)}", hint)
        offset = match.end()
        kind = Kind[(match.lastgroup or "").upper()]
        token = match[match.lastgroup or 0]
        if kind is Kind.TEXT:
            token = token[1:-1].replace("''", "'")
        yield Token(kind=kind, text=token)
        if kind is Kind.END:
            return
