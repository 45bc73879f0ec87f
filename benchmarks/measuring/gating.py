"""The rounds of the gate's benchmark: both proxies by turns, from an empty store on each time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from benchmarks.measuring.gated_installs import Installed, bun_install, npm_ci
from benchmarks.measuring.gated_peers import gate_before, verdaccio_before
from benchmarks.measuring.gated_reads import (
    LargePulls,
    filtered_versions,
    hot_reads,
    large_pulls,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.measuring.gated_project import GatedProject
    from benchmarks.measuring.peers import Peer
    from benchmarks.measuring.report import Sample

OURS, PEER = "imprint", "Verdaccio"
COLD, WARM, BUN = "npm ci, cold", "npm ci, warm", "bun install, warm"
WHAT: Final = (COLD, WARM, BUN)
HOT, MEMORY = "hot packument", "memory"


@dataclass(slots=True, kw_only=True)
class Measured:
    """Everything of one proxy, round by round."""

    installs: dict[str, list[Installed]] = field(default_factory=dict)
    reads: list[Sample] = field(default_factory=list)
    pulls: list[LargePulls] = field(default_factory=list)
    served: tuple[int, int] = (0, 0)
    """Versions of the hot packument that are served, and that there are."""


Sides: TypeAlias = Mapping[str, Measured]
Starting: TypeAlias = "Callable[[GatedProject, Path], AbstractContextManager[Peer]]"

_STARTING: Final[Mapping[str, Starting]] = {OURS: gate_before, PEER: verdaccio_before}


def measure(
    project: GatedProject, folder: Path, *, rounds: int, only: str, by_wrk: bool
) -> dict[str, Measured]:
    """Measure both in each round, in the other order each time."""
    sides = {name: Measured() for name in _STARTING}
    for number in range(rounds):
        names = list(sides) if number % 2 == 0 else list(sides)[::-1]
        with ExitStack() as stack:
            proxies = {
                name: stack.enter_context(_STARTING[name](project, folder / f"{name}-{number}"))
                for name in names
            }
            _round(project, proxies, sides, folder / "install", only=only, by_wrk=by_wrk)
            if number == 0 and only in MEMORY:
                for name, proxy in proxies.items():
                    sides[name].pulls.append(large_pulls(proxy))
        for name in names:
            shutil.rmtree(folder / f"{name}-{number}")
    return sides


def _round(
    project: GatedProject,
    proxies: Mapping[str, Peer],
    sides: Sides,
    folder: Path,
    *,
    only: str,
    by_wrk: bool,
) -> None:
    steps: Sequence[tuple[str, Callable[[str, Peer], None]]] = (
        *((what, _installing(project, sides, folder, what)) for what in WHAT),
        (HOT, lambda name, proxy: _read(sides[name], proxy, by_wrk=by_wrk)),
    )
    for what, step in steps:
        if only in what:
            for name, proxy in proxies.items():
                step(name, proxy)


def _installing(
    project: GatedProject, sides: Sides, folder: Path, what: str
) -> Callable[[str, Peer], None]:
    def install(name: str, proxy: Peer) -> None:
        client = bun_install if what == BUN else npm_ci
        if what == BUN:
            # Once more than counts: npm has fetched tarballs, and bun wants other documents.
            client(project, proxy, folder)
        took = client(project, proxy, folder)
        sides[name].installs.setdefault(what, []).append(took)

    return install


def _read(side: Measured, proxy: Peer, *, by_wrk: bool) -> None:
    side.served = filtered_versions(proxy)
    side.reads.append(hot_reads(proxy, by_wrk=by_wrk))
