"""Markdown that others' texts cannot steer: no markup, no link, no mention, no HTML.

What could be more than text (an address, `@someone`, `#1`) becomes code, which platforms leave
alone: a backslash stops markup, but not what is looked for in the finished page.
"""

from __future__ import annotations

import re

from imprint.cli.render.plain import printable

LONGEST = 400
"""Characters of one text: a comment holds 65,536, and a table is to be read."""
_SPECIAL = re.compile(r"([\\`*_\[\]|<>~#!$&])")
_CODE = re.compile(r"`([^`]*)`")
_STEERS = re.compile(r"@\w|#\d|://|www\.|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
_ADJACENT = re.compile(r"`(?=`)")


def text_of(text: str) -> str:
    """Return one line with its markup escaped; what is in backticks stays code."""
    parts = _CODE.split(_short(text))
    told = "".join(
        code_of(part) if number % 2 else _words(part) for number, part in enumerate(parts)
    )
    # Two backticks together would open code that only two together end.
    return _ADJACENT.sub("` ", told)


def code_of(text: str) -> str:
    """Return a text as code, that may stand in a table's cell."""
    # In a cell a bar would end it, in code or not; elsewhere its backslash would be seen.
    inner = _short(text).replace("`", "'").replace("|", "¦")
    return f"`{inner}`" if inner.strip() else "` `"


def _words(text: str) -> str:
    return " ".join(
        code_of(word) if _STEERS.search(word) else _SPECIAL.sub(r"\\\1", word)
        for word in text.split(" ")
    )


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
