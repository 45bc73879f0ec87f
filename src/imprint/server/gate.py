"""A gate before the registry's application: opened, started, stopped."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from imprint.gate.app import GateApp
from imprint.server.gate_folder import GateFolder
from imprint.server.gate_parts import parts_of
from imprint.server.gate_settings import Chosen, believing_of
from imprint.server.gate_stores import GateStores

if TYPE_CHECKING:
    from imprint.gate.app import Handler
    from imprint.registry.context import Registry
    from imprint.settings import Settings


class OpenedGate:
    """A gate and what it keeps open. Start it inside its event loop, and close it there."""

    def __init__(self, app: GateApp, stores: GateStores) -> None:
        """Hold what `of` opened."""
        self.app = app
        self._stores = stores
        self._folder = GateFolder(app.gate, stores)
        self._watching: list[asyncio.Task[None]] = []
        self._checks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin what runs beside requests: policy and folder are read again when they change.

        What the first request would have to wait for is imported and read before any can come.
        """
        self._stores.fetcher.prepare()
        self.app.gate.judging.prepare()
        self._folder.begin()
        self._watching = [
            asyncio.create_task(self.app.gate.policies.watch(), name="gate-policy"),
            asyncio.create_task(self._folder.watch(), name="gate-folder"),
        ]

    def reload(self) -> None:
        """Read the policy again, at once."""
        checking = asyncio.create_task(self._check(), name="gate-policy-now")
        self._checks.add(checking)
        checking.add_done_callback(self._checks.discard)

    async def _check(self) -> None:
        await asyncio.to_thread(self.app.gate.policies.check)

    @classmethod
    def of(
        cls,
        settings: Settings,
        registry: Registry,
        own: Handler,
        *,
        chosen: Chosen | None = None,
        trusted_proxies: frozenset[str] = frozenset(),
    ) -> Self:
        """Open the gate that `settings` describe before `own`, the registry's application.

        `chosen` is what was read of them before; None: they are read now. Raises Malformed for a
        setting that cannot be.
        """
        clock = registry.clock
        chosen = chosen or Chosen.of(settings, public_url=registry.public_url, clock=clock)
        stores = GateStores.of(settings, clock=clock)
        gate = parts_of(registry, chosen, stores, believing=believing_of(settings))
        app = GateApp(gate, own, clients=chosen.clients, trusted_proxies=trusted_proxies)
        return cls(app, stores)

    async def close(self) -> None:
        """Give up what is asked for, let what is kept be kept, and close every connection."""
        gate = self.app.gate
        tasks = [*self._checks, *self._watching]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await gate.advisories.close()
        await gate.judging.close()
        await gate.documents.close()
        gate.packuments.close()
        await gate.records.close()
        await self._stores.close()
