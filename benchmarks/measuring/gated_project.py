"""A project to install and the registry that it comes from, made by a fixed plan.

Packages depend on each other as those of an application do; packuments have the sizes of real ones
(consumer facts, §1), tarballs the usual numbers of files. All is signed, some have attestations,
and nothing of the project falls short of policy, so that every proxy comes to the same versions.
"""

from __future__ import annotations

import json
import math
import random
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.measuring.gated_packages import (
    Planned,
    Signing,
    Writing,
    keys_of,
    tarball_path,
    write_package,
)
from benchmarks.measuring.gated_upstream import COUNTS
from tests.authority.authority import Authority
from tests.authority.bundles import KeySigner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES: Final = 140
DIRECT: Final = 14
"""What the application itself asks for."""
SHARE_ATTESTED: Final = 0.34
MEDIAN_BYTES: Final = 33_000
LARGEST_BYTES: Final = 3_000_000
FILTERED: Final = "often-asked"
"""A package beside the project whose newest version is an hour old."""
FILTERED_VERSIONS: Final = 120
LARGE: Final = "large-as-a-framework"
"""A package beside the project with a packument of 20 MB."""
LARGE_VERSIONS: Final = 3_800
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the upstream was asked, and answered."""

    requests: int
    size_bytes: int

    def since(self, before: Counts) -> Counts:
        """Return what came after."""
        return Counts(
            requests=self.requests - before.requests,
            size_bytes=self.size_bytes - before.size_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedProject:
    """The upstream, and the application that is installed."""

    folder: Path
    port: int
    authority: Authority
    signer: KeySigner
    dependencies: Mapping[str, str]
    """Of the application itself."""
    locked: Mapping[str, Mapping[str, Any]]
    """By name: version, integrity and dependencies."""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The upstream's address."""
        return f"http://127.0.0.1:{self.port}/"

    @contextmanager
    def serving(self, *, latency_ms: float) -> Iterator[None]:
        """Run the upstream, in a process of its own."""
        module = "benchmarks.measuring.gated_upstream"
        words = (sys.executable, "-m", module, str(self.folder), str(self.port), str(latency_ms))
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                yield
            finally:
                process.terminate()

    def counted(self) -> Counts:
        """Ask the upstream what it was asked."""
        with urllib.request.urlopen(self.url.rstrip("/") + COUNTS, timeout=30) as answer:
            told = json.load(answer)
        return Counts(requests=told["requests"], size_bytes=told["bytes"])

    def write_application(self, folder: Path, registry: str, *, is_locked: bool) -> None:
        """Write package.json, and the lockfile as npm writes it where `registry` is in use."""
        folder.mkdir(parents=True)
        manifest = {"name": "application", "version": "1.0.0", "dependencies": self.dependencies}
        (folder / "package.json").write_text(json.dumps(manifest))
        if not is_locked:
            return
        base = registry.rstrip("/")
        entries = {
            f"node_modules/{name}": {
                "version": one["version"],
                "resolved": f"{base}/{tarball_path(name, one['version'])}",
                "integrity": one["integrity"],
                **({"dependencies": one["dependencies"]} if one["dependencies"] else {}),
            }
            for name, one in sorted(self.locked.items())
        }
        lock = {"name": "application", "version": "1.0.0", "lockfileVersion": 3, "requires": True}
        packages = {"": manifest, **entries}
        (folder / "package-lock.json").write_text(json.dumps({**lock, "packages": packages}))


def make_project(folder: Path) -> GatedProject:
    """Make everything below `folder`."""
    folder.mkdir(parents=True)
    plan = _planned()
    project = GatedProject(
        folder=folder,
        port=_free_port(),
        authority=Authority(),
        signer=KeySigner(),
        dependencies=dict.fromkeys(list(plan)[:DIRECT], "^1.0.0"),
        locked={},
    )
    signing = Signing(url=project.url, authority=project.authority, signer=project.signer)
    locked: dict[str, Mapping[str, Any]] = {}
    with Writing(folder) as writing:
        writing.put("-/npm/v1/keys", json.dumps(keys_of(project.signer)).encode())
        for one in plan.values():
            locked[one.name] = write_package(signing, writing, one)
        for one in (
            Planned(name=FILTERED, versions=FILTERED_VERSIONS, newest_days_ago=1 / 24),
            Planned(name=LARGE, versions=LARGE_VERSIONS, days=280, words=300),
        ):
            write_package(signing, writing, one)
    made = {"packages": len(plan), "versions": sum(one.versions for one in plan.values())}
    return GatedProject(
        folder=folder,
        port=project.port,
        authority=project.authority,
        signer=project.signer,
        dependencies=project.dependencies,
        locked=locked,
        counts={**made, "bytes": writing.size_bytes},
    )


def _planned() -> dict[str, Planned]:
    """Return the project's packages, those that it asks for itself first."""
    chance = random.Random(140)
    names = [f"@scope-{i % 5}/part-{i}" if i % 4 == 3 else f"part-{i}" for i in range(PACKAGES)]
    needed: dict[int, set[int]] = {index: set() for index in range(PACKAGES)}
    for index in range(DIRECT, PACKAGES):
        for parent in {chance.randrange(index) for _ in range(chance.choice((1, 1, 2)))}:
            needed[parent].add(index)
    spread = math.log(251_000 / MEDIAN_BYTES) / 1.2816  # the ninth decile of a normal distribution
    found = {}
    for index, name in enumerate(names):
        size = min(LARGEST_BYTES, MEDIAN_BYTES * math.exp(chance.gauss(0, spread)))
        found[name] = Planned(
            name=name,
            versions=max(2, round(size / 2000)),
            newest_days_ago=40 + chance.random() * 200,
            is_attested=chance.random() < SHARE_ATTESTED,
            dependencies=tuple(names[child] for child in sorted(needed[index])),
            files=min(300, max(3, round(math.exp(chance.gauss(2.2, 1.0))))),
        )
    return found


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
