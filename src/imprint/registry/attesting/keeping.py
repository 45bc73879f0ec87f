"""What of a publication's attestations is kept with its version, in the same transaction.

The registry's own statement is signed at once where the key is at hand, which takes 50 us. Where it
is far away the statement is kept unsigned, for writers wait for each other: signing it is the next
step (`settling.py`), and a server that dies before it finds it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from imprint.attestations.predicates import PUBLISH_TYPE
from imprint.publishers.publications import provenance_to_mapping
from imprint.registry.attesting.publish_attestation import sign_statement, statement
from imprint.registry.attesting.records import signed_proof
from imprint.registry.signing.embedded import EmbeddedSigner
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
    """Keep the provenance that was verified, and what the registry states of the version.

    `bundle` is the client's; one that was never verified is not among the attestations. Returns
    whether there is something left to sign or to log. Raises Unavailable where no key can be had.
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
    signer = registry.signing.signer(connection)
    payload = statement(
        published, names_private_sources=registry.attestation_policy.names_private_sources
    )
    own = NewAttestation(
        version_id=version_id,
        kind=Kind.PUBLISH,
        predicate_type=PUBLISH_TYPE,
        bundle=payload,
        state=State.UNSIGNED,
        domain=None,
        proof="{}",
        created_at=published.published_at,
    )
    if isinstance(signer, EmbeddedSigner):
        own = replace(
            own,
            bundle=sign_statement(payload, key_id=signer.key_id, sign=signer.sign),
            state=State.WAITING,
            proof=signed_proof(signer.key_id, at=registry.clock()),
        )
    attestations.add(connection, own)
    return own.state is State.UNSIGNED or bool(registry.attestation_policy.log_url)
