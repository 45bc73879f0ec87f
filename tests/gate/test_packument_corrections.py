"""A tarball that comes out otherwise while its packument is being judged: nothing stale is ready."""

from __future__ import annotations

import pytest

from tests.gate.test_packuments import Policy, scene, serve, versions_of
from tests.support.upstream_registry import upstream_registry

pytestmark = pytest.mark.anyio


@pytest.fixture
def upstream():
    with upstream_registry() as state:
        serve(state, "1.0.0", "1.1.0")
        yield state


class Corrected(Policy):
    """Judges all versions to be good; as soon as it has, a tarball comes out otherwise."""

    def __init__(self):
        super().__init__()
        self.tell = print

    async def judge(self, document):
        judged = await super().judge(document)
        if self.asked == 1:
            self.withheld = {"1.1.0"}
            self.tell(document.name)
        return judged


async def test_what_is_corrected_between_judging_and_serving_is_served_as_corrected(
    upstream, tmp_path
):
    policy = Corrected()
    async with scene(upstream, tmp_path, policy=policy) as world:
        policy.tell = world.packuments.forget

        reply = await world.ask()

        assert versions_of(reply) == ["1.0.0"]
        assert policy.asked == 2


async def test_what_nobody_corrects_is_judged_once(upstream, tmp_path):
    async with scene(upstream, tmp_path, policy=Policy()) as world:
        await world.ask()

        assert world.policy.asked == 1
