"""Remember by which object it was, not by what is in it: repositories are too large to compare."""

from __future__ import annotations

from typing import Generic, TypeVar

Subject = TypeVar("Subject")


class Same(Generic[Subject]):
    """A key for a cache: equal to another one of the very same object. Keeps the object alive."""

    __slots__ = ("subject",)

    def __init__(self, subject: Subject) -> None:
        """Stand for `subject`."""
        self.subject = subject

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.subject is self.subject

    def __hash__(self) -> int:
        return id(self.subject)
