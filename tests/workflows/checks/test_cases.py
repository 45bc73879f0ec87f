"""The archive's cases, as they stood before an attack: what should be found is."""

import json
import tarfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

import pytest

from imprint.workflows.checks.running import check_of, find_all
from imprint.workflows.facts import Facts
from imprint.workflows.paths.search import publish_paths
from imprint.workflows.profiles import CURRENT
from imprint.workflows.publishing.detection import publish_jobs_of
from imprint.workflows.reading import read_repository
from imprint.workflows.scene import Scene
from tests.workflows.checks.case_words import CASE_WORDS, NOT_IN_THE_FILES

ARCHIVE = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "workflows.tar.gz"
CASE = "CASE.json"


def trees():
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    if ARCHIVE.is_file():
        with tarfile.open(ARCHIVE) as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if member.isfile() and len(parts) > 3 and parts[1] == "cases":
                    found[parts[2]]["/".join(parts[3:])] = archive.extractfile(member).read()
    return found


CASES = trees()
EXPECTED = [
    pytest.param(name, word, id=f"{name}-{word}")
    for name, files in CASES.items()
    for word in json.loads(files[CASE])["expected_rules"]
    if (name, word) not in NOT_IN_THE_FILES
]


@pytest.fixture(scope="module")
def found():
    return {name: checks_of(files) for name, files in CASES.items()}


def checks_of(files):
    repository = read_repository({path: text for path, text in files.items() if path != CASE})
    jobs, facts = publish_jobs_of(repository), Facts()
    paths = publish_paths(repository, jobs, facts, CURRENT)
    scene = Scene(
        repository=repository, publish_jobs=jobs, facts=facts, profile=CURRENT, paths=paths
    )
    return {one.check.id for one in find_all(scene)}


@pytest.mark.skipif(not CASES, reason="../shared/data has no workflows")
@pytest.mark.parametrize(("name", "word"), EXPECTED)
def test_a_case_shows_what_it_is_known_for(name, word, found):
    assert found[name] & set(CASE_WORDS[word])


def test_every_word_stands_for_checks_that_there_are():
    assert all(check_of(name) for names in CASE_WORDS.values() for name in names)
