"""Stored documents: the golden cases, and what is told where nobody said what they are about."""

import json
from pathlib import Path

import pytest

from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.evidence.basis import Basis, KeySource
from imprint.evidence.stored import StoredSubject, digests_of, judge_stored
from imprint.evidence.verdict import Outcome
from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from tests.support.claims import CIRCLECI_ISSUER, GITHUB_ISSUER, GITLAB_ISSUER

FOLDER = Path(__file__).parent.parent / "attestations" / "cases"
# Only the packument says whether there should be provenance; here nobody has one.
NOT_SEEN = {"no-provenance_fail", "only-unknown-type_fail"}
CASES = sorted({path.parent.name for path in FOLDER.glob("*/case.json")} - NOT_SEEN)
ISSUERS = (
    AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB),
    AllowedIssuer(url=GITLAB_ISSUER, provider=Provider.GITLAB),
    AllowedIssuer(
        url=CIRCLECI_ISSUER.partition("/org/")[0] + "/org",
        provider=Provider.CIRCLECI,
        organizations=True,
    ),
)


def case_of(name):
    return json.loads((FOLDER / name / "case.json").read_text())


def judged(name, /, **subject):
    """Judge a case's content; about what, it says itself unless a test does."""
    case, folder = case_of(name), FOLDER / name
    domain = TrustDomain(
        name="private",
        root=read_trusted_root((folder / case["trusted_root"]).read_bytes()),
        thresholds=Thresholds(**case["thresholds"]),
        issuers=ISSUERS,
        digest="",
    )
    basis = Basis(
        domains=(domain,),
        keys=read_key_set((folder / case["keys"]).read_bytes()),
        key_source=KeySource.GIVEN,
        registry=case["registry"].removeprefix("https://"),
    )
    about = StoredSubject(**(subject or subject_of(case)))
    raw = (folder / case["content"]).read_bytes()
    return judge_stored(raw, subject=about, basis=basis, now=case["now"])


def subject_of(case):
    if case["content"] == "bundle.json":
        artifact = case["artifact"]
        return {"digests": None if artifact is None else digests_of(artifact.encode())}
    name, _, version = case["package"].rpartition("@")
    digests = {"sha512": bytes.fromhex(case["sha512"])}
    return {"name": PackageName.parse(name), "version": version, "digests": digests}


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_is_judged_as_its_folder_says(name):
    verdict = judged(name)

    assert verdict.outcome is (Outcome.INVALID if name.endswith("_fail") else Outcome.VALID)
    if name.endswith("_fail"):
        assert verdict.code == case_of(name)["code"]


def test_a_document_without_provenance_says_that_nobody_knows_whether_there_was_any():
    verdict = judged("no-provenance_fail")

    assert verdict.outcome is Outcome.VALID
    assert "whether there should be provenance" in {item.what for item in verdict.not_checked}
    assert verdict.identity is None


def test_a_document_is_about_a_version_that_has_to_be_named():
    verdict = judged("current", digests=None)

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "SUBJECT")


def test_without_a_digest_the_tarball_is_said_not_to_be_checked():
    case = case_of("current")

    verdict = judged("current", name=PackageName.parse("@acme/rocket"), version="1.2.0")

    assert verdict.outcome is Outcome.VALID
    assert verdict.sha512 == case["sha512"]
    assert "the tarball" in {item.what for item in verdict.not_checked}


def test_the_registry_signature_is_said_not_to_be_checked():
    assert judged("current").not_checked[0].what == "registry signature"


def test_a_single_bundle_of_another_version_than_was_asked_for_is_not_valid():
    verdict = judged("hashedrekord", name=PackageName.parse("@acme/other"), version="1.2.0")

    assert (verdict.outcome, verdict.code) == (Outcome.INVALID, "SUBJECT")


def test_a_single_bundle_says_who_signed():
    verdict = judged("hashedrekord")

    assert verdict.identity["repository"] == "acme/rocket"
    assert "what it is about" in {item.what for item in verdict.not_checked}
