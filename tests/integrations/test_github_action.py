"""The action: read by our own reader, and its script run with stand-ins for imprint and gh."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from imprint.cli.render.audit.formats import render
from imprint.workflows.reading import read_repository
from tests.support.audits import audit

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "integrations/github-action"
ACTION = (ROOT / "action.yml").read_bytes()
IMPRINT = """\
#!/usr/bin/env bash
echo "$@" >> "$RUNNER_TEMP/asked"
env >> "$RUNNER_TEMP/environment"
while [[ $# -gt 0 ]]; do
  if [[ "$1" == --format ]]; then cat "$RUNNER_TEMP/answers/$2"; fi
  shift
done
exit "$(cat "$RUNNER_TEMP/answers/code")"
"""
GH = """\
#!/usr/bin/env bash
echo "$@" >> "$RUNNER_TEMP/gh"
[[ "$*" != *--paginate* ]] || cat "$RUNNER_TEMP/comments"
[[ "$*" != *--method* || ! -e "$RUNNER_TEMP/read-only" ]]
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs the action's script; `folder` is the runner's temporary one."""

    run: Callable[..., subprocess.CompletedProcess[str]]
    folder: Path

    def __call__(self, **inputs) -> subprocess.CompletedProcess[str]:
        return self.run(**inputs)


@pytest.fixture
def runner(tmp_path):
    for name, text in (("imprint", IMPRINT), ("gh", GH)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    answers = tmp_path / "answers"
    answers.mkdir()
    for name in ("plain", "json", "github", "markdown", "sarif"):
        (answers / name).write_text(render(audit(), name))
    (answers / "code").write_text("1")
    for name in ("comments", "output", "summary", "asked", "gh"):
        (tmp_path / name).write_text("")

    def run(**inputs):
        environment = {
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_REPOSITORY": "acme/app",
            "AUDIT_COMMAND": "audit",
            "AUDIT_PATH": ".",
            "AUDIT_BASE": "",
            "AUDIT_POLICY": "",
            "AUDIT_FORMAT": "",
            "AUDIT_COMMENT": "false",
            "AUDIT_PULL_REQUEST": "",
            **inputs,
        }
        return subprocess.run(
            ["bash", str(SCRIPTS / "run.sh")],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return Runner(run=run, folder=tmp_path)


def test_our_own_reader_reads_it():
    found = read_repository({"action.yml": ACTION})

    (action,) = found.actions.values()
    assert found.unreadable == ()
    assert action.using == "composite"
    assert {"command", "path", "base", "policy", "format", "comment", "version"} <= set(
        action.inputs
    )
    assert set(action.outputs) == {"exit-code", "json", "report"}


def test_it_uses_no_other_action_and_no_value_becomes_script():
    text = ACTION.decode()

    assert "uses:" not in text
    runs = re.findall(r"^ +run: (.+)$", text, re.MULTILINE)
    assert len(runs) == 2
    assert not any("${{" in line for line in runs)


def test_results_go_to_outputs_annotations_and_summary(runner):
    ran = runner()

    output = dict(line.split("=", 1) for line in (runner.folder / "output").read_text().split())
    assert ran.returncode == 1
    assert output["exit-code"] == "1"
    assert json.loads(Path(output["json"]).read_text())["summary"]["refused"] == 1
    assert "\n::error file=package-lock.json,line=40," in ran.stdout
    assert "### imprint: " in (runner.folder / "summary").read_text()
    assert (runner.folder / "gh").read_text() == ""


def test_several_lockfiles_are_one_run(runner):
    ran = runner(AUDIT_PATH="web\nservices/api\n", AUDIT_RECURSIVE="true")

    asked = (runner.folder / "asked").read_text().splitlines()
    assert ran.returncode == 1
    assert asked[0] == "audit --recursive --format json -- web services/api"


def test_one_of_several_that_cannot_be_read_hides_no_other(runner):
    (runner.folder / "answers/json").write_text('{\n  "lockfiles": []\n}\n')
    (runner.folder / "answers/code").write_text("2")

    several = runner(AUDIT_RECURSIVE="true")
    summary = (runner.folder / "summary").read_text()
    one = runner()

    assert (several.returncode, one.returncode) == (2, 2)
    assert "### imprint: " in summary
    assert "::error file=package-lock.json" in several.stdout
    assert "::error file=" not in one.stdout


@pytest.mark.parametrize(
    "inputs",
    [
        {"AUDIT_RECURSIVE": "yes"},
        {"AUDIT_RECURSIVE": "true", "AUDIT_FORMAT": "html"},
        {"AUDIT_PATH": "a\nb", "AUDIT_FORMAT": "cyclonedx"},
    ],
    ids=["no word", "a page of several", "a bill of several"],
)
def test_what_several_cannot_have_is_said(runner, inputs):
    ran = runner(**inputs)

    assert ran.returncode == 2
    assert "::error title=imprint::the input" in ran.stdout
    assert (runner.folder / "asked").read_text() == ""


def test_the_report_for_people_cannot_command_the_runner(runner):
    (runner.folder / "answers/plain").write_text("::error::owned\n")

    lines = runner().stdout.splitlines()

    (stop,) = [line for line in lines if line.startswith("::stop-commands::")]
    token = stop.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines.index(stop) < lines.index("::error::owned") < lines.index(f"::{token}::")


def test_modules_of_the_project_do_not_stand_in_for_pythons(runner):
    (runner.folder / "secrets.py").write_text("print('owned')")

    ran = runner()

    assert ran.returncode == 1
    assert "owned" not in ran.stdout


def test_nothing_of_the_project_runs_while_imprint_is_installed(tmp_path):
    project = tmp_path / "project"
    for name in ("venv", "pip"):
        module = project / name / "__main__.py"
        module.parent.mkdir(parents=True)
        (module.parent / "__init__.py").touch()
        module.write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    environment = {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_PATH": str(tmp_path / "path"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "AUDIT_VERSION": "./no-such-folder",
    }

    ran = subprocess.run(
        ["bash", str(SCRIPTS / "install.sh")],
        env=environment,
        cwd=project,
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert b"no-such-folder" in ran.stderr
    assert not (tmp_path / "owned").exists()


@pytest.fixture
def committed(runner):
    """A checkout with one commit."""
    person = ["-c", "user.name=a", "-c", "user.email=a@example.test"]
    for words in (["init", "-q"], [*person, "commit", "-qm", "a", "--allow-empty"]):
        subprocess.run(["git", *words], cwd=runner.folder, check=True, timeout=60)
    return runner


@pytest.mark.parametrize("command", ["audit", "diff"])
def test_where_there_is_a_base_it_judges(committed, command):
    ran = committed(AUDIT_COMMAND=command, AUDIT_BASE="HEAD", AUDIT_POLICY="p.toml")

    assert ran.returncode == 1
    first = (committed.folder / "asked").read_text().splitlines()[0]
    assert first == f"{command} --base HEAD --policy p.toml --format json -- ."


@pytest.mark.parametrize("command", ["audit", "diff"])
def test_a_base_that_cannot_be_had_is_no_pass(committed, command):
    ran = committed(AUDIT_COMMAND=command, AUDIT_BASE="0" * 40)

    assert ran.returncode == 2
    assert (committed.folder / "asked").read_text() == ""


def test_a_base_is_no_option_of_git(committed):
    git = ["git", "remote", "add", "origin", str(committed.folder)]
    subprocess.run(git, cwd=committed.folder, check=True, timeout=60)

    ran = committed(AUDIT_BASE="--upload-pack=touch ran; git-upload-pack")

    assert ran.returncode == 2
    assert not (committed.folder / "ran").exists()


def test_a_file_is_written_in_the_format_that_is_asked_for(runner):
    runner(AUDIT_FORMAT="sarif")

    (report,) = re.findall(r"report=(.+)", (runner.folder / "output").read_text())
    assert json.loads(Path(report).read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    "inputs", [{"AUDIT_COMMAND": "audit; id"}, {"AUDIT_COMMAND": "diff"}, {"AUDIT_FORMAT": "x"}]
)
def test_what_is_asked_wrongly_ends_with_2(runner, inputs):
    assert runner(**inputs).returncode == 2


@pytest.mark.parametrize("code", ["2", "4"])
def test_after_an_error_nothing_is_told_as_a_result(runner, code):
    (runner.folder / "answers/code").write_text(code)

    ran = runner(AUDIT_COMMENT="true", AUDIT_PULL_REQUEST="7")

    assert ran.returncode == int(code)
    assert (runner.folder / "summary").read_text() == ""
    assert (runner.folder / "gh").read_text() == ""


@pytest.mark.parametrize(
    "name",
    ["GH_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN"],
)
def test_an_npmrc_of_the_project_finds_no_token_of_the_job(runner, name):
    runner(AUDIT_COMMENT="true", AUDIT_PULL_REQUEST="7", **{name: "secret-of-the-job"})

    environment = (runner.folder / "environment").read_text()
    assert "AUDIT_COMMAND=audit" in environment
    assert "secret-of-the-job" not in environment


def test_a_comment_is_written_once_and_then_kept(runner):
    wanted = {"AUDIT_COMMENT": "true", "AUDIT_PULL_REQUEST": "7"}
    runner(**wanted)
    (runner.folder / "comments").write_text("4711\n4712\n")
    runner(**wanted)

    calls = (runner.folder / "gh").read_text()
    assert calls.count("--method POST repos/acme/app/issues/7/comments ") == 1
    assert calls.count("--method PATCH repos/acme/app/issues/comments/4711 ") == 1
    assert 'select(.user.login == "github-actions[bot]")' in calls


def test_a_fork_that_may_only_read_loses_the_comment_alone(runner):
    (runner.folder / "read-only").touch()

    ran = runner(AUDIT_COMMENT="true", AUDIT_PULL_REQUEST="7")

    assert ran.returncode == 1
    assert "no comment was written" in ran.stdout
    assert "### imprint: " in (runner.folder / "summary").read_text()


def test_a_number_that_is_none_asks_nobody(runner):
    runner(AUDIT_COMMENT="true", AUDIT_PULL_REQUEST="7/../8")

    assert (runner.folder / "gh").read_text() == ""
