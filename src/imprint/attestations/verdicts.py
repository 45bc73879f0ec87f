"""What verifying comes to: three outcomes, and could not decide is never verified."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How one thing that was looked at stands."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """Something that is needed was not there, or is not understood here."""
