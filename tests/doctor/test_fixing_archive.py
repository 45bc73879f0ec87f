"""Fixes of every repository of the archive hold: parsed, judged, and done after the first run."""

from __future__ import annotations

import tarfile
from collections import Counter, defaultdict
from pathlib import Path, PurePosixPath

import pytest

from imprint.doctor.diagnosis import analyse
from imprint.doctor.fixing import plan_fixes
from imprint.doctor.reading import Tree
from imprint.workflows.edits.applying import apply_patch
from imprint.workflows.edits.comparing import unwanted_change
from imprint.workflows.facts import Facts
from imprint.workflows.profiles import CURRENT

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "workflows.tar.gz"
PARTS = 14

pytestmark = pytest.mark.skipif(not ARCHIVE.is_file(), reason="../shared/data has no workflows")


@pytest.fixture(scope="module")
def trees():
    """The files of each repository, by its name."""
    files: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            if member.isfile() and len(parts) > 3 and parts[1] == "repositories":
                content = archive.extractfile(member).read()
                files[parts[2]]["/".join(parts[3:])] = content
    return {name: Tree(files=found, skipped=()) for name, found in sorted(files.items())}


def plan(tree, name):
    return plan_fixes(tree, facts=Facts(), profile=CURRENT, name=name, unsafe=True)


def after(tree, planned):
    texts = {path: text.encode() for path, text in planned.after.items()}
    return Tree(files={**tree.files, **texts}, skipped=())


def found_in(tree, name):
    analysis = analyse(tree, facts=Facts(), profile=CURRENT, name=name)
    return analysis.diagnosis.findings, analysis.diagnosis.coverage.unreadable


def weight(findings):
    """Return how bad they are together: where one way is closed, a harder one may be told."""
    return sum(one.severity for one in findings)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_fix_of_every_repository_holds(trees, part):
    chosen = [name for place, name in enumerate(trees) if place % PARTS == part]

    for folder in chosen:
        tree, name = trees[folder], folder.replace("__", "/")
        planned = plan(tree, name)
        if not planned.fixes:
            continue
        texts = {path: content.decode(errors="replace") for path, content in tree.files.items()}
        for fix in planned.fixes:
            changed = apply_patch(texts, fix.patch)
            assert unwanted_change(texts, changed, fix.patch) is None
            texts |= changed
        repaired = after(tree, planned)
        (old, unread), (new, still_unread) = found_in(tree, name), found_in(repaired, name)

        assert {path: texts[path] for path in planned.after} == planned.after, name
        assert len(still_unread) == len(unread), name
        assert weight(new) < weight(old), name
        assert not Counter(one.check for one in new) - Counter(one.check for one in old), name
        assert plan(repaired, name).after == {}, name

    assert len(chosen) >= len(trees) // PARTS > 0
