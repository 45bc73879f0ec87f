"""Genuine and conformance bundles of the data archive: our verdict is the manifest's.

npm's documents, the fourth kind of case, are judged where the rules of documents are tested.
"""

import base64
import hashlib
import json
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from imprint.attestations.bundles import Envelope, KeyMaterial
from imprint.attestations.codes import Rejection
from imprint.attestations.domains import Thresholds, TrustDomain
from imprint.attestations.logs.bodies import read_body
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.statements import read_statement
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.verify import verify_bundle
from imprint.refusals import Malformed

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "attestations.tar.gz"
KINDS = {"bundle-dsse": 53, "bundle-messagesignature": 31, "conformance": 55}
COLLECTED = 1_795_000_000.0
"""After the newest case was made, Unix seconds; one has a time beyond it, on purpose."""

OTHER_CODES = {
    # It has 33 timestamps, and more than 32 are not read: nothing of it is judged any further.
    "tsa/bundle.many_timestamp.sigstore": "FORMAT",
}
"""Where the manifest names another step, and why ours is right, too."""


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    if not ARCHIVE.exists():
        pytest.skip("the data archive is not there")
    folder = tmp_path_factory.mktemp("attestations")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return folder / "attestations"


@pytest.fixture(scope="session")
def cases(archive):
    manifest = json.loads((archive / "manifest.json").read_bytes())
    return [case for case in manifest["cases"] if case["kind"] in KINDS]


def judge(archive, case):
    """The verdict of a case: `valid`, or `invalid` and the code."""
    try:
        bundle = parse_bundle((archive / case["file"]).read_bytes())
        verdict = verify_bundle(
            bundle,
            domain=domain_of(archive, case),
            keys=read_key_set((archive / case["keys"]).read_bytes()) if "keys" in case else None,
            now=COLLECTED,
            artifact=artifact_of(archive, case),
            public_key=given_key(archive, case, bundle),
        )
    except Malformed as err:
        return "invalid", str(err.code)
    if isinstance(verdict, Rejection):
        return "invalid", str(verdict.code)
    return "valid", None


def domain_of(archive, case):
    stated = case.get("thresholds") or {"tlog": 1, "sct": 1, "tsa": 1}
    return TrustDomain(
        name="case",
        root=read_trusted_root((archive / case["trusted_root"]).read_bytes()),
        thresholds=Thresholds(
            log_entries=stated["tlog"], certificate_timestamps=stated["sct"], times=stated["tsa"]
        ),
        issuers=(),
        digest="",
    )


def artifact_of(archive, case):
    if case.get("artifact") is None:
        return None
    content = (archive / case["artifact"]).read_bytes()
    return {name: hashlib.new(name, content).digest() for name in ("sha256", "sha384", "sha512")}


def given_key(archive, case, bundle):
    if case.get("key") is None:
        return None
    path = archive / case["key"]
    if path.exists():
        return load_pem_public_key(path.read_bytes())
    # The archive has no key files. The log entry has the key, and the hint, its digest, confirms it.
    spki = read_body(bundle.entries[0]).verifier
    assert isinstance(bundle.material, KeyMaterial)
    assert base64.b64encode(hashlib.sha256(spki).digest()).decode() == bundle.material.hint
    return load_der_public_key(spki)


def expected_code(case):
    for end, code in OTHER_CODES.items():
        if case["id"].endswith(end):
            return code
    return case.get("code")


def test_the_archive_has_the_cases_that_are_meant(cases):
    assert Counter(case["kind"] for case in cases) == KINDS


def test_every_verdict_is_the_manifests(archive, cases):
    found = {case["id"]: judge(archive, case)[0] for case in cases}

    assert found == {case["id"]: case["expected"] for case in cases}


def test_every_code_is_the_manifests_where_it_names_one(archive, cases):
    named = [case for case in cases if expected_code(case)]

    assert {case["id"]: judge(archive, case)[1] for case in named} == {
        case["id"]: expected_code(case) for case in named
    }
    assert len(named) == 59


def test_only_what_is_malformed_is_refused_by_its_form(archive, cases):
    by_form = {case["id"] for case in cases if judge(archive, case)[1] == "FORMAT"}

    assert {name.rpartition("/")[2].rpartition(":")[2] for name in by_form} == {
        "bundle-invalid-base64-signature_fail",
        "bundle-malformed-json_fail",
        "bundle-no-digest.sigstore",  # a chain of certificates in a bundle of version 0.3
        "bundle-unknown-version_fail",
        "bundle.many_timestamp.sigstore",
        "bundle_invalid_version.txt.sigstore",
        "bundle_no_cert_v1.txt.sigstore",
        "dsse-2sigs.sigstore.json",
        # Line breaks within base64, which protobuf's JSON does not know.
        "rekor2-timestamp-with-incorrect-time_fail",
        "two-signatures",
        "unknown-media-type",
    }


def test_what_is_logged_without_a_time_is_refused_before_its_statement_is_read(archive, cases):
    """Two cases have a wrong statement; they state no time that anybody signed, either."""
    untimed = {case["id"]: judge(archive, case) for case in cases if "dsse-statement" in case["id"]}

    assert set(untimed.values()) == {("invalid", "TIME")}
    for case in cases:
        if case["id"] in untimed:
            bundle = parse_bundle((archive / case["file"]).read_bytes())
            assert isinstance(bundle.content, Envelope)
            with pytest.raises(Malformed, match="`_type` of the statement"):
                read_statement(bundle.content)
