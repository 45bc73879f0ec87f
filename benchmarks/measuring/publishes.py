"""Publishes of new packages of 50 kB, by token and by credential, one after the other and at once.

The peer's are by token: it has nothing else. As it is installed, Verdaccio compares the password
with its bcrypt hash at each request by token; told to sign its tokens it does not, and is quicker.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import packages
from benchmarks.measuring.load import CREDENTIAL, Plan
from benchmarks.measuring.report import Comparison, Sample, Side
from benchmarks.measuring.sampling import loaded

if TYPE_CHECKING:
    from benchmarks.measuring.load import Talk
    from benchmarks.measuring.peers import Imprint, Peer

FLOOR: Final = 5.0
TRUSTED: Final = "@trusted"
"""The scope whose packages the stand-in's run may publish; tokens may not."""
_numbers = itertools.count()

IdTokens = Callable[[int], Sequence[str]]


def publishes(
    ours: Imprint,
    installed: Peer,
    signing: Peer,
    *,
    id_tokens: IdTokens,
    connections: int,
    most: int = 200,
) -> Iterator[Comparison]:
    """Yield the comparisons for so many connections; `id_tokens` makes fresh ID tokens.

    The quickest publishes `most` packages in a round, the others so many that it takes as long.
    """

    def side(name: str, peer: Peer, talks: Callable[[int], Sequence[Talk]], share: int) -> Side:
        count = max(most // share, 1)
        return Side(
            what="publish" if connections == 1 else f"publish, {connections} at once",
            server=name,
            measure=lambda: _publish(peer, connections, talks(count)),
        )

    by_token = side("imprint, token", ours, partial(_by_token, ours), 1)
    by_credential = side("imprint, credential", ours, partial(_by_credential, ours, id_tokens), 2)
    slow = side(installed.name, installed, partial(_by_token, installed), 8)
    quick = side(signing.name, signing, partial(_by_token, signing), 2)
    for each in (by_token, by_credential):
        yield Comparison(ours=each, peer=slow, floor=FLOOR)
        yield Comparison(ours=each, peer=quick, floor=None)


def let_publish_by_credential(ours: Imprint) -> None:
    """Trust the stand-in's default run with every new package of the scope."""
    ours.running.trust(f"{TRUSTED}/*", by=ours.owner, create=True)


def publish_all(peer: Peer, name: str, versions: Iterable[str]) -> None:
    """Publish versions of one package by token."""
    talks = tuple(
        (packages.put(peer.host, name, packages.publication(name, version), peer.token),)
        for version in versions
    )
    loaded(peer, Plan.for_(peer, connections=1, status=201, talks=talks))


def _publish(peer: Peer, connections: int, talks: Sequence[Talk]) -> Sample:
    plan = Plan.for_(peer, connections=connections, status=201, talks=tuple(talks))
    return loaded(peer, plan)


def _by_token(peer: Peer, count: int) -> Sequence[Talk]:
    return [
        (packages.put(peer.host, name, packages.publication(name), peer.token),)
        for name in _new_names("@plain", count)
    ]


def _by_credential(peer: Peer, id_tokens: IdTokens, count: int) -> Sequence[Talk]:
    return [
        (
            packages.exchange(peer.host, name, id_token),
            packages.put(peer.host, name, packages.publication(name), CREDENTIAL),
        )
        for name, id_token in zip(_new_names(TRUSTED, count), id_tokens(count), strict=True)
    ]


def _new_names(scope: str, count: int) -> list[str]:
    return [f"{scope}/package-{next(_numbers)}" for _ in range(count)]
