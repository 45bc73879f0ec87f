"""`npm audit signatures` on an installed tree, as the peer of an audit: cold, and with its cache.

It is led to the stand-in for sigstore by a seeded TUF root and a redirect (wire facts, §4), for it
knows no way to be told of another; its time includes nothing else that it would not do at home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measuring.audited_process import Took, timed
from imprint.demo.npm import environment
from tests.support.clients import CLIENTS, node_path

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measuring.audited import Audited
    from tests.authority.server import AuthorityServer

CLIENT = "npm11"


class NpmAuditing:
    """npm with a home of its own."""

    def __init__(self, made: Audited, face: AuthorityServer, home: Path) -> None:
        """Lead npm to both; its cache starts empty but for the root."""
        face.add_registry(f"127.0.0.1:{made.port}", made.keys)
        face.seed_cache(home / "cache")
        self._made = made
        self._home = home
        self._variables = {
            **environment(node_path(), home=home),
            **face.variables(home),
            "npm_config_registry": made.url,
        }

    def run(self) -> Took:
        """Audit the tree; raises RuntimeError where npm did not come to an end of it."""
        return timed(
            (*CLIENTS[CLIENT].argv, "audit", "signatures"),
            folder=self._made.tree,
            variables=self._variables,
            files=self._home,
        )
