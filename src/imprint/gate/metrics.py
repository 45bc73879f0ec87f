"""What the gate counts, as text for Prometheus (exposition format 0.0.4). No names of packages.

Plain counters of one process, used from its event loop alone: every number is a dictionary's entry,
so counting costs a look-up. Values that are looked up when somebody asks come in as `Gauge`s.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imprint.gate.model import Effect
    from imprint.upstream.observed import Observed

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
MOST_LABELS: Final = 512
"""Of one counter: what comes from outside must not fill the memory."""
_OTHER: Final = "other"

Labels = tuple[tuple[str, str], ...]


class Gauge(msgspec.Struct, frozen=True, kw_only=True):
    """A value as it is at the moment."""

    name: str
    """Without `imprint_`."""
    help: str
    value: float
    labels: Labels = ()


class Metrics:
    """The counters of one process."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._counters: dict[str, Counter[Labels]] = {name: Counter() for name in _HELP}
        self.ready: Counter[int] = Counter()
        """Packuments that were sent at once, by status: on the hot path an addition is enough."""
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def request(self, kind: str, outcome: str) -> None:
        """Count an answer: `packument`, `tarball`, …, and `served`, `refused`, `failed`, …."""
        self._add("gate_requests_total", (("kind", kind), ("outcome", outcome)))

    def cache(self, kind: str, *, is_hit: bool) -> None:
        """Count a look into what is kept."""
        result = "hit" if is_hit else "miss"
        self._add("gate_cache_total", (("kind", kind), ("result", result)))

    def observed(self, request: Observed) -> None:
        """Count a request to an upstream, and how long it took."""
        host, seconds = request.host, request.seconds
        host = self._known(host)
        self._add(
            "gate_upstream_requests_total", (("upstream", host), ("outcome", request.outcome))
        )
        self._add("gate_upstream_bytes_total", (("upstream", host),), request.size_bytes)
        buckets = self._buckets.setdefault(host, [0] * (len(BUCKETS_SECONDS) + 1))
        place = next(
            (at for at, most in enumerate(BUCKETS_SECONDS) if seconds <= most),
            len(BUCKETS_SECONDS),
        )
        buckets[place] += 1
        self._seconds[host] = self._seconds.get(host, 0.0) + seconds

    def decided(self, channel: str, effect: Effect, codes: Iterable[str]) -> None:
        """Count a decision that was told, once for each of its reasons."""
        for code in tuple(codes) or ("none",):
            labels = (("channel", channel), ("effect", effect.value), ("code", code))
            self._add("gate_decisions_total", labels)

    def doubted(self, upstream: str) -> None:
        """Count an answer that rests on less than there should be."""
        self._add("gate_doubts_total", (("upstream", upstream),))

    def unjudged(self, why: str, count: int = 1) -> None:
        """Count versions that a graph had and nobody could judge: `late`, `failed`, `absent`."""
        if count:
            self._add("gate_unjudged_total", (("reason", why),), count)

    def lost(self, count: int) -> None:
        """Count records that could not be kept."""
        self._add("gate_records_lost_total", (), count)

    def text(self, gauges: Iterable[Gauge] = ()) -> bytes:
        """Return everything, in the format that Prometheus reads."""
        self._take_ready()
        lines = [*self._lines(), *self._latency(), *_gauges(gauges)]
        return "".join(f"{line}\n" for line in lines).encode()

    def totals(self, name: str) -> dict[Labels, int]:
        """Return a counter's values, for tests and status."""
        self._take_ready()
        return dict(self._counters[name])

    def _take_ready(self) -> None:
        for status, outcome in ((200, "served"), (304, "unchanged")):
            count, self.ready[status] = self.ready[status], 0
            if count:
                labels = (("kind", "packument"), ("outcome", outcome))
                self._add("gate_requests_total", labels, count)
                hits = (("kind", "packument"), ("result", "hit"))
                self._add("gate_cache_total", hits, count)

    def _known(self, host: str) -> str:
        return host if host in self._buckets or len(self._buckets) < MOST_LABELS else _OTHER

    def _add(self, name: str, labels: Labels, count: int = 1) -> None:
        counter = self._counters[name]
        if labels not in counter and len(counter) >= MOST_LABELS:
            labels = tuple((label, _OTHER) for label, _ in labels)
        counter[labels] += count

    def _lines(self) -> Iterator[str]:
        for name, counter in self._counters.items():
            yield from _head(name, _HELP[name], "counter")
            for labels, value in sorted(counter.items()):
                yield f"imprint_{name}{_labels(labels)} {value}"

    def _latency(self) -> Iterator[str]:
        name = "gate_upstream_seconds"
        yield from _head(name, "How long upstreams took to answer, in seconds.", "histogram")
        for host, buckets in sorted(self._buckets.items()):
            total = 0
            for most, count in zip((*BUCKETS_SECONDS, None), buckets, strict=True):
                total += count
                end = "+Inf" if most is None else f"{most:g}"
                labels = (("upstream", host), ("le", end))
                yield f"imprint_{name}_bucket{_labels(labels)} {total}"
            of_host = _labels((("upstream", host),))
            yield f"imprint_{name}_sum{of_host} {self._seconds[host]:.6f}"
            yield f"imprint_{name}_count{of_host} {total}"


_HELP: Final = {
    "gate_requests_total": "Answers of the gate, by what was asked for and what became of it.",
    "gate_cache_total": "Looks into what is kept of upstreams.",
    "gate_upstream_requests_total": "Requests to upstreams.",
    "gate_upstream_bytes_total": "Bytes that upstreams sent, as they came.",
    "gate_decisions_total": "Decisions that clients were told, by effect and reason.",
    "gate_doubts_total": "Answers that rest on less evidence than there should be.",
    "gate_unjudged_total": "Versions of graphs that nobody could judge in time, or at all.",
    "gate_records_lost_total": "Records of decisions that could not be kept.",
}


def _head(name: str, words: str, kind: str) -> Iterator[str]:
    yield f"# HELP imprint_{name} {words}"
    yield f"# TYPE imprint_{name} {kind}"


def _gauges(gauges: Iterable[Gauge]) -> Iterator[str]:
    told: set[str] = set()
    for gauge in sorted(gauges, key=lambda one: one.name):
        if gauge.name not in told:
            told.add(gauge.name)
            yield from _head(gauge.name, gauge.help, "gauge")
        yield f"imprint_{gauge.name}{_labels(gauge.labels)} {gauge.value:.17g}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    plain = "".join(c if c.isprintable() else "?" for c in value[:200])
    return plain.replace("\\", "\\\\").replace('"', '\\"')
