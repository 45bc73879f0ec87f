"""`workspaces` of a package.json: which folders are projects of it. No files are looked at."""

from __future__ import annotations

import re

import msgspec

MAX_PATTERNS = 1000
_MAX_CHARACTERS = 400
_MAX_STARS = 8
"""Of one pattern. Nobody writes so many."""


class WorkspacePatterns(msgspec.Struct, frozen=True, kw_only=True):
    """The patterns, in their order; a later `!pattern` takes away what an earlier one gave."""

    patterns: tuple[tuple[bool, re.Pattern[str]], ...]

    @classmethod
    def parse(cls, value: object) -> WorkspacePatterns:
        """Read the list, or yarn's object with `packages`; anything else names none."""
        if isinstance(value, dict):
            value = value.get("packages")
        texts = [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
        return cls(
            patterns=tuple(
                (not text.startswith("!"), _pattern(text.removeprefix("!")))
                for text in texts[:MAX_PATTERNS]
                if len(text) <= _MAX_CHARACTERS and text.count("*") <= _MAX_STARS
            )
        )

    def match(self, path: str) -> bool:
        """Say whether the folder (below the root's, `/` between segments) is a project."""
        is_one = False
        for gives, pattern in self.patterns:
            if is_one is not gives and pattern.fullmatch(path):
                is_one = gives
        return is_one


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern as one that goes back to nothing.

    What is between two stars is taken where it comes first, and kept (`(?>`): with a search for
    another way, a few stars and a long name would take for ever.
    """
    segments = [part for part in text.split("/") if part not in {"", "."}]
    groups: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    if len(groups) == 1:
        return re.compile("/".join(groups[0]))
    first, *between, last = groups
    parts = [f"{segment}/" for segment in first]
    parts += [f"(?>(?:[^/]+/)*?{'/'.join(group)}/)" for group in between if group]
    parts.append("(?:[^/]+/)*" + "/".join(last) if last else ".*")
    return re.compile("".join(parts), re.DOTALL)


def _segment(segment: str) -> str:
    first, *others = (
        "".join("[^/]" if character == "?" else re.escape(character) for character in piece)
        for piece in re.sub(r"\*+", "*", segment).split("*")
    )
    between = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return f"{first}{between}[^/]*{others[-1]}" if others else first
