"""From files to a diagnosis, its fingerprints, and what is kept of it."""

import pytest

from imprint.doctor.diagnosis import analyse
from imprint.doctor.keeping import diagnosed
from imprint.doctor.reading import Tree
from imprint.storage.verdicts import VerdictCache, cache_secret
from imprint.workflows.facts import Facts
from imprint.workflows.profiles import CURRENT
from imprint.workflows.sources import Unreadable

RELEASE = ".github/workflows/release.yml"
WORKFLOW = """\
on: {push: {branches: [main]}}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/setup-node@v6
        with:
          node-version: "24.3.0"
      - run: npm publish
"""


def tree(workflow=WORKFLOW, *, skipped=()):
    package = b'{"name": "@acme/widget", "version": "1.0.0"}'
    return Tree(files={RELEASE: workflow.encode(), "package.json": package}, skipped=tuple(skipped))


def diagnose(workflow=WORKFLOW, *, skipped=()):
    found = analyse(
        tree(workflow, skipped=skipped), facts=Facts(), profile=CURRENT, name="acme/widget"
    )
    return found.diagnosis


def fingerprints(workflow):
    return {one.fingerprint for one in diagnose(workflow).findings}


def test_lines_that_move_change_no_fingerprint():
    moved = WORKFLOW.replace("jobs:", "# why\n\njobs:").replace("node-version", "node-version  ")

    assert fingerprints(moved) == fingerprints(WORKFLOW)


def test_another_job_and_another_value_have_other_fingerprints():
    early = {one.fingerprint for one in diagnose().findings if one.check == "early-node-24"}

    assert early.isdisjoint(fingerprints(WORKFLOW.replace("publish:", "release:")))
    assert early.isdisjoint(fingerprints(WORKFLOW.replace("24.3.0", "24.2.0")))


def test_each_finding_has_a_fingerprint_of_its_own():
    twice = WORKFLOW + WORKFLOW.partition("jobs:\n")[2].replace("publish:", "again:", 1)

    found = diagnose(twice).findings

    assert len({one.fingerprint for one in found}) == len(found) > 1


def test_what_was_skipped_is_a_finding_and_is_counted():
    skipped = Unreadable(
        path=".github/workflows/big.yml", line=1, column=1, message="file is too large"
    )

    found = diagnose(skipped=[skipped])

    assert found.coverage.unreadable == (skipped,)
    assert [one.message for one in found.findings if one.check == "unread-file"] == [
        "file is too large"
    ]


def test_coverage_says_how_much_was_looked_at():
    cover = diagnose().coverage

    assert (cover.workflows, cover.jobs, cover.publish_jobs, cover.packages) == (1, 1, 1, 1)
    assert cover.checks > 5
    assert cover.has_ci


@pytest.fixture
def cache(tmp_path):
    with VerdictCache(tmp_path / "kept.sqlite3", secret=cache_secret(tmp_path / "key")) as opened:
        yield opened


def keep(cache, files, *, facts=None, grounds=("profile",)):
    """Return what comes out, and whether it was made anew."""
    made = []

    def make():
        made.append(True)
        return diagnose()

    return diagnosed(
        files, facts=facts or Facts(), grounds=grounds, cache=cache, diagnose=make
    ), bool(made)


def test_what_is_kept_comes_back_whole(cache):
    first, _ = keep(cache, tree())

    assert keep(cache, tree()) == (first, False)


@pytest.mark.parametrize(
    "change",
    [
        {"files": tree(WORKFLOW + "\n")},
        {"files": tree(skipped=[Unreadable(path="a", line=1, column=1, message="b")])},
        {"facts": Facts(writers=3)},
        {"grounds": ("another profile",)},
    ],
    ids=["files", "skipped", "facts", "grounds"],
)
def test_where_anything_it_rests_on_differs_it_is_made_anew(cache, change):
    keep(cache, tree())

    assert keep(cache, **{"files": tree(), **change})[1]


def test_a_cache_that_somebody_else_signed_is_none(tmp_path):
    for name in ("theirs", "ours"):
        with VerdictCache(
            tmp_path / "kept.sqlite3", secret=cache_secret(tmp_path / name)
        ) as opened:
            made = keep(opened, tree())[1]

        assert made
