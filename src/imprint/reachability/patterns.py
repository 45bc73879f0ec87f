"""Files by a pattern: `./locale/**/*.js`. `*` is any text without a slash, `**` any folders.

Links are not followed, nor is `node_modules`: a bundler's pattern is for files of one's own.
Work is counted, and there is an end of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from imprint.reachability.files import MOST_FOLDERS, parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.reachability.files import Files

MOST_SEEN = 300_000
"""Names that one run looks at for all of its patterns."""
MOST_BRACES = 100
"""Patterns that the braces of one stand for."""
_STARS = re.compile(r"\*{3,}")
_SKIPPED = frozenset({"node_modules", ".git"})


class Budget(msgspec.Struct):
    """What is left to be looked at."""

    left: int = MOST_SEEN

    def takes(self, count: int) -> bool:
        """Count what is looked at; False once there is no more of it."""
        self.left -= count
        return self.left > 0


def files_by_pattern(files: Files, pattern: str, *, budget: Budget) -> Iterator[str]:
    """Yield the files that a pattern (a path from the root of `files`) means, each once."""
    seen = set[str]()
    for each in alternatives(pattern):
        folders = each.split("/")
        fixed = next((n for n, one in enumerate(folders) if "*" in one), len(folders))
        base = "/".join(folders[: min(fixed, len(folders) - 1)])
        rest = folders[min(fixed, len(folders) - 1) :]
        for path in _found(files, base, rest, budget):
            if path not in seen:
                seen.add(path)
                yield path


def fixed_folder(pattern: str) -> str:
    """Return the folder that a pattern has before any star."""
    return parent_of(pattern.partition("*")[0])


def matches(pattern: str, path: str) -> bool:
    """Whether a path is one that a pattern means."""
    parts = path.split("/")
    return any(_all_match(each.split("/"), parts) for each in alternatives(pattern))


@lru_cache(maxsize=256)
def alternatives(pattern: str) -> tuple[str, ...]:
    """Return what the braces of a pattern (`*.{js,ts}`) stand for: patterns without any.

    What else a library of globs knows (`[ab]`, `?`, `@(a|b)`) becomes `*`, which means more.
    """
    waiting, done = [pattern], list[str]()
    while waiting and len(waiting) + len(done) <= MOST_BRACES:
        each = waiting.pop()
        close = each.find("}")
        opened = each.rfind("{", 0, close) if close > 0 else -1
        if opened < 0:
            done.append(_simple(each))
            continue
        inner = each[opened + 1 : close].split(",")
        waiting += [each[:opened] + one + each[close + 1 :] for one in inner]
    return tuple(done) if not waiting else (_simple(pattern.partition("{")[0]) + "*",)


def _simple(pattern: str) -> str:
    for sign in ("@(", "+(", "?(", "!("):
        head, found, rest = pattern.partition(sign)
        pattern = f"{head}*{rest.partition(')')[2]}" if found else pattern
    return _STARS.sub("*", pattern.replace("?", "*"))


def _found(files: Files, base: str, rest: Sequence[str], budget: Budget) -> Iterator[str]:
    waiting: list[tuple[str, int]] = [(base, 0)]
    seen = set[tuple[str, int]]()
    while waiting:
        folder, at = waiting.pop()
        if (folder, at) in seen or folder.count("/") > MOST_FOLDERS:
            continue
        seen.add((folder, at))
        names = files.names(folder)
        if not budget.takes(len(names) + 1):
            return
        is_any, is_last = rest[at] == "**", at == len(rest) - 1
        if is_any and not is_last:
            waiting.append((folder, at + 1))
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if is_any or _one_matches(rest[at], name):
                if is_last and files.is_file(path):
                    yield path
                elif (is_any or not is_last) and _is_folder(files, path, name):
                    waiting.append((path, at if is_any else at + 1))
            elif is_last and _stem_matches(rest[at], name) and files.is_file(path):
                yield path


def _is_folder(files: Files, path: str, name: str) -> bool:
    return name not in _SKIPPED and files.is_dir(path) and files.real(path) == path


def _all_match(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Match segments: which of them each part may end at, from left to right."""
    open_at = {0}
    for part in parts:
        ways = _with_any(pattern, open_at)
        open_at = {n for n in ways if n < len(pattern) and pattern[n] == "**"}
        open_at |= {n + 1 for n in ways if n < len(pattern) and _one_matches(pattern[n], part)}
        if not open_at:
            return False
    return len(pattern) in _with_any(pattern, open_at)


def _with_any(pattern: Sequence[str], open_at: set[int]) -> set[int]:
    found = set(open_at)
    for number in sorted(open_at):
        at = number
        while at < len(pattern) and pattern[at] == "**":
            at += 1
            found.add(at)
    return found


def _one_matches(pattern: str, name: str) -> bool:
    """Match one segment in one pass: each text between stars where it is first found."""
    if "*" not in pattern:
        return pattern == name
    head, *middle, tail = pattern.split("*")
    if not name.startswith(head) or not name.endswith(tail) or len(name) < len(head + tail):
        return False
    at, end = len(head), len(name) - len(tail)
    for text in middle:
        found = name.find(text, at, end)
        if found < 0:
            return False
        at = found + len(text)
    return True


def _stem_matches(pattern: str, name: str) -> bool:
    """`require("./a/" + name + "/index")`: the ending is not said."""
    stem, dot, ending = name.rpartition(".")
    return bool(dot) and ending in _LEFT_OUT and _one_matches(pattern, stem)


_LEFT_OUT = frozenset({"js", "mjs", "cjs", "ts", "tsx", "mts", "cts", "jsx", "json", "node"})
