"""Publications are read back as they were recorded, with and without verified provenance."""

import pytest

from imprint.identity.workload import Provider, Workload
from imprint.publishers.publications import (
    CredentialKind,
    Publication,
    VerifiedProvenance,
    publication_from_json,
    publication_to_json,
)

WORKLOAD = Workload(
    provider=Provider.GITHUB, issuer="https://ci.example.test", repository="acme/rocket"
)
PROVENANCE = VerifiedProvenance(
    domain="private",
    level="full",
    predicate_type="https://slsa.dev/provenance/v1",
    signed_at=1_795_000_000.0,
    log_id="0a" * 32,
    log_index=7,
    certificate="0b" * 32,
    workload=WORKLOAD,
)


def publication(**changes: object) -> Publication:
    values = {
        "credential": CredentialKind.TRUSTED_PUBLISHER,
        "publisher_id": "an-id",
        "workload": WORKLOAD,
        "publish_address": "192.0.2.10",
        "user_agent": "npm/11.21.2",
        **changes,
    }
    return Publication(**values)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "recorded",
    [
        publication(),
        publication(provenance=PROVENANCE),
        publication(credential=CredentialKind.TOKEN, workload=None, user="maintainer"),
    ],
)
def test_a_publication_is_read_back_as_it_was_recorded(recorded):
    assert publication_from_json(publication_to_json(recorded)) == recorded
