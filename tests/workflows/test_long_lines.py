"""Scripts of one long line: looking for what they run takes no longer for it."""

import pytest

from imprint.workflows.checks.persisted_git_credentials import _PUSHES
from imprint.workflows.effects.artifacts import _GH_API


@pytest.mark.parametrize(
    ("pattern", "script"),
    [
        (_PUSHES, "git " * 100_000),
        (_GH_API, "gh api " * 100_000),
        (_GH_API, "gh api " + "actions/artifacts/ " * 40_000),
    ],
)
def test_a_long_line_is_looked_through_once(pattern, script):
    assert pattern.search(script) is None


@pytest.mark.parametrize(
    ("script", "pushes"),
    [
        ("cd a && git add . && git push", True),
        ("x\ngit -C a push origin", True),
        ("git add .\npush", False),
        ("np --follow-tags", True),
    ],
)
def test_a_push_is_found_wherever_it_stands_on_a_line(script, pushes):
    assert bool(_PUSHES.search(script)) is pushes


def test_a_download_is_found_behind_another_request():
    script = "a\ngh api user; gh api repos/a/b/actions/artifacts/1/zip > a.zip"

    assert _GH_API.search(script)
