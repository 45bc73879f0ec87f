"""What an administrator's archive says of upstreams' packages, instead of upstreams themselves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from imprint.evidence.archived_advisories import bulk_answer
from imprint.gate.advisories.advised import read_upstream
from imprint.gate.advisories.asking import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imprint.gate.model import Upstream
    from imprint.storage.advisory_archive import AdvisoryArchive


class ArchivedAdvisories:
    """Says what upstreams would be asked, without asking them."""

    def __init__(self, archive: AdvisoryArchive) -> None:
        """Look everything up in `archive`."""
        self._archive = archive

    async def of_own(self, wanted: Mapping[str, Sequence[str]]) -> Said:
        """Return what is known against packages of ours: looking them up tells nobody of them."""
        return await asyncio.to_thread(self._said, wanted)

    async def of(self, upstream: Upstream, wanted: Mapping[str, Sequence[str]]) -> Said:
        """Return what is known against versions that come from `upstream`."""
        del upstream  # an archive knows packages, wherever they come from
        return await asyncio.to_thread(self._said, wanted)

    def _said(self, wanted: Mapping[str, Sequence[str]]) -> Said:
        found = read_upstream(bulk_answer(self._archive, wanted), wanted)
        if found is None:
            return Said(lacking="what the advisory archive says cannot be read")
        lacking = None
        if found.unreadable:
            lacking = f"{found.unreadable} advisories of the archive are too many to be told"
        return Said(entries=found.entries, lacking=lacking)
