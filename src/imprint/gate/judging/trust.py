"""Verifying what upstreams hand out, by the server's folder of trust: an `evidence.proving.Judge`.

It blocks, and is meant for one thread: kept verdicts are a file that only the thread which opened
it may read.
"""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from imprint.evidence.believing import basis_by_trust
from imprint.evidence.judge import judge
from imprint.evidence.kept import Grounds, folder_digest, judged
from imprint.evidence.looked import Had
from imprint.refusals import Malformed
from imprint.storage.verdicts import VerdictCache
from imprint.upstream.trust.staleness import refuse_stale
from imprint.upstream.trust.store import load_trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from imprint.attestations.domains import TrustDomain
    from imprint.evidence.basis import Basis
    from imprint.evidence.looked import Looked
    from imprint.evidence.pieces import Pieces
    from imprint.evidence.verdict import Verdict
    from imprint.upstream.trust.trust import Trust

log = logging.getLogger("imprint.gate")

LOOKED_AT_EVERY_SECONDS = 30.0
"""How often the folder is looked at: renewed roots count without a restart."""
_DAY_SECONDS = 86_400.0
_MOST_BASES = 64


class TrustJudge:
    """Verifies by the domains and keys in a folder, and by those that imprint ships with."""

    def __init__(
        self,
        folder: Path,
        *,
        max_age_days: int,
        clock: Callable[[], float],
        kept: Path | None = None,
        secret: bytes = b"",
    ) -> None:
        """Believe `folder`; roots older than `max_age_days` judge nothing, 0: of whatever age.

        Verdicts are kept in the file `kept`, sealed by `secret`; None: nowhere. Raises Malformed
        (`trust-file`) for a folder that cannot be read.
        """
        self._folder = folder
        self._max_age_days = max_age_days
        self._clock = clock
        self._kept = kept
        self._secret = secret
        self._cache: VerdictCache | None = None
        self._looked_at = clock()
        self._digest = folder_digest(folder)
        self._take(load_trust(folder))

    def __call__(
        self, pieces: Sequence[Pieces], *, registry: str, keys: Looked[bytes]
    ) -> Sequence[Verdict]:
        """Return a verdict on each, in their order; `keys` are what the registry says of itself."""
        now = self._clock()
        self._look(now)
        said = hashlib.sha256(keys.value).hexdigest() if isinstance(keys, Had) else repr(keys)

        def judge_missing(missing: Sequence[Pieces]) -> list[Verdict]:
            basis = self._basis(registry, keys, said, now)
            return [judge(one, basis=basis, now=now) for one in missing]

        if self._cache is None and self._kept is not None:
            self._cache = VerdictCache(self._kept, secret=self._secret)
        grounds = Grounds(trust_digest=self._grounds(registry, said, now))
        return judged(pieces, grounds=grounds, cache=self._cache, judge=judge_missing)

    def prepare(self) -> None:
        """Read the roots, where the first client would have to wait for it; before any judging.

        What is wrong with one of them is said where it is needed.
        """
        with suppress(Malformed):
            self._domains(self._clock())

    def close(self) -> None:
        """Close the file of kept verdicts, from the thread that verified."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def _look(self, now: float) -> None:
        """Take the folder as it is now. One that is broken changes nothing, and is told."""
        if 0 <= now - self._looked_at < LOOKED_AT_EVERY_SECONDS:
            return
        self._looked_at = now
        digest = folder_digest(self._folder)
        if digest == self._digest:
            return
        self._digest = digest
        try:
            self._take(load_trust(self._folder))
        except Malformed as err:
            log.error("trust-not-loaded", extra={"code": err.code, "reason": err.message})  # noqa: TRY400 - its line says all
        else:
            log.info("trust-loaded", extra={"trust.digest": self._trust.digest})

    def _take(self, trust: Trust) -> None:
        self._trust, self._trust_digest = trust, trust.digest
        self._bases: dict[tuple[str, str], tuple[float, Basis]] = {}
        """By registry and what it says of its keys: since when, and what."""

    def _domains(self, now: float) -> tuple[TrustDomain, ...]:
        return tuple(
            domain for domain in self._trust.believed if self._is_fresh(self._trust, domain, now)
        )

    def _is_fresh(self, trust: Trust, domain: TrustDomain, now: float) -> bool:
        refusal = refuse_stale(trust, now, max_age_days=self._max_age_days, names={domain.name})
        return refusal is None

    def _basis(self, registry: str, keys: Looked[bytes], said: str, now: float) -> Basis:
        """Return what versions of a registry are judged by, put together once in a while."""
        found = self._bases.get((registry, said))
        if found is not None and 0 <= now - found[0] < LOOKED_AT_EVERY_SECONDS:
            return found[1]
        basis = basis_by_trust(
            self._trust, domains=self._domains(now), registry=registry, fetched=keys
        )
        if len(self._bases) >= _MOST_BASES:
            self._bases.clear()
        self._bases[registry, said] = now, basis
        return basis

    def _grounds(self, registry: str, said: str, now: float) -> str:
        """Return the digest of all that verdicts rest on; another one each day, as trust ages."""
        parts = (self._trust_digest, registry, said, str(now // _DAY_SECONDS))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
