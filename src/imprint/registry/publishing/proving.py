"""An attached bundle, verified before anything is kept, and judged on what is there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from imprint.attestations.statement_rules import ExpectedSubject
from imprint.refusals import Refusal
from imprint.registry.attesting.judging import judge_provenance
from imprint.registry.attesting.provenance import Offered, verify_provenance

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from imprint.registry.context import Registry
    from imprint.registry.publishing.authorisation import Authorised
    from imprint.registry.publishing.preparation import Prepared


def prove(registry: Registry, prepared: Prepared) -> Prepared:
    """Return the publication with what its bundle proves; without a bundle, as it is.

    Before the transaction: it takes milliseconds, and writers wait for each other. Who may not
    publish, or what is published already, is told that first.
    """
    if prepared.bundle is None:
        return prepared
    subject = ExpectedSubject(
        name=prepared.name, version=prepared.version, sha512=prepared.digests.sha512
    )
    proved = verify_provenance(
        Offered(raw=prepared.bundle, subject=subject),
        policy=registry.attestation_policy,
        now=registry.clock(),
    )
    return replace(prepared, proved=proved)


def accept_provenance(
    registry: Registry, connection: Connection, prepared: Prepared, authorised: Authorised
) -> Authorised | Refusal:
    """Return who publishes, with what was proved of it, or why the provenance does not do."""
    proved = prepared.proved
    if isinstance(proved, Refusal):
        return proved
    refusal = judge_provenance(
        registry,
        connection,
        proved,
        package=authorised.package,
        name=prepared.name,
        publication=authorised.publication,
        repository=prepared.tarball.package_json.get("repository"),
    )
    if refusal is not None or proved is None:
        return refusal or authorised
    publication = replace(authorised.publication, provenance=proved.record)
    return replace(authorised, publication=publication)
