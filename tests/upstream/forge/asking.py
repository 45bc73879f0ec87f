"""Asking a stand-in forge."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from imprint.publishers.credentials import Secret
from imprint.upstream.fetch import Fetcher
from imprint.upstream.forge.api import ForgeApi

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from imprint.upstream.forge.keeping import Keeping
    from tests.support.forge import StandInForge

COMMIT = "a" * 40
OTHER = "b" * 40


def ask(
    forge: StandInForge,
    what: Callable[[ForgeApi], Awaitable[Any]],
    *,
    keeping: Keeping | None = None,
) -> Any:
    """Return what `what` is told."""

    async def asked() -> Any:
        async with Fetcher() as fetcher:
            api = ForgeApi(
                fetcher=fetcher, url=forge.url, token=Secret("read-only"), keeping=keeping
            )
            return await what(api)

    return asyncio.run(asked())
