"""The command line, run in this process as `main` runs it, in a folder and a HOME of its own."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from imprint.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its stdout, decoded."""
        return json.loads(self.out)


class Imprint:
    """Runs commands; `--data` is `folder` where a test says `data=True`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str, typed: str = "", **variables: str) -> Ran:
        """Run `imprint WORDS`."""
        with self._monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
            for name, value in variables.items():
                patch.setenv(name, value)
            self._capsys.readouterr()
            code = run(words)
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def admin(self, *words: str, **named: str) -> Ran:
        """Run `imprint admin WORDS --data …`."""
        return self("admin", *words, "--data", str(self.data), **named)

    def local(self, *words: str, **named: str) -> Ran:
        """Run `imprint WORDS --data …`."""
        return self(*words, "--data", str(self.data), **named)


@pytest.fixture
def imprint(tmp_path, monkeypatch, capsys) -> Imprint:
    """The command line, with nothing configured."""
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    for name in ("NPM_ID_TOKEN", "GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "PREFIX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("npm_config_globalconfig", str(home / "none"))
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Imprint(tmp_path, monkeypatch, capsys)


@pytest.fixture
def registry(imprint: Imprint) -> Imprint:
    """A registry with an administrator and a GitHub issuer, on disk."""
    assert imprint.admin("user", "add", "wile", "--admin", "--email", "w@acme.example").code == 0
    issuer = ("--provider", "github", "--issuer", "https://ci.example.test")
    assert imprint.admin("issuer", "add", "github", *issuer).code == 0
    return imprint
