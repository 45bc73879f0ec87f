"""Upstreams that do not answer: known for a while, and for their keys waited for a little."""

from __future__ import annotations

import asyncio

import pytest

from imprint.evidence.looked import Had
from imprint.gate.model import Upstream
from imprint.gate.upstream.away import AWAY_SECONDS, Away
from imprint.gate.upstream.kept_keys import UpstreamKeys
from imprint.http.pool import Pool
from imprint.storage.gate_proofs import open_proofs
from imprint.upstream.fetch import Fetcher
from imprint.upstream.registries import UpstreamRegistry
from tests.support import faulty_upstream
from tests.support.upstream_registry import upstream_registry

URL = "https://registry.example.test/"
OTHER = "https://other.example.test/"


class Clock:
    now = 1_795_000_000.0

    def __call__(self):
        return self.now


def test_an_upstream_is_away_for_a_while_and_then_tried_again():
    clock = Clock()
    away = Away(clock)

    away.missed(URL, "it did not answer")

    assert (away.why(URL), away.why(OTHER)) == ("it did not answer", None)
    clock.now += AWAY_SECONDS + 1
    assert away.why(URL) is None


def test_one_that_answered_is_there():
    away = Away(Clock())
    away.missed(URL, "it did not answer")

    away.heard(URL)

    assert away.why(URL) is None


def test_a_clock_that_was_set_back_keeps_nobody_away():
    clock = Clock()
    away = Away(clock)
    away.missed(URL, "it did not answer")

    clock.now -= 1

    assert away.why(URL) is None


@pytest.mark.anyio
async def test_for_keys_that_are_kept_a_silent_upstream_is_waited_for_a_little(tmp_path):
    index, pool = open_proofs(tmp_path / "proofs.sqlite3"), Pool(1)
    with upstream_registry() as behind:
        upstream = Upstream(label="upstream.example.test", url=behind.url)
        async with Fetcher() as fetcher:
            keys = UpstreamKeys(
                registry_of=lambda one: UpstreamRegistry(fetcher=fetcher, url=one.url),
                clock=Clock(),
                index=index,
                pool=pool,
                patience_seconds=0.1,
            )
            first = await keys.of(upstream)
            held = faulty_upstream.Held(faulty_upstream.clean(b""))
            behind.behaviours["/-/npm/v1/keys"] = held

            async with asyncio.timeout(5):
                second = await keys.of(upstream)
            held.release()

    assert isinstance(first, Had)
    assert second == first
    assert "it did not answer within `0.1` seconds" in (keys.doubt(upstream) or "")
    pool.close()
    index.close()
