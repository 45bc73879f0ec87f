"""What every room says when it does not do what was asked: a refusal, bad input, could not decide.

The three are kept apart (style 15): a `Refusal` is a value, `Malformed` is bad input, and
`Unavailable` means that nothing could be decided, which refuses too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

QUOTED_CHARACTERS = 200
"""How much of an untrusted value a message shows: it ends up in one HTTP header line."""
_UNPRINTABLE = re.compile("[^ -_a-~]")  # a backtick would end the quotation


def quoted(value: str) -> str:
    """Return an untrusted value in backticks: one line of printable ASCII, cut where it is long."""
    shown = _UNPRINTABLE.sub(_escaped, value[: QUOTED_CHARACTERS + 1])
    if len(shown) > QUOTED_CHARACTERS:
        shown = shown[: QUOTED_CHARACTERS - 3] + "..."
    return f"`{shown}`"


def _escaped(character: re.Match[str]) -> str:
    return f"\\u{{{ord(character[0]):x}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One expectation that was not met. `expected` and `actual` are texts for people.

    `actual` is None where the claim is absent or was never seen.
    """

    claim: str
    expected: str
    actual: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A decision against, with its reasons. `code` is kebab-case and has a page (`explain`).

    `message` is one line: what, then value, then what would have been right. `hint` is an action
    the reader can take. `mismatches` are safe to show: what must not be disclosed is left out by
    whoever builds the refusal.
    """

    code: str
    message: str
    hint: str | None = None
    mismatches: tuple[Mismatch, ...] = ()


class Malformed(Exception):
    """Input that is not what its format says. Nothing was done with it."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        """Name the cause by `code`, say it in one line, and what to do about it."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def refusal(self) -> Refusal:
        """Return the same as a value."""
        return Refusal(code=self.code, message=self.message, hint=self.hint)


class Unavailable(Exception):
    """Nothing could be decided, because something that is needed could not be had in time."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        """Name the cause by `code`, say it in one line, and what to do about it."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def refusal(self) -> Refusal:
        """Return the same as a value."""
        return Refusal(code=self.code, message=self.message, hint=self.hint)
