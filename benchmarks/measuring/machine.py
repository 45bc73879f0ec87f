"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from tests.support.clients import CLIENTS, node_path


def machine() -> Mapping[str, str]:
    """Return machine, versions and the load that there was before anything was measured."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    node = subprocess.run(
        [str(node_path()), "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    libraries = ("imprint", "granian", "sqlalchemy", "pyjwt", "cryptography")
    ours = ", ".join(f"{name} {_version(name)}" for name in libraries)
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()},"
        f" {os.cpu_count()} x {_processor()}, {memory:.0f} GiB; load {load}",
        "ours": f"{platform.python_implementation()} {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, {ours}",
        "peer": f"Verdaccio {CLIENTS['verdaccio'].version}, node {node}",
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "from the checkout"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())
