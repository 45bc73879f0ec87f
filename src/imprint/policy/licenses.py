"""Whether a licence may be there: SPDX expressions, judged over their tree. Not here: the rules.

`A OR B` needs one branch that is allowed, `A AND B` all of them (SPDX specification, annex on
licence expressions). A branch that nobody can tell is unknown, which is neither.

The library that knows SPDX's ids takes 80 ms to load and set up, so it is imported with the first
licence that is judged: a policy without a rule for licences never pays for it.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from imprint.refusals import quoted

if TYPE_CHECKING:
    from license_expression import (  # type: ignore[import-untyped]  # it has no types
        LicenseExpression,
        Licensing,
    )

MAX_EXPRESSION_CHARACTERS = 1_000
_KEPT = 4_096
_FILE_PREFIXES = ("see license in", "see licence in")
_UNLICENSED = "unlicensed"
_OWN_REFERENCES = ("licenseref-", "documentref-")


class LicenseAllowed(msgspec.Struct, frozen=True, kw_only=True):
    """It may be there."""

    by: tuple[str, ...]
    """The ids that suffice."""


class LicenseDenied(msgspec.Struct, frozen=True, kw_only=True):
    """It may not."""

    because: tuple[str, ...]
    """The ids that stand in the way."""
    message: str
    """One line."""


class LicenseUnknown(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can tell which licence it is."""

    message: str
    """One line."""


LicenseJudgement: TypeAlias = LicenseAllowed | LicenseDenied | LicenseUnknown


def judge_license(
    expression: str | None, *, allow: Collection[str], deny: Collection[str]
) -> LicenseJudgement:
    """Return what the lists say of a licence as its package writes it. Total.

    Ids are SPDX's, in any case and with their deprecated spellings; an entry may end in `*`
    (`GPL-*`), or name an id with its exception (`GPL-2.0-only WITH Classpath-exception-2.0`). An
    empty `allow` allows every id of SPDX that is not denied; what stands in both lists is denied.
    """
    text = (expression or "").strip()
    if not text:
        return LicenseUnknown(message="it states no licence")
    if len(text) > MAX_EXPRESSION_CHARACTERS:
        return LicenseUnknown(message=f"its licence has {len(text)} characters: it is not read")
    lists = _Lists(
        allow=frozenset(map(_normal, allow)),
        deny=frozenset(map(_normal, deny)),
        allows_all=not allow,
    )
    if _is_literal(text):
        return _judge_literal(text, lists)
    tree = _parsed(text)
    if tree is None:
        literal = lists.literal(text)
        message = f"its licence {quoted(text)} is no SPDX expression"
        return LicenseUnknown(message=message) if literal is None else literal
    return _judge(tree, lists)


class _Lists(msgspec.Struct, frozen=True, kw_only=True):
    """What policy allows and denies, normalised."""

    allow: frozenset[str]
    deny: frozenset[str]
    allows_all: bool

    def literal(self, text: str) -> LicenseJudgement | None:
        """Return what the lists say of `text` to the letter, whatever it means; None: nothing."""
        name = text.lower()
        if _is_listed(name, self.deny):
            return _denied(text, "is denied")
        return LicenseAllowed(by=(text,)) if _is_listed(name, self.allow) else None


def _is_literal(text: str) -> bool:
    """Return whether it is one of npm's own words, which are no expressions."""
    return text.lower().startswith(_FILE_PREFIXES) or text.lower() == _UNLICENSED


def _judge_literal(text: str, lists: _Lists) -> LicenseJudgement:
    found = lists.literal(text)
    if found is not None:
        return found
    if text.lower() != _UNLICENSED:
        return LicenseUnknown(message=f"its licence is in a file of its own: {quoted(text)}")
    if lists.allows_all:
        return LicenseUnknown(message="it is not licensed to anybody (`UNLICENSED`)")
    return _denied(text, "is not among the allowed")


def _judge(tree: LicenseExpression, lists: _Lists) -> LicenseJudgement:
    operator = getattr(tree, "operator", "").strip()
    if operator not in {"AND", "OR"}:
        return _judge_leaf(tree, lists)
    judged = [_judge(branch, lists) for branch in tree.args]
    denied = [one for one in judged if isinstance(one, LicenseDenied)]
    unknown = [one for one in judged if isinstance(one, LicenseUnknown)]
    allowed = [one for one in judged if isinstance(one, LicenseAllowed)]
    if operator == "OR":
        return allowed[0] if allowed else unknown[0] if unknown else _all_denied(denied)
    if denied:
        return denied[0]
    if unknown:
        return unknown[0]
    return LicenseAllowed(by=tuple(dict.fromkeys(name for one in allowed for name in one.by)))


def _all_denied(denied: list[LicenseDenied]) -> LicenseDenied:
    names = tuple(dict.fromkeys(name for one in denied for name in one.because))
    shown = " nor ".join(map(quoted, names))
    return LicenseDenied(because=names, message=f"neither {shown} is allowed")


def _judge_leaf(leaf: LicenseExpression, lists: _Lists) -> LicenseJudgement:
    """Judge one id, or one with an exception: an exception only ever allows more."""
    whole = str(leaf)
    base = getattr(leaf, "license_symbol", leaf)
    exception = getattr(leaf, "exception_symbol", None)
    # `X+` offers X itself, so that what holds for X holds for it.
    name, plain = whole.lower(), str(base).lower().removesuffix("+")
    if _is_listed(name, lists.deny):
        return _denied(whole, "is denied")
    if _is_listed(name, lists.allow):
        return LicenseAllowed(by=(whole,))
    if _is_listed(plain, lists.deny):
        return _denied(whole, "is denied")
    is_known = _is_known(base, exception=False) and (
        exception is None or _is_known(exception, exception=True)
    )
    if _is_listed(plain, lists.allow) and (exception is None or is_known):
        return LicenseAllowed(by=(whole,))
    if not is_known:
        return LicenseUnknown(message=f"its licence {quoted(whole)} is none that SPDX knows")
    if lists.allows_all:
        return LicenseAllowed(by=(whole,))
    return _denied(whole, "is not among the allowed")


def _denied(name: str, why: str) -> LicenseDenied:
    return LicenseDenied(because=(name,), message=f"licence {quoted(name)} {why}")


def _is_known(symbol: LicenseExpression, *, exception: bool) -> bool:
    """Return whether SPDX has the id, as a licence or as an exception.

    `LicenseRef-…` is somebody's own, though the library knows some; a `+` stands for later
    versions of what is before it.
    """
    key = str(symbol)
    known = _licensing().known_symbols.get(key) or _licensing().known_symbols.get(
        key.removesuffix("+")
    )
    return (
        known is not None
        and bool(known.is_exception) is exception
        and not key.lower().startswith(_OWN_REFERENCES)
    )


def _is_listed(name: str, entries: frozenset[str]) -> bool:
    return name in entries or any(
        name.startswith(entry[:-1]) for entry in entries if entry.endswith("*")
    )


@lru_cache(_KEPT)
def _normal(entry: str) -> str:
    """Return an entry of a list as leaves are compared: SPDX's present spelling, lower case."""
    text = entry.strip()
    if _is_literal(text) or text.endswith("*"):
        return text.lower()
    tree = _parsed(text)
    return text.lower() if tree is None else str(tree).lower()


@lru_cache(_KEPT)
def _parsed(text: str) -> LicenseExpression | None:
    """Return the tree of an expression; None for what is none."""
    from license_expression import ExpressionError  # noqa: PLC0415  (heavy: see above)

    try:
        return _licensing().parse(text)
    except (ExpressionError, RecursionError):
        return None
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError):
        return None  # Its parser stumbles over some texts, such as `( )`.


@lru_cache(1)
def _licensing() -> Licensing:
    from license_expression import get_spdx_licensing  # noqa: PLC0415  (heavy: see above)

    return get_spdx_licensing()
