"""What a benchmark says of its figures."""

import json

import pytest

from benchmarks.measuring.report import Comparison, Results, Sample, Side


def side(server, *per_second, cpu_us=100.0):
    samples = [Sample(per_second=value, cpu_us=cpu_us) for value in per_second]
    return Side(what="exchange", server=server, measure=lambda: samples[0], samples=samples)


def results(*comparisons):
    return Results(command="x", machine={"machine": "m"}, rounds=3, comparisons=comparisons)


def compared(floor, *, ours=(30.0, 60.0, 20.0), theirs=(10.0, 10.0, 10.0)):
    return Comparison(
        ours=side("ours", *ours), peer=side("peer", *theirs, cpu_us=400.0), floor=floor
    )


def test_the_median_of_the_rounds_ratios_is_held_to_the_floor():
    assert compared(3.0).spread == (2.0, 3.0, 6.0)
    assert compared(3.0).verdict == "PASS"
    assert compared(3.1).verdict == "FAIL"
    assert compared(None).verdict == "context"


def test_the_ratio_by_cpu_time_is_how_much_more_the_peer_takes():
    assert compared(3.0).cpu == 4.0


@pytest.mark.parametrize(
    ("floors", "passed"), [((3.0, None), True), ((3.0, 3.1), False), ((), False)]
)
def test_every_floor_must_be_kept_and_something_measured(floors, passed):
    assert results(*map(compared, floors)).passed is passed


def test_the_table_says_pass_or_fail_and_where():
    assert results(compared(3.0)).as_table().endswith("PASS: every floor is kept")
    assert results(compared(9.0)).as_table().endswith("FAIL: exchange: ours / peer")


def test_json_has_every_figure_and_the_verdict():
    answer = json.loads(results(compared(3.0)).as_json())

    assert answer["schema"] == 1
    assert answer["passed"] is True
    assert answer["ratios"] == [
        {
            "what": "exchange",
            "ours": "ours",
            "peer": "peer",
            "min": 2.0,
            "median": 3.0,
            "max": 6.0,
            "cpu": 4.0,
            "floor": 3.0,
            "verdict": "PASS",
        }
    ]
    assert [measure["rounds"] for measure in answer["measures"]] == [[30.0, 60.0, 20.0], [10.0] * 3]
