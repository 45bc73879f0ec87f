"""Verdicts that are kept: asked for once, and again as soon as anything they rest on differs."""

import subprocess
import sys

import pytest
from msgspec.structs import replace

from imprint.evidence.kept import Grounds, folder_digest, judged, key_of
from imprint.evidence.looked import NotThere
from imprint.evidence.verdict import Outcome
from imprint.storage.verdicts import VerdictCache
from tests.evidence.scenes import Scene

GROUNDS = Grounds(trust_digest="trust")


@pytest.fixture
def cache(tmp_path):
    with VerdictCache(tmp_path / "verdicts.sqlite3", secret=b"s" * 32) as opened:
        yield opened


@pytest.fixture
def scene():
    return Scene().publish()


class Judge:
    """Judges as a scene does, and counts."""

    def __init__(self, scene):
        self.scene = scene
        self.asked = 0

    def __call__(self, pieces):
        self.asked += len(pieces)
        return [self.scene.judged(document=one.document) for one in pieces]


def test_a_valid_verdict_is_reached_once(scene, cache):
    judge, pieces = Judge(scene), [scene.pieces()]

    first = judged(pieces, grounds=GROUNDS, cache=cache, judge=judge)
    again = judged(pieces, grounds=GROUNDS, cache=cache, judge=judge)

    assert first == again
    assert (first[0].outcome, judge.asked) == (Outcome.VALID, 1)


def test_what_speaks_against_a_version_is_looked_at_each_time(scene, cache):
    judge, pieces = Judge(scene), [scene.pieces(document=NotThere())]

    for _ in range(2):
        judged(pieces, grounds=GROUNDS, cache=cache, judge=judge)

    assert judge.asked == 2


def test_other_trust_judges_anew(scene, cache):
    judge, pieces = Judge(scene), [scene.pieces()]

    for digest in ("one", "two"):
        judged(pieces, grounds=Grounds(trust_digest=digest), cache=cache, judge=judge)

    assert judge.asked == 2


def test_without_a_cache_everything_is_judged(scene):
    judge, pieces = Judge(scene), [scene.pieces()] * 2

    assert len(judged(pieces, grounds=GROUNDS, cache=None, judge=judge)) == 2
    assert judge.asked == 2


def test_verdicts_come_in_the_order_of_their_pieces(scene, cache):
    good, bad = scene.pieces(), scene.pieces(document=NotThere())
    judge = Judge(scene)
    judged([good], grounds=GROUNDS, cache=cache, judge=judge)

    found = judged([bad, good, bad], grounds=GROUNDS, cache=cache, judge=judge)

    assert [one.outcome.value for one in found] == ["invalid", "valid", "invalid"]


def test_a_kept_verdict_of_another_form_is_reached_again(scene, cache):
    pieces = scene.pieces()
    cache.put({key_of(pieces, GROUNDS): b'{"name": 1}'})
    judge = Judge(scene)

    judged([pieces], grounds=GROUNDS, cache=cache, judge=judge)

    assert judge.asked == 1


def test_every_piece_is_in_the_key(scene):
    pieces = scene.pieces()
    others = [
        replace(pieces, document=NotThere()),
        replace(pieces, tarball=NotThere()),
        replace(pieces, published=replace(pieces.published, repository="acme/other")),
        replace(pieces, published=replace(pieces.published, signatures=())),
    ]

    keys = {key_of(one, GROUNDS) for one in [pieces, *others]}

    assert len(keys) == 5


def test_nothing_that_verifies_is_imported_to_find_a_verdict():
    code = "import sys, imprint.evidence.kept, imprint.evidence.pieces; print(*sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()

    assert {"cryptography", "sqlalchemy", "aiohttp", "imprint.evidence.judge"}.isdisjoint(said)


def test_a_digest_of_folders_is_of_their_files(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.json").write_text("{}")
    first = folder_digest(tmp_path / "a", tmp_path / "none")

    (tmp_path / "a" / "x.json").write_text("[]")

    assert folder_digest(tmp_path / "a", tmp_path / "none") != first
    assert folder_digest(tmp_path / "none", tmp_path / "a") != folder_digest(tmp_path / "a")


def test_what_cannot_be_read_is_told_by_whoever_needs_it(tmp_path):
    good = folder_digest(tmp_path)
    (tmp_path / "domain.json").mkdir()
    a_folder = folder_digest(tmp_path)
    (tmp_path / "domain.json").rmdir()
    (tmp_path / "domain.json").symlink_to(tmp_path / "nowhere")

    assert len({good, a_folder, folder_digest(tmp_path)}) == 3
