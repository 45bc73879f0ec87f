"""Finding checks, running them, and saying which could not be run."""

from imprint.workflows.checks.running import (
    MACHINERY,
    check_of,
    checks,
    find_all,
    fix_of,
    run_checks,
    skipped_checks,
)
from imprint.workflows.findings import Severity
from tests.workflows.checks.scenes import scene_of

OLD = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/setup-node@v6
        with:
          node-version-file: .nvmrc
      - run: npm publish
"""


def old(files=()):
    return scene_of({".github/workflows/release.yml": OLD, ".nvmrc": "22\n", **dict(files)})


def test_checks_are_sorted_and_none_is_machinery():
    ids = [info.id for info in checks()]

    assert ids == sorted(ids)
    assert not {name.replace("_", "-") for name in MACHINERY} & set(ids)


def test_a_check_is_named_by_its_module():
    info = check_of("npm-too-old")

    assert info is not None
    assert (info.specification, info.severity) == (("W01",), Severity.BLOCK)
    assert check_of("no-such-check") is None


def test_only_the_named_checks_run():
    assert {info.id for info, _ in run_checks(old(), only={"npm-too-old"})} == {"npm-too-old"}
    assert run_checks(old(), only=()) == ()


def test_what_two_jobs_have_in_common_is_said_once():
    other = OLD.replace("publish:\n", "canary:\n")

    found = find_all(old({".github/workflows/canary.yml": other}.items()), only={"npm-too-old"})

    assert [each.report.span.path for each in found] == [".nvmrc"]


def test_a_check_without_its_facts_is_skipped_with_the_reason():
    skipped = {each.check.id: each.reason for each in skipped_checks(old())}

    assert skipped["publisher-differs"] == "nothing is known of `publishers`"
    assert "npm-too-old" not in skipped


def test_a_check_with_its_facts_is_not_skipped():
    scene = scene_of({".github/workflows/release.yml": OLD}, "existing_packages = []\n")

    assert "first-publish" not in {each.check.id for each in skipped_checks(scene)}


def test_a_check_without_a_fix_has_none():
    info = next(info for info in checks() if info.id == "silent-fallback")
    (found,) = find_all(old(), only={"npm-too-old"})

    assert fix_of(info, found.report, old()) is None


def test_an_empty_repository_is_fine():
    assert run_checks(scene_of({})) == ()
