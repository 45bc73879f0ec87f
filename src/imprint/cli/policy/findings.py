"""The findings of a project's last audit, as it was kept: what `accept` takes one of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from imprint.policy.baseline import NEVER_KNOWN
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
    refuses: bool = True
    """Against the version, not a warning beside it."""
    known: bool = False
    """The baseline has it: nothing fails for it."""


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
    return tuple(told for row in runs[-1].rows for told in _told(loaded, row.subject, now))


def meant(text: str, told: Sequence[Told]) -> tuple[Told, ...]:
    """Return the findings that `text` means: of one fingerprint, of one rule, or of one package.

    `text` is 12 hex digits, `package:rule` or `package@version:rule`; these are one finding. A
    `package` or `package@version` is all that policy has against it and the baseline does not know:
    what refuses it, or where nothing does, what warns of it. Raises Malformed (`unknown-finding`).
    """
    if _FINGERPRINT.fullmatch(text):
        found = tuple(one for one in told if one.reason.fingerprint == text)
    elif ":" in text:
        found = _of_rule(text, told)
    else:
        return _of_package(text, told)
    if not found:
        raise Malformed("unknown-finding", f"there is no finding {quoted(text)}", _near(text, told))
    if len({(one.reason.code, one.reason.before, one.reason.after) for one in found}) > 1:
        names = ", ".join(f"`{one.reason.fingerprint}`" for one in found[:_SHOWN])
        raise Malformed(
            "unknown-finding",
            f"{quoted(text)} means several findings: name one of {names}",
        )
    return found


def _of_rule(text: str, told: Sequence[Told]) -> tuple[Told, ...]:
    package, _, rule = text.rpartition(":")
    code = canonical_rule(rule)
    return tuple(one for one in told if one.reason.code == code and _is_of(one, package))


def _of_package(text: str, told: Sequence[Told]) -> tuple[Told, ...]:
    new = [one for one in told if _is_of(one, text) and not one.known]
    if not new:
        raise Malformed(
            "unknown-finding", f"nothing is found against {quoted(text)}", _near(text, told)
        )
    return tuple(one for one in new if one.refuses) or tuple(new)


def _is_of(one: Told, package: str) -> bool:
    return package in (one.name, f"{one.name}@{one.version}")


def _told(loaded: LoadedPolicy, subject: Subject, now: float) -> Iterator[Told]:
    """Yield what the policy has against it, with what the baseline knows of that."""
    decision = decide(loaded.policy, subject, baseline=frozenset(), now=now)
    refusing = () if isinstance(decision, Admitted) else decision.reasons
    for reason in (*refusing, *decision.warnings):
        yield Told(
            name=subject.name,
            version=subject.version,
            reason=reason,
            refuses=reason in refusing,
            known=reason.code not in NEVER_KNOWN and reason.fingerprint in loaded.baseline,
        )


def _near(text: str, told: Sequence[Told]) -> str:
    """Return what there is: of the package that was meant, where something is."""
    package = text.rpartition(":")[0] or text
    near = [one for one in told if _is_of(one, package)] or told
    shown = [f"{one.name}:{one.reason.code} ({one.reason.fingerprint})" for one in near[:_SHOWN]]
    if not shown:
        return "the last audit found nothing"
    return f"the last audit found {', '.join(shown)}{', …' if len(near) > _SHOWN else ''}"
