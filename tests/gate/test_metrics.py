"""What the gate counts, as Prometheus reads it."""

import re
from pathlib import Path

from imprint.gate.metrics import MOST_LABELS, Gauge, Metrics
from imprint.gate.model import Effect
from imprint.upstream.observed import Observed

ROOT = Path(__file__).parents[2]
LINE = re.compile(
    r'(?:# (?:HELP|TYPE) imprint_\w+ .+|imprint_\w+(?:\{\w+="(?:[^"\\\n]|\\.)*"'
    r'(?:,\w+="(?:[^"\\\n]|\\.)*")*\})? [0-9.e+-]+)\Z'
)


def request(seconds):
    return Observed(host="registry.example.test", outcome="ok", size_bytes=10, seconds=seconds)


def lines(metrics, *gauges):
    return metrics.text(gauges).decode().splitlines()


def test_every_line_is_one_that_prometheus_reads():
    metrics = Metrics()
    metrics.request("packument", "served")
    metrics.observed(request(0.2))
    metrics.decided("tarball", Effect.WITHHOLD, ("malware",))
    metrics.doubted('a"b\\c\nd')
    gauge = Gauge(name="gate_cache_bytes", help="Bytes.", value=1.5e10, labels=(("kind", "x"),))

    told = lines(metrics, gauge)

    assert [line for line in told if not LINE.match(line)] == []
    assert 'imprint_gate_requests_total{kind="packument",outcome="served"} 1' in told
    assert 'imprint_gate_cache_bytes{kind="x"} 15000000000' in told
    assert 'imprint_gate_doubts_total{upstream="a\\"b\\\\c?d"} 1' in told


def test_a_decision_counts_for_each_of_its_reasons_and_for_none():
    metrics = Metrics()

    metrics.decided("tarball", Effect.WITHHOLD, ("malware", "advisory"))
    metrics.decided("tarball", Effect.SERVE, ())

    assert list(metrics.totals("gate_decisions_total").values()) == [1, 1, 1]
    assert any('code="none",' in line or 'code="none"}' in line for line in lines(metrics))


def test_what_is_sent_at_once_is_counted_as_everything_else():
    metrics = Metrics()
    metrics.ready[200] += 2
    metrics.ready[304] += 1
    metrics.request("packument", "served")

    told = lines(metrics)

    assert 'imprint_gate_requests_total{kind="packument",outcome="served"} 3' in told
    assert 'imprint_gate_requests_total{kind="packument",outcome="unchanged"} 1' in told
    assert 'imprint_gate_cache_total{kind="packument",result="hit"} 3' in told
    assert lines(metrics) == told


def test_buckets_of_a_histogram_hold_all_that_are_as_quick():
    metrics = Metrics()
    for seconds in (0.003, 0.2, 100.0):
        metrics.observed(request(seconds))

    told = lines(metrics)

    bucket = 'imprint_gate_upstream_seconds_bucket{upstream="registry.example.test",le="'
    assert f'{bucket}0.005"}} 1' in told
    assert f'{bucket}0.25"}} 2' in told
    assert f'{bucket}+Inf"}} 3' in told
    assert 'imprint_gate_upstream_seconds_count{upstream="registry.example.test"} 3' in told


def test_labels_from_outside_do_not_fill_the_memory():
    metrics = Metrics()

    for number in range(MOST_LABELS + 100):
        metrics.doubted(f"host-{number}")

    found = metrics.totals("gate_doubts_total")
    assert len(found) == MOST_LABELS + 1
    assert found[("upstream", "other"),] == 100


def test_every_metric_is_in_the_page():
    metrics = Metrics()
    metrics.observed(request(0.2))
    told = {line.split()[2] for line in lines(metrics) if line.startswith("# TYPE")}
    page = (ROOT / "docs/reference/metrics.md").read_text()

    assert sorted(name for name in told if f"`{name}`" not in page) == []
