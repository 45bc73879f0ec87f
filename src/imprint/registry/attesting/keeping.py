"""What of a publication's attestations is kept with its version, in the same transaction.

The registry's own statement is kept unsigned: a key may be far away, and writers wait for each
other. Signing it is the next step (`settling.py`), and a server that dies before it finds it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from imprint.attestations.predicates import PUBLISH_TYPE
from imprint.publishers.publications import provenance_to_mapping
from imprint.registry.attesting.publish_attestation import statement
from imprint.storage import attestations
from imprint.storage.attestations import Kind, NewAttestation, State

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.registry.attesting.publish_attestation import Published
    from imprint.registry.context import Registry


def keep_attestations(
    registry: Registry,
    connection: Connection,
    published: Published,
    *,
    version_id: int,
    bundle: bytes | None,
) -> bool:
    """Keep the provenance that was verified, and what the registry will sign of the version.

    `bundle` is the client's; one that was never verified is not among the attestations. Returns
    whether there is something to sign.
    """
    provenance = published.publication.provenance
    if bundle is not None and provenance is not None:
        attestations.add(
            connection,
            NewAttestation(
                version_id=version_id,
                kind=Kind.PROVENANCE,
                predicate_type=provenance.predicate_type,
                bundle=bundle,
                state=State.VERIFIED,
                domain=provenance.domain,
                proof=msgspec.json.encode(provenance_to_mapping(provenance)).decode(),
                created_at=published.published_at,
            ),
        )
    if registry.signing is None:
        return False
    policy = registry.attestation_policy
    attestations.add(
        connection,
        NewAttestation(
            version_id=version_id,
            kind=Kind.PUBLISH,
            predicate_type=PUBLISH_TYPE,
            bundle=statement(published, names_private_sources=policy.names_private_sources),
            state=State.UNSIGNED,
            domain=None,
            proof="{}",
            created_at=published.published_at,
        ),
    )
    return True
