"""Ranges of versions, and dist-tags, as npm reads them, to the quirk.

A golden table made by npm's `semver` is among the tests: the Python libraries measured disagree
with it on one range in thirty, also on prereleases.
"""

from __future__ import annotations

import re
from operator import eq, ge, gt, le, lt

import msgspec

from imprint.npm.versions import (
    BUILD_IDENTIFIERS,
    GREATEST_NUMBER,
    NUMBER,
    PRERELEASE,
    Identifier,
    Version,
    identifiers,
)
from imprint.refusals import Malformed, quoted

MAX_RANGE_CHARACTERS = 4096
MAX_TAG_CHARACTERS = 214


class Comparator(msgspec.Struct, frozen=True, kw_only=True):
    """One bound: `operator` is `<`, `<=`, `>`, `>=` or `=`."""

    operator: str
    version: Version

    def admits(self, version: Version) -> bool:
        """Return whether `version` is on the right side of the bound."""
        mine, bound = version.precedence, self.version.precedence
        return bool(_COMPARE[self.operator](mine, bound))


class VersionRange(msgspec.Struct, frozen=True, kw_only=True):
    """An npm range: a version is inside when it meets all bounds of one of the alternatives."""

    alternatives: tuple[tuple[Comparator, ...], ...]
    """An alternative without bounds admits every version."""
    include_prerelease: bool = False
    """False, as npm has it: a prerelease is inside only where a bound of the alternative that
    admits it is a prerelease of the same release."""

    @classmethod
    def parse(cls, text: str, *, include_prerelease: bool = False) -> VersionRange:
        """Return the range that `text` spells; the empty text admits every release.

        Raises Malformed (`invalid-range`).
        """
        if len(text) > MAX_RANGE_CHARACTERS:
            raise _invalid_range(text)
        alternatives = []
        for part in " ".join(text.split()).split("||"):
            bounds = _alternative(
                _BUILD.sub("", part.strip()), include_prerelease=include_prerelease
            )
            if bounds is None or any(
                max(b.version.major, b.version.minor, b.version.patch) > GREATEST_NUMBER
                for b in bounds
            ):
                raise _invalid_range(text)
            alternatives.append(bounds)
        # npm: where one of several alternatives is `*`, the range is `*`, prereleases of the others
        # no longer inside.
        if () in alternatives:
            alternatives = [()]
        return cls(alternatives=tuple(alternatives), include_prerelease=include_prerelease)

    def admits(self, version: Version) -> bool:
        """Return whether `version` is inside."""
        return any(
            all(bound.admits(version) for bound in bounds)
            and (
                not version.prerelease
                or self.include_prerelease
                or any(_is_prerelease_of_same_release(bound.version, version) for bound in bounds)
            )
            for bounds in self.alternatives
        )


def satisfies(version: Version, range_text: str, *, include_prerelease: bool = False) -> bool:
    """Return whether npm would say that `version` is inside `range_text`.

    Raises Malformed (`invalid-range`), where npm only says no.
    """
    wanted = VersionRange.parse(range_text, include_prerelease=include_prerelease)
    return wanted.admits(version)


def is_dist_tag(text: str) -> bool:
    """Return whether `text` can be a dist-tag: safe in a URL, and not to be taken for a range."""
    if len(text) > MAX_TAG_CHARACTERS or not _TAG.fullmatch(text) or text in _UNSAFE_TAGS:
        return False
    try:
        VersionRange.parse(text)
    except Malformed:
        return True
    return False


_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}
_BUILD = re.compile(rf"\+{BUILD_IDENTIFIERS}")
_WILD = frozenset({None, "x", "X", "*"})
_WILD_OR_NUMBER = rf"(?:{NUMBER}|[xX*])"
_PARTIAL = (
    rf"(?P<prefix>[v=]*)(?P<major>{_WILD_OR_NUMBER})(?:\.(?P<minor>{_WILD_OR_NUMBER})"
    rf"(?:\.(?P<patch>{_WILD_OR_NUMBER})(?:-{PRERELEASE})?)?)?"
)
_HYPHENATED = re.compile(_PARTIAL)
_COMPARATOR = re.compile(rf"(?P<operator>\^|~>?|[<>]?=?){_PARTIAL}")
_BLANK_AFTER_OPERATOR = re.compile(r"(\^|~>?|[<>]=?|=) ")
_TAG = re.compile(r"[A-Za-z0-9._!~*'()-]+")
_UNSAFE_TAGS = frozenset({".", "..", "__proto__", "constructor", "prototype"}).union(
    # what every object of a JavaScript client has already, whatever its dist-tags are
    ("__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
    ("hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
    ("toLocaleString", "toString", "valueOf"),
)
_LOWEST: tuple[Identifier, ...] = (0,)
"""The prerelease `0`, lower than any other."""


class _Partial(msgspec.Struct, frozen=True, kw_only=True):
    """A version with wildcards: None stands for `x`, and for all that is left out."""

    major: int | None
    minor: int | None
    patch: int | None
    prerelease: tuple[Identifier, ...]
    is_plain: bool
    """Nothing, or one `v`, stands before it."""
    is_ordered: bool
    """No number stands after a wildcard."""

    def floor(self, prerelease: tuple[Identifier, ...] = ()) -> Version:
        return Version(
            major=self.major or 0,
            minor=self.minor or 0,
            patch=self.patch or 0,
            prerelease=prerelease,
        )

    def after(self, position: int) -> Version:
        """Return the lowest version beyond all that share the numbers up to `position`."""
        numbers = [self.major or 0, self.minor or 0, self.patch or 0]
        numbers[position] += 1
        numbers[position + 1 :] = [0] * (2 - position)
        return Version(major=numbers[0], minor=numbers[1], patch=numbers[2], prerelease=_LOWEST)


def _invalid_range(text: str) -> Malformed:
    return Malformed(
        "invalid-range",
        f"range {quoted(text)} is none: one is `^1.2.3`, `>=1.0.0 <2.0.0` or `1.x || 2.x`",
    )


def _alternative(text: str, *, include_prerelease: bool) -> tuple[Comparator, ...] | None:
    """Return the bounds of one alternative, blanks already single; None where it is invalid."""
    low, hyphen, high = text.partition(" - ")
    if hyphen:
        return _between(low, high, include_prerelease=include_prerelease)
    bounds: list[Comparator] = []
    for token in _BLANK_AFTER_OPERATOR.sub(r"\1", text).split():
        wanted = _bounds(token, include_prerelease=include_prerelease)
        if wanted is None:
            return None
        bounds.extend(wanted)
    everything = Version(
        major=0, minor=0, patch=0, prerelease=_LOWEST if include_prerelease else ()
    )
    return tuple(b for b in bounds if not (b.operator == ">=" and b.version == everything))


def _between(low: str, high: str, *, include_prerelease: bool) -> tuple[Comparator, ...] | None:
    """Return the bounds of `low - high`."""
    found_low, found_high = _HYPHENATED.fullmatch(low), _HYPHENATED.fullmatch(high)
    if found_low is None or found_high is None:
        return None
    lowest, highest = _partial(found_low), _partial(found_high)
    tail = _LOWEST if include_prerelease else ()
    bounds = []
    if lowest.major is not None:
        if lowest.patch is not None and not lowest.is_plain:
            return None
        bounds.append(Comparator(operator=">=", version=lowest.floor(lowest.prerelease or tail)))
    if highest.major is None:
        pass
    elif highest.minor is None:
        bounds.append(Comparator(operator="<", version=highest.after(0)))
    elif highest.patch is None:
        bounds.append(Comparator(operator="<", version=highest.after(1)))
    elif highest.prerelease or not include_prerelease:
        if not (highest.is_plain or highest.prerelease):
            return None
        bounds.append(Comparator(operator="<=", version=highest.floor(highest.prerelease)))
    else:
        bounds.append(Comparator(operator="<", version=highest.after(2)))
    return tuple(bounds)


def _bounds(token: str, *, include_prerelease: bool) -> tuple[Comparator, ...] | None:
    """Return the bounds that one comparator of a range stands for."""
    found = _COMPARATOR.fullmatch(token)
    if found is None:
        return None
    operator, partial = found["operator"], _partial(found)
    tail = _LOWEST if include_prerelease else ()
    match operator:
        case "^":
            return _caret(partial, tail)
        case "~" | "~>":
            return _tilde(partial)
        case _ if partial.patch is not None and partial.is_ordered:
            if not partial.is_plain:
                return None
            version = partial.floor(partial.prerelease)
            return (Comparator(operator=operator or "=", version=version),)
        case _:
            return _wild(operator, partial, tail) if partial.is_ordered else None


def _caret(partial: _Partial, tail: tuple[Identifier, ...]) -> tuple[Comparator, ...]:
    """Bound from below, and above by the first number that is not 0."""
    if partial.major is None:
        return ()
    if partial.major or partial.minor is None:
        position = 0
    elif partial.minor or partial.patch is None:
        position = 1
    else:
        position = 2
    lowest = partial.floor(tail if partial.patch is None else partial.prerelease)
    return _from(lowest, partial.after(position))


def _tilde(partial: _Partial) -> tuple[Comparator, ...]:
    """Bound from below, and above by the minor version, or the major one where it stands alone."""
    if partial.major is None:
        return ()
    lowest = partial.floor(() if partial.patch is None else partial.prerelease)
    return _from(lowest, partial.after(0 if partial.minor is None else 1))


def _wild(operator: str, partial: _Partial, tail: tuple[Identifier, ...]) -> tuple[Comparator, ...]:
    """Bound by a version with wildcards, `>1.2`, `<=1`, `1.x`."""
    if partial.major is None:
        nothing = Version(major=0, minor=0, patch=0, prerelease=_LOWEST)
        return (Comparator(operator="<", version=nothing),) if operator in ("<", ">") else ()
    beyond = partial.after(0 if partial.minor is None else 1)
    match operator:
        case ">":
            first = Version(
                major=beyond.major, minor=beyond.minor, patch=beyond.patch, prerelease=tail
            )
            return (Comparator(operator=">=", version=first),)
        case ">=":
            return (Comparator(operator=">=", version=partial.floor(tail)),)
        case "<":
            return (Comparator(operator="<", version=partial.floor(_LOWEST)),)
        case "<=":
            return (Comparator(operator="<", version=beyond),)
        case _:
            return _from(partial.floor(tail), beyond)


def _from(lowest: Version, beyond: Version) -> tuple[Comparator, ...]:
    return (Comparator(operator=">=", version=lowest), Comparator(operator="<", version=beyond))


def _partial(found: re.Match[str]) -> _Partial:
    texts = (found["major"], found["minor"], found["patch"])
    wild = [part in _WILD for part in texts]
    # What stands after a wildcard is read by npm as a wildcard too, where it is allowed at all.
    numbers = [None if any(wild[: i + 1]) else int(texts[i]) for i in range(3)]
    return _Partial(
        major=numbers[0],
        minor=numbers[1],
        patch=numbers[2],
        prerelease=identifiers(found["prerelease"]) if numbers[2] is not None else (),
        is_plain=found["prefix"] in ("", "v"),
        is_ordered=all(wild[i] or not wild[i - 1] or texts[i] is None for i in range(1, len(wild))),
    )


def _is_prerelease_of_same_release(bound: Version, version: Version) -> bool:
    return bool(bound.prerelease) and (bound.major, bound.minor, bound.patch) == (
        version.major,
        version.minor,
        version.patch,
    )
