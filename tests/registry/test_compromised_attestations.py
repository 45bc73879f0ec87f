"""A key was in other hands: what it attested to since then is withdrawn, and attested again."""

from __future__ import annotations

import pytest

from imprint.registry.administration.signing_keys import (
    resign_versions,
    retire_key,
    rotate_keys,
)
from imprint.registry.attesting import settling
from tests.support.provenance import Signing

HOUR = 3600.0
NPM = "/-/npm/v1/attestations/@acme/widget@1.0.0"
PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"


@pytest.fixture
def published(world, widget):
    """`@acme/widget@1.0.0` with both attestations, an hour ago."""
    world.trust()
    signing = Signing(world)
    signing.published()
    world.clock.pass_(HOUR)
    return signing


def compromise(world, *, since):
    """Rotate at once, and end the first key at that time."""
    first = world.request("GET", "/-/npm/v1/keys").json["keys"][0]["keyid"]
    rotate_keys(world.registry, starts_in=0.0, overlap_seconds=HOUR, by="operator")
    retire_key(world.registry, first, at=since, by="operator")
    world.clock.pass_(1)
    return first


def signer(world):
    """The key by which the served publish attestation is signed; None where none is served."""
    for one in world.request("GET", NPM).json["attestations"]:
        if one["predicateType"] == PUBLISH:
            return one["bundle"]["verificationMaterial"]["publicKey"]["hint"]
    return None


def test_what_was_logged_since_then_is_served_no_longer(world, published):
    compromise(world, since=world.clock() - 2 * HOUR)

    assert signer(world) is None


def test_it_is_attested_again_by_the_active_key(world, published):
    first = compromise(world, since=world.clock() - 2 * HOUR)

    world.attest_again()
    list(resign_versions(world.registry, by="operator"))

    assert signer(world) not in (None, first)


def test_what_was_logged_before_stays_as_it_was(world, published):
    first = compromise(world, since=world.clock() - 60)

    world.attest_again()

    assert signer(world) == first


@pytest.mark.stores
def test_a_key_that_ends_while_its_attestation_is_verified_is_not_served(
    world, widget, monkeypatch
):
    world.trust()
    signing = Signing(world)
    first = world.registry.signing.current().key_id
    verified = settling._verified

    def verified_and_then_ended(*waiting):
        proof = verified(*waiting)
        rotate_keys(world.registry, starts_in=0.0, overlap_seconds=HOUR, by="operator")
        retire_key(world.registry, first, at=world.clock() - HOUR, by="operator")
        return proof

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(settling, "_verified", verified_and_then_ended)
        signing.published()
    served = signer(world)
    world.clock.pass_(1)
    world.attest_again()

    assert served is None
    assert signer(world) not in (None, first)
