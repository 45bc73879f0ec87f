"""Single claims of a token, by the form that a provider's table gives. Not here: which ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, TypeVar

from imprint.identity.tables import ClaimField, Form, ProviderTable
from imprint.identity.workload import ABSENT, UNKNOWN, Field, Missing
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

Word = TypeVar("Word", bound="StrEnum")

_LONGEST_INTEGER_BITS = 128
"""Longer integers are no ids; Python refuses to write out very long ones."""

_PATTERNS = {
    Form.NUMBER: re.compile(r"0|[1-9][0-9]{0,38}"),
    Form.OWNER_AND_NAME: re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+"),
    Form.PATH: re.compile(r"[^/\s]+(?:/[^/\s]+)+"),
}


class ClaimReader:
    """Reads single fields of a Workload out of one token's claims.

    Each method takes the name of the field; it returns unknown or absent where there is no value,
    and raises Malformed `malformed-claim` where the value has another form than the table says.
    """

    __slots__ = ("_claims", "_table")

    def __init__(self, claims: Mapping[str, object], table: ProviderTable) -> None:
        self._claims = claims
        self._table = table

    def text(self, name: str) -> Field[str]:
        """Return a text, a number's decimal text, or a path."""
        stated = self._stated(name)
        if isinstance(stated, Missing):
            return stated
        entry, value = stated
        if entry.form is Form.NUMBER:
            value = plain(value)
        pattern = _PATTERNS.get(entry.form)
        if isinstance(value, str) and (pattern is None or pattern.fullmatch(value)):
            return value
        return self._refuse(entry)

    def flag(self, name: str) -> Field[bool]:
        """Return what a boolean or its text says."""
        stated = self._stated(name)
        if isinstance(stated, Missing):
            return stated
        entry, value = stated
        if isinstance(value, bool):
            return value
        return value == "true" if value in ("true", "false") else self._refuse(entry)

    def word(self, name: str, words: type[Word]) -> Field[Word]:
        """Return our word for the provider's."""
        stated = self._stated(name)
        if isinstance(stated, Missing):
            return stated
        entry, value = stated
        if isinstance(value, str) and value in entry.words:
            return words(entry.words[value])
        return self._refuse(entry)

    def texts(self, name: str) -> Field[tuple[str, ...]]:
        """Return a list of texts; an empty one is known to be empty."""
        stated = self._stated(name)
        if isinstance(stated, Missing):
            return stated
        entry, value = stated
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        return self._refuse(entry)

    def _stated(self, name: str) -> Missing | tuple[ClaimField, object]:
        entry = self._table.fields.get(name)
        if entry is None:
            return ABSENT if name in self._table.absent else UNKNOWN
        value = self._claims.get(entry.claim)
        return ABSENT if is_missing(value) else (entry, value)

    def _refuse(self, entry: ClaimField) -> NoReturn:
        expected = entry.form.value
        if entry.form is Form.WORD:
            expected = " or ".join(f"`{word}`" for word in entry.words)
        value = shown(self._claims.get(entry.claim))
        raise Malformed("malformed-claim", f"claim `{entry.claim}` is {value}, expected {expected}")


def is_missing(value: object) -> bool:
    """Tell whether a claim says nothing: not there, null, empty or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


def plain(value: object) -> object:
    """Return an integer as its decimal text, and anything else as it is."""
    if type(value) is int and value.bit_length() <= _LONGEST_INTEGER_BITS:
        return str(value)
    return value


def shown(value: object) -> str:
    """Name a value of any JSON type, for a message."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return "`true`" if value else "`false`"
        case int() if value.bit_length() <= _LONGEST_INTEGER_BITS:
            return f"`{value}`"
        case int() | float():
            return "a number"
        case None:
            return "`null`"
        case _:
            return "a list" if isinstance(value, list | tuple) else "an object"
