"""Three outcomes of looking for something: it is there, it is not, or nobody could tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Had(Generic[T_co]):
    """It is there."""

    value: T_co


@dataclass(frozen=True, slots=True)
class NotThere:
    """It was looked for where it would be, and there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLooked:
    """Nobody knows: it was not asked for, or could not be had. Never the same as `NotThere`."""

    why: str
    """One line."""
    is_failure: bool = False
    """True: it was asked for, and could not be had."""
    is_held: bool = False
    """True: something older is known, which is not to be taken for it."""


Looked: TypeAlias = Had[T_co] | NotThere | NotLooked
