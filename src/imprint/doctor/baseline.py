"""imprint-baseline.json: the findings that were known when imprint was adopted.

What is in it is told with a count and fails nothing; what is not is new. It holds fingerprints,
beside which stands what they were, for whoever reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.doctor.model import Ignored
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


def render_baseline(findings: Iterable[Finding]) -> bytes:
    """Return the baseline that knows these findings, one a line, sorted: easy to review."""
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
    lines = ",\n".join("    " + msgspec.json.encode(one).decode() for _, one in known)
    body = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "schema": {SCHEMA},\n  "findings": {body}\n}}\n'.encode()


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
