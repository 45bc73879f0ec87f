"""What the gate's figures are held to."""

from __future__ import annotations

import json

import pytest

from benchmarks.measuring.gated_installs import Installed
from benchmarks.measuring.gated_project import Counts
from benchmarks.measuring.gated_reads import LargePulls
from benchmarks.measuring.gating import BUN, COLD, OURS, PEER, WARM, Measured
from benchmarks.measuring.gating_floors import as_json, as_table, floors
from benchmarks.measuring.report import Sample


def installed(seconds=2.0, proxy_cpu_seconds=0.1):
    return Installed(
        seconds=seconds,
        client_cpu_seconds=1.0,
        proxy_cpu_seconds=proxy_cpu_seconds,
        upstream=Counts(requests=280, size_bytes=4_000_000),
    )


def measured(factor=1.0, *, failed=0, served=(120, 120)):
    return Measured(
        installs={
            COLD: [installed(2.0 * factor)],
            WARM: [installed(2.0 * factor)],
            BUN: [installed(1.0 * factor, 1.0 * factor)],
        },
        reads=[Sample(per_second=500 / factor, cpu_us=1000 * factor)],
        pulls=[
            LargePulls(
                before_mib=100,
                peak_mib=150,
                seconds=1,
                cpu_seconds=1,
                received_bytes=20_000_000,
                failed=failed,
            )
        ],
        served=served,
    )


def held(ours, *, by_wrk=True):
    return {one.what: one.is_held for one in floors({OURS: ours, PEER: measured()}, by_wrk=by_wrk)}


def test_what_is_as_fast_as_the_peer_misses_what_has_to_be_faster():
    found = held(measured(served=(119, 120)))

    assert [what for what, is_held in found.items() if not is_held] == [
        "bun install, warm: time, ours / theirs",
        "bun install, warm: the proxy's CPU, ours / theirs",
        "hot filtered packument: rate, ours / theirs",
    ]


@pytest.mark.parametrize("by_wrk", [True, False])
def test_what_is_much_faster_holds_everything(by_wrk):
    found = held(measured(0.04, served=(119, 120)), by_wrk=by_wrk)

    assert all(found.values()), found


def test_a_packument_that_is_not_filtered_shows_nothing():
    assert not held(measured(0.04))["versions that are withheld of it"]


def test_a_client_that_gets_nothing_is_a_floor_missed():
    assert not held(measured(failed=1))["clients that got no whole packument"]


def test_only_what_was_measured_is_held_to_anything():
    assert floors({OURS: Measured(), PEER: Measured()}, by_wrk=True) == ()


def test_both_forms_say_what_was_missed():
    sides = {OURS: measured(served=(119, 120)), PEER: measured()}
    found = floors(sides, by_wrk=True)

    table = as_table({"machine": "a test"}, {"packages": 140}, sides, found)
    told = json.loads(as_json({"machine": "a test"}, {"packages": 140}, sides, found))

    assert table.endswith("missed: 3 of 8")
    assert (told["passed"], sum(not one["held"] for one in told["floors"])) == (False, 3)
