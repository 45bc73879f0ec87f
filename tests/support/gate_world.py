"""A running gate: `imprint serve` before an upstream with histories, and what clients find there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.authority import documents
from tests.support.claims import GITHUB_ISSUER
from tests.support.gate_histories import write_histories
from tests.support.server import RunningRegistry, Served
from tests.support.upstream_registry import UpstreamStandIn, upstream_registry

if TYPE_CHECKING:
    from pathlib import Path

    from imprint.demo.issuer import StandInIssuer
    from tests.authority.authority import Authority
    from tests.authority.bundles import KeySigner

ENFORCING = """\
version = 1
mode = "enforce"
preset = "no-downgrade"
cooldown = "24h"
"""
OBSERVING = ENFORCING.replace("enforce", "observe", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWorld:
    """The gate, its stores, and the registry behind it."""

    upstream: UpstreamStandIn
    gate: RunningRegistry
    served: Served
    policy: Path
    """The policy file, which the gate reads again when it changes."""

    @property
    def url(self) -> str:
        """The gate's address, without a slash at its end."""
        return self.gate.url

    def asked_upstream(self, ending: str = "", *, since: int = 0) -> list[str]:
        """Return the paths that the upstream was asked, of those with this ending."""
        return [one.path for one in self.upstream.asked[since:] if one.path.endswith(ending)]


@contextmanager
def gate_world(
    folder: Path,
    *options: str,
    issuer: StandInIssuer,
    policy: str = ENFORCING,
    settings: str = "",
) -> Iterator[GateWorld]:
    """Run both; `settings` are lines of the server's settings file."""
    with upstream_registry() as upstream:
        write_histories(upstream)
        with gate_before(
            upstream, folder, *options, issuer=issuer, policy=policy, settings=settings
        ) as world:
            yield world


@contextmanager
def gate_before(
    upstream: UpstreamStandIn,
    folder: Path,
    *options: str,
    issuer: StandInIssuer,
    policy: str = ENFORCING,
    settings: str = "",
) -> Iterator[GateWorld]:
    """Run the gate before an upstream, believing what is signed there."""
    folder.mkdir(parents=True, exist_ok=True)
    trust_upstream(folder, url=upstream.url, authority=upstream.authority, key=upstream.key)
    file = folder / "imprint.toml"
    file.write_text(policy, encoding="utf-8")
    (folder / "imprint-server.toml").write_text(settings, encoding="utf-8")
    words = ("--upstream", upstream.url, "--policy", str(file), *options)
    with Served(*words, folder=folder) as served:
        gate = RunningRegistry(url=served.url, folder=folder, issuer=issuer)
        gate.register_issuers()
        try:
            yield GateWorld(upstream=upstream, gate=gate, served=served, policy=file)
        finally:
            gate.close()


def trust_upstream(folder: Path, *, url: str, authority: Authority, key: KeySigner) -> None:
    """Believe what an authority and an upstream's key have signed, in a registry's folder."""
    config = folder / "client_trust_config.json"
    # No address of it is ever asked: what is verified, is verified by what comes along.
    stated = documents.client_trust_config(authority, url.rstrip("/"))
    config.write_text(json.dumps(stated), encoding="utf-8")
    file = folder / "keys.json"
    file.write_text(json.dumps(documents.keys_of_registry(key.key.public_key())))
    update = (sys.executable, "-m", "imprint", "trust-roots", "update", f"--data={folder}")
    for options in (
        (f"--file={config.name}", f"--issuer={GITHUB_ISSUER}=github"),
        (f"--keys={file.name}", f"--registry={url}"),
    ):
        ran = subprocess.run(
            [*update, *options],
            cwd=folder,
            check=False,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
