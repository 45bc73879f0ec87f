"""Many packages judged at once, for whoever waits no longer than a few seconds.

What was judged a moment ago is at hand without its packument. The rest is judged within a budget;
what is late goes on being judged, and is there for the next one who asks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.evidence.looked import Had, NotLooked, NotThere

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imprint.gate.judging.judging import Judging
    from imprint.gate.judging.policies import Policies
    from imprint.gate.model import Upstream, VersionVerdict
    from imprint.gate.upstream.documents import Documents

log = logging.getLogger("imprint.gate")

BUDGET_SECONDS: Final = 5.0
FRESH_SECONDS: Final = 300.0
"""How long what was judged is taken as it is; then it is judged again, behind the answer."""
KEPT_SECONDS: Final = 3600.0
MOST_VERSIONS: Final = 500_000
"""Of all packages that are kept at hand."""
AT_ONCE: Final = 16
MOST_WAITING: Final = 8192
MOST_GONE: Final = 16
"""Versions of one package that are not there and are judged for all that."""

Key: TypeAlias = tuple[str, str]


class JudgedName(msgspec.Struct, frozen=True, kw_only=True):
    """A package, judged: what is left of it without its packument."""

    verdicts: Mapping[str, VersionVerdict]
    """Of the versions that are not plainly served."""
    versions: frozenset[str]
    """All that there are, and those that were asked about and are not there."""
    policy_digest: str
    next_change: float | None
    doubt: str | None
    looked_at: float


class JudgedNames(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the packages that were asked about."""

    judged: Mapping[str, JudgedName] = msgspec.field(default_factory=dict)
    late: tuple[str, ...] = ()
    """They are still being judged."""
    absent: tuple[str, ...] = ()
    """Their upstream has no such package, or shows it to others alone."""
    failed: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Nobody could tell, and why."""


class NamesJudge:
    """Judges packages by their names; used from one event loop alone."""

    def __init__(
        self,
        documents: Documents,
        judging: Judging,
        policies: Policies,
        *,
        clock: Callable[[], float],
    ) -> None:
        """Judge by `judging` what `documents` has."""
        self._documents = documents
        self._judging = judging
        self._policies = policies
        self._clock = clock
        self._kept: OrderedDict[Key, JudgedName] = OrderedDict()
        self._size = 0
        self._looking: dict[
            tuple[str, str, str], asyncio.Task[JudgedName | NotThere | NotLooked]
        ] = {}
        """By the policy's digest, too: who asks under another one is not told what that one says.
        """
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def judge(
        self,
        wanted: Mapping[str, tuple[Upstream, Sequence[str]]],
        *,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> JudgedNames:
        """Return what becomes of `wanted`, names with where they come from and their versions."""
        judged: dict[str, JudgedName] = {}
        tasks: dict[str, asyncio.Task[JudgedName | NotThere | NotLooked]] = {}
        late: list[str] = []
        for name, (upstream, versions) in wanted.items():
            known = self.at_hand(name, upstream)
            if known is not None and known.versions.issuperset(versions):
                judged[name] = known
                if self._clock() - known.looked_at <= FRESH_SECONDS:
                    continue
            task = self._look_soon(name, upstream, versions)
            if name not in judged:
                if task is None:
                    late.append(name)
                else:
                    tasks[name] = task
        if tasks:
            await asyncio.wait(tasks.values(), timeout=budget_seconds)
        return _sorted(tasks, wanted, judged, late)

    def at_hand(self, name: str, upstream: Upstream) -> JudgedName | None:
        """Return what was judged before and still holds by itself; None: it is to be judged."""
        known = self._kept.get((upstream.url, name))
        current = self._policies.current
        if known is None or current is None or known.policy_digest != current.digest:
            return None
        now = self._clock()
        if known.next_change is not None and now >= known.next_change:
            return None
        return known if 0 <= now - known.looked_at <= KEPT_SECONDS else None

    def forget(self, name: str) -> None:
        """Judge a package again when it is next asked about: one of its tarballs was refused."""
        for key in [key for key in self._kept if key[1] == name]:
            self._size -= len(self._kept.pop(key).versions)

    async def close(self) -> None:
        """Give up what is being judged."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _look_soon(
        self, name: str, upstream: Upstream, versions: Sequence[str]
    ) -> asyncio.Task[JudgedName | NotThere | NotLooked] | None:
        current = self._policies.current
        key = (upstream.url, name, "" if current is None else current.digest)
        task = self._looking.get(key)
        if task is None:
            if len(self._looking) >= MOST_WAITING:
                return None
            task = asyncio.create_task(self._look(name, upstream, versions), name="judge")
            self._looking[key] = task
            task.add_done_callback(lambda _: self._looking.pop(key, None))
        return task

    async def _look(
        self, name: str, upstream: Upstream, versions: Sequence[str]
    ) -> JudgedName | NotThere | NotLooked:
        async with self._turns:
            looked = await self._documents.get(name, upstream)
            if not isinstance(looked, Had):
                return looked
            document = looked.value
            found = await self._judging.judge(document)
            there = frozenset((*document.history.moments, *document.history.unreadable))
            gone = [one for one in versions if one not in there][:MOST_GONE]
            # What a lockfile names and the upstream has not any more is in no packument's verdict.
            more = [await self._judging.judge_tarball(document, one, None) for one in gone]
            # A tarball may have come out otherwise since it was judged.
            found = self._judging.current(document) or found
        judged = JudgedName(
            verdicts={**found.verdicts, **{one.version: one for one in more}},
            versions=there.union(gone),
            policy_digest=found.policy_digest,
            next_change=found.next_change,
            doubt=found.doubt or document.doubt,
            looked_at=self._clock(),
        )
        self._keep((upstream.url, name), judged)
        return judged

    def _keep(self, key: Key, judged: JudgedName) -> None:
        before = self._kept.pop(key, None)
        self._size += len(judged.versions) - (0 if before is None else len(before.versions))
        self._kept[key] = judged
        while self._size > MOST_VERSIONS and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._size -= len(oldest.versions)


def _sorted(
    tasks: Mapping[str, asyncio.Task[JudgedName | NotThere | NotLooked]],
    wanted: Mapping[str, tuple[Upstream, Sequence[str]]],
    judged: dict[str, JudgedName],
    late: list[str],
) -> JudgedNames:
    absent: list[str] = []
    failed: dict[str, str] = {}
    for name, task in tasks.items():
        if not task.done() or task.cancelled():
            late.append(name)
            continue
        if (err := task.exception()) is not None:
            log.error("bug", extra={"package.name": name}, exc_info=err)
            failed[name] = "the gate failed to judge it"
            continue
        match task.result():
            case JudgedName() as found:
                judged[name] = found
                if not found.versions.issuperset(wanted[name][1]):
                    late.append(name)  # somebody else asked, about other versions
            case NotThere():
                absent.append(name)
            case NotLooked(why=why):
                failed[name] = why
    return JudgedNames(judged=judged, late=tuple(late), absent=tuple(absent), failed=failed)
