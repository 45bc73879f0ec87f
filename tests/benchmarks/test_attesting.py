"""The attestations benchmark judges what it says it judges: nothing is timed here."""

import json

import pytest

from benchmarks.measuring import verifying
from benchmarks.measuring.attesting import Sizes, write_sets
from benchmarks.measuring.genuine import ARCHIVE, genuine
from tests.support.clients import MODULES

pytestmark = [
    pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no attestations"),
    pytest.mark.skipif(not (MODULES / "npm11").is_dir(), reason="npm 11 is not installed"),
]


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    sizes = Sizes(batch=8, versions=24, attested=8)
    return write_sets(genuine(), tmp_path_factory.mktemp("sets"), sizes)


def test_every_side_can_be_measured(sets):
    for comparison in sets.comparisons():
        for side in (comparison.ours, comparison.peer):
            assert side.measure().per_second > 0


def test_every_genuine_document_is_in_the_set_and_valid(sets):
    versions = json.loads((sets.folder / "versions.json").read_text())

    assert len({one["document"] for one in versions} - {None}) == len(genuine().documents)
    assert verifying.versions(sets.folder) == len(versions) == 24


def test_every_verdict_of_the_set_is_kept(sets):
    assert verifying.bare_look_ups(sets.folder) == 24
