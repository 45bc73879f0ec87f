"""Code places by one pass over the bytes: for files that are too large to be parsed.

Knows comments, texts, templates with code inside, and patterns (`/…/`), which are told from a
division by what stands before, as every tokenizer does. It knows no JSX and no types.

The pass is a jump from candidate to candidate by one expression, which stops early only at what
it cannot decide: the loop in Python goes round for patterns and templates alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HIDDEN = (
    rb'|"(?>[^"\\\n]+|\\[\s\S])*+"'
    rb"|'(?>[^'\\\n]+|\\[\s\S])*+'"
    rb"|//[^\n]*+\n"
    rb"|/\*(?>[^*]+|\*(?!/))*+\*/"
)
_SKIP = re.compile(rb"(?>[^\"'`/]+" + _HIDDEN + rb")*+")
_SKIP_IN_TEMPLATE = re.compile(rb"(?>[^\"'`/{}]+" + _HIDDEN + rb")*+")
_TOKEN = re.compile(_HIDDEN.removeprefix(b"|"))
_TEMPLATE_TEXT = re.compile(rb"(?>[^`\\$]+|\\[\s\S]|\$(?!\{))*+")
_PATTERN = re.compile(
    rb"/(?>[^/\\\[\n]+|\\[^\n]|\[(?>[^\]\\\n]|\\[^\n]){0,200}+\]){1,200}+/[a-z]{0,20}+"
)
_PATTERN_USED = re.compile(rb"\s*\.\s*(?:test|exec|source|match|replace)\b")
_BEFORE = re.compile(rb"(?:(?P<word>[\w$]+)|(?P<sign>\S))\s*\Z")
_KEYWORDS = frozenset(
    b"return typeof case in of delete void throw new do else instanceof yield await".split()
)
_VALUE_ENDS = frozenset((b"]", b'"', b"'", b"`"))
"""What a division, and no pattern, stands behind."""
_LOOK_BACK = 64
_MOST_FAILURES = 5_000
"""Slashes of one file that are tried as a pattern and are none: then all are divisions."""
_MOST_TEMPLATES = 500
"""Levels of templates in templates."""


def code_places(source: bytes, candidates: Sequence[int]) -> Iterator[int]:
    """Yield the candidates (in order) that are code; no further is looked than is asked."""
    scan = _Scan(source)
    return (candidate for candidate in candidates if scan.reaches(candidate))


class _Scan:
    """One pass; `at` is the end of what was seen."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.at = 0
        self.failures = 0
        """Slashes that no pattern began with."""
        self.braces: list[int] = []
        """Open braces of each template's code that the pass is in, the outermost first."""

    def reaches(self, place: int) -> bool:
        """Whether the code goes on at `place`: nothing that hides it begins before."""
        while self.at < place:
            skip = _SKIP_IN_TEMPLATE if self.braces else _SKIP
            found = skip.match(self.source, self.at, place)
            self.at = found.end() if found else self.at
            if self.at < place:
                self._step()
        return self.at == place

    def _step(self) -> None:
        """Go over the one token that the jump did not."""
        sign = self.source[self.at : self.at + 1]
        if sign == b"`":
            self.at += 1
            self._template()
        elif sign == b"{":
            self.braces[-1] += 1
            self.at += 1
        elif sign == b"}":
            self._close()
        elif found := _TOKEN.match(self.source, self.at):
            self.at = found.end()
        elif self.source.startswith((b"//", b"/*"), self.at):
            self.at = len(self.source)
        elif sign == b"/" and (pattern := self._pattern()):
            self.at = pattern.end()
        else:
            self.at += 1

    def _close(self) -> None:
        self.at += 1
        if self.braces[-1]:
            self.braces[-1] -= 1
        else:
            self.braces.pop()
            self._template()

    def _template(self) -> None:
        """Go over a template's text, to its end or to the code in it."""
        found = _TEMPLATE_TEXT.match(self.source, self.at)
        self.at = found.end() if found else self.at
        if self.source.startswith(b"${", self.at):
            self.at += 2
            self.braces.append(0)
            if len(self.braces) > _MOST_TEMPLATES:
                self.at = len(self.source)
        else:
            self.at += 1

    def _pattern(self) -> re.Match[bytes] | None:
        """Return the pattern that begins here; None for a division."""
        before = _BEFORE.search(self.source[max(0, self.at - _LOOK_BACK) : self.at])
        word, sign = (before["word"], before["sign"]) if before else (None, None)
        if sign in _VALUE_ENDS or (word is not None and word not in _KEYWORDS):
            return None
        found = _PATTERN.match(self.source, self.at) if self.failures < _MOST_FAILURES else None
        if found is None:
            self.failures += 1
            return None
        if sign == b")":
            # `if (…) /x/.test(y)`: what is divided is no pattern's method.
            return found if _PATTERN_USED.match(self.source, found.end()) else None
        return found
