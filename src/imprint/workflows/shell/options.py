"""A program's arguments as options and the rest. Which options take a value, the caller knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from imprint.workflows.shell.model import Word

_TRUTHS = {"true": True, "false": False}
_SWITCHES = {"dry-run", "provenance"}
"""Options that scripts switch with a variable behind them."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for by options, by their names without dashes."""

    values: Mapping[str, tuple[Word | None, ...]] = msgspec.field(default_factory=dict)
    """Each use of an option, in order; None where it has no value."""
    rest: tuple[Word, ...] = ()
    """The words that are no options."""
    passed: tuple[Word, ...] = ()
    """What stands behind `--`."""

    def flag(self, *names: str) -> bool | None:
        """Return what a yes-or-no option says last, under any of its names.

        None: it is not there, or what it says is not known.
        """
        found: bool | None = None
        for name in names:
            for word in self.values.get(name, ()):
                if word is None:
                    found = True
                else:
                    found = None if word.value is None else _TRUTHS.get(word.value, True)
            if f"no-{name}" in self.values:
                found = False
        return found

    def texts(self, *names: str) -> tuple[Word, ...]:
        """Return all values of an option, under any of its names."""
        return tuple(
            word for name in names for word in self.values.get(name, ()) if word is not None
        )

    def text(self, *names: str) -> Word | None:
        """Return an option's last value, under any of its names."""
        found = self.texts(*names)
        return found[-1] if found else None


def options_of(words: Sequence[Word], valued: AbstractSet[str]) -> Options:
    """Take arguments apart; `valued` are the options whose value is the next word.

    `--name=value`, `--name value`, `--no-name`, and `--name true` as npm takes it. Never raises.
    """
    values: dict[str, tuple[Word | None, ...]] = {}
    rest: list[Word] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word.value == "--":
            break
        name, equals, value = _option(word)
        if name is None:
            rest.append(word)
            continue
        following = words[position] if position < len(words) else None
        if (
            not equals
            and following is not None
            and (name in valued or _is_truth(name, following))
            and not (following.lead.startswith("-") and len(following.lead) > 1)
        ):
            value = following
            position += 1
        values[name] = (*values.get(name, ()), value)
    return Options(
        values=values,
        rest=tuple(rest),
        passed=tuple(words[position:]),
    )


def _is_truth(name: str, word: Word) -> bool:
    """Whether a word says yes or no to an option; `--dry-run "$DRY_RUN"` may say either."""
    return word.value in _TRUTHS or (name in _SWITCHES and word.hole is not None)


def leading_options(words: Sequence[Word], valued: AbstractSet[str]) -> int:
    """Return how many words at the beginning are options and their values."""
    position = 0
    while position < len(words):
        name, equals, _ = _option(words[position])
        if name is None or words[position].value == "--":
            break
        position += 1
        if not equals and name in valued:
            position += 1
    return min(position, len(words))


def without_lead(word: Word, length: int) -> Word:
    """Return a word without its first characters, which have to be known."""
    first = word.lead[length:]
    rest = word.parts[1:]
    return type(word)(
        parts=(first, *rest) if first else rest,
        raw=word.raw,
        start=word.start,
        end=word.end,
    )


def _option(word: Word) -> tuple[str | None, bool, Word | None]:
    """Return an option's name, whether it has `=`, and the value behind that."""
    lead = word.lead
    if not lead.startswith("-") or lead == "-":
        return None, False, None
    name, equals, _ = lead.partition("=")
    value = without_lead(word, len(name) + 1) if equals else None
    return name.lstrip("-"), bool(equals), value
