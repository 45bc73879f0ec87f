"""A policy as it counts: each value in words, and where it is from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from imprint.policy.asked import pinned_words
from imprint.policy.codes import RULES
from imprint.policy.minimums import words_of
from imprint.policy.model import Rule, Weight

if TYPE_CHECKING:
    from imprint.policy.model import Policy, Requirement

_WEIGHTS = {Weight.NONE: "allow", Weight.WARN: "warn", Weight.BLOCK: "block"}
_TELLING = {Weight.NONE: "off", Weight.WARN: "warn", Weight.BLOCK: "block"}


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One value."""

    key: str
    value: str
    origin: str
    """`imprint.toml:3`, or `preset no-downgrade`."""


def values_of(policy: Policy) -> tuple[Value, ...]:
    """Return every value of a policy, in the order of the reference."""
    return tuple(_values(policy))


def _values(policy: Policy) -> Iterator[Value]:
    def value(key: str, text: str, *others: str) -> Value:
        said = next((policy.said[one] for one in (key, *others) if one in policy.said), None)
        return Value(key=key, value=text, origin=said or f"preset {policy.preset}")

    yield value("preset", policy.preset)
    yield value("mode", policy.mode)
    if policy.enforce_from is not None:
        yield value("enforce-from", _day(policy.enforce_from))
    yield value("fresh", _duration(policy.fresh_seconds))
    yield value("cooldown", _duration(policy.cooldown_seconds))
    for axis, weight in policy.unknown.items():
        yield value(f"unknown.{axis}", _WEIGHTS[weight], "unknown.default", "unknown")
    yield value("scope.dev", policy.dev)
    yield value("scope.bundled", policy.bundled)
    for code in RULES:
        rule = policy.rules.get(code)
        if rule is not None and rule != Rule():
            yield value(f"rules.{code}", rule_words(rule))
    yield value("advisories.block", policy.advisories.block or "none")
    yield value("accept-cap", _duration(policy.accept_cap_seconds))
    yield from _lists(policy)


def _lists(policy: Policy) -> Iterator[Value]:
    for one in (*policy.require, *policy.vendors):
        name = "require" if one in policy.require else "vendor"
        yield Value(key=name, value=_requirement(one), origin=one.asked_by.replace("`", ""))
    for accept in policy.accept:
        packages = ", ".join(pattern.text for pattern in accept.packages)
        text = f"{accept.rule} of {packages} until {_day(accept.until - 1)}: {accept.why}"
        yield Value(key="accept", value=text, origin=accept.where)
    for quarantine in policy.quarantine:
        what = "refuse" if quarantine.is_refused else "vouch for"
        text = f"{what} {quarantine.integrity}: {quarantine.why}"
        yield Value(key="quarantine", value=text, origin=quarantine.where)
    for allowed in policy.advisories.allow:
        text = f"{allowed.id} until {_day(allowed.until - 1)}: {allowed.why}"
        yield Value(key="advisories.allow", value=text, origin=allowed.where)
    for rules in policy.licenses:
        for key, names in (("allow", rules.allow), ("deny", rules.deny)):
            if names:
                origin = policy.said.get(f"licenses.{key}", policy.origin)
                yield Value(key=f"licenses.{key}", value=", ".join(names), origin=origin)
        origin = policy.said.get("licenses.unknown", policy.origin)
        yield Value(key="licenses.unknown", value=_WEIGHTS[rules.unknown], origin=origin)
    for scope in policy.scopes:
        text = ", ".join(pattern.text for pattern in scope.names)
        text += f" from {scope.registry}" if scope.registry else ""
        text += " (own)" if scope.is_own else ""
        yield Value(key="scope", value=text, origin=scope.where)
    if policy.delegated:
        origin = policy.said.get("may-accept", policy.origin)
        yield Value(key="may-accept", value=", ".join(sorted(policy.delegated)), origin=origin)


def rule_words(rule: Rule) -> str:
    """Return what a rule does by severity: `block`, or `info off, warning warn, error block`."""
    if rule.info is rule.warn is rule.error:
        return _TELLING[rule.info]
    if rule.info is Weight.NONE and rule.warn is rule.error:
        return _TELLING[rule.error]
    return (
        f"information {_TELLING[rule.info]}, warning {_TELLING[rule.warn]},"
        f" error {_TELLING[rule.error]}"
    )


def _requirement(one: Requirement) -> str:
    parts = [", ".join(pattern.text for pattern in one.packages)]
    if one.any_of:
        parts.append(f"at least {' or '.join(map(words_of, one.any_of))}")
    if one.identity is not None:
        parts.append(f"by {pinned_words(one.identity)}")
    if one.reach:
        parts.append(f"where {', '.join(sorted(reach.word for reach in one.reach))}")
    if one.enforce_from is not None:
        parts.append(f"from {_day(one.enforce_from)}")
    return " ".join(parts) + (" (warn)" if one.level is Weight.WARN else "")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.0f}s" if seconds else "0"
