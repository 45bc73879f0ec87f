"""`exports` and `imports` of a package.json, by Node's algorithm (its packages page, Resolution).

Numbers are of PACKAGE_EXPORTS_RESOLVE and PACKAGE_IMPORTS_EXPORTS_RESOLVE there.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.reachability.manifests import Json


class Unmatched(Enum):
    """No key, or no condition of one, fits: the search goes on. None, in contrast, forbids."""

    UNMATCHED = 0


UNMATCHED = Unmatched.UNMATCHED
_MOST_ALTERNATIVES = 1_000
_FORBIDDEN = frozenset({"", ".", "..", "node_modules"})


def exported(exports: Json, subpath: str, conditions: frozenset[str]) -> str | None:
    """Return the target (`./lib/a.js`) of `.` or `./sub`; None where it is not exported."""
    if isinstance(exports, dict) and any(key.startswith(".") for key in exports):
        # (3) keys are subpaths
        table: Mapping[str, Json] = exports
    else:
        # (2) it is the target of `.` itself
        table = {".": exports}
    found = _matched(table, subpath, conditions, is_internal=False)
    return found if isinstance(found, str) else None


def imported(imports: Mapping[str, Json], specifier: str, conditions: frozenset[str]) -> str | None:
    """Return the target of `#name`: a file (`./a.js`) or another package; None where none is."""
    if specifier == "#" or specifier.startswith("#/"):
        return None
    found = _matched(imports, specifier, conditions, is_internal=True)
    return found if isinstance(found, str) else None


def _matched(
    table: Mapping[str, Json], key: str, conditions: frozenset[str], *, is_internal: bool
) -> str | Unmatched | None:
    # (1) a key without a star, as it is
    if key in table and "*" not in key and (not key.endswith("/") or key == "./"):
        return _target(table[key], "", conditions, is_internal=is_internal)
    # (2, 3) patterns, the most specific first; `./folder/` is how they were written before
    best: tuple[int, int, str, str] | None = None
    for pattern in table:
        head, star, tail = pattern.partition("*")
        if not star and not pattern.endswith("/"):
            continue
        if "*" in tail or not key.startswith(head) or key == head or not key.endswith(tail):
            continue
        if len(key) < len(head) + len(tail):
            continue
        rank = (len(head), len(pattern), pattern, key[len(head) : len(key) - len(tail)])
        best = rank if best is None else max(best, rank)
    if best is None:
        return UNMATCHED
    pattern, part = best[2], best[3]
    found = _target(table[pattern], part, conditions, is_internal=is_internal)
    if isinstance(found, str) and "*" not in pattern and pattern.endswith("/"):
        return found + part
    return found


def _target(
    target: Json, part: str, conditions: frozenset[str], *, is_internal: bool
) -> str | Unmatched | None:
    if isinstance(target, str):
        return _text_target(target, part, is_internal=is_internal)
    if isinstance(target, dict):
        for condition, value in target.items():
            if condition == "default" or condition in conditions:
                found = _target(value, part, conditions, is_internal=is_internal)
                if found is not UNMATCHED:
                    return found
        return UNMATCHED
    if isinstance(target, list):
        last: str | Unmatched | None = None
        for value in target[:_MOST_ALTERNATIVES]:
            last = _target(value, part, conditions, is_internal=is_internal)
            if isinstance(last, str):
                return last
        return last
    return None


def _text_target(target: str, part: str, *, is_internal: bool) -> str | Unmatched | None:
    whole = target.replace("*", part)
    if not target.startswith("./"):
        # Only `imports` may name another package; none may lead out of this one.
        return whole if is_internal and not target.startswith(("../", "/")) else UNMATCHED
    folders = whole[2:].split("/")
    if not _FORBIDDEN.isdisjoint(folders[:-1]) or folders[-1] in {".", "..", "node_modules"}:
        return UNMATCHED
    return whole
