"""The script that rewrites the tables, on files made up here."""

import json
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from imprint.workflows.tables.pins import pins
from imprint.workflows.tables.runtimes import node_table

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "refresh_tables.py"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script's module, writing to a temporary folder."""
    loader = SourceFileLoader("refresh_tables", str(SCRIPT))
    module = ModuleType(loader.name)
    module.__file__ = str(SCRIPT)
    loader.exec_module(module)
    monkeypatch.setattr(module, "_TABLES", tmp_path)
    return module


def test_new_releases_of_node_are_added(script, tmp_path):
    index = tmp_path / "index.json"
    releases = [
        {"version": "v28.1.0", "npm": "13.0.0", "date": "2027-10-01", "lts": "Newest"},
        {"version": "v0.10.0", "npm": "1.0.0", "date": "2013-01-01", "lts": False},
    ]
    index.write_text(json.dumps(releases))

    script.refresh_node(str(index))

    table = json.loads((tmp_path / "node_npm.json").read_text())
    assert table["npm"] == {**node_table().npm, "28.1.0": "13.0.0"}
    assert (table["as_of"], table["lts"]["newest"]) == ("2027-10-01", 28)


def test_what_most_comments_say_of_a_commit_is_added(script, tmp_path):
    said = ["v9.9.1", "v9.9.1", "v9.9.2", "v9"]
    uses = "\n".join(f"      - uses: Acme/Thing@{COMMIT} # {tag}" for tag in said)
    folder = tmp_path / "repository" / ".github" / "workflows"
    folder.mkdir(parents=True)
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{uses}\n"
    (folder / "ci.yml").write_text(text)

    script.refresh_pins([str(tmp_path / "repository")])

    table = json.loads((tmp_path / "pins.json").read_text())
    assert table == {**pins(), "acme/thing": {COMMIT: "v9.9.1"}}


def test_a_commit_on_which_comments_disagree_is_left_out(script, tmp_path):
    uses = "".join(f"      - uses: acme/thing@{COMMIT} # {tag}\n" for tag in ("v1.0.0", "v2.0.0"))
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{uses}"
    folder = tmp_path / "repository" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(text)

    script.refresh_pins([str(tmp_path / "repository")])

    assert "acme/thing" not in json.loads((tmp_path / "pins.json").read_text())
