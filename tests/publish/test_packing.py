"""npm packs, its scripts run without a way to an ID token, and nothing is left behind."""

from __future__ import annotations

import json

import pytest

from imprint.publish.packing import pack
from imprint.refusals import Malformed, Unavailable
from tests.support.npm_on_path import npm_on_path


@pytest.fixture
def package(tmp_path):
    """A folder with a package; `scripts` are its own."""

    def make(**fields: object):
        folder = tmp_path / "widget"
        folder.mkdir()
        described = {"name": "@acme/widget", "version": "1.0.0", **fields}
        (folder / "package.json").write_text(json.dumps(described))
        return folder

    return make


@pytest.fixture
def variables(tmp_path):
    """An environment with the npm of the tests, and with ways to ID tokens."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "PATH": npm_on_path(tmp_path / "bin"),
        "npm_config_update_notifier": "false",
        "NPM_ID_TOKEN": "secret",
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1/",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
    }


def test_a_folder_is_packed_as_npm_packs_it(package, variables):
    folder = package(files=["kept.js"])
    (folder / "kept.js").write_text("")
    (folder / "left.js").write_text("")

    found = pack(folder, environment=variables, runs_scripts=True, tell=list)

    assert str(found) == "@acme/widget@1.0.0"
    assert sorted(found.tarball.paths) == ["kept.js", "package.json"]
    assert list(folder.glob("*.tgz")) == []


def test_scripts_run_as_they_do_before_npm_publishes(package, variables):
    write = (
        "node -e \"require('fs').appendFileSync('ran.txt', process.env.npm_lifecycle_event+' ')\""
    )
    names = ("prepublishOnly", "prepack", "prepare", "publish")
    folder = package(scripts=dict.fromkeys(names, write))

    pack(folder, environment=variables, runs_scripts=True, tell=list)

    assert (folder / "ran.txt").read_text().split() == ["prepublishOnly", "prepack", "prepare"]


def test_none_of_them_runs_where_that_is_said(package, variables):
    folder = package(scripts={"prepublishOnly": "exit 1", "prepack": "exit 1"})

    found = pack(folder, environment=variables, runs_scripts=False, tell=list)

    assert found.tarball.paths == ("package.json",)


def test_no_script_finds_a_way_to_an_id_token(package, variables):
    folder = package(scripts={"prepack": "env > seen.txt"})

    pack(folder, environment=variables, runs_scripts=True, tell=list)

    seen = (folder / "seen.txt").read_text()
    assert "HOME=" in seen
    assert "ID_TOKEN" not in seen


def test_what_npm_says_of_a_failure_is_told(package, variables):
    folder = package(scripts={"prepack": "echo it-is-broken && exit 3"})
    told: list[str] = []

    with pytest.raises(Malformed) as raised:
        pack(folder, environment=variables, runs_scripts=True, tell=told.append)

    assert raised.value.code == "pack-failed"
    assert any("it-is-broken" in line for line in told)


def test_without_npm_that_is_said(package, variables, tmp_path):
    with pytest.raises(Unavailable) as raised:
        pack(
            package(),
            environment={**variables, "PATH": str(tmp_path / "home")},
            runs_scripts=True,
            tell=list,
        )

    assert raised.value.code == "no-npm"
