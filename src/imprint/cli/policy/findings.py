"""The findings of a project's last audit, as it was kept: what `accept` takes one of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.policy.codes import canonical_rule
from imprint.policy.decide import decide
from imprint.policy.decisions import Admitted
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from imprint.evidence.policies import LoadedPolicy
    from imprint.policy.decisions import Reason
    from imprint.policy.subjects import Subject

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_SHOWN = 5


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A reason that an audit told, and of what."""

    name: str
    version: str
    reason: Reason


def last_findings(cache: Path, project: Path, loaded: LoadedPolicy, now: float) -> tuple[Told, ...]:
    """Return every reason that the policy has against what the last audit of `project` judged.

    Raises Unavailable (`no-recorded-audit`).
    """
    from imprint.audit.recorded_subjects import folder_of, read

    runs = list(read(folder_of(cache, project), 0.0))
    if not runs:
        raise Unavailable(
            "no-recorded-audit",
            f"no audit of {quoted(str(project))} is kept here",
            hint="run `imprint audit` first",
        )
    return tuple(
        Told(name=row.subject.name, version=row.subject.version, reason=reason)
        for row in runs[-1].rows
        for reason in _reasons(loaded, row.subject, now)
    )


def meant(text: str, told: Sequence[Told]) -> tuple[Told, ...]:
    """Return the findings that `text` means: all have one fingerprint, or one rule and package.

    `text` is 12 hex digits, `package:rule` or `package@version:rule`. Raises Malformed
    (`unknown-finding`).
    """
    if _FINGERPRINT.fullmatch(text):
        found = tuple(one for one in told if one.reason.fingerprint == text)
    else:
        package, _, rule = text.rpartition(":")
        code = canonical_rule(rule)
        found = tuple(
            one
            for one in told
            if one.reason.code == code and package in (one.name, f"{one.name}@{one.version}")
        )
    if not found:
        raise Malformed("unknown-finding", f"there is no finding {quoted(text)}", _near(told))
    if len({(one.reason.code, one.reason.before, one.reason.after) for one in found}) > 1:
        names = ", ".join(f"`{one.reason.fingerprint}`" for one in found[:_SHOWN])
        raise Malformed(
            "unknown-finding",
            f"{quoted(text)} means several findings: name one of {names}",
        )
    return found


def _reasons(loaded: LoadedPolicy, subject: Subject, now: float) -> Iterator[Reason]:
    decision = decide(loaded.policy, subject, baseline=frozenset(), now=now)
    if not isinstance(decision, Admitted):
        yield from decision.reasons
    yield from decision.warnings


def _near(told: Sequence[Told]) -> str:
    shown = [f"{one.name}:{one.reason.code} ({one.reason.fingerprint})" for one in told[:_SHOWN]]
    if not shown:
        return "the last audit found nothing"
    return f"the last audit found {', '.join(shown)}{', …' if len(told) > _SHOWN else ''}"
