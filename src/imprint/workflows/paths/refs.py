"""Refs as witnesses: which a push trigger takes, who makes them, which an environment admits."""

from __future__ import annotations

import re
from functools import partial
from operator import eq
from typing import TYPE_CHECKING, TypeAlias

from imprint.publishers.refs import BRANCH_PREFIX, TAG_PREFIX
from imprint.workflows.paths.lattice import REVIEWED, TAG_CREATOR, WRITER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imprint.workflows.facts import EnvironmentFacts, Facts
    from imprint.workflows.github.model import Trigger
    from imprint.workflows.paths.model import Principal
    from imprint.workflows.sources import Text

FRESH_BRANCH = "any-new-branch"
FRESH_TAG = "any-new-tag"
_MOST_REFS = 8
_CLASS = re.compile(r"\[(?P<first>[^\]])[^\]]*\][+?*]?")


def pushed_refs(trigger: Trigger, default: str) -> tuple[str, ...]:
    """Return witnesses of what a push, release or create trigger runs for, the default first."""
    if trigger.event in {"release", "create"}:
        return (TAG_PREFIX + "v1.0.0",)
    branches, tags = trigger.branches, trigger.tags
    takes_branches = bool(branches or trigger.branches_ignore) or not (tags or trigger.tags_ignore)
    takes_tags = bool(tags or trigger.tags_ignore) or not (branches or trigger.branches_ignore)
    found: list[str] = []
    if takes_branches:
        found += _of_branches(trigger, default)
    if takes_tags:
        names = _witnesses(tags) if tags else [FRESH_TAG, "v1.0.0"]
        found += [TAG_PREFIX + name for name in names if not _ignored(name, trigger.tags_ignore)][
            :_MOST_REFS
        ]
    return tuple(dict.fromkeys(found))


def maker_of(ref: str, facts: Facts, *, default: str) -> Principal:
    """Return who can put a commit of their own where a ref points."""
    if ref.startswith(TAG_PREFIX):
        return TAG_CREATOR if facts.tag_rules else WRITER
    return REVIEWED if is_protected(ref, facts, default=default) else WRITER


def is_protected(ref: str, facts: Facts, *, default: str) -> bool | None:
    """Return whether changes of a branch need a review; None: not known."""
    if ref.startswith(TAG_PREFIX):
        return facts.tag_rules
    name = ref.removeprefix(BRANCH_PREFIX)
    if ref == default and facts.default_branch_protected is not None:
        return facts.default_branch_protected
    if facts.protected_branches is None:
        return None if ref == default else False
    return any(matches(name, pattern) for pattern in facts.protected_branches)


def admits(environment: EnvironmentFacts, ref: str) -> bool:
    """Return whether an environment's branch and tag policy lets a ref deploy."""
    if environment.branches is None and environment.tags is None:
        return True
    if ref.startswith(TAG_PREFIX):
        name, patterns = ref.removeprefix(TAG_PREFIX), environment.tags
    else:
        name, patterns = ref.removeprefix(BRANCH_PREFIX), environment.branches
    return any(matches(name, pattern) for pattern in patterns or ())


def policy_refs(environment: EnvironmentFacts) -> tuple[str, ...]:
    """Return a witness of each pattern of an environment's policy."""
    branches = [BRANCH_PREFIX + witness(pattern) for pattern in environment.branches or ()]
    tags = [TAG_PREFIX + witness(pattern) for pattern in environment.tags or ()]
    return (*branches, *tags)


def witness(pattern: str) -> str:
    """Return a name that a filter pattern matches."""
    text = _CLASS.sub(lambda match: match["first"], pattern)
    return text.replace("**", "x").replace("*", "x").replace("?", "").replace("+", "") or "x"


def matches(name: str, pattern: str) -> bool:
    """Return whether a filter pattern of the forge matches a name: `*` stops at `/`, `**` not.

    One sweep over the name for each piece: there is nothing to backtrack into.
    """
    name = name[:_LONGEST]
    reached = {0}
    for allowed, least, most in _pieces(pattern[:_LONGEST]):
        following: set[int] = set()
        for start in reached:
            position, taken = start, 0
            while taken < least and position < len(name) and allowed(name[position]):
                position, taken = position + 1, taken + 1
            if taken < least:
                continue
            following.add(position)
            while (most is None or taken < most) and position < len(name):
                if not allowed(name[position]):
                    break
                position, taken = position + 1, taken + 1
                following.add(position)
        reached = following
    return len(name) in reached


_LONGEST = 255
_Piece: TypeAlias = "tuple[Callable[[str], bool], int, int | None]"
"""Which characters, how many of them at least and at most."""


def _pieces(pattern: str) -> Iterator[_Piece]:
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            is_double = pattern.startswith("*", position)
            position += is_double
            yield (_any if is_double else _no_slash), 0, None
            continue
        allowed: Callable[[str], bool] = partial(eq, character)
        if character == "[" and (end := pattern.find("]", position + 1)) > 0:
            allowed = partial(_in_class, pattern[position:end])
            position = end + 1
        least, most = _REPEATS.get(pattern[position : position + 1], (1, 1))
        position += (least, most) != (1, 1)
        yield allowed, least, most


_REPEATS: dict[str, tuple[int, int | None]] = {"+": (1, None), "?": (0, 1)}


def _any(_: str) -> bool:
    return True


def _no_slash(character: str) -> bool:
    return character != "/"


def _in_class(members: str, character: str) -> bool:
    position = 0
    while position < len(members):
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            if members[position] <= character <= members[position + 2]:
                return True
            position += 3
        elif members[position] == character:
            return True
        else:
            position += 1
    return False


def _of_branches(trigger: Trigger, default: str) -> list[str]:
    plain = default.removeprefix(BRANCH_PREFIX)
    if not trigger.branches:
        names = [plain, FRESH_BRANCH]
        return [
            BRANCH_PREFIX + name for name in names if not _ignored(name, trigger.branches_ignore)
        ]
    found = [plain] if _taken(plain, trigger.branches) else []
    found += _witnesses(trigger.branches)
    return [BRANCH_PREFIX + name for name in dict.fromkeys(found)][:_MOST_REFS]


def _witnesses(patterns: Iterable[Text]) -> list[str]:
    """Return a name for each pattern that is not taken back by a later one."""
    every = tuple(patterns)
    names = [witness(text.value) for text in every if not text.value.startswith("!")]
    return [name for name in names if _taken(name, every)]


def _taken(name: str, patterns: Iterable[Text]) -> bool:
    """Return whether filters take a name; the last that matches decides."""
    taken = False
    for text in patterns:
        if matches(name, text.value.removeprefix("!")):
            taken = not text.value.startswith("!")
    return taken


def _ignored(name: str, patterns: Iterable[Text]) -> bool:
    return any(matches(name, text.value) for text in patterns)
