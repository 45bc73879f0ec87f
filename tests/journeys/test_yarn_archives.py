"""Archives that yarn 4 itself makes, held against the checksums that it writes."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from imprint.audit.archive_checksums import ArchiveChecksums
from imprint.npm.lockfiles.read import read_lockfile
from tests.support.clients import CLIENTS
from tests.support.upstream_registry import upstream_registry

SETTINGS = """\
enableGlobalCache: false
enableTelemetry: false
npmMinimalAgeGate: 0
npmRegistryServer: "{url}"
unsafeHttpWhitelist: ["127.0.0.1"]
compressionLevel: {level}
"""


@pytest.fixture(params=["0", "mixed"])
def folder(tmp_path, request):
    """A project that yarn installed two packages in."""
    project = tmp_path / "app"
    project.mkdir()
    with upstream_registry() as upstream:
        upstream.publish("@acme/widget", "1.0.0")
        upstream.publish("other", "2.0.0-rc.1")
        wanted = {"@acme/widget": "1.0.0", "other": "2.0.0-rc.1"}
        (project / "package.json").write_text(json.dumps({"name": "app", "dependencies": wanted}))
        (project / "yarn.lock").touch()
        settings = SETTINGS.format(url=upstream.url, level=request.param)
        (project / ".yarnrc.yml").write_text(settings)
        subprocess.run(
            [*CLIENTS["yarn4"].argv, "install"],
            cwd=project,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            check=True,
            timeout=120,
        )
    return project


def events(folder):
    lockfile = read_lockfile((folder / "yarn.lock").read_bytes(), filename="yarn.lock")
    checksums = ArchiveChecksums(folder, lockfile)
    return [e for package in lockfile.packages.values() for e in checksums.events([package])]


def test_what_yarn_made_is_what_it_locked_until_somebody_changes_it(folder):
    archives = sorted((folder / ".yarn/cache").glob("*.zip"))
    before = events(folder)
    for archive in archives:
        archive.write_bytes(archive.read_bytes() + b"\0")

    after = events(folder)

    assert before == []
    assert len(archives) == len(after) == 2
