"""A pattern that creates packages names who will own them."""

from imprint.npm.names import ScopePattern
from imprint.refusals import Refusal
from imprint.registry.trust.publishers import add_to
from tests.support.world import request_for


def test_a_pattern_that_creates_packages_needs_an_owner(world):
    refused = add(world, user_id=None, create=True)

    assert isinstance(refused, Refusal)
    assert refused.code == "pending-needs-owner"
    assert refused.message == "`@acme/*` creates packages: say who will own them"
    assert refused.hint == "`--owner USER`"


def test_what_such_a_pattern_creates_can_be_published_again(world):
    owner = world.person("maintainer")
    add(world, user_id=owner.id, create=True)

    first = world.put(token=world.credential())
    again = world.exchange()

    assert (first.status, again.status) == (201, 201)


def test_a_pattern_that_creates_nothing_needs_none(world):
    assert not isinstance(add(world, user_id=None, create=False), Refusal)


def add(world, *, user_id, create):
    with world.database.writing() as connection:
        return add_to(
            world.registry,
            connection,
            target=ScopePattern.parse("@acme/*"),
            asked_for=request_for(create=create),
            by="operator",
            user_id=user_id,
            is_admin=True,
            address="local",
        )
