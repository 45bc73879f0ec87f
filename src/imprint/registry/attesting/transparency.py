"""Publish attestations and their log: right after the publication, and later where that failed.

The version stands either way. What waits is signed and kept, and nobody is told of it until its
entry is there and the registry has verified it as everybody else would.
"""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from imprint.refusals import Malformed, Unavailable
from imprint.registry.attesting.publish_attestation import envelope_of
from imprint.registry.attesting.settling import settle, sign_waiting, waiting_after
from imprint.storage.attestations import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.http.pool import Pool
    from imprint.registry.context import Registry

log = logging.getLogger("imprint.registry")

PATIENCE_SECONDS = 3.0
"""How long a publication is held up for its log entry: npm waits, and a person with it."""
SWEEP_PATIENCE_SECONDS = 15.0
SWEEP_AT_ONCE = 4
STUCK_SECONDS = 3600.0
"""How long what the log refused, or what does not verify, is left alone: it must not hold up the
others, nor fill the log, and one odd answer of a log must not be the end of it."""
_LASTING = frozenset({"attestation-unverified", "sigstore-refused"})
"""What another try in a minute does not change."""


class EntryWriter(Protocol):
    """Writes to a transparency log: `upstream.sigstore`, or what a test has at hand."""

    async def __call__(
        self, envelope: bytes, verifier_pem: bytes, *, timeout_seconds: float
    ) -> Mapping[str, object]:
        """Return the entry as bundles carry it; raises Unavailable, Malformed."""
        ...


class Attested(Enum):
    """How far a publish attestation has come."""

    NOTHING = "nothing"
    """There is none, or another process has settled it."""
    SIGNED = "signed"
    """Signed, and there is no log."""
    LOGGED = "logged"
    WAITING = "waiting"
    """The log, or the key, could not be had."""
    STUCK = "stuck"
    """The log took it, or refused it, and what came of that does not verify."""


SENTENCES = {
    Attested.LOGGED: "its publish attestation is in the transparency log",
    Attested.WAITING: "its publish attestation waits for the transparency log",
    Attested.STUCK: "its publish attestation waits for the transparency log",
}
"""What whoever publishes is told."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep did."""

    logged: int
    waiting: int
    """How many it tried and could not."""
    changed: tuple[str, ...]
    """Packages that are to be rendered again."""


class TransparencyLog:
    """Signs and logs what waits. One for each process and event loop."""

    def __init__(self, registry: Registry, pool: Pool, write: EntryWriter | None) -> None:
        """Log by `write`; None: there is no log, and attestations are signed alone."""
        self._registry = registry
        self._pool = pool
        self._write = write
        self._stuck_until: dict[int, float] = {}

    async def attest(self, version_id: int) -> Attested:
        """Sign and log what the registry states of a version, within `PATIENCE_SECONDS`.

        Raises nothing for what is out of order: the sweep tries again.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                attested, _ = await self._attest(version_id, PATIENCE_SECONDS)
                return attested
        except TimeoutError:
            log.warning("attestation-waits", extra={"version.id": version_id})
        except Exception:  # the version stands, whatever is wrong with its attestation
            log.exception("attestation-waits", extra={"version.id": version_id})
        return Attested.WAITING

    async def sweep(self) -> Swept:
        """Attest to every version that waits, a few at once; the rest waits for the next round."""
        states = (State.UNSIGNED,) if self._write is None else (State.UNSIGNED, State.WAITING)
        swept = [await self._sweep(state) for state in states]
        return Swept(
            logged=sum(one.logged for one in swept),
            waiting=sum(one.waiting for one in swept),
            changed=tuple(sorted({name for one in swept for name in one.changed})),
        )

    async def _sweep(self, state: State) -> Swept:
        changed: set[str] = set()
        logged = left = after = 0
        now = self._registry.clock()
        while batch := await self._pool.run(
            waiting_after, self._registry, state=state, after=after, most=SWEEP_AT_ONCE
        ):
            after = batch[-1].id
            tried = [
                one.version_id for one in batch if self._stuck_until.get(one.version_id, now) <= now
            ]
            done = await asyncio.gather(
                *(self._attest(version_id, SWEEP_PATIENCE_SECONDS) for version_id in tried)
            )
            changed.update(name for _, name in done if name is not None)
            logged += sum(attested is Attested.LOGGED for attested, _ in done)
            left += sum(attested in (Attested.WAITING, Attested.STUCK) for attested, _ in done)
            if done and all(attested is Attested.WAITING for attested, _ in done):
                break  # the log is not to be had: to ask it for each of thousands would take hours
        return Swept(logged=logged, waiting=left, changed=tuple(changed))

    async def _attest(
        self, version_id: int, patience_seconds: float
    ) -> tuple[Attested, str | None]:
        """Return how far it came, and the package that is to be rendered again."""
        try:
            waiting = await self._pool.run(sign_waiting, self._registry, version_id)
            if waiting is None:
                return Attested.NOTHING, None
            if self._write is None:
                return Attested.SIGNED, None
            entry = await self._write(
                envelope_of(waiting.bundle), waiting.verifier_pem, timeout_seconds=patience_seconds
            )
            return Attested.LOGGED, await self._pool.run(settle, self._registry, waiting, entry)
        except (Malformed, Unavailable) as err:
            log.warning(
                "attestation-waits",
                extra={"version.id": version_id, "code": err.code, "reason": err.message},
            )
            if isinstance(err, Malformed) or err.code in _LASTING:
                self._stuck_until[version_id] = self._registry.clock() + STUCK_SECONDS
                return Attested.STUCK, None
        except SQLAlchemyError:
            log.exception("attestation-waits", extra={"version.id": version_id})
        return Attested.WAITING, None
