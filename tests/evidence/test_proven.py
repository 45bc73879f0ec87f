"""What one version's pieces come to on the four axes."""

from __future__ import annotations

from typing import Any

import pytest

from imprint.attestations.codes import Code
from imprint.evidence.proven import prove
from imprint.evidence.verdict import (
    AttestationStanding,
    NotChecked,
    Outcome,
    SignatureStanding,
    Standing,
    Verdict,
)
from imprint.history.axes import Approval, Auth, Origin, Signature, Source
from imprint.history.events import EventId
from imprint.history.pins import Pin
from tests.support.publications import ALL, NONE, identity, publication, trusted

PROVENANCE = "https://slsa.dev/provenance/v1"
PUBLISH = "https://npm.example.test/attestation/publish/v0.1"
LOCKED = "sha512-" + "A" * 86 + "=="
WHO = {
    "provider": "github",
    "issuer": "https://token.actions.example",
    "repository": "acme/widget",
    "repository_id": "1001",
    "owner_id": "7",
    "run": "https://github.com/acme/widget/actions/runs/1",
    "signed_at": 5.0,
}


def attestation(kind=PROVENANCE, state=Standing.VERIFIED, **more: Any) -> AttestationStanding:
    return AttestationStanding(predicate_type=kind, state=state, **more)


def verdict(**more: Any) -> Verdict:
    """A version whose signature and provenance hold."""
    whole: dict[str, Any] = {
        "name": "widget",
        "version": "1.0.0",
        "sha512": None,
        "outcome": Outcome.VALID,
        "code": None,
        "message": None,
        "signature": SignatureStanding(state=Standing.VERIFIED),
        "attestations": (attestation(PUBLISH), attestation()),
        "identity": WHO,
    }
    return Verdict(**{**whole, **more})


def proven(told: Verdict | None, row=None, **more: Any):
    row = row or trusted("1.0.0", repository="github:acme/widget", integrity=LOCKED)
    whole: dict[str, Any] = {
        "carries": ALL,
        "pin": None,
        "locked_integrity": LOCKED,
        "hides_documents": False,
    }
    return prove(row, told, **{**whole, **more})


def signature(**more: Any) -> SignatureStanding:
    return SignatureStanding(**{"state": Standing.REJECTED, "message": "it does not", **more})


def test_what_verifies_is_bound_to_these_bytes_and_this_repository():
    told = proven(verdict())

    assert (told.axes.origin, told.axes.origin_source) == (Origin.BOUND, Source.VERIFIED)
    assert told.axes.signature is Signature.VALID
    assert told.identity is not None
    assert (told.identity.repository_id, told.signed_at) == ("1001", 5.0)
    assert (told.broken, told.lacking) == ({}, ())


def test_nothing_verified_is_what_the_registry_says():
    told = proven(None)

    assert (told.axes.auth, told.axes.origin) == (Auth.OIDC, Origin.PRESENT)
    assert told.identity is None


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"locked_integrity": "sha512-" + "B" * 86 + "=="}, id="other bytes"),
        pytest.param(
            {"row": trusted("1.0.0", repository="github:acme/other", integrity=LOCKED)},
            id="another repository",
        ),
        pytest.param({"row": trusted("1.0.0", integrity=LOCKED)}, id="no repository"),
    ],
)
def test_what_verifies_may_still_be_of_something_else(more):
    assert proven(verdict(), **more).axes.origin is Origin.VERIFIED


@pytest.mark.parametrize(("known", "origin"), [("1001", Origin.BOUND), ("9", Origin.VERIFIED)])
def test_a_pin_decides_before_what_the_manifest_says(known, origin):
    pin = Pin(
        name="widget",
        version="0.9.0",
        auth=Auth.OIDC,
        approval=Approval.NONE,
        origin=Origin.BOUND,
        identity=identity(repository_id=known),
        first_seen=1.0,
    )
    row = trusted("1.0.0", repository="github:somebody/else", integrity=LOCKED)

    assert proven(verdict(), row, pin=pin).axes.origin is origin


@pytest.mark.parametrize(
    ("standing", "expected", "is_broken"),
    [
        (signature(code=Code.SIGNATURE), Signature.INVALID, True),
        (signature(code=Code.KEY), Signature.EXPIRED_KEY, True),
        (signature(code=Code.MISSING_SIGNATURE), Signature.ABSENT, False),
        (signature(code=Code.KEY, is_foreign=True), Signature.PRESENT, False),
        (signature(state=Standing.ABSENT), Signature.NOT_APPLICABLE, False),
    ],
)
def test_a_signature_that_does_not_hold(standing, expected, is_broken):
    told = proven(verdict(signature=standing))

    assert told.axes.signature is expected
    assert (EventId.SIGNATURE_INVALID in told.broken) is is_broken


@pytest.mark.parametrize(("code", "is_of_registry"), [(Code.KEY, True), (None, False)])
def test_without_keys_no_signature_is_known_which_is_the_registrys_lack(code, is_of_registry):
    undecided = signature(state=Standing.UNDECIDED, code=code, message="no keys are known")

    told = proven(verdict(signature=undecided))

    assert told.axes.signature is Signature.UNKNOWN
    assert [(one.axis, one.is_of_registry) for one in told.lacking] == [
        ("signature", is_of_registry)
    ]


def test_a_mirror_that_strips_signatures_leaves_them_unknown_never_absent():
    missing = signature(code=Code.MISSING_SIGNATURE)

    told = proven(verdict(signature=missing), carries=NONE)

    assert told.axes.signature is Signature.UNKNOWN
    assert told.broken == {}


@pytest.mark.parametrize(
    ("code", "event"),
    [
        (Code.SUBJECT, EventId.ATTESTATION_SUBJECT_MISMATCH),
        (Code.ARTIFACT, EventId.ATTESTATION_SUBJECT_MISMATCH),
        (Code.SIGNATURE, EventId.ATTESTATION_INVALID),
        (Code.LOG, EventId.ATTESTATION_INVALID),
    ],
)
@pytest.mark.parametrize("kind", [PROVENANCE, PUBLISH])
def test_one_attestation_that_is_rejected_spoils_the_document(code, event, kind):
    bad = attestation(kind, Standing.REJECTED, code=code, message="no")
    good = attestation(PUBLISH if kind == PROVENANCE else PROVENANCE)

    told = proven(verdict(attestations=(good, bad)))

    assert told.axes.origin is Origin.INVALID
    assert told.identity is None
    assert list(told.broken) == [event]


def test_provenance_that_nobody_here_can_judge_is_lacking():
    unsure = attestation(state=Standing.UNDECIDED, message="an unknown kind of key")

    told = proven(verdict(attestations=(unsure,)))

    assert told.axes.origin is Origin.PRESENT
    assert [(one.axis, one.why) for one in told.lacking] == [("origin", "an unknown kind of key")]


def test_a_claim_without_a_document_is_broken():
    told = proven(verdict(attestations=(), identity=None, code="claimed", message="it is missing"))

    assert told.broken == {EventId.ATTESTATION_INVALID: "claimed: it is missing"}


def test_a_mirror_that_hands_no_documents_on_breaks_nothing():
    told = proven(verdict(attestations=(), identity=None), hides_documents=True)

    assert told.broken == {}
    assert [(one.axis, one.is_of_registry) for one in told.lacking] == [("origin", True)]
    assert told.axes.origin is Origin.PRESENT


def test_a_document_that_could_not_be_had_is_lacking():
    late = NotChecked(what="attestations", why="the registry answered `503`")

    told = proven(verdict(attestations=(), identity=None, not_checked=(late,)))

    assert [one.why for one in told.lacking] == ["the registry answered `503`"]
    assert told.broken == {}


def test_no_claim_and_no_document_is_no_provenance():
    row = publication("1.0.0", integrity=LOCKED)

    told = proven(verdict(attestations=(), identity=None), row)

    assert told.axes.origin is Origin.ABSENT
    assert (told.broken, told.lacking) == ({}, ())


WORD = {
    "credential": "human-2fa",
    "is_approved": False,
    "environment": "npm",
    "ref_protected": True,
}


def test_what_the_registry_signed_of_the_credential_is_verified():
    row = publication("1.0.0", repository="github:acme/widget", integrity=LOCKED)

    found = proven(verdict(registry_word=WORD), row)

    assert (found.axes.auth, found.axes.auth_source) == (Auth.HUMAN_2FA, Source.VERIFIED)
    assert (found.axes.approval, found.axes.approval_source) == (Approval.NONE, Source.VERIFIED)
    assert (found.identity.environment, found.identity.ref_protected) == ("npm", True)


def test_a_persons_second_factor_counts_where_it_is_signed_alone():
    row = publication("1.0.0", credential="human-2fa")

    assert proven(None, row).axes.auth is Auth.UNKNOWN
    assert proven(verdict(), row).axes.auth is Auth.UNKNOWN


def test_a_document_that_is_rejected_vouches_for_no_credential():
    told = verdict(registry_word=WORD, outcome=Outcome.INVALID, code=Code.SUBJECT)

    assert proven(told, publication("1.0.0")).axes.auth is not Auth.HUMAN_2FA
