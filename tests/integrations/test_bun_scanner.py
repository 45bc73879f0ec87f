"""The scanner in a real bun, which installs from a registry on loopback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path

import pytest

from tests.support.clients import CLIENTS, ClientMissingError
from tests.support.upstream_registry import upstream_registry

ROOT = Path(__file__).resolve().parents[2]
SCANNER = ROOT / "integrations/bun-security-scanner/index.js"
NAME = "left-aside"
IMPRINT = f"""\
#!{sys.executable}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
lines = sys.stdin.read().split()
(here / "asked").write_text(json.dumps([sys.argv[1:], lines]))
answer = json.loads((here / "answer").read_text())
sys.stderr.write(answer["err"])
sys.stdout.write(answer["out"])
sys.exit(answer["code"])
"""
REASON = {"code": "auth-regressed", "message": "published by a token"}

pytestmark = pytest.mark.journeys


def bun():
    try:
        return CLIENTS["bun"].argv
    except ClientMissingError as err:
        pytest.skip(str(err))


def packed():
    """A tarball with a package.json alone."""
    data = json.dumps({"name": NAME, "version": "1.0.0"}).encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        info = tarfile.TarInfo("package/package.json")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """Runs `bun install`; `folder` has what imprint was asked."""

    run: Callable[..., tuple[int, str]]
    folder: Path
    installed: Path

    def __call__(self, out, **more) -> tuple[int, str]:
        return self.run(out, **more)


@pytest.fixture
def install(tmp_path):
    """Run `bun install` in a project with one dependency, imprint answering as it is told."""
    argv = bun()
    program = tmp_path / "imprint"
    program.write_text(IMPRINT)
    program.chmod(0o755)
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"dependencies": {NAME: "1.0.0"}}))
    (project / "scanner.js").write_bytes(SCANNER.read_bytes())
    with upstream_registry() as registry:
        data = packed()
        integrity = "sha512-" + b64encode(sha512(data).digest()).decode()
        tarball = f"{registry.url}{NAME}/-/{NAME}-1.0.0.tgz"
        version = {
            "name": NAME,
            "version": "1.0.0",
            "dist": {"tarball": tarball, "integrity": integrity},
        }
        registry.put(
            NAME, {"name": NAME, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        )
        registry.answers[f"/{NAME}/-/{NAME}-1.0.0.tgz"] = (200, data)
        (project / "bunfig.toml").write_text(
            f'[install]\nregistry = "{registry.url}"\n[install.security]\nscanner = "./scanner.js"\n'
        )

        def run(out, *, code=0, err="", program=program):
            text = out if isinstance(out, str) else json.dumps(out)
            (tmp_path / "answer").write_text(json.dumps({"out": text, "code": code, "err": err}))
            ran = subprocess.run(
                [*argv, "install"],
                cwd=project,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(tmp_path),
                    "BUN_INSTALL_CACHE_DIR": str(tmp_path / "cache"),
                    "BUN_IMPRINT": str(program),
                    "NO_COLOR": "1",
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            return ran.returncode, ran.stdout + ran.stderr

        yield Install(
            run=run, folder=tmp_path, installed=project / "node_modules" / NAME / "package.json"
        )


def answer(verdict="admitted", *, mode="enforce", reasons=(), warnings=(), name=NAME):
    package = {
        "name": name,
        "version": "1.0.0",
        "verdict": verdict,
        "reasons": list(reasons),
        "warnings": list(warnings),
    }
    return {"schema": 1, "summary": {"mode": mode}, "packages": [package]}


def test_what_is_admitted_is_installed(install):
    code, text = install(answer())

    assert code == 0, text
    assert install.installed.exists()
    words, lines = json.loads((install.folder / "asked").read_text())
    assert words == ["audit", "--stdin-packages", "--format", "json"]
    assert lines == [f"{NAME}@1.0.0"]


def test_what_is_refused_is_not_installed(install):
    code, text = install(answer("refused", reasons=[REASON]), code=1)

    assert code != 0
    assert "auth-regressed: published by a token" in text
    assert not install.installed.exists()


def test_a_warning_stops_an_install_that_nobody_watches(install):
    code, text = install(answer(warnings=[REASON]))

    assert code != 0
    assert "auth-regressed" in text
    assert not install.installed.exists()


def test_in_observe_mode_nothing_is_said(install):
    code, text = install(answer("refused", mode="observe", reasons=[REASON]))

    assert code == 0, text
    assert install.installed.exists()


@pytest.mark.parametrize(
    ("out", "code", "told"),
    [
        (answer("undecided", reasons=[REASON]), 3, "could not decide about left-aside@1.0.0"),
        (answer(name="other"), 0, "said nothing of left-aside@1.0.0"),
        ({"schema": 1, "summary": {}, "error": {"message": "no policy"}}, 3, "no policy"),
        ("", 2, "ended with 2"),
        ("no json", 0, "no JSON"),
        (answer(), 4, "ended with 4"),
    ],
)
def test_what_could_not_be_decided_stops_the_install(install, out, code, told):
    ended, text = install(out, code=code)

    assert ended != 0
    assert told in text
    assert not install.installed.exists()


def test_without_imprint_nothing_is_installed(install):
    ended, text = install(answer(), program=install.folder / "nowhere")

    assert ended != 0
    assert "cannot be started" in text
    assert not install.installed.exists()
