"""CODEOWNERS: which paths have an owner. Source: GitHub's "About code owners"."""

from __future__ import annotations

import re
from functools import lru_cache

from imprint.workflows.path_patterns import expression_of

_MOST_CHARACTERS = 300


def rules_of(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return pattern and owners of each line, in order; a line without owners takes them away."""
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and len(words[0]) <= _MOST_CHARACTERS:
            found.append((words[0], tuple(words[1:])))
    return tuple(found)


def owned_by(rules: tuple[tuple[str, tuple[str, ...]], ...], path: str) -> tuple[str, ...]:
    """Return the owners of a file: those of the last line that matches."""
    for pattern, owners in reversed(rules):
        if _expression(pattern).match(path):
            return owners
    return ()


@lru_cache(maxsize=512)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern as an expression: `*` stops at slashes, `**` does not, folders hold all."""
    is_rooted = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    whole = expression_of(body, any_character=True)
    start = "" if is_rooted else "(?:.*/)?"
    # `docs/*` takes the files of one folder alone; `docs` and `docs/` take all below.
    end = "$" if body.endswith("/*") else "(?:/.*)?$"
    return re.compile(start + whole + end)
