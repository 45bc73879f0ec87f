"""`imprint doctor`."""

import json
import os
import subprocess
from pathlib import Path

import pytest

PUBLISHING = """\
on:
  push:
    branches: [main]
permissions:
  id-token: write
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-node@v6
        with:
          node-version: "24.3.0"
      - run: npm publish
"""
GOOD = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: npm test
"""
RELEASE = ".github/workflows/release.yml"


@pytest.fixture
def repository(imprint):
    """A repository whose Node is too early, in the folder that commands run in."""
    folder = imprint.folder / "work"
    write(folder, RELEASE, PUBLISHING)
    write(folder, "package.json", '{"name": "@acme/widget", "version": "1.0.0"}')
    return folder


def write(folder, path, text):
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def git(folder, *words):
    identity = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for role in ("AUTHOR", "COMMITTER"):
        identity |= {f"GIT_{role}_NAME": "wile", f"GIT_{role}_EMAIL": "w@acme.example"}
    subprocess.run(
        ["git", "-C", str(folder), *words],
        check=True,
        capture_output=True,
        env=os.environ | identity,
        timeout=60,
    )


def doctor(imprint, *words, **variables):
    return imprint("doctor", "--no-hygiene", *words, **variables)


def test_the_first_lines_say_what_matters_most_then_what_to_do(imprint, repository):
    ran = doctor(imprint)

    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"block[early-node-24] {RELEASE}:13:")
    details = lines[lines.index("early-node-24") + 1 :]
    assert details[0].startswith("  hint: ")
    assert details[1] == "  `imprint doctor --fix` repairs it"


def test_json_is_what_scripts_rely_on(imprint, repository):
    found = doctor(imprint, "--format", "json").json

    assert (found["schema"], found["command"]) == (1, "doctor")
    first = found["findings"][0]
    assert {
        "check",
        "severity",
        "confidence",
        "path",
        "line",
        "column",
        "message",
        "hint",
        "fix",
    } <= first.keys()
    assert (first["check"], first["severity"], first["path"], first["line"]) == (
        "early-node-24",
        "block",
        RELEASE,
        13,
    )
    assert found["coverage"]["workflows"] == found["coverage"]["publish_jobs"] == 1


def test_at_most_five_are_shown_and_all_with_all(imprint, repository):
    some = doctor(imprint, "--format", "json").json
    everything = doctor(imprint, "--all", "--format", "json").json

    assert len(some["findings"]) <= 5
    assert everything["summary"]["folded"] == 0
    assert everything["summary"]["findings"] == some["summary"]["findings"]


def test_exit_zero_turns_findings_into_zero(imprint, repository):
    assert doctor(imprint, "--exit-zero").code == 0


def test_a_second_run_says_the_same(imprint, repository):
    assert doctor(imprint).out == doctor(imprint).out == doctor(imprint, "--no-cache").out


def test_a_changed_file_is_read_again(imprint, repository):
    doctor(imprint)
    write(repository, RELEASE, GOOD)

    assert "early-node-24" not in doctor(imprint).out


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda folder: None, 3, "has no CI file: nothing was checked"),
        (
            lambda folder: write(folder, "package.json", "{}"),
            3,
            "has no CI file: nothing was checked",
        ),
        (lambda folder: write(folder, RELEASE, "\0\xff"), 1, ""),
    ],
    ids=["empty", "no workflows", "binary"],
)
def test_bad_folders_get_one_clear_line(imprint, make, code, message):
    make(imprint.folder / "work")

    ran = doctor(imprint)

    assert ran.code == code
    assert message in ran.err


@pytest.mark.parametrize("path", ["nowhere", "package.json"])
def test_a_path_that_is_no_folder_is_a_usage_error(imprint, repository, path):
    ran = doctor(imprint, path)

    assert ran.code == 2
    assert ran.err.startswith("error: path `")
    assert len(ran.err.splitlines()) == 1


def test_without_a_path_the_whole_repository_is_meant(imprint, repository, monkeypatch):
    git(repository, "init")
    (repository / "src").mkdir()
    monkeypatch.chdir(repository / "src")

    assert "early-node-24" in doctor(imprint).out


def test_a_comment_with_a_reason_ignores(imprint, repository):
    write(
        repository,
        RELEASE,
        PUBLISHING.replace(
            '"24.3.0"', '"24.3.0"  # imprint: ignore[early-node-24] pinned by our image'
        ),
    )

    ran = doctor(imprint, "--format", "json")

    assert "early-node-24" not in [one["check"] for one in ran.json["findings"]]
    assert [one["reason"] for one in ran.json["ignored"]] == ["pinned by our image"]


def test_a_baseline_makes_old_findings_quiet(imprint, repository):
    assert doctor(imprint, "--update-baseline").code == 0

    ran = doctor(imprint)

    assert ran.code == 0
    assert "by comments or the baseline" in ran.out


def test_a_baseline_that_is_none_is_a_usage_error(imprint, repository):
    write(repository, "imprint-baseline.json", "[]")

    assert doctor(imprint).code == 2


def test_compare_fails_on_what_is_new_alone(imprint, repository):
    git(repository, "init", "-b", "main")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "first")

    assert doctor(imprint, "--compare", "HEAD").code == 0

    write(
        repository,
        ".npmrc",
        "//registry.example.test/:_authToken=npm_" + "a1B2c3D4e5" * 3 + "abcdef",
    )
    ran = doctor(imprint, "--compare", "HEAD", "--format", "json")
    assert ran.code == 1
    assert {one["path"] for one in ran.json["findings"]} == {".npmrc"}


def test_compare_needs_a_revision_that_is_there(imprint, repository):
    assert doctor(imprint, "--compare", "HEAD").code == 2


def test_sarif_names_rules_places_and_fingerprints(imprint, repository):
    log = json.loads(doctor(imprint, "--format", "sarif").out)

    (run,) = log["runs"]
    result = run["results"][0]
    assert log["version"] == "2.1.0"
    assert (
        run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
        == result["ruleId"]
        == "early-node-24"
    )
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (RELEASE, 13)
    assert len(result["partialFingerprints"]["imprint/v1"]) == 32


def test_github_gets_annotations_and_a_summary(imprint, repository, tmp_path):
    summary = tmp_path / "summary.md"

    ran = doctor(imprint, "--format", "github", GITHUB_STEP_SUMMARY=str(summary))

    first = ran.out.splitlines()[0]
    assert first.startswith(f"::error file={RELEASE},line=13,endLine=13,col=")
    assert "title=imprint%3A early-node-24::" in first
    assert "## How this repository publishes" in summary.read_text()


def test_gitlab_gets_a_code_quality_report(imprint, repository):
    report = json.loads(doctor(imprint, "--format", "gitlab").out)

    assert report[0]["check_name"] == "early-node-24"
    assert report[0]["severity"] == "blocker"
    assert report[0]["location"]["lines"]["begin"] == 13


def test_nothing_a_file_holds_steers_the_terminal_or_the_job(imprint, repository):
    nasty = '"24.3.0\\e[2J\\n::error::x"'
    write(repository, RELEASE, PUBLISHING.replace('"24.3.0"', nasty))

    plain = doctor(imprint, "--all").out
    annotations = doctor(imprint, "--all", "--format", "github").out

    assert "\x1b" not in plain + annotations
    assert all(line.startswith("::") for line in annotations.splitlines())
    assert "\n::error::x" not in annotations


def test_options_that_do_not_fit_are_usage_errors(imprint, repository):
    assert doctor(imprint, "--unsafe").code == 2
    assert doctor(imprint, "--log", "x.txt", "--probe").code == 2
    assert doctor(imprint, "--profile", "none").code == 2


def test_facts_that_are_none_are_a_usage_error(imprint, repository):
    write(repository, "facts.json", "[]")

    assert doctor(imprint, "--trust", "facts.json").code == 2
    assert doctor(imprint, "--trust", str(Path("nowhere.json"))).code == 2


def test_fix_shows_the_difference_and_a_second_run_changes_nothing(imprint, repository):
    first = doctor(imprint, "--fix")

    assert '-          node-version: "24.3.0"' in first.out
    assert "early-node-24" not in doctor(imprint, "--all").out
    written = (repository / RELEASE).read_text()
    assert doctor(imprint, "--fix").out == ""
    assert (repository / RELEASE).read_text() == written


def test_what_is_ignored_is_not_repaired(imprint, repository):
    text = PUBLISHING.replace('"24.3.0"', '"24.3.0"  # imprint: ignore[early-node-24] our image')
    write(repository, RELEASE, text)

    doctor(imprint, "--fix")

    assert '"24.3.0"' in (repository / RELEASE).read_text()
