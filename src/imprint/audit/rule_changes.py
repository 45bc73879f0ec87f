"""What a change does to the very files that judge it: told, and not obeyed before it is merged.

The files are policy, pins, baseline and .npmrc, of every folder from the lockfile's up to the root.
Values of .npmrc may be secrets: of them only what a registry's address is, is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from imprint.audit.model import Change, RuleChange
from imprint.audit.pin_changes import pin_changes
from imprint.npm.npmrc import parse_npmrc
from imprint.policy.baseline import FILE_NAME as BASELINE_NAME
from imprint.policy.baseline import read_baseline
from imprint.policy.decide import decide
from imprint.policy.decisions import verdict_of
from imprint.policy.differences import policy_differences
from imprint.policy.pins import FILE_NAME as PINS_NAME
from imprint.policy.pins import MOST_CHARACTERS
from imprint.policy.read import FILE_NAME as POLICY_NAME
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from imprint.audit.model import Audit
    from imprint.evidence.policies import LoadedPolicy
    from imprint.upstream.revision_files import RevisionFiles

_NPMRC_NAME = ".npmrc"
_NAMES = (POLICY_NAME, PINS_NAME, BASELINE_NAME, _NPMRC_NAME)
_MOST_LINES = 20
_MOST_CHARACTERS = 300
"""Of one line: reasons and names in it are whoever's who made the change."""


class _Told(msgspec.Struct, frozen=True):
    """One thing that is another."""

    words: str
    is_looser: bool


def with_rule_changes(
    audit: Audit,
    loaded: LoadedPolicy,
    *,
    at: RevisionFiles,
    folder: Path,
    named: Path | None,
    proposed: Callable[[], LoadedPolicy],
) -> Audit:
    """Return the audit with what the checkout would have judged by instead of `loaded`.

    `folder` is the lockfile's, `named` a policy that was chosen by hand, `proposed` reads the
    checkout's. Raises Unavailable (`base-unreadable`); what is wrong in the checkout's files is
    told, and harms nobody yet.
    """
    paths = [each / name for each in at.above(folder) for name in _NAMES]
    if named is not None and at.covers(whole := at.place_of(named.parent) / named.name):
        paths.append(whole)
    at.look(paths)
    changes = []
    is_tried = False
    for path in dict.fromkeys(paths):
        before, after = at.read(path, most_bytes=MOST_CHARACTERS), _on_disk(path)
        if before == after:
            continue
        told = list(_told(path.name, before, after))
        if path.name in {POLICY_NAME, BASELINE_NAME} or path.suffix == ".toml":
            told += [] if is_tried else _tried(audit, loaded, proposed)
            is_tried = True
        changes.append(_change(path.relative_to(at.root).as_posix(), before, after, told))
    return replace(audit, rules_from=at.commit, rule_changes=tuple(changes))


def _change(path: str, before: bytes | None, after: bytes | None, told: list[_Told]) -> RuleChange:
    change = Change.CHANGED
    if before is None or after is None:
        change = Change.ADDED if before is None else Change.REMOVED
    return RuleChange(
        path=path,
        change=change,
        looser=_lines(one.words for one in told if one.is_looser),
        otherwise=_lines(one.words for one in told if not one.is_looser),
    )


def _lines(words: Iterator[str]) -> tuple[str, ...]:
    lines = [one if len(one) <= _MOST_CHARACTERS else one[:_MOST_CHARACTERS] + "…" for one in words]
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], *((f"and {more} more",) if more > 0 else ()))


def _on_disk(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST_CHARACTERS + 1)
    except FileNotFoundError:
        return None
    except OSError:
        return b""  # there, and not to be read: another than any that says something


def _told(name: str, before: bytes | None, after: bytes | None) -> Iterator[_Told]:
    try:
        if name == PINS_NAME:
            for words, is_looser in pin_changes(_text(before), _text(after)):
                yield _Told(words, is_looser)
        elif name == BASELINE_NAME:
            yield from _baseline(before, after)
        elif name == _NPMRC_NAME:
            yield from _npmrc(_text(before), _text(after))
    except Malformed as err:
        yield _Told(f"it cannot be read: {err.message}", is_looser=False)


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "replace")


def _tried(audit: Audit, loaded: LoadedPolicy, proposed: Callable[[], LoadedPolicy]) -> list[_Told]:
    """Return what the checkout's policy says otherwise, and decides otherwise of the same facts."""
    try:
        other = proposed()
    except (Malformed, Unavailable) as err:
        return [_Told(f"it cannot be used as it is: {err.message}", is_looser=False)]
    told = [
        _Told(one.words, one.is_looser) for one in policy_differences(loaded.policy, other.policy)
    ]
    for package, subject in zip(audit.packages, audit.subjects, strict=True):
        was = verdict_of(package.decision)
        would_be = verdict_of(decide(other.policy, subject, baseline=other.baseline, now=audit.now))
        if was != would_be:
            words = f"{package.name}@{package.version} would be {would_be}, and is {was}"
            told.append(_Told(words, is_looser=would_be == "admitted" or was == "refused"))
    return told


def _baseline(before: bytes | None, after: bytes | None) -> Iterator[_Told]:
    old = frozenset[str]() if before is None else read_baseline(before)
    new = frozenset[str]() if after is None else read_baseline(after)
    for found, what in ((new - old, "more"), (old - new, "fewer")):
        if found:
            findings = "finding" if len(found) == 1 else "findings"
            yield _Told(f"{len(found)} {findings} {what} are known", is_looser=what == "more")


def _npmrc(before: str | None, after: str | None) -> Iterator[_Told]:
    """Yield which settings are another: any of them may lead elsewhere, or to other scripts."""
    # Variables stay as they are written: what they stand for is nobody's to read.
    old = parse_npmrc(before or "", origin=_NPMRC_NAME, environment={}).values
    new = parse_npmrc(after or "", origin=_NPMRC_NAME, environment={}).values
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            words = f"{quoted(key)}: {_setting(key, old)} → {_setting(key, new)}"
            yield _Told(words, is_looser=True)


def _setting(key: str, values: Mapping[str, str]) -> str:
    value = values.get(key)
    if value is None:
        return "none"
    if key != "registry" and not key.endswith(":registry"):
        return "a value"
    try:
        parts = urlsplit(value)
        return quoted(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")
    except ValueError:
        return "a value"
