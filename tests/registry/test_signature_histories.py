"""Whatever is done with keys, in whatever order: npm never calls a served signature invalid."""

from __future__ import annotations

import shutil
from contextlib import closing

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imprint.refusals import Refusal
from imprint.registry.administration.signing_keys import (
    create_key,
    resign_versions,
    retire_key,
    rotate_keys,
)
from imprint.registry.signing.keys import keys_of
from tests.support.npm_signatures import npm_verdict
from tests.support.world import World

HOUR = 3600.0
SECONDS = st.sampled_from([0.0, 0.0004, 0.7, 59.0, HOUR, HOUR + 0.3, 5 * HOUR])

STEPS = st.one_of(
    st.tuples(st.just("publish")),
    st.tuples(st.just("pass"), SECONDS),
    st.tuples(st.just("create"), SECONDS),
    st.tuples(st.just("rotate"), SECONDS, st.sampled_from([HOUR, 3 * HOUR])),
    st.tuples(st.just("retire"), st.integers(0, 3), st.sampled_from([-5 * HOUR, -0.5, 0.0, HOUR])),
    st.tuples(st.just("resign")),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=12))
def test_every_served_signature_verifies_with_the_keys_that_are_served(
    steps, migrated_file, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("history")
    shutil.copyfile(migrated_file, folder / "imprint.sqlite3")
    with closing(World(folder)) as world:
        owner = world.person(with_totp=False)
        world.put(owner.token, version="1.0.0")
        for number, step in enumerate(steps):
            take(world, owner, number, *step)
            assert verdicts(world) <= {"verified", "missing"}
        world.clock.pass_(HOUR)
        list(resign_versions(world.registry, by="operator"))
        world.clock.pass_(1)

        assert verdicts(world) == {"verified"}


def take(world, owner, number, step, *about):
    registry = world.registry
    match step, about:
        case "publish", ():
            assert world.put(owner.token, version=f"1.{number}.1").status == 201
        case "pass", (seconds,):
            world.clock.pass_(seconds)
        case "create", (starts_in,):
            create_key(registry, starts_in=starts_in, by="operator")
        case "rotate", (starts_in, overlap):
            rotate_keys(registry, starts_in=starts_in, overlap_seconds=overlap, by="operator")
        case "retire", (index, offset):
            with world.database.reading() as connection:
                keys = keys_of(connection).keys
            key = keys[index % len(keys)]
            ended = retire_key(registry, key.key_id, at=world.clock() + offset, by="operator")
            assert not isinstance(ended, Refusal) or ended.code in {
                "last-signing-key",
                "key-window",
            }
        case "resign", ():
            list(resign_versions(registry, by="operator"))


def verdicts(world):
    """What npm says of every version, once the server has looked whether anything changed."""
    world.clock.pass_(0.6)
    keys = world.request("GET", "/-/npm/v1/keys").json
    packument = world.packument().json
    return {npm_verdict(keys, packument, version) for version in packument["versions"]}
