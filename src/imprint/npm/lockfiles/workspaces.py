"""`workspaces` of a package.json: which folders are projects of it. No files are looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_PATTERNS = 1000
_MAX_CHARACTERS = 400
_MAX_STARS = 8
"""Of one pattern: with many, a search for a match takes for ever. Nobody writes so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspacePatterns:
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
    segments = [part for part in text.split("/") if part not in {"", "."}]
    parts: list[str] = []
    for index, segment in enumerate(segments):
        is_last = index == len(segments) - 1
        if segment == "**":
            # Runs of `**` say no more than one, and cost.
            if index == 0 or segments[index - 1] != "**":
                parts.append(".*" if is_last else "(?:[^/]+/)*")
        else:
            parts.append(_segment(segment) + ("" if is_last else "/"))
    return re.compile("".join(parts))


def _segment(segment: str) -> str:
    return "".join(
        {"*": "[^/]*", "?": "[^/]"}.get(character) or re.escape(character)
        for character in re.sub(r"\*+", "*", segment)
    )
