"""Packages judged by their names: by the policy that is in force when somebody asks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from imprint.evidence.looked import Had
from imprint.gate.judging.names import NamesJudge
from imprint.gate.model import JudgedDocument, Upstream
from tests.support.gate_verdicts import refused

pytestmark = pytest.mark.anyio

UPSTREAM = Upstream(label="registry.example.test", url="https://registry.example.test/")


class World:
    """A policy that changes, and a judge that says under which one it began."""

    def __init__(self) -> None:
        self.policies: Any = SimpleNamespace(current=SimpleNamespace(digest="policy-1"))
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        history = SimpleNamespace(moments={"1.0.0": 0.0}, unreadable=())
        self.document = SimpleNamespace(name="widget", history=history, doubt=None)
        self.corrected: JudgedDocument | None = None

    async def get(self, _name, _upstream):
        return Had(self.document)

    def current(self, _document):
        return self.corrected

    async def judge(self, _document):
        digest = self.policies.current.digest
        self.began.set()
        await self.go_on.wait()
        return judged(digest)


def judged(digest, *verdicts):
    return JudgedDocument(
        name="widget",
        document_digest="0",
        policy_digest=digest,
        verdicts={one.version: one for one in verdicts},
        withheld=frozenset(one.version for one in verdicts),
        next_change=None,
    )


async def test_a_tarball_that_comes_out_otherwise_meanwhile_is_told_of():
    world: Any = World()
    names = NamesJudge(world, world, world.policies, clock=lambda: 1.0)
    world.corrected = judged("policy-1", refused("1.0.0"))
    world.go_on.set()

    found = await names.judge({"widget": (UPSTREAM, ["1.0.0"])}, budget_seconds=20.0)
    await names.close()

    assert set(found.judged["widget"].verdicts) == {"1.0.0"}


async def test_who_asks_under_another_policy_is_not_told_what_the_one_before_it_says():
    world: Any = World()
    names = NamesJudge(world, world, world.policies, clock=lambda: 1.0)
    wanted = {"widget": (UPSTREAM, ["1.0.0"])}
    before = asyncio.create_task(names.judge(wanted, budget_seconds=20.0))
    await world.began.wait()

    world.policies.current.digest = "policy-2"
    after = asyncio.create_task(names.judge(wanted, budget_seconds=20.0))
    await asyncio.sleep(0)
    world.go_on.set()
    found = [(await one).judged["widget"].policy_digest for one in (before, after)]
    await names.close()

    assert found == ["policy-1", "policy-2"]
