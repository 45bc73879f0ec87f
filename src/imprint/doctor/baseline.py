"""imprint-baseline.json: the findings that were known when imprint was adopted.

What is in it is told with a count and fails nothing; what is not is new. It holds fingerprints,
beside which stands what they were, for whoever reads it. The audit keeps what it knows in the same
file (`policy.baseline`), under a member of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.model import Ignored
from imprint.policy.baseline import render_members
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.doctor.model import Finding

FILE_NAME = "imprint-baseline.json"
SCHEMA = 1
MOST_BYTES = 16 * 1024 * 1024


class _Known(msgspec.Struct, frozen=True):
    fingerprint: str
    check: str
    path: str
    message: str


class _Baseline(msgspec.Struct, frozen=True):
    schema: int
    findings: tuple[_Known, ...] = ()


def read_baseline(raw: bytes) -> frozenset[str]:
    """Return the fingerprints of a baseline; raises Malformed (`malformed-baseline`)."""
    if len(raw) > MOST_BYTES:
        raise Malformed("malformed-baseline", f"baseline is larger than {MOST_BYTES} bytes")
    try:
        baseline = msgspec.json.decode(raw, type=_Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-baseline",
            f"baseline is none: {quoted(str(err))}",
            hint="`imprint doctor --update-baseline` writes a new one",
        ) from err
    if baseline.schema != SCHEMA:
        raise Malformed(
            "malformed-baseline",
            f"baseline has schema `{baseline.schema}`, expected `{SCHEMA}`",
        )
    return frozenset(one.fingerprint for one in baseline.findings)


def render_baseline(findings: Iterable[Finding], *, before: bytes | None = None) -> bytes:
    """Return the baseline that knows these findings, one a line, sorted: easy to review.

    What the audit keeps in the file stays as it is in `before`, the file so far. Raises Malformed
    (`malformed-baseline`) where that is none.
    """
    known = sorted(
        {
            (one.check, one.span.path, one.message, one.fingerprint): _Known(
                fingerprint=one.fingerprint,
                check=one.check,
                path=one.span.path,
                message=one.message,
            )
            for one in findings
        }.items()
    )
    members: dict[str, object] = {}
    if before is not None:
        read_baseline(before)
        members = json.loads(before)
    rows = [msgspec.to_builtins(one) for _, one in known]
    return render_members({**members, "schema": SCHEMA, "findings": rows})


def sort_out(
    findings: Iterable[Finding], known: frozenset[str]
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """Return the findings that are new, and those that the baseline knows."""
    new: list[Finding] = []
    old: list[Ignored] = []
    for finding in findings:
        if finding.fingerprint in known:
            reason = "known since adoption"
            old.append(Ignored(finding=finding, reason=reason, until=None, where="baseline"))
        else:
            new.append(finding)
    return tuple(new), tuple(old)
