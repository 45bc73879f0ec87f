"""Reads of the packument that an installing client asks for, against Verdaccio's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import packages
from benchmarks.measuring.load import Plan
from benchmarks.measuring.publishes import publish_all
from benchmarks.measuring.report import Comparison, Sample, Side
from benchmarks.measuring.sampling import loaded, loaded_by_wrk

if TYPE_CHECKING:
    from benchmarks.measuring.peers import Peer

FLOOR: Final = 20.0
SECONDS: Final = 2.0
CONNECTIONS: Final = 16
NAME: Final = "@acme/read-often"
VERSIONS: Final = tuple(f"1.{minor}.0" for minor in range(10))


def reads(ours: Peer, peer: Peer, *, by_wrk: bool, seconds: float = SECONDS) -> Comparison:
    """Return the comparison, of so long a round; the package is published to both now.

    Our generator takes about as much of the machine as the server does, so that its rates say more
    of itself: by it the servers' CPU times are compared.
    """
    for each in {ours, peer}:
        publish_all(each, NAME, VERSIONS)
    measure = _by_wrk if by_wrk else _by_generator
    mine, theirs = (
        Side(what="read packument", server=each.name, measure=partial(measure, each, seconds))
        for each in (ours, peer)
    )
    return Comparison(ours=mine, peer=theirs, floor=FLOOR, by_cpu=not by_wrk)


def _by_generator(peer: Peer, seconds: float) -> Sample:
    talk = (packages.abbreviated(peer.host, NAME),)
    plan = Plan.for_(peer, connections=CONNECTIONS, status=200, talks=(talk,), seconds=seconds)
    return loaded(peer, plan)


def _by_wrk(peer: Peer, seconds: float) -> Sample:
    return loaded_by_wrk(
        peer,
        packages.path_of(NAME),
        accept=packages.ABBREVIATED,
        connections=CONNECTIONS,
        seconds=seconds,
    )
