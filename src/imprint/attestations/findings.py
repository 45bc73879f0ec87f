"""What was found beside the verdict: typed, with how bad it is. The CLI and `history/` use these.

A finding is no refusal yet: what follows from it is policy. Only what says so rejects by itself.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from imprint.refusals import Mismatch


class Severity(StrEnum):
    """How bad a finding is, the least first."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources that should agree and do not, or something else that a person should look at.

    `message` is one line: what, then value, then what would have been right.
    """

    code: str
    """Stable: kebab-case, or one of `codes.Code` where it rejects an attestation."""
    severity: Severity
    message: str
    mismatches: tuple[Mismatch, ...] = ()
    """`expected` is what is proved, `actual` what is merely said."""
