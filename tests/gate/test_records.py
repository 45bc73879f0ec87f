"""Records: noted at once, written in batches, never more than there is room for."""

from contextlib import asynccontextmanager

import pytest

from imprint.gate import records as module
from imprint.gate.metrics import Metrics
from imprint.gate.model import Effect, JudgedDocument, Recorded
from imprint.gate.records import Records, client_of
from imprint.http.pool import Pool
from imprint.http.requests import Request
from imprint.storage import gate_records
from tests.support.gate_verdicts import admitted, refused

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000.0


@pytest.fixture
def anyio_backend():
    return "asyncio"


@asynccontextmanager
async def opened(folder, **options):
    pool, metrics = Pool(1), Metrics()
    index = gate_records.open_records(folder / "records.sqlite3")
    records = Records(index, pool, metrics, clock=lambda: NOW, **options)
    yield records, metrics
    await records.close()
    pool.close()


def recorded(**changes):
    values = {
        "at": NOW,
        "name": "widget",
        "version": "1.0.0",
        "integrity": None,
        "verdict": "refused",
        "effect": Effect.WITHHOLD,
        "codes": ("malware",),
        "sentence": "",
        "client": "192.0.2.1 npm/11",
        "channel": "tarball",
        "policy_digest": "ab",
    }
    return Recorded(**{**values, **changes})


def judged(*verdicts, digest="d1"):
    found = {one.version: one for one in verdicts}
    return JudgedDocument(
        name="widget",
        document_digest=digest,
        policy_digest="ab",
        verdicts=found,
        withheld=frozenset(v for v, one in found.items() if one.effect is Effect.WITHHOLD),
        next_change=None,
    )


def request(**headers):
    return Request(method="GET", raw_path="/", query="", headers=headers, address="192.0.2.1")


def test_a_client_is_its_address_and_what_it_says_of_itself():
    assert client_of(request(**{"user-agent": "npm/11 \x1b[2J"})) == "192.0.2.1 npm/11 ?[2J"
    assert client_of(request()) == "192.0.2.1"


async def test_what_was_told_is_written_when_it_is_closed(tmp_path):
    async with opened(tmp_path) as (records, metrics):
        records.told(recorded())
        records.asked("somebody", [("widget", "1.0.0")])

    index = gate_records.open_records(tmp_path / "records.sqlite3")
    assert [one.name for one in gate_records.decisions(index)] == ["widget"]
    assert [one.client for one in gate_records.inventory(index)] == ["somebody"]
    assert sum(metrics.totals("gate_decisions_total").values()) == 1
    index.close()


async def test_it_is_written_by_itself_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WRITE_SECONDS", 0.0)
    async with opened(tmp_path) as (records, _):
        records.told(recorded())
        await records._writing

        assert len(gate_records.decisions(records.index)) == 1


async def test_who_asks_is_kept_only_where_the_settings_say_so(tmp_path):
    async with opened(tmp_path, keeps_inventory=False) as (records, _):
        records.asked("somebody", [("widget", "1.0.0")])
        await records.flush()

        assert gate_records.inventory(records.index) == ()


async def test_what_there_is_no_room_for_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    async with opened(tmp_path) as (records, metrics):
        for number in range(5):
            records.told(recorded(version=f"1.0.{number}"))
        records.asked("somebody", [("widget", "1.0.0")])
        await records.flush()

        assert len(gate_records.decisions(records.index)) == 3
        assert metrics.totals("gate_records_lost_total") == {(): 3}


async def test_a_packument_is_noted_once_for_each_standing(tmp_path):
    async with opened(tmp_path) as (records, metrics):
        for _ in range(3):
            records.judged(judged(refused("1.0.0"), admitted("1.0.1")), upstream="u")
        records.judged(judged(refused("1.0.0"), digest="d2"), upstream="u", doubt="old")
        await records.flush()

        (kept,) = gate_records.decisions(records.index)
        assert (kept.version, kept.channel, kept.client, kept.times) == (
            "1.0.0",
            "packument",
            "",
            2,
        )
        assert metrics.totals("gate_doubts_total") == {(("upstream", "u"),): 1}


async def test_of_a_package_with_many_withheld_versions_the_last_are_noted(tmp_path):
    async with opened(tmp_path) as (records, _):
        records.judged(judged(*(refused(f"1.{number}.0") for number in range(100))), upstream="u")
        await records.flush()

        kept = gate_records.decisions(records.index)
        assert [one.version for one in kept] == [f"1.{number}.0" for number in range(80, 100)]
