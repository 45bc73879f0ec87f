"""RefPattern: which full refs a publisher trusts. Not here: what type a ref has."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from imprint.refusals import Malformed, quoted

MAXIMUM_LENGTH = 1024
"""Characters, of a pattern and of a ref that can match (defect F17: no work on longer ones)."""

MAXIMUM_WILDCARDS = 8

BRANCH_PREFIX = "refs/heads/"
TAG_PREFIX = "refs/tags/"

_FILLER = "x"
"""What a wildcard stands for in a witness; it keeps every ref rule of git."""

_FORBIDDEN = frozenset(" ~^:?[\\")
"""What git allows in no ref (git-check-ref-format)."""

_Piece: TypeAlias = "tuple[str, bool]"
"""A text, and whether it is a wildcard (`*` or `**`) instead of itself."""


class RefPattern(msgspec.Struct, frozen=True):
    """A full ref in which `*` is any run without `/`, and `**` is any run; both may be empty."""

    text: str

    @classmethod
    def parse(cls, text: str) -> RefPattern:
        """Return the pattern; raises Malformed (`invalid-ref-pattern`) where no ref can match."""
        problem = _problem(text)
        if problem is not None:
            raise Malformed("invalid-ref-pattern", f"ref pattern {quoted(text)} {problem}")
        if not text.startswith("refs/"):
            raise Malformed(
                "invalid-ref-pattern",
                f"ref pattern {quoted(text)} is not a full ref such as `refs/tags/v*`",
                hint=_full_form(text),
            )
        return cls(text)

    def __str__(self) -> str:
        """Return the pattern as it is written."""
        return self.text

    @property
    def is_exact(self) -> bool:
        """True without any wildcard."""
        return "*" not in self.text

    def matches(self, ref: str) -> bool:
        """Return whether the whole of `ref` matches.

        One sweep over the ref for each wildcard, at most eight: there is nothing to backtrack into.
        """
        if len(ref) > MAXIMUM_LENGTH:
            return False
        ends = {0}
        wildcard: str | None = None
        for piece, is_wildcard in _pieces(self.text):
            if is_wildcard:
                wildcard = piece
                continue
            starts = ends if wildcard is None else _reached(ends, wildcard, ref)
            ends = {start + len(piece) for start in starts if ref.startswith(piece, start)}
            wildcard = None
        return len(ref) in (ends if wildcard is None else _reached(ends, wildcard, ref))

    def witness(self) -> str:
        """Return a ref that matches: a branch if one can, else a tag, else whatever does."""
        for prefix in (BRANCH_PREFIX, TAG_PREFIX):
            ref = self.witness_under(prefix)
            if ref is not None:
                return ref
        return _completed(_pieces(self.text))

    def witness_under(self, prefix: str) -> str | None:
        """Return a ref that matches and goes on after `prefix`, or None where there is none."""
        return _after(_pieces(self.text), prefix, prefix)


def _problem(text: str) -> str | None:
    if not text:
        return "is empty"
    if len(text) > MAXIMUM_LENGTH:
        return f"is longer than {MAXIMUM_LENGTH} characters"
    for character in text:
        if character in _FORBIDDEN or not character.isprintable():
            return f"contains {quoted(character)}, which no ref can: wildcards are `*` and `**`"
    if "***" in text:
        return "contains `***`: only `*` and `**` are wildcards"
    if sum(is_wildcard for _, is_wildcard in _pieces(text)) > MAXIMUM_WILDCARDS:
        return f"has more than {MAXIMUM_WILDCARDS} wildcards"
    for impossible in ("..", "@{", "//", "/."):
        if impossible in text:
            return f"contains `{impossible}`, which no ref can"
    if text.endswith(("/", ".", ".lock")):
        return "ends in a way that no ref can"
    return None


def _full_form(text: str) -> str:
    if text.startswith(("heads/", "tags/")):
        return f"write {quoted('refs/' + text)}"
    branch, tag = quoted(BRANCH_PREFIX + text), quoted(TAG_PREFIX + text)
    return f"write {branch} for a branch or {tag} for a tag"


def _pieces(text: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    literal_from = 0
    position = text.find("*")
    while position != -1:
        if position > literal_from:
            pieces.append((text[literal_from:position], False))
        width = 2 if text.startswith("**", position) else 1
        pieces.append((text[position : position + width], True))
        literal_from = position + width
        position = text.find("*", literal_from)
    if literal_from < len(text):
        pieces.append((text[literal_from:], False))
    return pieces


def _reached(starts: set[int], wildcard: str, ref: str) -> set[int]:
    """Return every position that `wildcard` can end at, when it begins at any of `starts`."""
    reached: set[int] = set()
    alive = False
    for position in range(len(ref) + 1):
        if alive and wildcard == "*" and ref[position - 1] == "/":
            alive = False
        alive = alive or position in starts
        if alive:
            reached.add(position)
    return reached


def _completed(pieces: list[_Piece]) -> str:
    return "".join(_FILLER if is_wildcard else piece for piece, is_wildcard in pieces)


def _after(pieces: list[_Piece], prefix: str, whole: str) -> str | None:
    """Return `whole` and what `pieces` add to it; `prefix` is what they must begin with still."""
    if not prefix:
        rest = _completed(pieces)
        return whole + rest if rest else None
    if not pieces:
        return None
    (piece, is_wildcard), remaining = pieces[0], pieces[1:]
    if not is_wildcard:
        if prefix.startswith(piece):
            return _after(remaining, prefix[len(piece) :], whole)
        if piece.startswith(prefix):
            return whole + piece[len(prefix) :] + _completed(remaining)
        return None
    longest = len(prefix) if piece == "**" or "/" not in prefix else prefix.index("/")
    for taken in range(longest, -1, -1):
        # A wildcard that swallows the whole prefix goes on: the ref must have a name.
        again = [(piece, True), *remaining] if taken == len(prefix) else remaining
        found = _after(again, prefix[taken:], whole)
        if found is not None:
            return found
    return None
