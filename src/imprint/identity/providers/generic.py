"""Any other issuer: nothing is known of its claims; rules name them, and compare them exactly.

What a certificate says of such a run is kept as it stands: the meaning of each extension is the
authority's, the spelling the issuer's.
"""

from __future__ import annotations

from imprint.identity.tables import CertificateField, ProviderTable
from imprint.identity.workload import Provider

GENERIC = ProviderTable(
    provider=Provider.GENERIC,
    fields={},
    keeps_claims=True,
    token_id_required=False,
    certificate={
        "repository": CertificateField(extension=12),
        "repository_id": CertificateField(extension=15),
        "owner": CertificateField(extension=16),
        "owner_id": CertificateField(extension=17),
        "caller_workflow_ref": CertificateField(extension=18),
        "caller_workflow_sha": CertificateField(extension=19),
        "called_workflow_ref": CertificateField(extension=9),
        "called_workflow_sha": CertificateField(extension=10),
        "ref": CertificateField(extension=14),
        "environment": CertificateField(extension=23, witness=24),
        "event": CertificateField(extension=20),
        "commit": CertificateField(extension=13),
        "run_id": CertificateField(extension=21),
    },
)
