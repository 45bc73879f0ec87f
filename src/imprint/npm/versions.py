"""Versions, ranges and dist-tags as npm reads them: strict semver 2.0.0 and npm's range grammar.

The range semantics are npm's own to the quirk (a golden table made by npm's `semver` is among the
tests): the Python libraries measured disagree with it on one range in thirty, also on prereleases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from operator import eq, ge, gt, le, lt
from typing import TypeAlias

from imprint.refusals import Malformed, quoted

MAX_VERSION_CHARACTERS = 256
MAX_RANGE_CHARACTERS = 4096
MAX_TAG_CHARACTERS = 214

_GREATEST_NUMBER = 2**53 - 1
"""JavaScript's greatest safe integer: npm refuses versions with a greater number."""

_Identifier: TypeAlias = int | str
_IdentifierKey: TypeAlias = tuple[int, int, str]
_Precedence: TypeAlias = tuple[int, int, int, int, tuple[_IdentifierKey, ...]]


@total_ordering
@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version. Ordered by precedence (semver §11), then, as npm sorts, by build metadata."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[_Identifier, ...] = ()
    build: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version:
        """Return the version that `text` spells, to the letter: no `v`, no blanks.

        Raises Malformed (`invalid-version`).
        """
        found = _VERSION.fullmatch(text) if len(text) <= MAX_VERSION_CHARACTERS else None
        version = None if found is None else cls._of(found)
        if version is None:
            raise Malformed(
                "invalid-version",
                f"version {quoted(text)} is none: one is `1.2.3` or `1.2.3-beta.1`, "
                f"at most {MAX_VERSION_CHARACTERS} characters",
            )
        return version

    @classmethod
    def clean(cls, text: str) -> Version:
        """Return what npm publishes for the `version` of a package.json (semver's `clean`).

        Blanks around it and a leading `v` or `=` go, and so does build metadata. Raises Malformed
        (`invalid-version`).
        """
        version = cls.parse(text.strip().lstrip("=v").strip())
        return cls(
            major=version.major,
            minor=version.minor,
            patch=version.patch,
            prerelease=version.prerelease,
        )

    @classmethod
    def _of(cls, found: re.Match[str]) -> Version | None:
        major, minor, patch = int(found["major"]), int(found["minor"]), int(found["patch"])
        if max(major, minor, patch) > _GREATEST_NUMBER:
            return None
        return cls(
            major=major,
            minor=minor,
            patch=patch,
            prerelease=_identifiers(found["prerelease"]),
            build=tuple(found["build"].split(".")) if found["build"] else (),
        )

    @property
    def is_prerelease(self) -> bool:
        """Whether the version stands before a release."""
        return bool(self.prerelease)

    @property
    def precedence(self) -> _Precedence:
        """What two versions are compared by; equal for versions that differ in build metadata."""
        is_release = 0 if self.prerelease else 1
        keys = tuple(map(_identifier_key, self.prerelease))
        return (self.major, self.minor, self.patch, is_release, keys)

    def __str__(self) -> str:
        """Return the version as it is written."""
        prerelease = "-" + ".".join(map(str, self.prerelease)) if self.prerelease else ""
        build = "+" + ".".join(self.build) if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{build}"

    def __lt__(self, other: Version) -> bool:
        """Return whether this version sorts before `other`."""
        return self._sort_key() < other._sort_key()

    def _sort_key(self) -> tuple[_Precedence, tuple[_IdentifierKey, ...]]:
        build = tuple((0, int(x), x) if x.isdigit() else (1, 0, x) for x in self.build)
        return (self.precedence, build)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparator:
    """One bound: `operator` is `<`, `<=`, `>`, `>=` or `=`."""

    operator: str
    version: Version

    def admits(self, version: Version) -> bool:
        """Return whether `version` is on the right side of the bound."""
        mine, bound = version.precedence, self.version.precedence
        return bool(_COMPARE[self.operator](mine, bound))


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
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
                max(b.version.major, b.version.minor, b.version.patch) > _GREATEST_NUMBER
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
_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRERELEASE_IDENTIFIER = rf"(?:[0-9]*[A-Za-z-][0-9A-Za-z-]*|{_NUMBER})"
_PRERELEASE = rf"(?P<prerelease>{_PRERELEASE_IDENTIFIER}(?:\.{_PRERELEASE_IDENTIFIER})*)"
_BUILD_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-{_PRERELEASE})?(?:\+(?P<build>{_BUILD_IDENTIFIERS}))?"
)
_BUILD = re.compile(rf"\+{_BUILD_IDENTIFIERS}")
_WILD = frozenset({None, "x", "X", "*"})
_WILD_OR_NUMBER = rf"(?:{_NUMBER}|[xX*])"
_PARTIAL = (
    rf"(?P<prefix>[v=]*)(?P<major>{_WILD_OR_NUMBER})(?:\.(?P<minor>{_WILD_OR_NUMBER})"
    rf"(?:\.(?P<patch>{_WILD_OR_NUMBER})(?:-{_PRERELEASE})?)?)?"
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
_LOWEST: tuple[_Identifier, ...] = (0,)
"""The prerelease `0`, lower than any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Partial:
    """A version with wildcards: None stands for `x`, and for all that is left out."""

    major: int | None
    minor: int | None
    patch: int | None
    prerelease: tuple[_Identifier, ...]
    is_plain: bool
    """Nothing, or one `v`, stands before it."""
    is_ordered: bool
    """No number stands after a wildcard."""

    def floor(self, prerelease: tuple[_Identifier, ...] = ()) -> Version:
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


def _caret(partial: _Partial, tail: tuple[_Identifier, ...]) -> tuple[Comparator, ...]:
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


def _wild(
    operator: str, partial: _Partial, tail: tuple[_Identifier, ...]
) -> tuple[Comparator, ...]:
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
        prerelease=_identifiers(found["prerelease"]) if numbers[2] is not None else (),
        is_plain=found["prefix"] in ("", "v"),
        is_ordered=all(wild[i] or not wild[i - 1] or texts[i] is None for i in range(1, len(wild))),
    )


def _identifiers(text: str | None) -> tuple[_Identifier, ...]:
    if not text:
        return ()
    return tuple(int(part) if part.isdigit() else part for part in text.split("."))


def _identifier_key(identifier: _Identifier) -> _IdentifierKey:
    if isinstance(identifier, int):
        return (0, identifier, "")
    return (1, 0, identifier)


def _is_prerelease_of_same_release(bound: Version, version: Version) -> bool:
    return bool(bound.prerelease) and (bound.major, bound.minor, bound.patch) == (
        version.major,
        version.minor,
        version.patch,
    )
