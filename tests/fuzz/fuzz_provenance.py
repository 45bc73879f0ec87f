"""Fuzz entry: predicates of provenance and repository addresses, against a genuine certificate."""

from imprint.attestations.bundles import Envelope
from imprint.attestations.codes import Code
from imprint.attestations.consistency import predicate_finding, repository_finding
from imprint.attestations.reading.statements import PAYLOAD_TYPE, read_statement
from imprint.attestations.repositories import normalise_address
from imprint.attestations.workloads import read_identity
from imprint.refusals import Malformed
from tests.support.certificates import ISSUERS, certificate

CERTIFICATE = certificate()
IDENTITY = read_identity(CERTIFICATE, ISSUERS)


def one_input(data: bytes) -> None:
    """Any statement agrees with the certificate or lies, and any text is an address or none."""
    text = data.decode(errors="replace")
    address = normalise_address(text)
    assert address is None or normalise_address(str(address)) == address
    finding = repository_finding(text, CERTIFICATE.extensions[12])
    assert finding is None or (finding.message.isascii() and finding.message.isprintable())
    envelope = Envelope(
        payload_type=PAYLOAD_TYPE, payload=data, signature=b"s", unverified_key_id=""
    )
    try:
        statement = read_statement(envelope)
    except Malformed:
        return
    assert IDENTITY.workload is not None
    lie = predicate_finding(statement, certificate=CERTIFICATE, workload=IDENTITY.workload)
    assert lie is None or lie.code == Code.PREDICATE_CERT_MISMATCH
    assert lie is None or (lie.mismatches and lie.message.isascii() and lie.message.isprintable())
