"""One project's lockfile as five package managers write it, out of the archive beside the project."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path

import pytest

from imprint.npm.lockfiles.model import Lockfile
from imprint.npm.lockfiles.read import read_lockfile

ARCHIVE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "lockfiles.tar.gz"
NAMES = {
    "package-lock.json": "package-lock.json",
    "package-lock.resolved.json": "package-lock.json",
    "package-lock.v1.json": "package-lock.json",
    "package-lock.v2.json": "package-lock.json",
    "pnpm-lock.yaml": "pnpm-lock.yaml",
    "yarn-v1.lock": "yarn.lock",
    "yarn-berry.lock": "yarn.lock",
    "bun.lock": "bun.lock",
}
"""The archive's names, and what the file is called in a project."""
needs_archive = pytest.mark.skipif(not ARCHIVE.is_file(), reason="the archive is not here")


@cache
def archived_bytes(name: str) -> bytes:
    """A file of the archive."""
    with tarfile.open(ARCHIVE) as archive:
        stream = archive.extractfile(f"lockfiles/{name}")
        assert stream is not None
        return stream.read()


@cache
def archived(name: str) -> Lockfile:
    """A lockfile of the archive, read with the package.json that it was made from."""
    manifest = "package.yarn.json" if name.startswith("yarn") else "package.json"
    return read_lockfile(
        archived_bytes(name),
        filename=NAMES[name],
        manifests={"package.json": archived_bytes(manifest)},
    )
