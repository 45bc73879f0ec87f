"""Fixes are planned one after the other, judged whole, and written all or none."""

import pytest

from imprint.doctor.fixing import plan_fixes, write_fixes
from imprint.doctor.folders import open_folder
from imprint.doctor.reading import Tree, collect
from imprint.refusals import Malformed
from imprint.workflows.facts import Facts
from imprint.workflows.profiles import CURRENT

RELEASE = ".github/workflows/release.yml"
WORKFLOW = """\
on: {push: {tags: ["v*"]}}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      id-token: write
    environment: npm
    steps:
      - uses: actions/checkout@v6
        with: {persist-credentials: false}
      - uses: actions/setup-node@v7
        with:
          node-version: 22  # why
      - run: npm publish --loglevel verbose
"""
WITH_TOKEN = WORKFLOW + "        env:\n          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}\n"
PACKAGE = '{"name": "widgets", "version": "1.0.0", "repository": "github:acme/widgets"}\n'


def tree(workflow=WORKFLOW, **more):
    files = {RELEASE: workflow, "package.json": PACKAGE} | more
    return Tree(files={path: text.encode() for path, text in files.items()}, skipped=())


def plan(found, **options):
    return plan_fixes(found, facts=Facts(), profile=CURRENT, name="acme/widgets", **options)


def checks(planned):
    return [one.check for one in planned.fixes]


def test_what_is_safe_is_planned_with_the_difference():
    planned = plan(tree())

    assert "npm-too-old" in checks(planned)
    assert "+          node-version: 24  # why" in planned.diff.splitlines()
    assert set(planned.after) == {RELEASE}


def test_the_plans_end_has_nothing_to_repair():
    planned = plan(tree(WITH_TOKEN), unsafe=True)

    again = plan(tree(planned.after[RELEASE]), unsafe=True)

    assert planned.fixes
    assert again.fixes == ()
    assert again.diff == ""


def test_what_needs_thought_is_left_alone_without_unsafe():
    assert "token-beside-id-token" not in checks(plan(tree(WITH_TOKEN)))


def test_a_fix_that_brings_another_finding_to_light_is_taken_with_that_ones():
    planned = plan(tree(WITH_TOKEN), unsafe=True)

    assert "NODE_AUTH_TOKEN" not in planned.after[RELEASE]
    assert "node-version: 24" in planned.after[RELEASE]


def test_what_is_ignored_is_not_repaired():
    planned = plan(
        tree(), sort_out=lambda found: [one for one in found if one.check != "npm-too-old"]
    )

    assert "npm-too-old" not in checks(planned)


def test_a_fix_that_is_not_taken_says_why():
    shared = WITH_TOKEN.replace("env:\n", "env: &shared\n") + (
        "  other:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: npm view widgets\n        env: *shared\n"
    )

    planned = plan(tree(shared), unsafe=True)

    (declined,) = [one for one in planned.declined if one.check == "token-beside-id-token"]
    assert "is the same text by an alias" in declined.reason
    assert "&shared" in planned.after[RELEASE]


def test_a_plan_is_written_where_the_files_are_what_they_were(tmp_path):
    folder = written(tmp_path, WORKFLOW.replace("\n", "\r\n"))
    planned = plan(collect(folder))

    write_fixes(folder, planned)

    raw = (tmp_path / RELEASE).read_bytes()
    assert raw == planned.after[RELEASE].encode()
    assert raw.count(b"\r\n") == raw.count(b"\n") > 0


def test_nothing_is_written_where_a_file_changed_meanwhile(tmp_path):
    folder = written(tmp_path, WORKFLOW)
    planned = plan(collect(folder))
    (tmp_path / RELEASE).write_text("on: push\n")

    with pytest.raises(Malformed) as refused:
        write_fixes(folder, planned)

    assert refused.value.code == "file-changed"
    assert (tmp_path / RELEASE).read_text() == "on: push\n"


def written(folder, workflow):
    (folder / RELEASE).parent.mkdir(parents=True)
    (folder / RELEASE).write_bytes(workflow.encode())
    (folder / "package.json").write_text(PACKAGE)
    return open_folder(folder)


SIZE = ".github/workflows/size.yml"
TARGET = """\
on: [push, pull_request_target]
jobs:
  size:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6.0.2
        with: {ref: "refs/pull/${{ github.event.number }}/merge"}
      - run: npm ci
"""


def test_a_job_that_outsiders_reach_is_split_rather_than_guarded():
    planned = plan(tree(**{SIZE: TARGET}), unsafe=True)

    assert "anonymous-code-execution" in checks(planned)
    assert planned.after[SIZE] == TARGET.replace("_target", "")


def test_a_job_that_cannot_be_split_is_guarded():
    bound = TARGET.replace("    steps", "    env: {TOKEN: '${{ secrets.X }}'}\n    steps")

    planned = plan(tree(**{SIZE: bound}), unsafe=True)

    assert "anonymous-publish-path" in checks(planned)
    assert "head.repo.full_name == github.repository" in planned.after[SIZE]
