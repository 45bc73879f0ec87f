"""The reasons that were known at adoption: the member `audit` of imprint-baseline.json.

The doctor keeps its own findings in the same file, under `findings`; each leaves the other's
member as it is. What is broken, malware, too young, or could not be seen is never known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from imprint.history.events import EventId
from imprint.policy.codes import NEVER_ACCEPTED, RuleCode
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imprint.policy.decisions import Reason

FILE_NAME = "imprint-baseline.json"
SCHEMA = 1
MOST_BYTES = 16 * 1024 * 1024
NEVER_KNOWN = NEVER_ACCEPTED | {
    str(EventId.RELEASE_TOO_YOUNG),
    str(RuleCode.UNKNOWN_EVIDENCE),
}


class Known(msgspec.Struct, frozen=True, order=True):
    """One reason that is known."""

    package: str
    """`name@version` where it was seen; the fingerprint may be of others too."""
    rule: str
    message: str
    fingerprint: str


class _Baseline(msgspec.Struct, frozen=True):
    schema: int
    audit: tuple[Known, ...] = ()


def read_baseline(raw: bytes) -> frozenset[str]:
    """Return the fingerprints that the audit knows; raises Malformed (`malformed-baseline`)."""
    if len(raw) > MOST_BYTES:
        raise Malformed("malformed-baseline", f"baseline is larger than {MOST_BYTES} bytes")
    try:
        baseline = msgspec.json.decode(raw, type=_Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise Malformed(
            "malformed-baseline",
            f"baseline is none: {quoted(str(err))}",
            hint="`imprint policy init --force` writes a new one",
        ) from err
    if baseline.schema != SCHEMA:
        raise Malformed(
            "malformed-baseline",
            f"baseline has schema `{baseline.schema}`, expected `{SCHEMA}`",
        )
    return frozenset(one.fingerprint for one in baseline.audit if one.rule not in NEVER_KNOWN)


def known_of(package: str, reasons: Iterable[Reason]) -> tuple[Known, ...]:
    """Return the rows for the reasons of `name@version` that a baseline may know."""
    return tuple(
        Known(package=package, rule=one.code, message=one.message, fingerprint=one.fingerprint)
        for one in reasons
        if one.code not in NEVER_KNOWN
    )


def write_baseline(known: Iterable[Known], *, before: bytes | None) -> bytes:
    """Return the file that knows `known`, one a line, sorted; other members as in `before`.

    Raises Malformed (`malformed-baseline`) where `before` is none.
    """
    kept: dict[str, object] = {}
    if before is not None:
        read_baseline(before)
        kept = json.loads(before)
    rows = sorted({one.fingerprint: one for one in sorted(known, reverse=True)}.values())
    kept["schema"] = SCHEMA
    kept["audit"] = [msgspec.to_builtins(one) for one in rows]
    return render_members(kept)


def render_members(members: dict[str, object]) -> bytes:
    """Return the file, each item of a list on a line of its own: easy to review and to merge."""
    first = {"schema": members.get("schema", SCHEMA)}
    parts = []
    for name, value in {**first, **members}.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            items = ",\n".join(
                "    " + json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in value
            )
            text = f"[\n{items}\n  ]"
        parts.append(f"  {json.dumps(name)}: {text}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()
