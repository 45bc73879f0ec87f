"""What another policy would change: the same packages judged by both, by the same evidence.

Asked of what clients wanted lately, and of what dist-tags point to. Nothing is put in force, and
nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from imprint.evidence.looked import Had
from imprint.evidence.policies import LoadedPolicy
from imprint.gate.judging.policies import GatePolicy, Policies, WhenUndecided
from imprint.gate.model import NameStanding
from imprint.npm.names import PackageName
from imprint.policy.decisions import verdict_of
from imprint.policy.read import read_policy
from imprint.refusals import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imprint.gate.gate import Gate
    from imprint.gate.judging.judging import Judging
    from imprint.gate.model import JudgedDocument, Upstream, UpstreamDocument, VersionVerdict

MOST_POLICY_BYTES: Final = 256 * 1024
MOST_NAMES: Final = 200
MOST_CHANGES: Final = 1000
BUDGET_SECONDS: Final = 20.0
AT_ONCE: Final = 4


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A version that would be judged otherwise. None: it is plainly served."""

    name: str
    version: str
    now: VersionVerdict | None
    then: VersionVerdict | None

    @property
    def words(self) -> tuple[str, str]:
        """What becomes of it now, and what would."""
        return _word(self.now), _word(self.then)


class Trial(msgspec.Struct, kw_only=True):
    """What a trial came to."""

    packages: int = 0
    """That were judged by both."""
    versions: int = 0
    changes: list[Change] = msgspec.field(default_factory=list)
    more_changes: int = 0
    """Beyond `MOST_CHANGES`."""
    not_judged: list[str] = msgspec.field(default_factory=list)
    """Names that could not be had, or not in time."""


def trial_policy(text: str, gate: Gate) -> GatePolicy:
    """Return the policy that `text` would be here, with the pins and the baseline in force.

    Raises Malformed: for what is no policy, and for one that extends others, which are nobody's
    to read by way of a request.
    """
    policy = read_policy(text, origin="the posted policy")
    if policy.extends:
        raise Malformed(
            "policy-extends",
            "a posted policy extends nothing: it is judged by what it says itself",
            hint="`imprint policy show` prints a policy with its layers as one",
        )
    current = gate.policies.current
    loaded = LoadedPolicy(
        policy=policy,
        file=None,
        folder=gate.policies.folder,
        pins={} if current is None else current.loaded.pins,
        baseline=frozenset() if current is None else current.loaded.baseline,
        digest=policy.digest,
    )
    undecided = WhenUndecided.BY_MODE if current is None else current.undecided
    digest = hashlib.sha256(f"trial\n{policy.digest}".encode()).hexdigest()
    return GatePolicy(loaded=loaded, undecided=undecided, digest=digest, since=gate.clock())


async def try_policy(
    gate: Gate,
    policy: GatePolicy,
    wanted: Mapping[str, Sequence[str]],
    *,
    budget_seconds: float = BUDGET_SECONDS,
) -> Trial:
    """Return what would change for `wanted`, names with versions, if `policy` were in force."""
    judging = gate.judging.under(Policies.fixed(policy, clock=gate.clock))
    trial, turns = Trial(), asyncio.Semaphore(AT_ONCE)
    names = list(wanted)[:MOST_NAMES]

    async def one(name: str, upstream: Upstream) -> None:
        async with turns:
            looked = await gate.documents.get(name, upstream)
            if not isinstance(looked, Had):
                trial.not_judged.append(name)
                return
            await _compare(trial, gate.judging, judging, looked.value, wanted[name])

    sources = await _sources(gate, names)
    tasks = {name: asyncio.create_task(one(name, upstream)) for name, upstream in sources}
    if tasks:
        _, late = await asyncio.wait(tasks.values(), timeout=budget_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        trial.not_judged += [name for name, task in tasks.items() if task in late]
    trial.not_judged += list(wanted)[MOST_NAMES:]
    trial.changes.sort(key=lambda change: (change.name, change.version))
    return trial


async def _sources(gate: Gate, names: Sequence[str]) -> list[tuple[str, Upstream]]:
    """Return the names that come from an upstream, with it: no other is asked about."""
    parsed = [(name, found) for name in names if (found := _parsed(name)) is not None]
    standings = await gate.standings.of_many([found for _, found in parsed])
    return [
        (name, upstream)
        for (name, found), standing in zip(parsed, standings, strict=True)
        if standing is NameStanding.UPSTREAM and (upstream := gate.upstreams.of(found)) is not None
    ]


def _parsed(name: str) -> PackageName | None:
    try:
        return PackageName.parse_existing(name)
    except Malformed:
        return None


async def _compare(
    trial: Trial, now: Judging, then: Judging, document: UpstreamDocument, asked: Iterable[str]
) -> None:
    before, after = await now.judge(document), await then.judge(document)
    there = document.history.moments
    versions = dict.fromkeys((*asked, *document.history.dist_tags.values()))
    shown = [version for version in versions if version in there]
    trial.packages += 1
    trial.versions += len(shown)
    for change in _changes(document.name, shown, before, after):
        if len(trial.changes) < MOST_CHANGES:
            trial.changes.append(change)
        else:
            trial.more_changes += 1


def _changes(
    name: str, versions: Sequence[str], before: JudgedDocument, after: JudgedDocument
) -> Iterator[Change]:
    for version in versions:
        change = Change(
            name=name,
            version=version,
            now=before.verdicts.get(version),
            then=after.verdicts.get(version),
        )
        was, would_be = change.words
        if was != would_be:
            yield change


def _word(verdict: VersionVerdict | None) -> str:
    """Return the decision and the effect: what there is to compare."""
    if verdict is None:
        return "admitted, serve"
    return f"{verdict_of(verdict.decision)}, {verdict.effect.value}"


def with_versions(
    asked: Mapping[str, Sequence[str]], judged: Iterable[JudgedDocument]
) -> dict[str, tuple[str, ...]]:
    """Return what clients asked for, and the packages in memory, of which nobody kept versions."""
    found = {name: tuple(versions) for name, versions in asked.items()}
    for one in judged:
        found.setdefault(one.name, tuple(one.withheld))
    return found
