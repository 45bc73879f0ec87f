"""`imprint doctor --log`: why a publish failed."""

from __future__ import annotations

import pytest

FAILED = "npm: 10.9.4\nnpm error code ENEEDAUTH\n"


@pytest.fixture
def log(imprint):
    path = imprint.folder / "job.txt"
    path.write_text(FAILED)
    return path


def test_the_likeliest_cause_is_in_the_first_line(imprint, log):
    ran = imprint("doctor", "--log", str(log))

    assert ran.code == 1
    assert ran.out.startswith("1. npm is too old to exchange an ID token (npm-too-old; ")


def test_programs_get_causes_with_their_line(imprint, log):
    ran = imprint("doctor", "--log", str(log), "--format", "json")

    cause = ran.json["causes"][0]
    assert ran.code == 1
    assert (cause["id"], cause["line"], cause["evidence"]) == ("npm-too-old", 1, "npm: 10.9.4")
    assert cause["cause"]
    assert cause["fix"]


def test_a_log_is_read_from_a_pipe(imprint):
    assert imprint("doctor", "--log", "-", typed=FAILED).code == 1


def test_a_run_that_succeeded_exits_with_0(imprint, log):
    log.write_text("+ widget@1.0.0\n")

    assert imprint("doctor", "--log", str(log)).code == 0


def test_a_log_without_a_known_cause_is_undecided(imprint, log):
    log.write_text("nothing to see\n")

    assert imprint("doctor", "--log", str(log)).code == 3


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\x00\x01\x02"])
def test_what_is_no_log_is_said_in_one_line(imprint, log, content):
    log.write_bytes(content)

    ran = imprint("doctor", "--log", str(log))

    assert ran.code == 2
    assert ran.err.startswith("error: the log is ")


def test_a_log_that_is_not_there_is_said_so(imprint):
    ran = imprint("doctor", "--log", "nowhere.txt")

    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "nowhere.txt" in ran.err


def test_in_a_checkout_the_fix_names_its_line(imprint, log):
    workflows = imprint.folder / "repository" / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "release.yml").write_text(
        "on: push\njobs:\n  release:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm publish\n"
    )

    ran = imprint(
        "doctor", "--log", str(log), str(imprint.folder / "repository"), "--format", "json"
    )

    assert ran.json["causes"][0]["place"] == {
        "path": ".github/workflows/release.yml",
        "line": 6,
        "column": 9,
    }
