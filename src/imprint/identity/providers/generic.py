"""Any other issuer: nothing is known of its claims; rules name them, and compare them exactly."""

from __future__ import annotations

from imprint.identity.tables import ProviderTable
from imprint.identity.workload import Provider

GENERIC = ProviderTable(
    provider=Provider.GENERIC,
    fields={},
    keeps_claims=True,
    token_id_required=False,
)
