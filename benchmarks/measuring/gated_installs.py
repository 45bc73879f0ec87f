"""Installs of the project by real clients through a proxy, each with a home of its own."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.measuring.audited_process import timed
from imprint.demo.npm import environment
from tests.support.clients import CLIENTS, node_path

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measuring.gated_project import Counts, GatedProject
    from benchmarks.measuring.peers import Peer

NPM: Final = "npm11"
_QUIET: Final = ("--no-audit", "--no-fund", "--loglevel=error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One install: the client's time, and what it took of the proxy and of the upstream."""

    seconds: float
    client_cpu_seconds: float
    proxy_cpu_seconds: float
    upstream: Counts


def npm_ci(project: GatedProject, proxy: Peer, folder: Path) -> Installed:
    """Install from the lockfile by npm, with an empty cache."""
    words = (*CLIENTS[NPM].argv, "ci", "--ignore-scripts", *_QUIET)
    variables = {"npm_config_registry": f"{proxy.url}/"}
    return _install(project, proxy, folder, words, variables, is_locked=True)


def bun_install(project: GatedProject, proxy: Peer, folder: Path) -> Installed:
    """Resolve and install by bun, with an empty cache and no lockfile."""
    words = (*CLIENTS["bun"].argv, "install", "--no-progress", "--silent")
    variables = {
        "npm_config_registry": f"{proxy.url}/",
        "BUN_INSTALL_CACHE_DIR": str(folder / "home" / "bun-cache"),
    }
    return _install(project, proxy, folder, words, variables, is_locked=False)


def _install(
    project: GatedProject,
    proxy: Peer,
    folder: Path,
    words: tuple[str, ...],
    variables: dict[str, str],
    *,
    is_locked: bool,
) -> Installed:
    application = folder / "application"
    project.write_application(application, proxy.url, is_locked=is_locked)
    around = {**environment(node_path(), home=folder / "home"), **variables}
    asked, used = project.counted(), proxy.cpu_seconds()
    took = timed(words, folder=application, variables=around, files=folder)
    used, asked = proxy.cpu_seconds() - used, project.counted().since(asked)
    _check(project, application)
    shutil.rmtree(folder)
    return Installed(
        seconds=took.seconds,
        client_cpu_seconds=took.cpu_seconds,
        proxy_cpu_seconds=used,
        upstream=asked,
    )


def _check(project: GatedProject, application: Path) -> None:
    """Raise RuntimeError unless all of the project is there, in the versions that are locked."""
    for name, one in project.locked.items():
        manifest = application / "node_modules" / name / "package.json"
        found = json.loads(manifest.read_bytes())["version"] if manifest.is_file() else "nothing"
        if found != one["version"]:
            raise RuntimeError(f"`{name}` is `{found}`: it has to be `{one['version']}`")
