"""What packuments and tarballs were judged to be, in memory, as long as it holds.

It holds while the document, the policy and what is known of the upstream and of bursts stay the
same, and until the moment at which one of the versions changes by itself. A tarball that was judged
otherwise than its packument had it corrects that, whichever of the two was judged first: a client
asks for tarballs while others still wait for the packument.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec.structs import replace

from imprint.gate.judging.effects import plain_verdict
from imprint.gate.model import Effect, JudgedDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imprint.gate.model import UpstreamDocument, VersionVerdict
    from imprint.history.axes import Carries

MOST_KEPT = 8192
MOST_VERDICTS = 400_000
MOST_SUSPECTS = 64
MOST_TARBALLS = 512
"""Of one package: what was judged in full is kept for as many."""
MOST_ALONE = 50_000
"""Tarballs whose packument nobody asked for: whoever has a lockfile asks for nothing else."""

_Key = tuple[str, str]
"""The upstream's address, and the package's name."""


class Standing(NamedTuple):
    """By what, and when, something is judged."""

    policy_digest: str
    carries: Carries
    now: float
    bursts: frozenset[str] = frozenset()
    """Versions of the package that are of a burst, by what was read of others."""

    def is_of(self, before: Standing) -> bool:
        """Whether what was judged by `before` is what would be judged now, but for the time."""
        return self.is_like(before) and before.now <= self.now

    def is_like(self, other: Standing) -> bool:
        """Whether both judge by the same, at whatever time."""
        return (
            self.policy_digest == other.policy_digest
            and self.carries == other.carries
            and self.bursts == other.bursts
        )


class _Kept(msgspec.Struct, kw_only=True):
    """What a document was judged to be."""

    judged: JudgedDocument
    standing: Standing
    verified: frozenset[str]
    """Versions that were judged in full."""
    tarballs: OrderedDict[tuple[str, str | None], _Tarball] = msgspec.field(
        default_factory=OrderedDict
    )
    """By version and integrity."""
    suspects: frozenset[str] = frozenset()
    """Versions that were withheld when their tarball was asked for."""


class _Tarball(NamedTuple):
    """What a tarball was judged to be, from when on, and until when that holds."""

    verdict: VersionVerdict
    at: float
    ends: float | None


class _Alone(msgspec.Struct, frozen=True, kw_only=True):
    """What a tarball was judged to be, whose packument was not."""

    verdict: VersionVerdict
    document_digest: str
    standing: Standing
    ends: float | None


class JudgedMemory:
    """Of the packages that were asked for last. Used from the event loop alone."""

    def __init__(self, *, most_kept: int = MOST_KEPT, most_verdicts: int = MOST_VERDICTS) -> None:
        """Keep so many packages, and so many verdicts of their versions."""
        self._most_kept = most_kept
        self._most_verdicts = most_verdicts
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._verdicts = 0
        self._alone: OrderedDict[tuple[_Key, str, str | None], _Alone] = OrderedDict()
        self._alone_of: dict[_Key, set[tuple[str, str | None]]] = {}
        """The versions and integrities in `_alone`, by package."""

    def judged(self, document: UpstreamDocument, standing: Standing) -> JudgedDocument | None:
        """Return what a document was judged to be; None: it is to be judged."""
        kept = self._holding(document, standing)
        return None if kept is None else kept.judged

    def tarball(
        self,
        document: UpstreamDocument,
        standing: Standing,
        version: str,
        integrity: str | None,
    ) -> VersionVerdict | None:
        """Return a version's verdict, where it was judged in full, and for these bytes."""
        kept = self._holding(document, standing)
        if kept is None:
            return self._found_alone(document, standing, version, integrity)
        row = document.history.publication(version)
        if version in kept.verified and row is not None and integrity in (None, row.integrity):
            return kept.judged.verdicts.get(version) or plain_verdict(document.name, version)
        known = kept.tarballs.get((version, integrity))
        if known is None:
            return None
        holds = known.at <= standing.now and _is_before(standing.now, known.ends)
        return known.verdict if holds else None

    def suspects(self, document: UpstreamDocument) -> frozenset[str]:
        """Return the versions that are not to be taken at their word again."""
        kept = self._kept.get(key_of(document))
        return frozenset() if kept is None else kept.suspects

    def all(self) -> tuple[JudgedDocument, ...]:
        """Return all that is kept, what was used last at the end; some may hold no longer."""
        return tuple(kept.judged for kept in self._kept.values())

    def keep(
        self,
        document: UpstreamDocument,
        judged: JudgedDocument,
        standing: Standing,
        *,
        verified: frozenset[str],
    ) -> JudgedDocument:
        """Keep what a document was judged to be; `verified` of its versions in full.

        Returns it as it is kept: as the tarballs have it that were judged alone, before or
        meanwhile.
        """
        key = key_of(document)
        before = self._kept.pop(key, None)
        self._verdicts -= 0 if before is None else len(before.judged.verdicts)
        kept = self._kept[key] = _Kept(
            judged=judged,
            standing=standing,
            verified=verified,
            suspects=frozenset() if before is None else before.suspects,
        )
        self._verdicts += len(judged.verdicts)
        for version, integrity in sorted(self._alone_of.get(key, ()), key=str):
            alone = self._alone[key, version, integrity]
            if _counts(alone, document, kept):
                self._put_tarball(kept, document, alone, integrity)
        while len(self._kept) > self._most_kept or (
            self._verdicts > self._most_verdicts and len(self._kept) > 1
        ):
            _, oldest = self._kept.popitem(last=False)
            self._verdicts -= len(oldest.judged.verdicts)
        return kept.judged

    def keep_tarball(
        self,
        document: UpstreamDocument,
        standing: Standing,
        verdict: VersionVerdict,
        integrity: str | None,
        *,
        ends: float | None,
    ) -> bool:
        """Keep what a tarball was judged to be; return whether that corrects its packument.

        `ends`: when it is to be judged again; the decision says itself when it changes.
        """
        moments = [one for one in (ends, verdict.decision.next_change) if one is not None]
        found = _Alone(
            verdict=verdict,
            document_digest=document.digest,
            standing=standing,
            ends=min(moments, default=None),
        )
        # Its packument may have been judged meanwhile: begun later, and ended sooner.
        kept = self._kept.get(key_of(document))
        if kept is None or not _is_about(kept, document, found):
            self._keep_alone(document, found, integrity)
            return False
        return self._put_tarball(kept, document, found, integrity)

    def _put_tarball(
        self, kept: _Kept, document: UpstreamDocument, found: _Alone, integrity: str | None
    ) -> bool:
        """Keep what a tarball was judged to be; return whether that corrects its packument."""
        verdict = found.verdict
        kept.tarballs[verdict.version, integrity] = _Tarball(
            verdict, found.standing.now, found.ends
        )
        if len(kept.tarballs) > MOST_TARBALLS:
            kept.tarballs.popitem(last=False)
        row = document.history.publication(verdict.version)
        is_of_packument = row is not None and integrity in (None, row.integrity)
        is_withheld = verdict.effect is Effect.WITHHOLD
        is_other = is_withheld is not (verdict.version in kept.judged.withheld)
        if is_of_packument and is_other:
            self._verdicts -= len(kept.judged.verdicts)
            kept.judged = _with(kept.judged, verdict)
            if is_withheld and len(kept.suspects) < MOST_SUSPECTS:
                kept.suspects |= {verdict.version}
            self._verdicts += len(kept.judged.verdicts)
        return is_of_packument and is_other

    def _keep_alone(self, document: UpstreamDocument, found: _Alone, integrity: str | None) -> None:
        key, version = key_of(document), found.verdict.version
        self._alone[key, version, integrity] = found
        self._alone_of.setdefault(key, set()).add((version, integrity))
        if len(self._alone) > MOST_ALONE:
            (oldest, its_version, its_integrity), _ = self._alone.popitem(last=False)
            left = self._alone_of[oldest]
            left.discard((its_version, its_integrity))
            if not left:
                del self._alone_of[oldest]

    def _found_alone(
        self, document: UpstreamDocument, standing: Standing, version: str, integrity: str | None
    ) -> VersionVerdict | None:
        alone = self._alone.get((key_of(document), version, integrity))
        if (
            alone is None
            or alone.document_digest != document.digest
            or not standing.is_of(alone.standing)
            or not _is_before(standing.now, alone.ends)
        ):
            return None
        return alone.verdict

    def _holding(self, document: UpstreamDocument, standing: Standing) -> _Kept | None:
        """Return what is kept of a document, where that is what judging it now would come to."""
        key = key_of(document)
        kept = self._kept.get(key)
        if (
            kept is None
            or kept.judged.document_digest != document.digest
            or not standing.is_of(kept.standing)
            or not _is_before(standing.now, kept.judged.next_change)
        ):
            return None
        self._kept.move_to_end(key)
        return kept


def key_of(document: UpstreamDocument) -> _Key:
    """Return the upstream's address and the package's name."""
    return document.upstream.url, document.name


def withheld_of(verdicts: Mapping[str, VersionVerdict]) -> frozenset[str]:
    """Return the versions that are withheld."""
    return frozenset(v for v, one in verdicts.items() if one.effect is Effect.WITHHOLD)


def _with(judged: JudgedDocument, verdict: VersionVerdict) -> JudgedDocument:
    verdicts = {**judged.verdicts, verdict.version: verdict}
    change = verdict.decision.next_change
    moments = [moment for moment in (judged.next_change, change) if moment is not None]
    return replace(
        judged,
        verdicts=verdicts,
        withheld=withheld_of(verdicts),
        next_change=min(moments, default=None),
    )


def _is_about(kept: _Kept, document: UpstreamDocument, found: _Alone) -> bool:
    """Whether a tarball and a packument were judged by the same, and both still hold."""
    now = max(kept.standing.now, found.standing.now)
    return (
        kept.judged.document_digest == document.digest == found.document_digest
        and kept.standing.is_like(found.standing)
        and _is_before(now, kept.judged.next_change)
        and _is_before(now, found.ends)
    )


def _counts(alone: _Alone, document: UpstreamDocument, kept: _Kept) -> bool:
    """Whether what a tarball was judged to be is to be kept of a packument that is judged now.

    A version that was judged in full with the packument is newly judged: what came out of its
    tarball before says nothing more.
    """
    is_newer = alone.standing.now >= kept.standing.now
    return _is_about(kept, document, alone) and (
        is_newer or alone.verdict.version not in kept.verified
    )


def _is_before(now: float, moment: float | None) -> bool:
    return moment is None or now < moment
