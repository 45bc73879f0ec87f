"""Folders with packages in them, and real clients at work there as if nothing else was configured."""

import json
import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from imprint.demo.npm import environment
from tests.support.clients import CLIENTS, Client, node_path

PATIENCE_SECONDS = 90
ECHO_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a client printed, and how it ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """All of it."""
        return self.stdout + self.stderr

    @property
    def notices(self) -> list[str]:
        """Lines of `npm notice` that say something."""
        mark = "npm notice "
        return [line.removeprefix(mark) for line in self.text.splitlines() if mark in line]

    @property
    def said(self) -> list[str]:
        """What the registry said through npm: the notices behind those about the tarball."""
        listed = [at for at, line in enumerate(self.notices) if line.startswith("total files")]
        return self.notices[listed[-1] + 1 :] if listed else self.notices

    @property
    def errors(self) -> list[str]:
        """Lines of `npm error`, without where the log is."""
        mark = "npm error "
        lines = [line.removeprefix(mark) for line in self.text.splitlines() if mark in line]
        return [line for line in lines if not line.startswith("A complete log")]


class Workbench:
    """A folder for each thing, one HOME, and the registry in its .npmrc."""

    def __init__(self, folder: Path, *, registry_url: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.registry_url = registry_url
        self.token: str | None = None
        self.home.mkdir(parents=True)
        self.npmrc()

    @property
    def registry_key(self) -> str:
        """The registry as the key of a setting in .npmrc: `//host:port/`."""
        return self.registry_url.partition(":")[2].rstrip("/") + "/"

    def npmrc(self, *lines: str, token: str | None = None) -> None:
        """Write the user's .npmrc: the registry, and a token where there is one."""
        self.token = token
        settings = [f"registry={self.registry_url}/", *lines]
        if token is not None:
            settings.append(f"{self.registry_key}:_authToken={token}")
        (self.home / ".npmrc").write_text("\n".join(settings) + "\n")

    def package(
        self, name: str, version: str = "1.0.0", *, folder: Path | None = None, **fields: object
    ) -> Path:
        """A package that says which version it is when it is required."""
        where = folder or self.folder / name.replace("/", "+")
        where.mkdir(parents=True, exist_ok=True)
        described = {"name": name, "version": version, "main": "index.js", **fields}
        (where / "package.json").write_text(json.dumps(described, indent=2))
        (where / "index.js").write_text(f"module.exports = {json.dumps(version)};\n")
        (where / "README.md").write_text(f"# {name}\n")
        return where

    def workspaces(self, *names: str, version: str = "1.0.0") -> Path:
        """A repository with a workspace for each name, in this order."""
        root = self.folder / "repository"
        root.mkdir()
        folders = [f"packages/{index}" for index, _ in enumerate(names)]
        described = {"name": "repository", "private": True, "workspaces": folders}
        (root / "package.json").write_text(json.dumps(described, indent=2))
        for name, folder in zip(names, folders, strict=True):
            self.package(name, version, folder=root / folder)
        return root

    def application(self, dependencies: Mapping[str, str], *, name: str = "application") -> Path:
        """A folder to install into."""
        where = self.folder / name
        where.mkdir()
        described = {"name": "application", "private": True, "dependencies": dependencies}
        (where / "package.json").write_text(json.dumps(described, indent=2))
        return where

    def run(
        self,
        client: str,
        *arguments: str,
        folder: Path,
        ci: Mapping[str, str] | None = None,
        typed: str = "",
        **variables: str,
    ) -> Ran:
        """Run a client in `folder`; `ci` is the job's environment, `typed` what is typed to it."""
        chosen = CLIENTS[client]
        return run(
            [*chosen.argv, *arguments],
            folder=folder,
            typed=typed,
            variables={
                **environment(node_path(), home=self.home),
                **self._settings(chosen),
                **(ci or {}),
                **variables,
            },
        )

    def converse(
        self, client: str, *arguments: str, folder: Path, answers: Sequence[tuple[str, str]]
    ) -> Ran:
        """Run a client at a terminal, and answer each of its questions in turn."""
        chosen = CLIENTS[client]
        return converse(
            [*chosen.argv, *arguments],
            folder=folder,
            answers=answers,
            variables={
                **environment(node_path(), home=self.home),
                **self._settings(chosen),
                "TERM": "dumb",
            },
        )

    def publish(
        self,
        client: str,
        *arguments: str,
        folder: Path,
        ci: Mapping[str, str] | None = None,
        **variables: str,
    ) -> Ran:
        """Publish with any client, in its own words."""
        words: tuple[str, ...] = ("publish",)
        match CLIENTS[client].family:
            case "pnpm":
                words = ("publish", "--no-git-checks")
            case "yarn":
                # yarn publishes nothing that it has not installed.
                installed = self.run(client, "install", folder=folder)
                assert installed.code == 0, installed.text
                words = ("npm", "publish")
        return self.run(client, *words, *arguments, folder=folder, ci=ci, **variables)

    def imprint(
        self,
        *arguments: str,
        folder: Path,
        ci: Mapping[str, str] | None = None,
        **variables: str,
    ) -> Ran:
        """Run imprint's own command line, where npm would be run."""
        kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        return run(
            [sys.executable, "-m", "imprint", *arguments],
            folder=folder,
            variables={
                **environment(node_path(), home=self.home),
                **kept,
                **(ci or {}),
                **variables,
            },
        )

    def node(self, script: str, *, folder: Path) -> str:
        """What a script prints, run by node in `folder`."""
        variables = environment(node_path(), home=self.home)
        ran = run([str(node_path()), "-p", script], folder=folder, variables=variables)
        assert ran.code == 0, ran.text
        return ran.stdout.strip()

    def _settings(self, client: Client) -> dict[str, str]:
        match client.family:
            case "yarn":
                token = {} if self.token is None else {"YARN_NPM_AUTH_TOKEN": self.token}
                return {
                    "YARN_ENABLE_GLOBAL_CACHE": "false",
                    "YARN_ENABLE_IMMUTABLE_INSTALLS": "false",
                    "YARN_ENABLE_TELEMETRY": "0",
                    "YARN_NPM_MINIMAL_AGE_GATE": "0",
                    "YARN_NPM_REGISTRY_SERVER": self.registry_url,
                    "YARN_UNSAFE_HTTP_WHITELIST": "127.0.0.1",
                    **token,
                }
            case "pnpm":
                return {
                    "XDG_CACHE_HOME": str(self.home / "xdg-cache"),
                    "XDG_CONFIG_HOME": str(self.home / "xdg-config"),
                    "XDG_DATA_HOME": str(self.home / "xdg-data"),
                    "XDG_STATE_HOME": str(self.home / "xdg-state"),
                    "npm_config_npm_path": self._npm_of_pnpm10(),
                    "pnpm_config_minimum_release_age": "0",
                }
            case "deno":
                # Its own packages come from elsewhere; nothing here has any of them.
                return {"DENO_DIR": str(self.home / "deno"), "DENO_NO_UPDATE_CHECK": "1"}
            case "bun":
                return {"BUN_INSTALL_CACHE_DIR": str(self.home / "bun-cache")}
            case _:
                return {}

    def _npm_of_pnpm10(self) -> str:
        """A program: pnpm 10 publishes by an npm, which otherwise is the one beside its node."""
        npm = self.home / "npm"
        npm.write_text(f'#!/bin/sh\nexec {shlex.join(CLIENTS["npm11"].argv)} "$@"\n')
        npm.chmod(0o755)
        return str(npm)


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    folder: Path,
    variables: Mapping[str, str],
    typed: str = "",
) -> Ran:
    """Run a program to its end, with these variables alone.

    One that does not end in time is ended, with all that it started: subprocess.TimeoutExpired.
    """
    with subprocess.Popen(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(typed, timeout=PATIENCE_SECONDS)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return Ran(code=process.returncode, stdout=stdout, stderr=stderr)


def converse(
    command: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    answers: Sequence[tuple[str, str]],
) -> Ran:
    """Run a program whose input and output are a terminal; answers are typed when asked for."""
    ours, theirs = pty.openpty()
    left, said, at = list(answers), "", 0
    with subprocess.Popen(
        command, cwd=folder, env=dict(variables), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        try:
            while piece := _read(ours):
                said += piece
                if left and left[0][0] in said[at:]:
                    at = len(said)
                    _wait_for_silence(ours)
                    os.write(ours, f"{left.pop(0)[1]}\n".encode())
            process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()  # nothing, where it has ended; else leaving waits for it without end
    os.close(ours)
    return Ran(code=process.returncode, stdout=said.replace("\r\n", "\n"), stderr="")


def _wait_for_silence(terminal: int) -> None:
    """Wait until what is typed is no longer echoed, if that comes.

    Clients ask first, and set the terminal up then: what was typed before that is thrown away.
    """
    until = time.monotonic() + ECHO_SECONDS
    while time.monotonic() < until and termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)


def _read(terminal: int) -> str:
    readable, _, _ = select.select([terminal], [], [], PATIENCE_SECONDS)
    try:
        return os.read(terminal, 65_536).decode(errors="replace") if readable else ""
    except OSError:  # Linux's way to say that the other side was closed
        return ""
