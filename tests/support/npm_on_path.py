"""One of the npm that journeys run, as a program on PATH: for what starts `npm` itself."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from tests.support.clients import CLIENTS, node_path

if TYPE_CHECKING:
    from pathlib import Path

NPM_OF_NODE = "npm11_17"


def npm_on_path(folder: Path, client: str = NPM_OF_NODE) -> str:
    """Return a PATH whose `npm` is that client; `folder` gets the program."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "npm"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(CLIENTS[client].argv)} "$@"\n')
    program.chmod(0o755)
    return os.pathsep.join((str(folder), str(node_path().parent), os.defpath))
