"""What looks proven, and is not: other forges, two provenances, lies, and signing ahead of time."""

import pytest
from msgspec.structs import replace

from imprint.attestations.codes import Code
from imprint.attestations.findings import Finding, Severity
from imprint.evidence.proven import Proven, prove, published_at
from imprint.evidence.verdict import (
    AttestationStanding,
    Outcome,
    SignatureStanding,
    Standing,
    Verdict,
)
from imprint.history.axes import Axes, Origin
from imprint.history.events import EventId
from tests.support.publications import ALL, DAY, NOW, publication, trusted

SLSA = "https://slsa.dev/provenance/v1"
ISSUERS = {
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.com",
}
LIE = Finding(code=Code.PREDICATE_CERT_MISMATCH, severity=Severity.CRITICAL, message="it lies")


def verdict(provider="github", *, provenances=1, **changes):
    """Provenance of acme/widget that verifies."""
    one = AttestationStanding(predicate_type=SLSA, state=Standing.VERIFIED)
    identity = {
        "provider": provider,
        "issuer": ISSUERS[provider],
        "repository": "acme/widget",
        "signed_at": NOW - 40 * DAY,
    }
    whole = Verdict(
        name="widget",
        version="1.0.0",
        sha512=None,
        outcome=Outcome.VALID,
        code=None,
        message=None,
        signature=SignatureStanding(state=Standing.VERIFIED),
        attestations=(one,) * provenances,
        identity=identity,
    )
    return replace(whole, **changes)


def proven(told, repository="github:acme/widget"):
    row = trusted("1.0.0", repository=repository)
    return prove(row, told, carries=ALL, pin=None, locked_integrity=None, hides_documents=False)


@pytest.mark.parametrize(
    ("provider", "repository", "origin"),
    [
        ("github", "github:Acme/Widget", Origin.BOUND),
        ("gitlab", "git+https://gitlab.com/acme/widget.git", Origin.BOUND),
        ("gitlab", "github:acme/widget", Origin.VERIFIED),
        ("github", "https://gitlab.com/acme/widget", Origin.VERIFIED),
        ("github", "https://git.example.test/acme/widget", Origin.VERIFIED),
    ],
)
def test_provenance_is_bound_at_the_forge_that_the_manifest_names(provider, repository, origin):
    assert proven(verdict(provider), repository).axes.origin is origin


@pytest.mark.parametrize("code", [Code.DUPLICATE, Code.SUBJECT, Code.MISSING_PUBLISH])
def test_a_document_that_is_refused_as_a_whole_proves_nothing(code):
    told = verdict(
        provenances=2, outcome=Outcome.INVALID, code=str(code), message="no", identity=None
    )

    found = proven(told)

    assert found.axes.origin is Origin.INVALID
    assert found.broken == {EventId.ATTESTATION_INVALID: f"{code}: no"}


def test_a_predicate_that_lies_is_no_provenance():
    told = verdict(outcome=Outcome.INVALID, code=LIE.code, message=LIE.message, findings=(LIE,))

    found = proven(told)

    assert (found.axes.origin, found.identity) == (Origin.INVALID, None)


def test_a_signature_that_is_wrong_is_no_matter_of_provenance():
    told = verdict(outcome=Outcome.INVALID, code=str(Code.SIGNATURE), message="no")

    assert proven(told).axes.origin is Origin.BOUND


@pytest.mark.parametrize(
    ("signed", "said", "published"),
    [(40, 1, 1), (1, 40, 1), (None, 3, 3), (40, None, None)],
)
def test_a_release_is_no_older_than_its_registry_says(signed, said, published):
    signed_at = None if signed is None else NOW - signed * DAY
    found = published_at(Proven(axes=Axes(), signed_at=signed_at), publication("1.0.0", said))

    assert found == (None if published is None else NOW - published * DAY)
