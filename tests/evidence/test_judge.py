"""What a version comes to: proven, not valid, or undecided, and what nobody looked at."""

import json

import msgspec
import pytest

from imprint.attestations.domains import AllowedIssuer
from imprint.evidence.basis import KeySource
from imprint.evidence.collect import facts_of
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.verdict import Outcome, Standing, Verdict
from imprint.identity.workload import Provider
from tests.authority.cases.case import identity
from tests.evidence.scenes import NAME, VERSION, Scene, document_of
from tests.support.tarballs import tarball

FAILED = NotLooked(why="it did not answer", is_failure=True)
UNASKED = NotLooked(why="it was not asked for")


@pytest.fixture
def scene():
    return Scene().publish()


def why(verdict):
    return {item.what for item in verdict.not_checked}


def test_a_version_with_everything_is_valid_and_says_who_published_it(scene):
    verdict = scene.judged()

    assert (verdict.outcome, verdict.code, verdict.findings) == (Outcome.VALID, None, ())
    assert (verdict.name, verdict.version) == (NAME, VERSION)
    assert verdict.signature.state is Standing.VERIFIED
    assert {one.state for one in verdict.attestations} == {Standing.VERIFIED}
    assert {one.domain for one in verdict.attestations} == {"private"}
    assert verdict.identity["repository"] == "acme/rocket"
    assert verdict.identity["repository_id"] == "901"
    assert verdict.identity["workflow"] == ".github/workflows/release.yml"
    assert verdict.not_checked == ()


def test_a_verdict_is_plain_data(scene):
    verdict = scene.judged()

    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


# --- what speaks against it ---------------------------------------------------------------------


def test_attestations_that_the_packument_claims_are_there(scene):
    verdict = scene.judged(document=NotThere())

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "MISSING_PROVENANCE")


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        ([], "EMPTY"),
        ([0], "MISSING_PROVENANCE"),
        ([1], "MISSING_PUBLISH"),
        ([0, 1, 1], "DUPLICATE"),
    ],
)
def test_none_of_them_is_missing_or_there_twice(scene, kept, code):
    entries = scene.document()["attestations"]

    verdict = scene.judged(document=document_of(*(entries[number] for number in kept)))

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, code)


def test_a_claim_of_a_publish_attestation_alone_asks_for_no_provenance(scene):
    (publish, _) = scene.document()["attestations"]

    verdict = scene.judged(
        document=document_of(publish), dist={"attestations": {"url": "https://x.example.test/a"}}
    )

    assert verdict.outcome is Outcome.VALID
    assert verdict.identity is None


def test_what_an_imprint_registry_tells_of_is_there_too(scene):
    told = {"attestations": {"publish": {"state": "verified"}}}

    verdict = scene.judged(document=NotThere(), dist={"attestations": None, "imprint": told})

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "MISSING_PUBLISH")


def test_another_tarball_is_not_what_was_signed(scene):
    verdict = scene.judged(tarball=Had(facts_of(tarball(NAME, VERSION, evil=True))))

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "SUBJECT")
    assert verdict.findings[0].code == "integrity-differs"


def test_without_attestations_another_tarball_is_not_that_of_the_packument():
    scene = Scene().publish(attested=False)

    verdict = scene.judged(
        document=NotThere(), tarball=Had(facts_of(tarball(NAME, VERSION, evil=True)))
    )

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "integrity-differs")


def test_a_run_of_another_issuer_proves_nothing(scene):
    other = AllowedIssuer(url="https://other.example.test", provider=Provider.GITHUB)

    verdict = scene.judged(scene.basis(domains=(scene.domain(other),)))

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "ISSUER")


def test_another_registrys_publish_attestation_is_none_of_this_one(scene):
    verdict = scene.judged(scene.basis(registry="other.example.test"))

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "PUBLISH_PREDICATE")


@pytest.mark.parametrize(
    ("signatures", "code"),
    [
        (None, "MISSING_SIGNATURE"),
        ([], "MISSING_SIGNATURE"),
        ([{"keyid": "SHA256:other", "sig": "AAAA"}], "KEY"),
        ([{"sig": "AAAA"}], "KEY"),
    ],
)
def test_where_a_registry_has_keys_it_has_signed_the_version(scene, signatures, code):
    verdict = scene.judged(dist={"signatures": signatures})

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, code)
    assert verdict.signature.state is Standing.REJECTED


def test_a_signature_over_another_integrity_is_none(scene):
    signatures = scene.upstream.packuments[NAME]["versions"][VERSION]["dist"]["signatures"]
    other = Scene().publish(other=True)

    verdict = other.judged(dist={"signatures": signatures})

    assert (verdict.signature.state, verdict.code) == (Standing.REJECTED, "SIGNATURE")


def test_a_package_json_of_another_repository_than_the_run_is_found():
    scene = Scene().publish(repository="acme/other")

    verdict = scene.judged()

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "repository-differs")


def test_a_tarball_whose_package_json_is_another_packages_is_found(scene):
    facts = facts_of(tarball("@acme/other", VERSION))

    verdict = scene.judged(tarball=Had(facts))

    assert "package-json-differs" in {finding.code for finding in verdict.findings}


@pytest.mark.parametrize("version", ["v1.0.0", " =1.0.0", "1.0.0+build"])
def test_a_package_json_whose_version_npm_publishes_so_is_right(version):
    scene = Scene().publish(attested=False)
    facts = facts_of(tarball(NAME, version))

    verdict = scene.judged(document=NotThere(), tarball=Had(facts))

    assert "package-json-differs" not in {finding.code for finding in verdict.findings}


NESTED = b'{"attestations": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
GARBAGE = {
    "empty": b"",
    "truncated": b'{"attestations": [',
    "nested": NESTED,
    "huge": b'{"attestations": [' + b" " * 5_000_000 + b"]}",
    "wrong type": b'{"attestations": {"a": 1}}',
    "a list": b"[]",
    "not UTF-8": b'{"attestations": ["\xff"]}',
    "a name twice": b'{"attestations": [], "attestations": []}',
    "many": json.dumps({"attestations": [{}] * 17}).encode(),
}


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_document_is_not_valid_and_never_an_error(scene, raw):
    verdict = scene.judged(document=Had(raw))

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "FORMAT")
    assert "\n" not in verdict.message


# --- what could not be decided ------------------------------------------------------------------


def test_a_version_that_nothing_proves_is_undecided():
    scene = Scene().publish(attested=False, signed=False)
    basis = scene.basis(keys=None, key_source=KeySource.NONE)

    verdict = scene.judged(basis, document=NotThere())

    assert (verdict.outcome, verdict.code) == (Outcome.UNDECIDED, "nothing-to-verify")
    assert verdict.signature.state is Standing.ABSENT


def test_claimed_attestations_that_cannot_be_had_leave_it_undecided(scene):
    verdict = scene.judged(document=FAILED)

    assert (verdict.outcome, verdict.code) == (Outcome.UNDECIDED, "not-fetched")


def test_attestations_that_nobody_claims_need_not_be_had():
    scene = Scene().publish(attested=False)

    verdict = scene.judged(document=FAILED)

    assert verdict.outcome is Outcome.VALID
    assert why(verdict) == {"attestations"}


def test_keys_that_cannot_be_had_leave_it_undecided(scene):
    verdict = scene.judged(scene.basis(keys=None, key_source=KeySource.UNKNOWN))

    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.signature.state is Standing.UNDECIDED


@pytest.mark.parametrize("tarball", [FAILED, NotThere()])
def test_a_tarball_that_cannot_be_had_leaves_it_undecided(scene, tarball):
    verdict = scene.judged(tarball=tarball)

    assert (verdict.outcome, verdict.code) == (Outcome.UNDECIDED, "not-fetched")


def test_what_speaks_against_it_comes_before_what_is_undecided(scene):
    verdict = scene.judged(tarball=FAILED, dist={"signatures": []})

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "MISSING_SIGNATURE")


# --- what nobody looked at ----------------------------------------------------------------------


def test_a_tarball_that_was_not_asked_for_is_said_not_to_be_checked(scene):
    verdict = scene.judged(tarball=UNASKED)

    assert verdict.outcome is Outcome.VALID
    assert why(verdict) == {"tarball"}


def test_a_time_that_nobody_signed_is_told(scene):
    alone = Scene().publish(attested=False).judged(document=NotThere())

    assert alone.signature.time_unauthenticated
    assert not scene.judged().signature.time_unauthenticated


def test_without_attestations_it_is_said_that_nobody_knows_who_published():
    verdict = Scene().publish(attested=False).judged(document=NotThere())

    assert verdict.outcome is Outcome.VALID
    assert why(verdict) == {"who published it"}


def test_keys_by_the_registrys_own_word_are_told(scene):
    verdict = scene.judged(scene.basis(key_source=KeySource.REGISTRY, registry=None))

    assert verdict.outcome is Outcome.VALID
    assert "whose keys they are" in why(verdict)


def test_attestations_are_judged_though_the_packument_was_robbed_of_its_claim(scene):
    entries = scene.document()["attestations"]
    entries[1]["bundle"]["dsseEnvelope"]["signatures"][0]["sig"] = "AAAA"

    verdict = scene.judged(document=document_of(*entries), dist={"attestations": None})

    assert verdict.outcome is Outcome.INVALID


def test_a_version_of_another_run_says_which(scene):
    verdict = Scene().publish(run=identity(environment="staging")).judged()

    assert verdict.identity is not None
    assert verdict.identity["environment"] == "staging"
