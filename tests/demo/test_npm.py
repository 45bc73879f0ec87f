"""The demo's npm: found, new enough, and deaf to what this machine configured."""

import shutil
from pathlib import Path

import pytest

from imprint.demo import npm
from imprint.refusals import Unavailable
from tests.support.clients import CLIENTS, node_path

pytestmark = pytest.mark.journeys


def test_the_wheel_brings_an_npm_that_exchanges():
    found = npm.find_npm()

    assert found.node == node_path()
    assert tuple(map(int, found.version.split("."))) >= npm.MINIMUM


def test_the_npm_on_path_is_taken_where_there_is_no_wheel(monkeypatch, tmp_path):
    path_has(monkeypatch, tmp_path, "npm12")

    assert npm.find_npm().version == CLIENTS["npm12"].version


def test_an_npm_that_is_too_old_is_refused_with_a_hint(monkeypatch, tmp_path):
    path_has(monkeypatch, tmp_path, "npm10")

    with pytest.raises(Unavailable) as caught:
        npm.find_npm()

    assert caught.value.code == "no-npm"
    assert caught.value.message == "npm is `10.9.9`: `11.5.1` is the first that exchanges ID tokens"
    assert caught.value.hint == (
        "`pip install 'imprint[demo]'` brings one, or put npm 11.5.1 or later on PATH"
    )


def test_no_npm_at_all_is_refused_with_a_hint(monkeypatch):
    monkeypatch.setattr(npm, "_of_wheel", lambda: None)
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(Unavailable, match="there is no node with an npm on this machine"):
        npm.find_npm()


def test_nothing_of_this_machine_reaches_it(monkeypatch, tmp_path):
    monkeypatch.setenv("npm_config_registry", "http://elsewhere.example.test/")
    monkeypatch.setenv("NPM_ID_TOKEN", "of another job")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.test/")
    found = npm.find_npm()

    done = found.evaluate(
        "console.log(Object.keys(process.env).sort().join())", folder=tmp_path, home=tmp_path / "h"
    )

    names = done.stdout.strip().split(",")
    assert not {"npm_config_registry", "NPM_ID_TOKEN", "HTTPS_PROXY"} & set(names)
    config = found.run(["config", "get", "registry"], folder=tmp_path, home=tmp_path / "h")
    assert "elsewhere" not in config.stdout


def path_has(monkeypatch, folder: Path, client: str) -> None:
    """Let PATH have node and this npm, as a link to its script, and let there be no wheel."""
    script = CLIENTS[client].argv[1]
    (folder / "npm").symlink_to(script)
    (folder / "node").symlink_to(node_path())
    monkeypatch.setattr(npm, "_of_wheel", lambda: None)
    monkeypatch.setenv("PATH", str(folder))
    assert shutil.which("npm") == str(folder / "npm")
