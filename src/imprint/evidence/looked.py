"""Three outcomes of looking for something: it is there, it is not, or nobody could tell."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import msgspec

T_co = TypeVar("T_co", covariant=True)


class Had(msgspec.Struct, Generic[T_co], frozen=True):
    """It is there."""

    value: T_co


class NotThere(msgspec.Struct, frozen=True):
    """It was looked for where it would be, and there is none."""


class NotLooked(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody knows: it was not asked for, or could not be had. Never the same as `NotThere`."""

    why: str
    """One line."""
    is_failure: bool = False
    """True: it was asked for, and could not be had."""
    is_held: bool = False
    """True: something older is known, which is not to be taken for it."""


Looked: TypeAlias = Had[T_co] | NotThere | NotLooked
