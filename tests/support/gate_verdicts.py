"""Verdicts of the gate, whole by default, and a judge that says what a test wants it to say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

from imprint.gate.model import Effect, JudgedDocument, VersionVerdict
from imprint.policy.decisions import Admitted, Level, Reason, Refused, Undecided
from imprint.policy.model import Mode

POLICY_DIGEST = "ab" * 32


def reason(code="auth-regressed", **changes):
    values = {
        "code": code,
        "message": f"what `{code}` says",
        "level": Level.BLOCK,
        "fingerprint": "0123456789ab",
    }
    return Reason(**{**values, **changes})


def refused(version, *codes, until=None, effect=Effect.WITHHOLD):
    reasons = tuple(reason(code, until=until) for code in codes or ("auth-regressed",))
    decision = Refused(reasons=reasons)
    sentence = f"`{version}` is refused"
    return VersionVerdict(
        version=version, decision=decision, effect=effect, sentence=sentence, until=until
    )


def undecided(version, *, effect=Effect.WITHHOLD):
    decision = Undecided(reasons=(reason("unknown-evidence"),))
    return VersionVerdict(
        version=version, decision=decision, effect=effect, sentence=f"`{version}` is held"
    )


def admitted(version):
    return VersionVerdict(
        version=version,
        decision=Admitted(warnings=(reason("release-size-jump"),)),
        effect=Effect.SERVE,
        sentence="",
    )


class Policy:
    """A policy in force."""

    def __init__(self, mode=Mode.ENFORCE, digest=POLICY_DIGEST):
        self.digest = digest
        self.said = mode
        self.since = 0.0
        self.loaded = SimpleNamespace(words="no-downgrade @ abababab", layers=())

    def mode(self, _now):
        return self.said


@dataclass
class Policies:
    """What is in force, for parts that only ask for that."""

    current: Policy | None = field(default_factory=Policy)
    not_loaded: object = None


@dataclass
class Judge:
    """Says of each package what it was told to say."""

    verdicts: dict[str, list[VersionVerdict]] = field(default_factory=dict)
    policies: Policies = field(default_factory=Policies)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    """By name: until when it thinks."""
    fails: dict[str, Exception] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    next_change: float | None = None
    judged: list[str] = field(default_factory=list)
    gone: dict[str, VersionVerdict] = field(default_factory=dict)
    """By version: what it says of one that is not there."""

    def current(self, _document):
        return None

    async def judge(self, document):
        self.judged.append(document.name)
        if document.name in self.waits:
            await self.waits[document.name].wait()
        if document.name in self.fails:
            raise self.fails[document.name]
        found = {one.version: one for one in self.verdicts.get(document.name, ())}
        return JudgedDocument(
            name=document.name,
            document_digest=document.digest,
            policy_digest=self.policies.current.digest,
            verdicts=found,
            withheld=frozenset(v for v, one in found.items() if one.effect is Effect.WITHHOLD),
            next_change=self.next_change,
            doubt=self.doubts.get(document.name),
        )

    async def judge_tarball(self, document, version, integrity):
        return self.gone.get(version, refused(version, "release-unpublished"))
