"""Each thing that is measured can be done at all, once: nothing is timed here."""

import pytest

from benchmarks.measuring import publishes
from benchmarks.measuring.exchanges import Exchanges
from benchmarks.measuring.peers import imprint
from benchmarks.measuring.reads import reads
from imprint.demo.issuer import StandInIssuer


@pytest.mark.journeys
def test_exchange_publish_and_read_are_measured(tmp_path):
    with StandInIssuer() as issuer, imprint(tmp_path / "data", issuer) as ours:
        exchanges = Exchanges(ours, issuer, file=tmp_path / "raw.sqlite3")
        publishes.let_publish_by_credential(ours)
        sides = [
            exchanges.comparison(tokens=2),
            *publishes.publishes(
                ours, ours, ours, id_tokens=exchanges.id_tokens, connections=2, most=2
            ),
            reads(ours, ours, by_wrk=False, seconds=0.3),
        ]

        samples = [
            side.measure() for comparison in sides for side in (comparison.ours, comparison.peer)
        ]

        exchanges.close()
    assert all(sample.per_second > 0 for sample in samples)
