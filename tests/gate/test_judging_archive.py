"""Real packuments and attestations, as registries serve them, judged by the roots that are real."""

from __future__ import annotations

import asyncio
import json
import tarfile
from pathlib import Path

import pytest

from imprint.gate.model import Effect
from imprint.upstream.trust.embedded_files import embedded_keys
from imprint.upstream.trust.key_file import read_keys
from tests.support.gate_judging import ENFORCING, document_of, judging_world
from tests.support.upstream_registry import upstream_registry

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "packuments.tar.gz"
ATTESTED = ("3.13.0", "4.1.2")
"""Versions whose attestations the archive has."""

pytestmark = pytest.mark.skipif(
    not ARCHIVE.exists(), reason="the archive is not beside the project"
)


@pytest.fixture(scope="module")
def archive():
    with tarfile.open(ARCHIVE) as packed:
        return {
            Path(member.name).name: packed.extractfile(member).read()
            for member in packed
            if member.isfile() and member.name.count("/") == 1
        }


@pytest.fixture(scope="module")
def raw(archive):
    """The packument of 377 versions with all that is attested, but what the archive lacks."""
    document = json.loads(archive["nuxt.json"])
    for version, entry in document["versions"].items():
        if version not in ATTESTED:
            entry["dist"].pop("attestations", None)
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def upstream(archive):
    with upstream_registry() as found:
        keys = read_keys(embedded_keys()["default"]).raw_keys
        found.answers["/-/npm/v1/keys"] = (200, keys)
        for version in ATTESTED:
            path = f"/-/npm/v1/attestations/nuxt@{version}"
            found.answers[path] = (200, archive[f"nuxt-{version}-att.json"])
        yield found


def judged(upstream, folder, raw, *, policy=ENFORCING):
    async def run():
        async with judging_world(upstream, folder, policy=policy) as world:
            document = document_of(raw, "nuxt", url=upstream.url)
            whole = await world.judging.judge(document)
            tarballs = {
                version: await world.judging.judge_tarball(
                    document, version, document.history.publication(version).integrity
                )
                for version in ATTESTED
            }
            return document, whole, tarballs

    return asyncio.run(run())


def test_of_a_real_history_nothing_that_is_attested_is_withheld(upstream, tmp_path, raw):
    document, whole, _ = judged(upstream, tmp_path, raw)

    assert len(document.history.moments) == 377
    assert whole.doubt is None
    assert {
        version: [reason.code for reason in whole.verdicts[version].decision.reasons]
        for version in whole.withheld
        if document.history.publication(version).has_attestations
    } == {}


def test_real_attestations_verify_by_the_roots_that_imprint_ships_with(upstream, tmp_path, raw):
    policy = ENFORCING + "[[require]]\npackages = ['nuxt']\norigin = 'verified'\n"

    _, _, tarballs = judged(upstream, tmp_path, raw, policy=policy)

    assert {version: one.effect for version, one in tarballs.items()} == dict.fromkeys(
        ATTESTED, Effect.SERVE
    )


def test_attestations_of_another_version_are_refused(upstream, tmp_path, raw):
    path, other = (f"/-/npm/v1/attestations/nuxt@{version}" for version in ATTESTED)
    served = upstream.answers[path]
    upstream.answers[path] = upstream.answers[other]
    try:
        _, _, tarballs = judged(upstream, tmp_path, raw)
    finally:
        upstream.answers[path] = served

    codes = [reason.code for reason in tarballs[ATTESTED[0]].decision.reasons]
    assert codes == ["attestation-subject-mismatch"]
