"""The top of the command line: help, version, exit codes, errors."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

import imprint as package
from imprint.cli import main
from imprint.cli.commands import Command, LazyGroup
from imprint.cli.main import COMMANDS, group, run
from imprint.cli.session import Refused
from imprint.refusals import Malformed, Mismatch, Refusal, Unavailable


def commands(found=group, words=("imprint",)):
    """Every command and group, by its words."""
    context = click.Context(found, info_name=words[-1])
    for name in found.list_commands(context):
        command = found.get_command(context, name)
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


ALL = dict(commands())
LEAVES = {words: command for words, command in ALL.items() if not isinstance(command, click.Group)}


def raising(error):
    @click.command("raising", cls=Command)
    def command():
        raise error

    return command


@pytest.fixture
def failing(monkeypatch, imprint):
    """Runs a command that raises what it is given."""

    def fail(error, *words):
        monkeypatch.setattr(group, "get_command", lambda _ctx, _name: raising(error))
        monkeypatch.setitem(COMMANDS, "raising", None)
        return imprint("raising", *words)

    return fail


def test_the_version_is_that_of_the_package(imprint):
    ran = imprint("--version")

    assert (ran.code, ran.out) == (0, f"imprint {package.__version__}\n")


def test_the_version_is_the_projects(pytestconfig):
    text = (pytestconfig.rootpath / "pyproject.toml").read_text()

    assert f'\nversion = "{package.__version__}"\n' in text


def test_the_public_surface_is_what_it_is():
    assert package.__all__ == ["__version__"]


def test_help_lists_every_command_without_importing_one():
    code = (
        "import sys; from imprint.cli.main import run; run(['--help']);"
        "print(sorted(m for m in sys.modules if m.startswith('imprint.')))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    *lines, modules = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines[lines.index("Commands:") + 1 :][: len(COMMANDS)]] == (
        list(COMMANDS)
    )
    assert modules == str(
        [
            "imprint.cli",
            "imprint.cli.commands",
            "imprint.cli.main",
            "imprint.cli.session",
            "imprint.refusals",
        ]
    )


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_it_answers_before_anybody_waits(option):
    took = []
    for _ in range(5):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "imprint", option], capture_output=True, check=True, timeout=60
        )
        after = os.times()
        took.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )

    # Processor time, since other tests run at the same time; 0.15 s is promised.
    assert min(took) < 0.25


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_has_an_example_and_the_common_options(words, imprint):
    ran = imprint(*words[1:], "--help")

    assert ran.code == 0
    assert "Example" in ran.out
    for option in ("--format [plain|json", "--config FILE", "--quiet", "--verbose", "--help"):
        assert option in ran.out, option


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_says_what_it_does(words):
    assert ALL[words].help


def test_the_lists_of_lazy_groups_name_commands_that_exist():
    groups = [group, *(command for command in ALL.values() if isinstance(command, LazyGroup))]

    for found in groups:
        assert list(found.lazy) == list(found.list_commands(click.Context(found)))
        assert all(lazy.help.endswith(".") for lazy in found.lazy.values())


def test_a_word_that_is_no_command_is_answered_with_those_near(imprint):
    ran = imprint("trsut")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: there is no command `imprint trsut`: near it are `trust`\n"
        "hint: `imprint --help` shows how\n"
    )


def test_a_wrong_option_is_a_usage_error(imprint):
    ran = imprint("explain", "--nothing")

    assert ran.code == 2
    assert ran.err.startswith("error: no such option '--nothing'")
    assert ran.err.endswith("hint: `imprint explain --help` shows how\n")


def test_a_refusal_is_1_with_its_mismatches_and_hint(failing):
    refusal = Refusal(
        code="environment-mismatch",
        message="`environment` is `dev`, expected `npm`",
        hint="name it on the job",
        mismatches=(Mismatch(claim="environment", expected="npm", actual="dev"),),
    )

    ran = failing(Refused(refusal))

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "error: `environment` is `dev`, expected `npm`\n"
        "  environment: expected npm, actual dev\n"
        "hint: name it on the job\n"
    )


def test_a_refusal_is_json_for_who_asked_for_it(failing):
    refusal = Refusal(code="no-package", message="there is none", hint="look again")

    ran = failing(Refused(refusal), "--format", "json")

    assert ran.code == 1
    assert ran.json == {
        "schema": 1,
        "command": "raising",
        "summary": {},
        "error": {
            "code": "no-package",
            "message": "there is none",
            "hint": "look again",
            "mismatches": [],
        },
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Malformed("setting-type", "that is wrong"), 2),
        (click.UsageError("that is wrong"), 2),
        (Unavailable("unreachable", "that is wrong"), 3),
        (KeyboardInterrupt(), 130),
        (ValueError("that is wrong"), 4),
    ],
)
def test_every_kind_of_failure_has_its_exit_code(failing, error, code):
    ran = failing(error)

    assert ran.code == code
    assert ran.err.lstrip().startswith("error: ")


def test_a_bug_says_where_its_traceback_is(failing):
    ran = failing(ValueError("a secret detail"))

    assert ran.err == (
        "error: internal error, `ValueError`\n"
        "hint: the same with `-vv` shows where; please report it\n"
    )


def test_a_bug_shows_its_traceback_when_asked(failing):
    ran = failing(ValueError("detail"), "-vv")

    assert ran.err.startswith("Traceback (most recent call last):\n")
    assert "ValueError: detail\nerror: internal error, `ValueError`\n" in ran.err


def test_an_error_cannot_steer_a_terminal(failing):
    ran = failing(Malformed("name", "the name is \x1b[31mred\n"))

    assert ran.err == "error: the name is \\u{1b}[31mred\\u{a}\n"


def test_a_pipe_that_is_closed_is_no_crash():
    code = f"import sys; sys.argv[1:] = ['--help']; from {main.__name__} import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=20)

    assert "Traceback" not in err


def test_running_never_raises():
    assert run(["--nothing"]) == 2
