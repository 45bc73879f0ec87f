"""Deciding: what of a record a verdict hangs on, and which attacks a record decides at all.

A verdict that differs between two completions that differ in one thing hangs on this thing. A real
packument has it; the record does not say it, and no rule set can be held to it.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING, Final

from benchmarks.replaying.completions import Completion
from benchmarks.replaying.scoring import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.replaying.scoring import Scored

_WORDS: Final[Mapping[str, str]] = {
    "had_script": "an install script before",
    "has_script": "whether it is an install script that runs",
    "gyp_shows": "whether the packument shows the build",
    "line": "evidence of the line before",
    "anywhere": "evidence of other lines",
    "trust": "its own evidence",
    "staged_with_provenance": "provenance of a staged release",
    "user_changed": "who published",
    "ref_changed": "from which ref",
    "owner_moved": "whose the repository is",
    "dependency_age": "age of the new dependency",
}
_EXPOSURE: Final = "how long it was out"
_ERA: Final = "evidence that npm did not keep yet"
_TOGETHER: Final = "several of these together"


def hangs_on(scored: Scored) -> tuple[str, ...]:
    """Return what an attack's verdict hangs on, in words; empty: its record decides it."""
    if scored.is_decided:
        return ()
    found = set(_dimensions(scored))
    words = [words for name, words in _WORDS.items() if name in found]
    if any(verdict is Verdict.UNKNOWN for _, verdict in scored.by_way):
        words.append(_EXPOSURE if scored.record.era == "provenance" else _ERA)
    return tuple(words) or (_TOGETHER,)


def said_of(scored: Scored) -> str:
    """Return why an attack came to what it came to, in one line."""
    open_facts = hangs_on(scored)
    signs = ", ".join(scored.signs)
    if open_facts:
        return f"hangs on {', '.join(open_facts)}" + (f"; in any case: {signs}" if signs else "")
    if scored.verdict is Verdict.STOPPED:
        return f"stopped by {signs or 'its age'}"
    if signs:
        return f"only warned: {signs}"
    return "nothing is recorded against it but its age"


def _dimensions(scored: Scored) -> Iterator[str]:
    """Yield each field of a completion that makes a difference, by itself."""
    names = [one.name for one in fields(Completion)]
    for (way, verdict), (other, otherwise) in combinations(scored.by_way, 2):
        if verdict is otherwise:
            continue
        differing = [name for name in names if getattr(way, name) != getattr(other, name)]
        if len(differing) == 1:
            yield differing[0]
