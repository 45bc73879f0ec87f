"""Folders that lie deeper in each other than functions may."""

from __future__ import annotations

import os
from pathlib import Path


def test_folders_however_deep_are_no_matter(audit, project, monkeypatch):
    project.publish()
    project.lock()
    project.workspaces.append("**")
    project.write()
    monkeypatch.chdir(project.folder)
    for _ in range(1_200):
        Path("d").mkdir()
        os.chdir("d")
    monkeypatch.chdir(project.folder)

    told = [audit() for _ in range(2)]

    assert [one.code for one in told] == [0, 0]
