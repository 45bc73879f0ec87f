"""A package's tarball, packed by npm. npm packs alone: it never publishes here."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imprint.publish.ambient import GITHUB_TOKEN, GITHUB_URL, NPM_VARIABLE
from imprint.publish.packed import read_packed
from imprint.refusals import Malformed, Unavailable, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from imprint.publish.packed import Packed

PATIENCE_SECONDS: Final = 30 * 60.0

_WITHHELD: Final = frozenset({NPM_VARIABLE, GITHUB_URL, GITHUB_TOKEN, "SIGSTORE_ID_TOKEN"})
"""Packing needs no ID token, and neither does any script that it runs."""


def pack(
    folder: Path,
    *,
    environment: Mapping[str, str],
    runs_scripts: bool,
    tell: Callable[[str], object],
) -> Packed:
    """Have npm pack the package in `folder`, and return it; nothing is left behind.

    Scripts run as they do before npm publishes: `prepublishOnly`, then npm's own for packing. They
    get no way to an ID token by their environment. `tell` takes what npm printed where it fails.
    Raises Unavailable `no-npm`, Malformed `pack-failed` and what `read_packed` raises.
    """
    npm = shutil.which("npm", path=environment.get("PATH"))
    if npm is None:
        raise Unavailable(
            "no-npm",
            "there is no npm on PATH to pack the package with",
            hint="install one, or name a tarball instead of a folder",
        )
    allowed = {name: text for name, text in environment.items() if name not in _WITHHELD}
    with tempfile.TemporaryDirectory(prefix="imprint-pack-") as place:
        if runs_scripts:
            scripts = [npm, "run", "prepublishOnly", "--if-present"]
            _run(scripts, folder, allowed, tell=tell)
        command = [npm, "pack", "--json", f"--pack-destination={place}"]
        if not runs_scripts:
            command.append("--ignore-scripts")
        _run(command, folder, allowed, tell=tell)
        # Scripts may print between npm's own lines: the folder says what was packed.
        packed = list(Path(place).glob("**/*.tgz"))
        if len(packed) != 1:
            raise Malformed(
                "pack-failed",
                f"npm packed `{len(packed)}` tarballs of {quoted(str(folder))}, expected one",
                hint="name the folder of one package",
            )
        return read_packed(packed[0])


def _run(
    command: list[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    tell: Callable[[str], object],
) -> None:
    what = " ".join(command[1:3])
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as err:
        raise Unavailable("no-npm", f"`npm {what}` does not start, or does not end") from err
    if ended.returncode == 0:
        return
    for line in (ended.stdout + ended.stderr).splitlines():
        tell(line)
    raise Malformed(
        "pack-failed",
        f"`npm {what}` ended with `{ended.returncode}` in {quoted(str(folder))}",
        hint="npm's own words stand above",
    )
