"""What comes of comparing one Workload with one publisher: the rules it breaks. Data only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.identity.claims import table_of
from imprint.identity.workload import UNKNOWN, Field, Missing, Provider, T
from imprint.refusals import Mismatch, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.publishers.publisher import TrustedPublisher

_NAMED = 5
"""How many expectations a message names: it ends up in one HTTP header line."""


class BrokenRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that a Workload breaks. `code` is the refusal's, should this be the first one."""

    code: str
    message: str
    mismatch: Mismatch | None = None
    """None where no claim differs: a disabled publisher."""
    hint: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One publisher and everything that speaks against it. For the audit; not for the caller."""

    publisher: TrustedPublisher
    broken: tuple[BrokenRule, ...]
    """Empty: the Workload may publish by this publisher."""
    shown: tuple[BrokenRule, ...]
    """What of `broken` may be told to whoever sent the token (architecture decision 11)."""

    @property
    def matched(self) -> bool:
        """True when no rule is broken."""
        return not self.broken

    @property
    def code(self) -> str:
        """The first broken rule's code, `matched` without one."""
        return self.broken[0].code if self.broken else "matched"


def known(value: Field[T]) -> T | None:
    """Return the field's value, None where it is absent, unknown or an empty text (case E02)."""
    if isinstance(value, Missing) or value == "":
        return None
    return value


def broken(
    code: str,
    provider: Provider,
    field: str,
    *,
    expected: str,
    actual: Field[str],
    hint: str | None = None,
) -> BrokenRule:
    """Return the broken rule on one field of a Workload, under the name that its claim has.

    `expected` is text for people, with its names quoted; `actual` is taken from a token.
    """
    name = claim_name(provider, field)
    value = known(actual)
    if value is not None:
        found = f"is {quoted(value)}"
    else:
        found = "is not known" if actual is UNKNOWN else "is missing"
    return BrokenRule(
        code=code,
        message=f"`{name}` {found}, expected {expected}",
        mismatch=Mismatch(
            claim=name,
            expected=_unquoted(expected),
            actual=None if value is None else _unquoted(quoted(value)),
        ),
        hint=hint,
    )


def any_of(texts: Iterable[str]) -> str:
    """Return the texts quoted, with `or` between them; of many, how many more there are."""
    first: list[str] = []
    more = 0
    for text in texts:
        if len(first) < _NAMED:
            first.append(quoted(text))
        else:
            more += 1
    return " or ".join(first) + (f" or {more} more" if more else "")


def claim_name(provider: Provider, field: str) -> str:
    """Return what `provider` calls the claim behind a field; the field's own name without one."""
    entry = table_of(provider).fields.get(field)
    return field if entry is None else entry.claim


def _unquoted(text: str) -> str:
    """Return a text that is one quoted value without its backticks: JSON has quotes of its own."""
    inner = text[1:-1]
    return inner if text[0] == text[-1] == "`" and "`" not in inner else text
