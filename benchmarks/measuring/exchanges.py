"""Exchanges of fresh ID tokens, against a bare loop of verification and one durable INSERT."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import jwt

from benchmarks.measuring import packages
from benchmarks.measuring.load import Plan
from benchmarks.measuring.publishes import publish_all
from benchmarks.measuring.raw_loop import RawLoop
from benchmarks.measuring.report import Comparison, Sample, Side
from benchmarks.measuring.sampling import loaded
from imprint.demo.runs import GitHubRun

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from benchmarks.measuring.peers import Imprint
    from imprint.demo.issuer import StandInIssuer

AUDIENCE: Final = "npm:127.0.0.1"
FLOOR: Final = 1 / 3
TOKENS: Final = 1000
"""In one round, for either side."""
CONNECTIONS: Final = 8
NAMES: Final = tuple(f"@acme/widget-{number}" for number in range(20))


class Exchanges:
    """Both sides: packages with a trusted publisher each, and the loop's own database."""

    def __init__(self, ours: Imprint, issuer: StandInIssuer, *, file: Path) -> None:
        """Make the packages; `file` is where the loop keeps its rows."""
        self._ours = ours
        self._issuer = issuer
        for name in NAMES:
            publish_all(ours, name, ["1.0.0"])
            ours.running.trust(name)
        self._raw = RawLoop(file, key=_key(issuer), audience=AUDIENCE)
        # From here on the issuer's keys are there, and the code is warm.
        self._exchange(self.id_tokens(CONNECTIONS))

    def close(self) -> None:
        """Close the loop's database."""
        self._raw.close()

    def id_tokens(self, count: int) -> tuple[str, ...]:
        """Return ID tokens of one run, each with an id of its own, as GitHub gives them out."""
        claims, issuer = GitHubRun().claims(), self._issuer
        return tuple(issuer.sign(issuer.github, claims, audience=AUDIENCE) for _ in range(count))

    def comparison(self, *, tokens: int = TOKENS) -> Comparison:
        """Return the comparison; `tokens` are exchanged in a round, and as many verified."""
        what = f"exchange, {CONNECTIONS} at once"
        return Comparison(
            ours=Side(
                what=what,
                server="imprint",
                measure=lambda: self._exchange(self.id_tokens(tokens)),
            ),
            peer=Side(
                what="verify and keep", server="raw loop", measure=lambda: self._loop(tokens)
            ),
            floor=FLOOR,
        )

    def _exchange(self, id_tokens: Iterable[str]) -> Sample:
        ours = self._ours
        talks = tuple(
            (packages.exchange(ours.host, name, id_token),)
            for name, id_token in zip(itertools.cycle(NAMES), id_tokens)
        )
        return loaded(ours, Plan.for_(ours, connections=CONNECTIONS, status=201, talks=talks))

    def _loop(self, tokens: int) -> Sample:
        per_second, cpu_us = self._raw.run(self.id_tokens(tokens))
        return Sample(per_second=per_second, cpu_us=cpu_us)


def _key(issuer: StandInIssuer) -> jwt.PyJWK:
    _, answer = issuer.answer("/keys", None)
    keys = answer["keys"]
    assert isinstance(keys, list)
    return jwt.PyJWK(keys[0])
