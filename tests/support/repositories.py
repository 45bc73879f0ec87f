"""Repositories made of a few texts, for what reads and judges workflows."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from imprint.workflows.reading import read_repository

if TYPE_CHECKING:
    from imprint.workflows.github.model import Workflow
    from imprint.workflows.repository import Repository
    from imprint.workflows.sources import Span

RELEASE = """\
name: Release
on:
  push:
    tags: ['v*']
permissions: {}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: actions/checkout@v6
      - run: npm publish
"""


def repository(files: dict[str, str] | None = None, *, name: str | None = None) -> Repository:
    """A repository of these files; indentation that all lines of one share is taken away."""
    texts = {".github/workflows/release.yml": RELEASE} if files is None else files
    return read_repository({path: dedent(text).encode() for path, text in texts.items()}, name=name)


def workflow(text: str = RELEASE, *, path: str = ".github/workflows/release.yml") -> Workflow:
    """The only workflow of a repository that has nothing else."""
    (only,) = repository({path: text}).workflows
    return only


def written(found: Repository, span: Span | None) -> str:
    """What stands at a place."""
    assert span is not None
    return found.texts[span.path][span.start : span.end]
