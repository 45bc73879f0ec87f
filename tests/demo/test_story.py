"""`imprint demo`: true, and gone afterwards."""

import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from imprint.demo import story
from imprint.demo.narration import Narrator
from imprint.demo.npm import Finished
from imprint.refusals import Unavailable
from tests.support.server import Served

pytestmark = pytest.mark.journeys


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder in which the demo makes its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def children():
    return [child for child in psutil.Process().children(recursive=True) if is_imprint(child)]


def is_imprint(process):
    try:
        return "imprint" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def test_it_tells_the_whole_story_and_leaves_nothing(temporary):
    out = io.StringIO()
    before = children()

    code = story.run(keep=False, out=out)

    told = " ".join(out.getvalue().split())
    assert code == 0, out.getvalue()
    assert "| + @acme/widget@1.0.0" in told
    assert "| hello from 1.0.0" in told
    assert "no trusted publisher of `@acme/widget` accepts this run" in told
    assert "`event_name` is `pull_request_target`" in told
    assert "409 the ID token was exchanged for `@acme/widget` already" in told
    assert "and the client fell back to a token; a token cannot publish `@acme/widget`" in told
    assert '| [ | "1.0.0" | ]' in told
    assert "| @acme/widget@1.0.0: verified | registry signature: verified" in told
    assert "1.0.0 L3: by trusted-publisher github acme/widget release.yml" in told
    assert "L3 under a minute old a trusted publisher (github)" in told
    assert not any(secret in told for secret in ("imp_t_", "imp_p_", "eyJ", "\x1b"))
    assert list(temporary.iterdir()) == []
    assert children() == before


def test_what_is_kept_can_be_served_again(temporary):
    out = io.StringIO()
    before = children()

    code = story.run(keep=True, out=out)

    (folder,) = temporary.iterdir()
    assert code == 0
    assert f"imprint serve --data {folder}/registry --listen 127.0.0.1:" in out.getvalue()
    assert folder.stat().st_mode & 0o077 == 0
    assert children() == before
    with Served(folder=folder / "registry") as served:
        answer = urllib.request.urlopen(f"{served.url}/@acme%2fwidget", timeout=30)
        assert list(json.load(answer)["versions"]) == ["1.0.0"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(number, temporary):
    with subprocess.Popen(
        [sys.executable, "-m", "imprint", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        for line in demo.stdout or ():
            if "may publish @acme/widget. There is no token" in " ".join(line.split()):
                break
        server = psutil.Process(demo.pid).children()
        demo.send_signal(number)
        _, reported = demo.communicate(timeout=30)

    assert reported.strip() == "error: interrupted"
    assert demo.returncode == 130
    assert list(temporary.iterdir()) == []
    assert len(server) >= 1
    # One that was being started when the signal came ends by itself, with nobody to talk to.
    _, left = psutil.wait_procs(server, timeout=20)
    assert left == []


def test_what_is_not_as_told_is_shown_and_fails(temporary, monkeypatch):
    def lie(self, release):
        self._expect(Finished(code=7, stdout="said\n", stderr=""), "something else", code=0)

    monkeypatch.setattr(story.Story, "_publish", lie)
    out = io.StringIO()

    code = story.run(keep=False, out=out)

    assert code == 1
    assert out.getvalue().endswith(
        "   This is not as told: expected exit code 0 and `something else`. What was said instead:\n"
        "   | exit code 7\n"
        "   | said\n"
    )
    assert list(temporary.iterdir()) == []


def test_without_an_npm_nothing_is_started(temporary, monkeypatch):
    def none():
        raise Unavailable("no-npm", "there is no node with an npm on this machine")

    monkeypatch.setattr(story, "find_npm", none)

    with pytest.raises(Unavailable, match="there is no node with an npm"):
        story.run(keep=False, out=io.StringIO())

    assert list(temporary.iterdir()) == []


def test_on_a_terminal_long_lines_are_broken_with_their_mark():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    narrator = Narrator(out)

    narrator.quote(["npm notice " + "word " * 40])

    lines = out.getvalue().splitlines()
    assert len(lines) > 1
    assert all("   | " in line for line in lines)


def test_help_says_that_the_ci_is_a_stand_in():
    answer = subprocess.run(
        [sys.executable, "-m", "imprint.demo", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
        timeout=120,
    )

    assert "A STAND-IN for a CI's issuer of ID tokens" in answer.stdout
    assert Path(story.__file__).parent.name == "demo"
