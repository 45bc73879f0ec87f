"""Every golden case is thought of what its folder says. `python -m tests.authority.cases` makes them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from imprint.attestations.codes import Code, Rejection
from imprint.attestations.documents import verify_document
from imprint.attestations.domains import AllowedIssuer, RegistryKeySet, Thresholds, TrustDomain
from imprint.attestations.reading.bundles import parse_bundle
from imprint.attestations.reading.documents import parse_document
from imprint.attestations.reading.key_sets import read_key_set
from imprint.attestations.reading.trusted_roots import read_trusted_root
from imprint.attestations.statement_rules import ExpectedSubject
from imprint.attestations.verdicts import State
from imprint.attestations.verify import verify_bundle
from imprint.identity.workload import Provider
from imprint.npm.names import PackageName
from imprint.refusals import Malformed
from tests.authority.cases.__main__ import every_case
from tests.authority.cases.case import write
from tests.support.claims import CIRCLECI_ISSUER, GITHUB_ISSUER, GITLAB_ISSUER

FOLDER = Path(__file__).parent / "cases"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/case.json"))
ISSUERS = (
    AllowedIssuer(url=GITHUB_ISSUER, provider=Provider.GITHUB),
    AllowedIssuer(url=GITLAB_ISSUER, provider=Provider.GITLAB),
    AllowedIssuer(
        url=CIRCLECI_ISSUER.partition("/org/")[0] + "/org",
        provider=Provider.CIRCLECI,
        organizations=True,
    ),
)


def judged(folder: Path) -> tuple[State, Code | None]:
    """What a folder's content comes to, and the first reason against it."""
    case = json.loads((folder / "case.json").read_text())
    raw = (folder / case["content"]).read_bytes()
    domain = TrustDomain(
        name="private",
        root=read_trusted_root((folder / case["trusted_root"]).read_bytes()),
        thresholds=Thresholds(**case["thresholds"]),
        issuers=ISSUERS,
        digest="0" * 64,
    )
    judge = _document if case["content"] == "document.json" else _bundle
    return judge(raw, case, domain, read_key_set((folder / case["keys"]).read_bytes()))


def _document(
    raw: bytes, case: dict[str, Any], domain: TrustDomain, keys: RegistryKeySet
) -> tuple[State, Code | None]:
    name, _, version = case["package"].rpartition("@")
    verdict = verify_document(
        parse_document(raw),
        subject=ExpectedSubject(
            name=PackageName.parse(name), version=version, sha512=case["sha512"]
        ),
        domains=(domain,),
        keys=keys,
        registry=case["registry"].partition("//")[2],
        now=case["now"],
        provenance_expected=True,
        publish_expected=True,
    )
    reported = next((found.code for found in verdict.attestations if found.code), None)
    return verdict.state, verdict.code or reported


def _bundle(
    raw: bytes, case: dict[str, Any], domain: TrustDomain, keys: RegistryKeySet
) -> tuple[State, Code | None]:
    artifact = case["artifact"]
    digests = None if artifact is None else {"sha256": hashlib.sha256(artifact.encode()).digest()}
    try:
        bundle = parse_bundle(raw)
    except Malformed as err:
        return State.REJECTED, Code(err.code)
    proof = verify_bundle(bundle, domain=domain, keys=keys, now=case["now"], artifact=digests)
    if isinstance(proof, Rejection):
        return State.REJECTED, proof.code
    return State.VERIFIED, None


def read(path: Path) -> bytes:
    return (FOLDER / path).read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_judged_as_its_folder_says(name):
    expected = json.loads((FOLDER / name / "case.json").read_text())

    state, code = judged(FOLDER / name)

    assert (state is State.VERIFIED) == (expected["expected"] == "valid")
    assert code == expected["code"]


@pytest.mark.parametrize("name", CASES)
def test_the_name_of_a_folder_says_whether_it_is_good(name):
    expected = json.loads((FOLDER / name / "case.json").read_text())["expected"]

    assert name.endswith("_fail") == (expected == "invalid")


def test_every_code_has_a_case():
    found = {json.loads((FOLDER / name / "case.json").read_text())["code"] for name in CASES}

    # That one is of the registry's signature, which stands in the packument.
    assert set(Code) - found == {Code.MISSING_SIGNATURE}


def test_the_maker_writes_the_cases_that_are_here(tmp_path):
    made = list(every_case())

    for case in made:
        write(case, tmp_path)

    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.json")]
    assert sorted(case.folder for case in made) == CASES
    assert [path for path in files if (tmp_path / path).read_bytes() != read(path)] == []
