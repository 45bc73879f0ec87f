"""What a child process of the reachability benchmark does: `python reaching.py WHAT FOLDER ENTRY`.

Prints one JSON object: the folders of packages that the entry loads, and the funnel.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.audit.disk_files import DiskFiles
from imprint.audit.installed import Installed
from imprint.audit.project_uses import project_uses
from imprint.npm.lockfiles.read import read_lockfile
from imprint.reachability.edges import EdgeCache
from imprint.reachability.exposure import Exposure
from imprint.reachability.lock_only import reach_by_lock
from imprint.reachability.locked import Locked
from imprint.reachability.resolution import ResolutionSettings
from imprint.reachability.uses import InstallScripts
from imprint.storage.verdicts import VerdictCache

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE = "edges.sqlite3"
SECRET = b"benchmark".ljust(32)
WHATS = ("cold", "warm", "lock")
"""No cache; a cache that an earlier run filled; the lockfile and the project's files alone."""


def reached(what: str, folder: Path, entry: str) -> Mapping[str, object]:
    """Return what one entry loads, by one of the engines."""
    lockfile = read_lockfile(
        (folder / "package-lock.json").read_bytes(), filename="package-lock.json"
    )
    files, locked, scripts = DiskFiles(folder), Locked(lockfile), InstallScripts(all_off=True)
    own = sorted(
        path.relative_to(folder).as_posix()
        for below in ("src", "packages")
        for path in (folder / below).rglob("*.*")
        if path.is_file() and path.name != "tools.js"
    )
    shown = ["package.json", *(own if entry == "src/app.ts" else [entry])]
    with contextlib.ExitStack() as stack:
        cache: EdgeCache | None = None
        if what == "warm":
            cache = stack.enter_context(VerdictCache(folder / CACHE, secret=SECRET))
        used = project_uses(files, shown, locked, cache=cache)
        if what == "lock":
            reaches = reach_by_lock(locked, used.uses, scripts=scripts)
            closure = [key for key, reach in reaches.items() if reach.exposure in _RUNTIME]
            non_dev = [key for key, package in locked.packages.items() if not package.is_dev]
            return {
                "locked": len(locked.packages),
                "non_dev": len(non_dev),
                "closure": len(closure),
                "packages": closure,
            }
        installed = Installed(files, lockfile, locked, settings=ResolutionSettings())
        looked = installed.reach(used, entries=(entry,), scripts=scripts, cache=cache)
        return {
            "packages": sorted(looked.loading.packages),
            "files": len(looked.loading.files),
            "unresolved": looked.loading.unresolved_count,
        }


_RUNTIME = frozenset({Exposure.RUNTIME_IMPORTED, Exposure.RUNTIME_CLOSURE})

if __name__ == "__main__":
    print(json.dumps(reached(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
