"""What zizmor finds beside our own checks: merged, last in order, and never in silence missing."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.doctor import hygiene
from imprint.doctor.folders import Folder
from imprint.doctor.hygiene import Hygiene, look, merged
from imprint.doctor.model import Diagnosis
from imprint.doctor.zizmor_output import findings_of
from imprint.refusals import Malformed
from tests.doctor.findings import finding

WORKFLOW = """\
on: push
jobs:
  tëst:
    runs-on: ubuntu-latest
    steps:
      - run: echo ü ${{ github.head_ref }}
      - uses: somebody/test-things@v1
"""


def folder(tmp_path, text=WORKFLOW):
    path = tmp_path / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return Folder(tmp_path)


def program(tmp_path, script):
    path = tmp_path / "zizmor"
    path.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_findings_stand_where_zizmor_saw_them(tmp_path):
    found = {one.check: one for one in look(folder(tmp_path)).findings}

    pin = found["zizmor/unpinned-uses"]
    assert (pin.span.path, pin.span.line, pin.span.column) == (".github/workflows/ci.yml", 7, 15)
    assert WORKFLOW[pin.span.start : pin.span.end] == "somebody/test-things@v1"
    assert WORKFLOW[found["zizmor/template-injection"].span.start :].startswith("github.head_ref")


def test_a_finding_keeps_its_fingerprint_when_lines_move(tmp_path):
    before = look(folder(tmp_path / "one")).findings
    after = look(folder(tmp_path / "two", "# a comment\n\n" + WORKFLOW)).findings

    assert [one.fingerprint for one in before] == [one.fingerprint for one in after]
    assert before[0].span.line != after[0].span.line


def test_a_folder_without_workflows_has_no_findings_and_no_note(tmp_path):
    assert look(Folder(tmp_path)) == Hygiene()


def test_a_missing_zizmor_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(hygiene, "_program", lambda: None)

    assert look(folder(tmp_path)).note == (
        "hygiene beyond publishing was not looked at: zizmor is not installed"
    )


def test_a_zizmor_that_cannot_be_started_is_said(tmp_path):
    said = look(folder(tmp_path), program=str(tmp_path / "nothing")).note

    assert said == "zizmor could not be started: `No such file or directory`"


@pytest.mark.parametrize(
    ("script", "note"),
    [
        ("import sys; sys.exit('out of luck')", "zizmor ended with 1: `out of luck`"),
        ("print('{}')", "zizmor's answer could not be read"),
        ("print('[')", "zizmor's answer could not be read"),
    ],
)
def test_a_zizmor_that_fails_is_said(tmp_path, script, note):
    said = look(folder(tmp_path), program=program(tmp_path, script)).note

    assert said is not None
    assert said.startswith(note)


def test_zizmor_sees_no_token_of_this_process(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_secret")
    script = "import os, sys; sys.exit(' '.join(sorted(os.environ)))"

    said = look(folder(tmp_path), program=program(tmp_path, script)).note

    assert said is not None
    assert "NO_COLOR" in said
    assert "GITHUB_TOKEN" not in said


def test_what_a_check_of_ours_says_of_the_place_is_not_said_twice():
    ours = finding("unpinned-action")
    same, other = finding("zizmor/unpinned-uses"), finding("zizmor/unpinned-images")
    elsewhere = finding("zizmor/unpinned-uses", line=ours.span.line + 40)

    whole = merged(Diagnosis(name=None, profile="p", findings=(ours,)), Hygiene(findings=(same,)))
    both = merged(Diagnosis(name=None, profile="p"), Hygiene(findings=(same, other, elsewhere)))

    assert [one.check for one in whole.findings] == ["unpinned-action"]
    assert len(both.findings) == 3


def test_caches_are_left_to_our_own_check():
    theirs = finding("zizmor/cache-poisoning")

    assert merged(Diagnosis(name=None, profile="p"), Hygiene(findings=(theirs,))).findings == ()


def test_a_note_joins_the_others():
    before = Diagnosis(name=None, profile="p", notes=("first",))

    assert merged(before, Hygiene(note="second")).notes == ("first", "second")


@given(answer=st.binary(max_size=200))
def test_any_answer_is_findings_or_malformed(answer, tmp_path_factory):
    found = []

    with contextlib.suppress(Malformed):
        found = list(findings_of(answer, Folder(tmp_path_factory.getbasetemp())))

    assert found == []
