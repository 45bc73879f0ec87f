"""Verdicts for a whole graph at once: what a lockfile, a scanner or an action asks before it acts.

Each version is judged in full, as when its tarball is asked for, with the integrity that the asker
has for it. What is not judged in time, or not here, is undecided and says why: never admitted.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from imprint.evidence.decision_values import decision_values
from imprint.evidence.looked import Had, NotLooked, NotThere
from imprint.evidence.wanted import Wanted
from imprint.gate.judging.effects import plain_verdict, verdict_on
from imprint.gate.judging.weighing import undecided
from imprint.gate.model import NameStanding, Recorded
from imprint.gate.withholding import codes_of
from imprint.http.requests import decoded
from imprint.npm.integrity import parse_sri
from imprint.npm.names import PackageName
from imprint.policy.decisions import Admitted, verdict_of
from imprint.refusals import Malformed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imprint.gate.gate import Gate
    from imprint.gate.judging.policies import GatePolicy
    from imprint.gate.model import Upstream, VersionVerdict

MOST_PACKAGES: Final = 5000
MOST_BODY_BYTES: Final = 2 * 1024 * 1024
MOST_VERSION_CHARACTERS: Final = 256
MOST_INTEGRITY_CHARACTERS: Final = 1024
BUDGET_SECONDS: Final = 25.0
AT_ONCE: Final = 16
_LATE: Final = "it could not be judged in time: it still is, ask again in a moment"

Values: TypeAlias = "dict[str, object]"


class _Asked(msgspec.Struct):
    name: str
    version: str
    integrity: str | None = None


class _Body(msgspec.Struct):
    packages: list[_Asked]


class AskedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version that is asked about."""

    name: PackageName
    version: str
    integrity: str | None
    """SRI text; None: the asker does not know its bytes."""


def read_asked(body: bytes) -> tuple[AskedVersion, ...]:
    """Return what a request's body asks about, each once.

    Raises Malformed: `malformed-body`, `invalid-package-name`, `malformed-integrity`.
    """
    asked = decoded(body, _Body).packages
    if len(asked) > MOST_PACKAGES:
        raise Malformed(
            "malformed-body",
            f"the request asks about `{len(asked)}` packages: at most {MOST_PACKAGES} are judged",
            hint="ask in several requests",
        )
    return tuple(dict.fromkeys(map(_asked, asked)))


async def verdicts_of(
    gate: Gate,
    policy: GatePolicy,
    asked: Sequence[AskedVersion],
    *,
    knows_own: bool,
    client: str = "",
    budget_seconds: float = BUDGET_SECONDS,
) -> Values:
    """Return what becomes of each version, in the order in which they were asked about.

    `knows_own`: the asker may read what is ours. To others a name that is no upstream's is not
    judged, whatever it is. `client` is how records name the asker.
    """
    standings = await gate.standings.of_many([one.name for one in asked])
    found: dict[AskedVersion, VersionVerdict] = {}
    tasks: dict[AskedVersion, asyncio.Task[VersionVerdict]] = {}
    turns = asyncio.Semaphore(AT_ONCE)
    for one, standing in zip(asked, standings, strict=True):
        upstream = gate.upstreams.of(one.name)
        if standing is not NameStanding.UPSTREAM or upstream is None:
            found[one] = _not_upstream(one, standing, policy, gate.clock(), knows_own=knows_own)
        else:
            tasks[one] = asyncio.create_task(_judged(gate, one, upstream, turns))
    try:
        if tasks:
            await asyncio.wait(tasks.values(), timeout=budget_seconds)
        for one, task in tasks.items():
            late = _undecided(one, _LATE, policy, gate.clock())
            found[one] = task.result() if task.done() else late
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
    told = [(one, found[one]) for one in asked]
    _record(gate, policy, told, client)
    return _values(gate, policy, told)


async def _judged(
    gate: Gate, one: AskedVersion, upstream: Upstream, turns: asyncio.Semaphore
) -> VersionVerdict:
    name = str(one.name)
    async with turns:
        looked = await gate.documents.get(name, upstream)
        match looked:
            case Had(value=document):
                return await gate.judging.judge_tarball(document, one.version, one.integrity)
            case NotThere() | NotLooked():
                wanted = Wanted(
                    name=name, version=one.version, registry=upstream.url, integrity=one.integrity
                )
                return gate.judging.judge_unseen(wanted, looked)


def _not_upstream(
    one: AskedVersion,
    standing: NameStanding,
    policy: GatePolicy,
    now: float,
    *,
    knows_own: bool,
) -> VersionVerdict:
    """Return what is to be said of a name that is asked about nowhere."""
    if not knows_own:
        why = "it does not come from an upstream: log in to be told more"
        return _undecided(one, why, policy, now)
    match standing:
        case NameStanding.OWN:
            # Whoever published here was judged then; the gate's policy is for what is not ours.
            return plain_verdict(str(one.name), one.version)
        case NameStanding.BOTH:
            why = "the name is here and upstream: an administrator says whose it is (`gate_names`)"
        case NameStanding.RESERVED | NameStanding.UPSTREAM:
            why = "the name is ours, or has no upstream, and there is no such package here"
    return _undecided(one, why, policy, now)


def _undecided(one: AskedVersion, why: str, policy: GatePolicy, now: float) -> VersionVerdict:
    name = str(one.name)
    return verdict_on(
        name,
        one.version,
        undecided(name, why),
        mode=policy.mode(now),
        undecided=policy.undecided,
    )


def _record(
    gate: Gate,
    policy: GatePolicy,
    told: Sequence[tuple[AskedVersion, VersionVerdict]],
    client: str,
) -> None:
    gate.records.asked(client, ((str(one.name), one.version) for one, _ in told))
    for one, verdict in told:
        if isinstance(verdict.decision, Admitted):
            continue
        gate.records.told(
            Recorded(
                at=gate.clock(),
                name=str(one.name),
                version=one.version,
                integrity=one.integrity,
                verdict=verdict_of(verdict.decision),
                effect=verdict.effect,
                codes=codes_of(verdict),
                sentence=verdict.sentence,
                client=client,
                channel="verdict",
                policy_digest=policy.digest,
            )
        )


def _values(
    gate: Gate, policy: GatePolicy, told: Sequence[tuple[AskedVersion, VersionVerdict]]
) -> Values:
    now = gate.clock()
    packages = [_package(one, verdict) for one, verdict in told]
    verdicts = [package["verdict"] for package in packages]
    return {
        "schema": 1,
        "policy": policy.loaded.words,
        "policy_digest": policy.digest,
        "mode": policy.mode(now).value,
        "judged_at": now,
        "summary": {
            "packages": len(packages),
            "withheld": sum(package["effect"] == "withhold" for package in packages),
            **{word: verdicts.count(word) for word in ("admitted", "refused", "undecided")},
        },
        "packages": packages,
    }


def _package(one: AskedVersion, verdict: VersionVerdict) -> Values:
    return {
        "name": str(one.name),
        "version": one.version,
        "integrity": one.integrity,
        **decision_values(verdict.decision),
        "effect": verdict.effect.value,
        "until": verdict.until,
        "sentence": verdict.sentence,
    }


def _asked(one: _Asked) -> AskedVersion:
    name = PackageName.parse_existing(one.name)
    if not 0 < len(one.version) <= MOST_VERSION_CHARACTERS:
        raise Malformed("malformed-body", f"version of {quoted(str(name))} is none")
    if one.integrity is not None:
        if len(one.integrity) > MOST_INTEGRITY_CHARACTERS:
            raise Malformed(
                "malformed-integrity", f"integrity of {quoted(str(name))} is too long to be one"
            )
        parse_sri(one.integrity)
    return AskedVersion(name=name, version=one.version, integrity=one.integrity or None)
