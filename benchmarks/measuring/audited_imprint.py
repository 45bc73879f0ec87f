"""`imprint audit` and `imprint diff` as whole processes, with a home of their own."""

from __future__ import annotations

import compileall
import json
import os
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import imprint
from benchmarks.measuring.audited_process import Took, timed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measuring.audited import Audited

CHANGES: Final = 20
ISSUER: Final = "https://ci.example.test=github"
RESULTS: Final = "audits.sqlite3"
_PROGRAM = Path(sysconfig.get_path("scripts")) / "imprint"
_BEFORE = "0.0.0"


class ImprintAuditing:
    """imprint with a home of its own, in which it believes the stand-in for sigstore."""

    def __init__(self, made: Audited, home: Path) -> None:
        """Make the home: its caches are empty, modules are compiled as installers do."""
        home.mkdir(parents=True)
        compileall.compile_dir(Path(imprint.__file__).parent, quiet=1)
        self._made = made
        self._home = home
        self._variables = {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": os.defpath,
            "PYTHONPATH": str(Path(imprint.__file__).parent.parent),
            "npm_config_globalconfig": str(home / "none"),
        }
        self._run("trust-roots", "update", "--file", str(made.trusted_root), "--issuer", ISSUER)

    def audit(self, *words: str) -> Took:
        """Audit the tree; raises RuntimeError where that did not come to a decision."""
        return self._run("audit", "--registry", self._made.url, *words)

    def forget_results(self) -> None:
        """Leave what was read and verified, and forget what audits came to."""
        for path in (self._home / ".cache" / "imprint").glob(f"{RESULTS}*"):
            path.unlink()

    def difference(self) -> Took:
        """Compare with the lockfile of before `CHANGES` changes."""
        before, after = self._made.folder.parent / "before", self._made.tree
        before.mkdir(exist_ok=True)
        lock = json.loads((after / "package-lock.json").read_bytes())
        (before / "package-lock.json").write_text(json.dumps(changed(lock, CHANGES), indent=2))
        return self._run("diff", str(before), str(after), "--registry", self._made.url)

    def _run(self, *words: str) -> Took:
        return timed(
            (str(_PROGRAM), *words),
            folder=self._made.tree,
            variables=self._variables,
            files=self._home,
        )


def changed(lock: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return a lockfile in which `count` packages, evenly spread, have an earlier version."""
    packages = {path: dict(entry) for path, entry in lock["packages"].items()}
    once: dict[str, list[dict[str, Any]]] = {}
    for path, entry in packages.items():
        if "integrity" in entry and "name" not in entry:
            once.setdefault(path.rpartition("node_modules/")[2], []).append(entry)
    single = [entries[0] for _, entries in sorted(once.items()) if len(entries) == 1]
    for number in range(count):
        single[number * len(single) // count]["version"] = _BEFORE
    return {**lock, "packages": packages}
