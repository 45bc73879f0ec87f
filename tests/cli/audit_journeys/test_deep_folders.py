"""Folders that lie deeper in each other than functions may."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEP = 1_200


@pytest.fixture
def deep(project, monkeypatch) -> Iterator[None]:
    """Folders below the project, taken away again one by one: nothing else could."""
    project.workspaces.append("**")
    project.write()
    monkeypatch.chdir(project.folder)
    for _ in range(DEEP):
        Path("d").mkdir()
        os.chdir("d")
    os.chdir(project.folder)
    yield
    os.chdir(project.folder)
    for _ in range(DEEP):
        os.chdir("d")
    for _ in range(DEEP):
        os.chdir("..")
        Path("d").rmdir()


@pytest.mark.usefixtures("deep")
def test_folders_however_deep_are_no_matter(audit, project):
    project.publish()
    project.lock()

    told = [audit() for _ in range(2)]

    assert [one.code for one in told] == [0, 0]
