"""`npm audit signatures` on an installed tree, as the peer of an audit: cold, and with its cache.

It is led to the stand-in for sigstore by a seeded TUF root and a redirect (wire facts, §4), for it
knows no way to be told of another; its time includes nothing else that it would not do at home.
"""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imprint.demo.npm import environment
from tests.support.clients import CLIENTS, node_path

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measuring.audited import Audited
    from tests.authority.server import AuthorityServer

CLIENT = "npm11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """One run of a whole process."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    said: str
    """Its own words, in which the numbers of what it verified are."""


class NpmAuditing:
    """npm with a home of its own."""

    def __init__(self, made: Audited, face: AuthorityServer, home: Path) -> None:
        """Lead npm to both; its cache starts empty but for the root."""
        face.add_registry(f"127.0.0.1:{made.port}", made.keys)
        face.seed_cache(home / "cache")
        self._made = made
        self._variables = {
            **environment(node_path(), home=home),
            **face.variables(home),
            "npm_config_registry": made.url,
        }

    def run(self) -> Took:
        """Audit the tree; raises RuntimeError where npm did not come to an end of it."""
        words = (*CLIENTS[CLIENT].argv, "audit", "signatures")
        said_at = self._made.tree.parent / "npm-said.txt"
        started_at = time.perf_counter()
        with said_at.open("wb") as said:
            process = subprocess.Popen(
                words,
                cwd=self._made.tree,
                env=self._variables,
                stdin=subprocess.DEVNULL,
                stdout=said,
            )
            _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started_at
        if process.returncode != 0:
            raise RuntimeError(
                f"npm ended with `{process.returncode}`: {said_at.read_text()[:400]}"
            )
        return Took(
            seconds=seconds,
            cpu_seconds=used.ru_utime + used.ru_stime,
            peak_mib=used.ru_maxrss / 1024,
            said=said_at.read_text(),
        )
