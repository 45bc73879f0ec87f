"""What our own registry says in somebody's log: its refusals, each explained by its code's page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imprint.doctor.logs.model import Cause, Certainty
from imprint.doctor.logs.symptoms import OwnRefusal, own_refusals
from imprint.explanations.pages import id_of, page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.doctor.logs.text import LogText

_CODE = re.compile(r'"code":\s*"([a-z0-9]+(?:-[a-z0-9]+)*)"')
_ENVELOPE = '"mismatches"'
"""Beside it a `code` is of our envelope (`http/replies.py`), and of no other program."""
_SECTIONS = re.compile(r"^(?:# .+|## .+)\n", re.MULTILINE)
_GUIDE = "docs/guides/why-was-i-refused.md"


def own_codes(log: LogText) -> Mapping[OwnRefusal, tuple[int, ...]]:
    """Return the refusals of our own registry that are in the log, with their lines."""
    found: dict[OwnRefusal, dict[int, None]] = {}
    for refusal in own_refusals():
        for literal in refusal.literals:
            for offset, line in log.lines_with(literal):
                if refusal.pattern.search(line):
                    found.setdefault(refusal, {})[log.number_at(offset)] = None
    known = {refusal.code: refusal for refusal in own_refusals()}
    for offset, line in log.lines_with(_ENVELOPE):
        # pnpm prints the whole answer.
        for code in _CODE.findall(line):
            refusal = known.get(code) or OwnRefusal(
                code=code, literals=(), pattern=re.compile(""), row=None
            )
            found.setdefault(refusal, {})[log.number_at(offset)] = None
    return {refusal: tuple(lines) for refusal, lines in found.items()}


def explained(code: str) -> Cause | None:
    """Return what the code's page says, as a cause without lines; None where it has no page."""
    text = page(code)
    if text is None:
        return None
    title, why, what_to_do, *_ = [
        " ".join(part.split()) for part in _SECTIONS.split(text) if part.strip()
    ]
    return Cause(
        id=id_of(code),
        title=title.removesuffix("."),
        certainty=Certainty.CERTAIN,
        lines=(),
        cause=why,
        fix=what_to_do,
        links=(_GUIDE,),
    )
