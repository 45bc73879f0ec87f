"""`imprint verify --document` on every case of the data archive: exit code, and code of the reason.

The clock is the process's own: the newest case was made in November 2026.
"""

import json
import tarfile
from pathlib import Path

import pytest

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "attestations.tar.gz"
EXITS = {"valid": 0, "invalid": 1}
CODES = {
    # More timestamps than are read at all; without its artifact it would be ARTIFACT.
    "bundle.many_timestamp.sigstore": "FORMAT",
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    if not ARCHIVE.is_file():
        pytest.skip("../shared/data has no attestations")
    folder = tmp_path_factory.mktemp("archive")
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return folder / "attestations"


def cases(archive, manifest, *kinds):
    found = json.loads((archive / manifest).read_bytes())["cases"]
    wanted = [case for case in found if case.get("kind", "npm-attestations") in kinds]
    # Of three cases the archive has lost the key.
    return [case for case in wanted if not case.get("key") or (archive / case["key"]).is_file()]


def words_of(case):
    yield from ("--document", case["file"], "--trusted-root", case["trusted_root"])
    if case.get("keys"):
        yield from ("--keys", case["keys"])
    if case.get("kind", "npm-attestations") == "npm-attestations":
        yield case["package"] or "no-name@0.0.0"
        yield from ("--sha512", case["sha512"]) if case["sha512"] else ()
    if case.get("artifact"):
        yield case["artifact"]
    if case.get("key"):
        yield from ("--key", case["key"])


def surprises(imprint, archive, monkeypatch, found):
    """Return the cases that are judged otherwise than the manifest has them."""
    monkeypatch.chdir(archive)
    wrong = {}
    for case in found:
        ran = imprint("verify", *words_of(case), "--format", "json", "-q")
        expected = CODES.get(case["id"].rpartition("/")[2], case.get("code"))
        got = (ran.code, ran.json["code"] if expected else None)
        if got != (EXITS[case["expected"]], expected):
            wrong[case["id"]] = got
    return wrong


@pytest.mark.parametrize(
    ("manifest", "kinds", "least"),
    [
        ("manifest.json", ("npm-attestations",), 30),
        ("manifest.json", ("bundle-dsse", "bundle-messagesignature"), 80),
        ("manifest.json", ("conformance",), 50),
        ("synthetic/manifest.json", ("npm-attestations",), 30),
    ],
    ids=["npm", "bundles", "conformance", "synthetic"],
)
def test_every_case_is_judged_as_its_manifest_says(
    imprint, archive, monkeypatch, manifest, kinds, least
):
    found = cases(archive, manifest, *kinds)

    assert len(found) >= least
    assert surprises(imprint, archive, monkeypatch, found) == {}
