"""`imprint explain` and `imprint completion`."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click import Context

from imprint.cli.main import group
from imprint.doctor.logs import pages as causes
from imprint.explanations import pages
from imprint.workflows.checks import pages as checks


@pytest.fixture
def page(tmp_path, monkeypatch):
    (tmp_path / "token-beside-publisher.md").write_text("# token-beside-publisher\n\nWhy.\n")
    (tmp_path / "wrong-audience.md").write_text("# wrong-audience\n")
    monkeypatch.setattr(pages, "_FOLDER", tmp_path)
    monkeypatch.setattr(causes, "symptoms", dict)
    monkeypatch.setattr(checks, "_FOLDER", tmp_path / "checks")


def test_a_page_is_printed_as_it_is(imprint, page):
    ran = imprint("explain", "token-beside-publisher")

    assert (ran.code, ran.out) == (0, "# token-beside-publisher\n\nWhy.\n")


def test_without_an_id_all_are_listed(imprint, page):
    assert imprint("explain").out == "token-beside-publisher\nwrong-audience\n"
    assert imprint("explain", "--format", "json").json["ids"] == [
        "token-beside-publisher",
        "wrong-audience",
    ]


def test_ids_are_completed(page):
    command = group.get_command(Context(group), "explain")
    assert command is not None
    (argument,) = [one for one in command.params if one.name == "page_id"]

    found = argument.shell_complete(Context(command), "tok")

    assert [one.value for one in found] == ["token-beside-publisher"]


@pytest.mark.parametrize("typed", ["token-beside-publishers", "Token_Beside_Publisher", "beside"])
def test_an_id_that_is_none_is_answered_with_those_near(imprint, page, typed):
    ran = imprint("explain", typed)

    assert ran.code == 2
    assert ran.err == (
        f"error: there is no page `{typed}`: near it are `token-beside-publisher`\n"
        "hint: `imprint explain` lists all\n"
    )


@pytest.mark.parametrize("typed", ["../pages", "/etc/passwd", "", "wrong-audience.md"])
def test_only_ids_are_read(imprint, page, typed):
    assert imprint("explain", typed).code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_their_script(imprint, shell):
    ran = imprint("completion", shell)

    assert ran.code == 0
    assert "_IMPRINT_COMPLETE" in ran.out


def test_completion_knows_commands_and_options():
    def completed(words, at):
        ran = subprocess.run(
            [sys.executable, "-m", "imprint"],
            env={"_IMPRINT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
            | {"PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return [line.partition(",")[2] for line in ran.stdout.splitlines()]

    assert completed("imprint se", 1) == ["serve"]
    assert completed("imprint trust ", 2) == ["add", "list", "revoke", "test"]
    assert "--listen" in completed("imprint serve --li", 2)


def test_causes_in_logs_are_explained_too(imprint):
    ran = imprint("explain", "npm-self-upgrade")

    assert ran.code == 0
    assert ran.out.startswith("# npm-self-upgrade\n\nnpm 10.9.7 breaks while it upgrades itself.\n")


def test_checks_are_explained_too(imprint):
    ran = imprint("explain", "early-node-24")

    assert ran.code == 0
    assert ran.out.startswith("# early-node-24\n\nThe Node that is set up is 24.0 to 24.4,")


def test_a_name_that_is_a_code_and_a_cause_has_both_pages(imprint):
    out = imprint("explain", "token-expired").out

    assert [line for line in out.splitlines() if line.startswith("# ")] == ["# token-expired"] * 2
