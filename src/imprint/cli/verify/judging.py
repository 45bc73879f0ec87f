"""Judging what was gathered: by memory first, then by what is believed, and old trust is told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from imprint.cli.caches import cache_folder, kept_secret
from imprint.cli.session import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imprint.cli.verify.basis import Given, Stale
    from imprint.evidence.looked import Looked
    from imprint.evidence.pieces import Pieces
    from imprint.evidence.verdict import Verdict
    from imprint.storage.verdicts import VerdictCache


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What every judgement of one command has in common."""

    given: Given
    cache: VerdictCache | None
    now: float

    def judge(
        self, pieces: Sequence[Pieces], *, registry: str, keys: Looked[bytes]
    ) -> tuple[Verdict, ...]:
        """Return the verdicts on versions of one registry; `keys` are what it says are its own."""
        from imprint.evidence.kept import Grounds, judged

        stale: list[Stale] = []

        def judge_missing(missing: Sequence[Pieces]) -> list[Verdict]:
            from imprint.cli.verify.basis import basis_of
            from imprint.evidence.judge import judge

            basis, found = basis_of(self.given, registry=registry, fetched=keys, now=self.now)
            stale.extend(found)
            return [judge(one, basis=basis, now=self.now) for one in missing]

        grounds = Grounds(trust_digest=self.given.digest(registry, keys, now=self.now))
        verdicts = judged(pieces, grounds=grounds, cache=self.cache, judge=judge_missing)
        warn_of_stale(stale, verdicts)
        return verdicts


def warn_of_stale(stale: Sequence[Stale], verdicts: Sequence[Verdict]) -> None:
    """Say what of the trust that verdicts rest on is old; of all, where something is not valid."""
    used = {one.domain for verdict in verdicts for one in verdict.attestations}
    failed = any(one.domain is None for verdict in verdicts for one in verdict.attestations)
    for one in stale:
        if failed or one.is_of_registry or one.name in used:
            say(f"warning: {one.message}")


@contextmanager
def judging(given: Given, *, uses_cache: bool, now: float) -> Iterator[Judging]:
    """Open the kept verdicts; without a key that is ours alone, there are none."""
    from imprint.storage.verdicts import VerdictCache

    if not uses_cache:
        yield Judging(given=given, cache=None, now=now)
        return
    secret = kept_secret()
    if secret is None:
        yield Judging(given=given, cache=None, now=now)
        return
    file = cache_folder() / "verdicts.sqlite3"
    with VerdictCache(file, secret=secret) as cache:
        yield Judging(given=given, cache=cache, now=now)
