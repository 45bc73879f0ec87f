"""Which issuer a trusted publisher is for when nobody names one."""

import pytest

from imprint.identity.workload import Provider
from imprint.refusals import Malformed
from imprint.storage import issuers
from imprint.tokens.issuers import Issuer
from tests.support.claims import GITHUB_ISSUER


def register_another(world) -> None:
    another = Issuer(name="ghes", url="https://ghes.example.test", provider=Provider.GITHUB)
    with world.database.writing() as connection:
        issuers.add(connection, another, now=world.clock())


def test_the_issuer_that_was_registered_first_is_its_providers_default(world):
    register_another(world)

    publisher = world.trust(by=world.person())

    assert publisher.issuer.url == GITHUB_ISSUER


def test_an_issuer_that_is_switched_off_is_no_default(world):
    register_another(world)
    with world.database.writing() as connection:
        issuers.set_disabled(connection, "github", at=world.clock())

    publisher = world.trust(by=world.person())

    assert publisher.issuer.name == "ghes"


def test_without_an_issuer_of_the_provider_there_is_no_publisher(world):
    with world.database.writing() as connection:
        issuers.set_disabled(connection, "github", at=world.clock())

    with pytest.raises(Malformed, match="no issuer of github is registered here"):
        world.trust(by=world.person())
