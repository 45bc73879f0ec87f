"""Samples and client outputs that others collected: each with exactly the causes that fit."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from imprint.doctor.logs.diagnosis import diagnose
from imprint.doctor.logs.model import Certainty
from imprint.doctor.logs.symptoms import symptoms

ARCHIVE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "incidents.tar.gz"
NEVER_IN_A_LOG = {"bulk-config"}
"""A wish about setting up, with no failure that a log could show."""

CREDENTIAL = ["no-id-token-permission", "exchange-not-found", "unsupported-ci"]
EXPECTED = {
    "publish|404": ["e404-put-placeholder", *CREDENTIAL, "first-publish"],
    "publish|401expired": ["token-expired"],
    "publish|eotp": ["otp-required"],
    "publish|403over": ["over-published"],
    "publish|4032fa": ["2fa-required"],
    "publish|403perm": ["no-permission"],
    "publish|403oidc": ["oidc-action-denied"],
    "publish|422url": ["422-repository-url"],
    "publish|422self": ["422-self-hosted"],
    "publish|409": ["publish-conflict"],
    "publish|429": ["rate-limited"],
    "publish|400": ["bad-request"],
    "publish|500": ["registry-error"],
    "publish|noauth": ["eneedauth", "npm-too-old", *CREDENTIAL],
    "provenance no id-token": ["no-id-token-permission"],
    "provenance not CI": ["provenance-provider"],
    "provenance gitlab no sigstore": ["gitlab-sigstore"],
    "provenance jenkins": ["provenance-provider"],
    "provenance new private pkg": ["provenance-new-package"],
    "prerelease no tag": ["prerelease-tag"],
    "private true": ["private-true"],
    "whoami": ["token-expired"],
    "whoami noauth": ["whoami-without-token"],
    "dist-tag": ["dist-tag-oidc", "dist-tag-no-package"],
    "dist-tag noauth": ["dist-tag-oidc", "dist-tag-no-package"],
    "newline token": ["header-newline"],
    "unscoped authtoken": ["invalid-auth-config"],
    # The harmless warning beside it is no cause of a refused token.
    "always-auth": ["token-expired"],
}
OTHERWISE = {
    # The words tell npm 10's 404 from that of later ones, and npm 12's ENEEDAUTH from earlier ones.
    "10.9.7|publish|404": ["e404-put-placeholder", "npm-too-old", *CREDENTIAL, "first-publish"],
    "12.2.0|publish|noauth": ["eneedauth", *CREDENTIAL],
    # Here the registry of the measurement failed before npm 10 would have refused.
    "10.9.7|prerelease no tag": ["registry-error"],
}


@pytest.fixture(scope="module")
def archive():
    if not ARCHIVE.is_file():
        pytest.skip(f"there is no {ARCHIVE.name} beside the project")
    with tarfile.open(ARCHIVE) as packed:
        return {
            Path(member.name).name: json.loads(packed.extractfile(member).read())
            for member in packed.getmembers()
            if member.name.endswith(("symptoms.json", "npm_error_texts.json"))
        }


def test_every_sample_names_its_cause_first(archive):
    rows = [row for row in archive["symptoms.json"]["rows"] if row["sample"]]

    first = {row["id"]: [cause.id for cause in diagnose(row["sample"]).causes][:1] for row in rows}

    assert len(rows) == 50
    assert first == {row["id"]: [row["id"]] for row in rows}


def test_what_must_not_match_does_not(archive):
    wrong = [
        (row["id"], text)
        for row in archive["symptoms.json"]["rows"]
        for text in row["must_not_match"]
        if row["id"] in {cause.id for cause in diagnose(text).causes}
    ]

    assert wrong == []


def test_every_row_of_the_archive_is_one_of_ours(archive):
    ids = {row["id"] for row in archive["symptoms.json"]["rows"]}

    assert ids - symptoms().keys() == NEVER_IN_A_LOG


def test_every_client_output_has_exactly_the_causes_that_fit(archive):
    outputs = archive["npm_error_texts.json"]

    found = {
        name: [cause.id for cause in diagnose("\n".join(lines)).causes]
        for name, lines in outputs.items()
    }

    assert len(outputs) == 84
    assert found == {
        name: OTHERWISE.get(name, EXPECTED[name.partition("|")[2]]) for name in outputs
    }


def test_where_several_causes_fit_each_says_what_would_tell(archive):
    silent = {
        (name, cause.id)
        for name, lines in archive["npm_error_texts.json"].items()
        for found in [diagnose("\n".join(lines)).causes]
        for cause in found
        if len(found) > 1 and cause.told_apart_by is None
    }

    assert silent == set()


def test_a_cause_that_fits_alone_is_certain_but_for_what_a_400_means(archive):
    unsure = {
        name.partition("|")[2]
        for name, lines in archive["npm_error_texts.json"].items()
        for found in [diagnose("\n".join(lines)).causes]
        if len(found) == 1 and found[0].certainty is not Certainty.CERTAIN
    }

    assert unsure == {"publish|400"}
