"""What of a policy others have to know before they ask it: drift's settings, critical packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imprint.history.judging import DriftSettings
from imprint.policy.patterns import matches_any

if TYPE_CHECKING:
    from imprint.policy.model import Policy


def drift_settings(policy: Policy) -> DriftSettings:
    """Return how long things count for drift, as the policy has it."""
    return DriftSettings(
        fresh_seconds=policy.fresh_seconds, cooldown_seconds=policy.cooldown_seconds
    )


def is_critical(policy: Policy, name: str, version: str) -> bool:
    """Return whether somebody asks something of this very package (`[[require]]`, a vendor).

    Its attestations are wanted, then, and drift is stricter (facts: consumers §6.4).
    """
    return any(
        one.is_critical and matches_any(one.packages, name, version)
        for one in (*policy.require, *policy.vendors)
    )
