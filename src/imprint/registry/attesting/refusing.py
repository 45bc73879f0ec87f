"""Refusals of provenance begin as npm's users know them (facts/wire.md §2.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imprint.refusals import Refusal

_BEGINNING = "Error verifying sigstore provenance bundle: "


def refusing(refusal: Refusal) -> Refusal:
    """Return the refusal of a provenance bundle, with those words before its message."""
    return replace(refusal, message=_BEGINNING + refusal.message)
