"""Who is there in most tests: a maintainer, and the package that is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.world import Person, World


@pytest.fixture
def maintainer(world: World) -> Person:
    """A user with a token that may write, and an authenticator."""
    return world.person()


@pytest.fixture
def widget(world: World, maintainer: Person) -> Person:
    """The maintainer, who has published `@acme/widget@0.1.0` by token."""
    answer = world.put(maintainer.token, version="0.1.0")
    assert answer.status == 201, answer.body
    return maintainer
