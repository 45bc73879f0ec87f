"""Gathering alone, as a process: `audited_gathering.py TREE URL STORE`. Every name is to be had."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from imprint.evidence.documents import WantedDocument, gather_documents
from imprint.evidence.histories import AT_MOST, gather_histories
from imprint.evidence.looked import Had
from imprint.storage.projection_places import open_projections
from imprint.upstream.fetch import Fetcher


async def main(tree: Path, url: str, kept: Path) -> None:
    """Gather histories, and the documents of the locked versions that claim attestations."""
    locked = {
        (entry.get("name") or path.rpartition("node_modules/")[2], entry["version"])
        for path, entry in json.loads((tree / "package-lock.json").read_bytes())["packages"].items()
        if path and not entry.get("link")
    }
    names = dict.fromkeys((name for name, _ in sorted(locked)), url)
    store = open_projections(kept, secret=b"s" * 32, now=time.time())
    async with Fetcher(connections_per_host=AT_MOST) as fetcher:
        found = await gather_histories(names, fetcher=fetcher, store=store, now=time.time())
        wanted = []
        for name, version in locked:
            looked = found[name]
            assert isinstance(looked, Had), looked
            row = looked.value.publication(version)
            assert row is not None, name
            if row.has_attestations:
                wanted.append(
                    WantedDocument(
                        name=name,
                        version=version,
                        integrity=row.integrity or "",
                        registry=url,
                        claimed_url=row.attestations_url,
                    )
                )
        documents = await gather_documents(wanted, fetcher=fetcher, store=store)
        assert all(isinstance(looked, Had) for looked in documents.values())
    store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
