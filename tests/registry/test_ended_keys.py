"""Keys that end while something is signed with them: nobody is left with a signature of theirs."""

from __future__ import annotations

import pytest

from imprint.registry.administration.signing_keys import (
    create_key,
    resign_versions,
    retire_key,
    rotate_keys,
)
from imprint.registry.publishing import publish
from imprint.registry.signing import resigning
from imprint.registry.signing import signatures as signing_at_publish

HOUR = 3600.0

pytestmark = pytest.mark.stores


def signers(world):
    """The keys by which the served version is signed."""
    dist = world.packument().json["versions"]["1.0.0"]["dist"]
    return [one["keyid"] for one in dist.get("signatures", [])]


def test_versions_are_signed_by_the_key_that_came_meanwhile(world, maintainer, monkeypatch):
    world.put(maintainer.token, version="1.0.0")
    world.clock.pass_(1)
    ended = create_key(world.registry, by="operator").key_id
    signed_anew = resigning._signed_anew
    last: list[str] = []

    def signed_and_then_ended(*version, **at):
        signed = signed_anew(*version, **at)
        if not last:
            rotation = rotate_keys(
                world.registry, starts_in=0.0, overlap_seconds=HOUR, by="operator"
            )
            last.append(rotation.key.key_id)
            retire_key(world.registry, ended, at=world.clock() - HOUR, by="operator")
        return signed

    monkeypatch.setattr(resigning, "_signed_anew", signed_and_then_ended)

    list(resign_versions(world.registry, by="operator"))

    assert signers(world)[0] == last[0]
    assert ended not in signers(world)


def test_a_version_whose_key_ended_meanwhile_is_published_again(world, maintainer, monkeypatch):
    world.clock.pass_(1)
    ended = create_key(world.registry, by="operator").key_id
    sign_version = signing_at_publish.sign_version

    def signed_and_then_ended(*signing, **version):
        signed = sign_version(*signing, **version)
        rotate_keys(world.registry, starts_in=0.0, overlap_seconds=HOUR, by="operator")
        retire_key(world.registry, ended, at=world.clock() - HOUR, by="operator")
        return signed

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(publish, "sign_version", signed_and_then_ended)
        first = world.put(maintainer.token, version="1.0.0")
    again = world.put(maintainer.token, version="1.0.0")

    assert (first.status, first.code) == (503, "signer-unavailable")
    assert (again.status, len(signers(world))) == (201, 1)
