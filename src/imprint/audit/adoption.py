"""Adopting imprint: the first policy of a project, the pins, and what was known before. No I/O."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from imprint.history.events import EventId
from imprint.policy.baseline import NEVER_KNOWN, Known, known_of, write_baseline
from imprint.policy.decisions import Admitted, Refused, Undecided
from imprint.policy.pins import updated, write_pins
from imprint.policy.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imprint.audit.model import Audit
    from imprint.policy.decisions import Decision, Reason
    from imprint.policy.subjects import Subject


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """What adopting comes to."""

    pins: str
    """The text of imprint.lock."""
    pinned: int
    baseline: bytes | None
    """imprint-baseline.json; None: there is nothing to know, and no such file."""
    known: tuple[Known, ...]
    left: tuple[tuple[str, Reason], ...]
    """What goes on failing, by `name@version`: what no baseline is allowed to know, and all that is
    found of a release that is too young."""
    undecided: int


def first_policy(*, preset: str, scopes: Mapping[str, str]) -> str:
    """Return a short imprint.toml. `scopes`: `@scope` to the registry that it comes from."""
    hours = PRESETS[preset].cooldown_seconds / 3600
    others = " | ".join(PRESETS)
    lines = [
        "# Who may have published what is installed here; `imprint policy show` tells all of it.",
        "version = 1",
        f'preset = "{preset}"  # {others}',
        f'mode = "{PRESETS[preset].mode}"  # observe | warn | enforce',
        f'cooldown = "{hours:.0f}h"  # younger releases wait, unless they fix an advisory',
    ]
    if scopes:
        by_registry: dict[str, list[str]] = {}
        for scope, registry in sorted(scopes.items()):
            by_registry.setdefault(registry, []).append(f"{scope}/*")
        entries = [
            f"  {{ names = [{', '.join(map(_quoted, names))}], registry = {_quoted(registry)},"
            " own = true },"
            for registry, names in by_registry.items()
        ]
        lines += ["scope = [", *entries, "]"]
    return "\n".join(lines) + "\n"


def adopted(audits: Sequence[Audit], *, before: bytes | None) -> Adoption:
    """Return the files for a project whose lockfiles were judged by its first policy.

    Of several lockfiles the pins are those of all; of versions of one line the newest is pinned.

    `before` is imprint-baseline.json as it is, which the doctor may have written; None: there is
    none. Raises Malformed (`malformed-baseline`).
    """
    known: dict[Known, None] = {}
    left: dict[tuple[str, str], tuple[str, Reason]] = {}
    undecided = set()
    for package in chain.from_iterable(audit.packages for audit in audits):
        label = f"{package.name}@{package.version}"
        against = _against(package.decision)
        # What came an hour ago, nobody has had the time to look at: nothing of it is known.
        is_young = any(one.code == EventId.RELEASE_TOO_YOUNG for one in against)
        if not is_young:
            known |= dict.fromkeys(known_of(label, [*against, *package.decision.warnings]))
        for one in against:
            if is_young or one.code in NEVER_KNOWN:
                left[label, one.fingerprint] = (label, one)
        if isinstance(package.decision, Undecided):
            undecided.add(label)
    agreed = chain.from_iterable(_agreed(audit) for audit in audits)
    pins = updated({}, agreed, now=min(audit.now for audit in audits))
    return Adoption(
        pins=write_pins(pins),
        pinned=sum(map(len, pins.values())),
        baseline=write_baseline(known, before=before) if known or before is not None else None,
        known=tuple(known),
        left=tuple(left.values()),
        undecided=len(undecided),
    )


def _agreed(audit: Audit) -> Iterator[Subject]:
    """Yield what may be relied on from now on: what is admitted, or known and not broken."""
    for package, subject in zip(audit.packages, audit.subjects, strict=True):
        if all(reason.code not in NEVER_KNOWN for reason in _against(package.decision)):
            yield subject


def _against(decision: Decision) -> tuple[Reason, ...]:
    match decision:
        case Admitted():
            return ()
        case Refused(reasons=reasons) | Undecided(reasons=reasons):
            return reasons


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
