"""npm's documents, registry signatures and drift documents of the data archive.

The verdict is the manifest's, and the identity is the labelled one.
"""

import json
import tarfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from imprint.attestations.documents import verify_document
from imprint.attestations.domains import AllowedIssuer, Thresholds, TrustDomain
from imprint.attestations.proof import CertificateProof, Level
from imprint.attestations.reading.documents import parse_document
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.registry_signatures import best_time, verify_signatures
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.attestations.verdicts import Kind, State
from imprint.attestations.workflow_references import called_by, caller_of
from imprint.identity.workload import Provider, Workload
from imprint.npm.names import PackageName
from imprint.npm.published import ClaimedSignature

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "attestations.tar.gz"
COLLECTED = 1_795_000_000.0
"""After the newest case was made, Unix seconds."""
ISSUERS = (
    AllowedIssuer(
        url="https://token.actions.githubusercontent.com",
        provider=Provider.GITHUB,
        organizations=True,
    ),
    AllowedIssuer(url="https://gitlab.com", provider=Provider.GITLAB),
)
SEEN = 1_700_000_000.0
"""Before the registry's first key ended."""
SYNTHETIC_REGISTRY = "npm.hallmark.test"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    if not ARCHIVE.exists():
        pytest.skip("the data archive is not there")
    folder = tmp_path_factory.mktemp("attestations")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return folder / "attestations"


@pytest.fixture(scope="module")
def documents(archive):
    """Every npm document of a named package, with its verdict."""
    manifest = json.loads((archive / "manifest.json").read_bytes())
    cases = [case for case in manifest["cases"] if case["kind"] == "npm-attestations"]
    return [(case, judge(archive, case, registry_of(case))) for case in cases if case["package"]]


@pytest.fixture(scope="module")
def synthetic(archive):
    manifest = json.loads((archive / "synthetic" / "manifest.json").read_bytes())
    return {
        case["package"]: (case, judge(archive, case, SYNTHETIC_REGISTRY))
        for case in manifest["cases"]
    }


def judge(archive, case, registry):
    name, _, version = case["package"].rpartition("@")
    return verify_document(
        parse_document((archive / case["file"]).read_bytes()),
        subject=ExpectedSubject(
            name=PackageName.parse(name), version=version, sha512=case.get("sha512")
        ),
        domains=(domain_of(archive, case),),
        keys=keys_of(archive, case),
        registry=registry,
        now=COLLECTED,
        provenance_expected="provenance_lost" not in case.get("drift_events", ()),
        publish_expected=True,
    )


def domain_of(archive, case):
    return TrustDomain(
        name="case",
        root=read_trusted_root((archive / case["trusted_root"]).read_bytes()),
        thresholds=Thresholds(),
        issuers=ISSUERS,
        digest="",
    )


def keys_of(archive, case):
    return read_key_set((archive / case["keys"]).read_bytes())


def registry_of(case):
    """The host that the file of keys is named after."""
    return Path(case["keys"]).name.removesuffix(".keys.json")


STATES = {"valid": State.VERIFIED, "invalid": State.REJECTED}


def test_every_document_has_the_manifests_verdict(documents):
    found = {case["id"]: verdict.state for case, verdict in documents}

    assert found == {case["id"]: STATES[case["expected"]] for case, _ in documents}
    assert Counter(found.values()) == {State.VERIFIED: 8, State.REJECTED: 22}


def test_every_document_has_the_manifests_code_where_it_names_one(documents):
    named = {case["id"]: case["code"] for case, _ in documents if case.get("code")}

    assert {case["id"]: v.code for case, v in documents if case["id"] in named} == named
    assert set(named.values()) == {
        "SUBJECT",
        "MISSING_PROVENANCE",
        "EMPTY",
        "DUPLICATE",
        "OUTER_TYPE",
        "PUBLISH_KEY",
    }


def test_every_attestation_has_the_manifests_code(documents):
    """What the manifest calls good is good, but for the type that nobody signed."""
    found = {case["id"]: [v.code for v in verdict.attestations] for case, verdict in documents}

    for case, _ in documents:
        if case.get("attestations"):
            codes = [None if code == "OUTER_TYPE" else code for code in found[case["id"]]]
            assert codes == [entry["code"] for entry in case["attestations"]], case["id"]


def test_a_wrong_outer_type_is_named(documents):
    outer = [v.code for case, v in documents if (case.get("reason") or "").startswith("outer (uns")]

    assert outer == ["OUTER_TYPE", "OUTER_TYPE"]


def test_valid_documents_say_who_published(documents):
    who = {
        case["package"]: (v.provenance.level, v.provenance.workload.repository)
        for case, v in documents
        if v.state is State.VERIFIED
    }

    assert who == {
        "gundam-visor@1.0.1": (Level.FULL, "ramonpetgrave64/gundam-visor"),
        "sigstore@2.3.1": (Level.FULL, "sigstore/sigstore-js"),
        "@laurentsimon/provenance-npm-test@1.0.0": (
            Level.LEGACY,
            "laurentsimon/provenance-npm-test",
        ),
        "sigstore@1.0.0": (Level.LEGACY, "sigstore/sigstore-js"),
        "tuf-js@1.0.0": (Level.LEGACY, "theupdateframework/tuf-js"),
        "@playwright/cli@0.1.1": (Level.FULL, "microsoft/playwright-cli"),
        "nuxt@3.13.0": (Level.FULL, "nuxt/nuxt"),
        "nuxt@4.1.2": (Level.FULL, "nuxt/nuxt"),
    }


def test_everything_that_documents_say_is_understood(documents):
    valid = [verdict for _, verdict in documents if verdict.state is State.VERIFIED]

    assert {verdict.not_checked for verdict in valid} == {()}
    assert {verdict.findings for verdict in valid} == {()}


UNNAMED = {
    "attestations.json": "@trishankatdatadog/supreme-goggles@1.0.5",
    "provenance-npm-test-cli.tgz.json": "@laurentsimon/provenance-npm-test@1.0.3",
}
"""Of these two the manifest names no package, and calls them invalid. They are genuine."""


@pytest.mark.parametrize("file", UNNAMED)
def test_a_document_is_right_for_its_own_package_alone(archive, file):
    manifest = json.loads((archive / "manifest.json").read_bytes())
    [case] = [
        case
        for case in manifest["cases"]
        if case["kind"] == "npm-attestations"
        and not case["package"]
        and Path(case["file"]).name == file
    ]

    own = judge(archive, case | {"package": UNNAMED[file]}, registry_of(case))
    other = judge(archive, case | {"package": "unnamed@0.0.0"}, registry_of(case))

    assert (own.state, own.code) == (State.VERIFIED, None)
    assert (other.state, other.code) == (State.REJECTED, "SUBJECT")
    assert own.not_checked == ("the tarball: its digest was not given, so it may be another one",)


@pytest.fixture(scope="module")
def signatures(archive):
    return json.loads((archive / "registry_signatures" / "signatures.json").read_bytes())


@pytest.fixture(scope="module")
def registry_keys(archive):
    [file] = (archive / "trust").glob("*.keys.json")
    return read_key_set(file.read_bytes())


def verify_listed(listed, keys, *, first_observed=None):
    published = listed["published"]
    return verify_signatures(
        listed["name"],
        listed["version"],
        listed["integrity"],
        (ClaimedSignature(key_id=listed["keyid"], signature=listed["sig"]),),
        keys,
        best_time=best_time(
            publish=None,
            first_observed=first_observed,
            packument=datetime.fromisoformat(published).timestamp() if published else None,
        ),
    )


def test_every_registry_signature_has_the_archives_verdict(signatures, registry_keys):
    found = [verify_listed(listed, registry_keys, first_observed=SEEN) for listed in signatures]

    assert [verdict.state is State.VERIFIED for verdict in found] == [
        listed["verdict"] == "valid" for listed in signatures
    ]
    assert Counter(verdict.code for verdict in found) == {None: 1757, "SIGNATURE": 4}


def test_the_packuments_time_is_enough_and_is_named_as_unauthenticated(signatures, registry_keys):
    timed = [listed for listed in signatures if listed["published"]]

    found = [verify_listed(listed, registry_keys) for listed in timed]

    assert [verdict.state is State.VERIFIED for verdict in found] == [
        listed["verdict"] == "valid" for listed in timed
    ]
    assert all(verdict.time_unauthenticated for verdict in found)


def test_without_any_time_only_a_key_without_an_end_can_be_judged(signatures, registry_keys):
    untimed = [listed for listed in signatures if not listed["published"]]
    ending = {key.key_id for key in registry_keys.keys if key.window.end is not None}

    found = [verify_listed(listed, registry_keys) for listed in untimed]

    assert untimed
    assert [verdict.code for verdict in found] == [
        "TIME" if listed["keyid"] in ending else None for listed in untimed
    ]


def test_every_synthetic_document_has_the_manifests_verdict(synthetic):
    found = {package: verdict.state for package, (_, verdict) in synthetic.items()}

    assert found == {package: STATES[case["expected"]] for package, (case, _) in synthetic.items()}
    assert len(found) == 34


def test_what_is_rejected_is_rejected_for_what_was_planted(synthetic):
    rejected = {
        package: verdict.code
        for package, (_, verdict) in synthetic.items()
        if verdict.state is State.REJECTED
    }

    assert rejected == {
        "@acme/widget@1.4.1": "PREDICATE_CERT_MISMATCH",
        "@acme/widget@1.4.2": "PREDICATE_CERT_MISMATCH",
        "@acme/widget@1.4.3": "ISSUER",
        "@acme/widget@1.6.0": "MISSING_PUBLISH",
    }


def test_planted_lies_are_named_claim_by_claim(synthetic):
    lies = {
        package: {mismatch.claim for finding in v.findings for mismatch in finding.mismatches}
        for package, (_, v) in synthetic.items()
        if v.findings
    }

    assert lies == {
        "@acme/widget@1.4.1": {"repository", "repository_id", "owner_id", "run"},
        "@acme/widget@1.4.2": {"builder"},
    }


BASELINES = {
    "@acme/widget@1.1.1": "@acme/widget@1.1.0",
    "@acme/widget@1.2.1": "@acme/widget@1.2.0",
    "@acme/widget@1.2.2": "@acme/widget@1.2.0",
    "@acme/widget@1.3.4": "@acme/widget@1.3.3",
}
"""What came before, where that is not the first version of the package."""

NAMES = {"repository", "owner", "caller_workflow_ref", "called_workflow_ref"}
IDS = {"repository_id", "owner_id"}
REF = {"ref", "caller_workflow_ref", "called_workflow_ref"}
FIELDS_OF = {
    "ref_kind_changed": REF | {"ref_type"},
    "ref_changed": REF,
    "ref_unprotected": set(),  # No certificate says so.
    "trigger_changed": {"event"},
    "trigger_untrusted": {"event"},
    "workflow_changed": {"caller_workflow_ref", "called_workflow_ref"},
    "build_signer_changed": {"called_workflow_ref"},
    "build_signer_mutable_ref": set(),
    "repo_renamed": NAMES,
    "repo_recreated": {"repository_id"},
    "owner_recreated": {"owner_id"},
    "repo_changed": NAMES | IDS,
    "owner_changed": NAMES | IDS,
    "runner_changed": {"runner"},
    "environment_added": {"environment"},
    "environment_removed": {"environment"},
    "visibility_changed": {"visibility"},
    "predicate_cert_mismatch": set(),
    "trusted_publisher_lost": set(),  # Only the packument knows.
    "publish_attestation_lost": set(),
}
EVERY_RUN = {"commit", "caller_workflow_sha", "called_workflow_sha", "run_id", "run_attempt"}
WITHOUT_A_BASELINE = {"issuer_changed", "issuer_not_ci", "provenance_lost"}

BEYOND_THE_LABELS = {
    "@acme/widget@1.1.3": {"ref_type"},  # A pull request's ref is of no known type.
    "@acme/gizmo@2.0.4": {"ref"},  # The authority writes the branch there, as before.
}


def workload_of(verdict):
    """What the certificate says, also where a rule rejected the provenance."""
    [proof] = [v.proof for v in verdict.attestations if v.kind is Kind.PROVENANCE]
    assert isinstance(proof, CertificateProof)
    return proof.workload


def differing(left: Workload, right: Workload):
    return {
        name for name in Workload.__struct_fields__ if getattr(left, name) != getattr(right, name)
    } - EVERY_RUN


def test_identities_differ_from_the_baseline_in_what_the_labels_say(synthetic):
    found, labelled = {}, {}
    for package, (case, verdict) in synthetic.items():
        if not WITHOUT_A_BASELINE & set(case["drift_events"]):
            first = package.rpartition("@")[0] + ("@1.0.0" if "widget" in package else "@2.0.0")
            baseline = synthetic[BASELINES.get(package, first)][1]
            found[package] = differing(workload_of(baseline), workload_of(verdict))
            named = set().union(*(FIELDS_OF[event] for event in case["drift_events"]))
            # GitLab has no called workflows.
            named -= {"called_workflow_ref"} if "gizmo" in package else set()
            labelled[package] = named ^ BEYOND_THE_LABELS.get(package, set())

    assert found == labelled
    assert len(found) == 30


def test_another_provider_is_another_issuer_and_other_ids(synthetic):
    before = workload_of(synthetic["@acme/widget@1.0.0"][1])
    after = workload_of(synthetic["@acme/widget@1.4.0"][1])

    assert (before.provider, after.provider) == (Provider.GITHUB, Provider.GITLAB)
    assert (before.repository, after.repository) == ("acme/widget", "acme/widget")
    assert {"issuer", "repository_id", "owner_id"} <= differing(before, after)


def test_an_enterprises_issuer_is_another_and_nothing_else_differs(synthetic):
    before = workload_of(synthetic["@acme/widget@1.0.0"][1])
    after = workload_of(synthetic["@acme/widget@1.4.4"][1])

    assert differing(before, after) == {"issuer"}
    assert after.issuer.endswith("/hammer-time")


def test_a_person_is_no_workload(synthetic):
    assert workload_of(synthetic["@acme/widget@1.4.3"][1]) is None


def test_a_version_without_provenance_has_no_publisher(synthetic):
    verdict = synthetic["@acme/widget@1.5.0"][1]

    assert verdict.provenance is None
    assert verdict.publish is not None


def test_a_reusable_workflow_signs_and_the_caller_stays_who_it_is(synthetic):
    workload = workload_of(synthetic["@acme/widget@1.3.1"][1])

    assert caller_of(workload).path == ".github/workflows/release.yml"
    assert called_by(workload).root == "acme/shared"
