"""What one policy says otherwise than another, and whether it asks for less. Pure.

Where that cannot be told of a value, it counts as less: whoever reads it looks once too often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from imprint.policy.effective import values_of
from imprint.policy.layers import ADVISORY_ORDER, BUNDLED_ORDER, DEV_ORDER, MODE_ORDER, phases
from imprint.policy.presets import PRESETS

if TYPE_CHECKING:
    from imprint.policy.model import Policy

_LISTS = frozenset(
    {
        "require",
        "vendor",
        "accept",
        "quarantine",
        "advisories.allow",
        "licenses.allow",
        "licenses.deny",
        "licenses.unknown",
        "scope",
        "may-accept",
    }
)
_ASKING = frozenset({"require", "vendor", "licenses.deny"})
"""Lists that only ever ask for more."""
_FREEING = frozenset({"accept", "advisories.allow", "may-accept"})
"""Lists that only ever ask for less."""
_VOUCHING = "vouch for "

_STRICTNESS: Mapping[str, Callable[[Policy], float]] = {
    "preset": lambda one: tuple(PRESETS).index(one.preset),
    "fresh": lambda one: one.fresh_seconds,
    "cooldown": lambda one: one.cooldown_seconds,
    "scope.dev": lambda one: DEV_ORDER.index(one.dev),
    "scope.bundled": lambda one: BUNDLED_ORDER.index(one.bundled),
    "advisories.block": lambda one: ADVISORY_ORDER.index(one.advisories.block),
    "accept-cap": lambda one: -one.accept_cap_seconds,
}
"""The greater, the stricter."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is another."""

    key: str
    before: str | None
    after: str | None
    is_looser: bool

    @property
    def words(self) -> str:
        """`cooldown: 24h → 0`; of a list what is in it no more, or new."""
        if self.before is None or self.after is None:
            verb = "no more" if self.after is None else "new"
            return f"{self.key}, {verb}: {self.before if self.after is None else self.after}"
        return f"{self.key}: {self.before} → {self.after}"


def policy_differences(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """Return what `after` says otherwise, what asks for less first."""
    found = [*_values(before, after), *_lists(before, after)]
    return tuple(sorted(found, key=lambda one: not one.is_looser))


def _values(before: Policy, after: Policy) -> Iterator[Difference]:
    old = {one.key: one.value for one in values_of(before) if one.key not in _LISTS}
    new = {one.key: one.value for one in values_of(after) if one.key not in _LISTS}
    for key in dict.fromkeys((*old, *new)):
        unsaid = "by severity" if key.startswith("rules.") else "none"
        if old.get(key) != new.get(key):
            yield Difference(
                key=key,
                before=old.get(key, unsaid),
                after=new.get(key, unsaid),
                is_looser=_is_looser(key, before, after),
            )


def _is_looser(key: str, before: Policy, after: Policy) -> bool:
    room, _, name = key.partition(".")
    if room == "rules":
        return after.rule(name).is_looser_than(before.rule(name))
    if room == "unknown":
        return after.unknown[name] < before.unknown[name]
    if key in {"mode", "enforce-from"}:
        (old, old_from), (new, new_from) = phases(before), phases(after)
        return MODE_ORDER.index(new) < MODE_ORDER.index(old) or new_from > old_from
    strictness = _STRICTNESS.get(key)
    return strictness is None or strictness(after) < strictness(before)


def _lists(before: Policy, after: Policy) -> Iterator[Difference]:
    old = dict.fromkeys((one.key, one.value) for one in values_of(before) if one.key in _LISTS)
    new = dict.fromkeys((one.key, one.value) for one in values_of(after) if one.key in _LISTS)
    for key, value in old:
        if (key, value) not in new:
            is_looser = key not in _FREEING and not value.startswith(_VOUCHING)
            yield Difference(key=key, before=value, after=None, is_looser=is_looser)
    for key, value in new:
        if (key, value) not in old:
            is_harmless = key in _ASKING or (
                key == "quarantine" and not value.startswith(_VOUCHING)
            )
            yield Difference(key=key, before=None, after=value, is_looser=not is_harmless)
