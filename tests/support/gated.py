"""A registry in this process with the gate before it, and another registry on loopback behind it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imprint.server.gate import OpenedGate
from imprint.settings import Settings
from tests.support.upstream_registry import upstream_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.upstream_registry import UpstreamStandIn
    from tests.support.world import World


@contextmanager
def gate_before(world: World, **settings: object) -> Iterator[OpenedGate]:
    """Put a gate before the registry of `world`, whose requests then go through it."""
    registry_app = world.app
    with tempfile.TemporaryDirectory() as folder:
        chosen = Settings(**({"gate_folder": folder, "data": folder} | settings))  # type: ignore[arg-type]  # by name

        async def opened() -> OpenedGate:
            return OpenedGate.of(chosen, world.registry, registry_app)

        gate = world.run(opened())
        world.app = gate.app  # type: ignore[assignment]  # both answer requests
        try:
            yield gate
        finally:
            world.app = registry_app
            world.run(gate.close())


@contextmanager
def gated(world: World, **settings: object) -> Iterator[UpstreamStandIn]:
    """Put a gate before the registry of `world`, and yield what is behind it."""
    with upstream_registry() as upstream:
        behind = {} if "upstreams" in settings else {"upstream": upstream.url}
        with gate_before(world, **(behind | settings)):
            yield upstream


def npmrc(folder: Path, **tokens: str) -> str:
    """Write an `.npmrc` with a token for each address, and return its path."""
    path = folder / "upstream.npmrc"
    path.write_text("".join(f"{place}:_authToken={token}\n" for place, token in tokens.items()))
    return str(path)
