"""Consoles that are marked `run` are run, page by page, and say what the page shows."""

import os
import re
import stat
import subprocess
import sys
from itertools import groupby

import pytest

from tests.docs.markdown import ROOT, consoles, pages

RUN = [console for path in pages() for console in consoles(path) if console.is_run]
BY_PAGE = [(page, list(found)) for page, found in groupby(RUN, key=lambda console: console.page)]
SECONDS = 60


@pytest.mark.parametrize(("page", "found"), BY_PAGE, ids=[page.stem for page, _ in BY_PAGE])
def test_a_page_shows_what_its_commands_say(page, found, tmp_path):
    environment = surroundings(tmp_path)

    for console in found:
        for step in console.steps:
            done = subprocess.run(
                step.command,
                shell=True,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )

            assert done.returncode in (0, 1), (step.command, done.stderr)
            assert is_shown(done.stdout.splitlines(), step.output), (step.command, done)


def test_some_pages_are_run():
    assert len(BY_PAGE) > 2


def is_shown(said, shown):
    """Whether what was said is what the page shows; `…` stands for anything in a line."""
    pattern = "\n".join(re.escape(line.rstrip()).replace("…", ".*") for line in shown)
    return re.fullmatch(pattern, "\n".join(line.rstrip() for line in said)) is not None


def surroundings(folder):
    """Return an environment in which `imprint` is this one, and nothing else is configured."""
    programs = folder / "bin"
    programs.mkdir()
    imprint = programs / "imprint"
    imprint.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imprint "$@"\n')
    imprint.chmod(imprint.stat().st_mode | stat.S_IXUSR)
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    return {"HOME": str(folder), "PATH": path, "PYTHONPATH": str(ROOT / "src"), "LANG": "C.UTF-8"}
