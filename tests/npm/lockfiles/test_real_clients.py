"""What real package managers write of a workspace with a folder and a link, without any registry."""

import json
import os
import subprocess

import pytest

from imprint.audit.lockfiles import find_lockfile
from imprint.npm.lockfiles.model import SourceKind
from tests.support.clients import CLIENTS, ClientMissingError

pytestmark = pytest.mark.journeys
INSTALLS = {
    "npm11": ("install", "--package-lock-only", "--offline"),
    "pnpm12": ("install", "--lockfile-only", "--offline"),
    "yarn4": ("install", "--mode=update-lockfile"),
    "bun": ("install", "--lockfile-only"),
}
WORKSPACE = {"npm11": "1.0.0"}
"""npm has no `workspace:`."""


def client(name):
    try:
        return CLIENTS[name]
    except ClientMissingError as err:
        pytest.skip(str(err))


def written(folder, path, manifest):
    file = folder / path / "package.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": "1.0.0", "private": True, **manifest}))


@pytest.fixture(params=INSTALLS)
def found(request, tmp_path):
    which = client(request.param)
    own = WORKSPACE.get(request.param, "workspace:*")
    written(
        tmp_path,
        ".",
        {
            "name": "acme",
            "workspaces": ["packages/*"],
            "dependencies": {"folder": "file:./vendor/folder"},
            "devDependencies": {"a": own},
        },
    )
    written(tmp_path, "packages/a", {"name": "a", "dependencies": {"b": own}})
    written(tmp_path, "packages/b", {"name": "b", "devDependencies": {"a": own}})
    written(tmp_path, "vendor/folder", {"name": "folder"})
    (tmp_path / "pnpm-workspace.yaml").write_text('packages: ["packages/*"]\n')
    if which.family == "yarn":
        (tmp_path / "yarn.lock").touch()
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "npm_config_registry": "http://127.0.0.1:9/",
        "YARN_ENABLE_TELEMETRY": "0",
    }
    subprocess.run(
        [*which.argv, *INSTALLS[request.param]],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return find_lockfile(tmp_path)


def test_a_workspace_is_read_from_what_a_real_client_writes(found):
    sources = {p.name: p.source for p in found.lockfile.packages.values()}
    kinds = {
        (project.path, edge.name): edge.kind
        for project in found.lockfile.projects
        for edge in project.edges
    }
    lines = found.data.decode().split("\n")

    assert sources == {
        "a": SourceKind.WORKSPACE,
        "b": SourceKind.WORKSPACE,
        "folder": SourceKind.FILE,
    }
    assert kinds == {
        ("", "folder"): "prod",
        ("", "a"): "dev",
        ("packages/a", "b"): "prod",
        ("packages/b", "a"): "dev",
    }
    assert all(
        package.name in lines[package.line - 1] for package in found.lockfile.packages.values()
    )
