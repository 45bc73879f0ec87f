"""Registry signatures as pnpm verifies them: by the keys that the registry itself serves.

npm asks sigstore's public TUF repository first, and fails where that cannot be reached.
"""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select, update

from imprint.registry.administration.signing_keys import resign_versions, rotate_keys
from imprint.storage import packages
from imprint.storage.schema import versions

CLIENTS = ["pnpm11", "pnpm12"]
HOUR = 3600.0


@pytest.fixture
def installed(bench, package):
    """Installs the package with a client, and gives the folder."""

    def install(client):
        folder = bench.application({package: "0.0.1"})
        ran = bench.run(client, "install", folder=folder)
        assert ran.code == 0, ran.text
        return folder

    return install


def audit(bench, client, folder):
    return bench.run(client, "audit", "signatures", folder=folder)


def alter(registry, name, **values):
    """Change the row of 0.0.1, as somebody could who got at the database; served when it ends."""
    before = registry.http("GET", f"/{name}").json["_rev"]
    with registry.database.writing() as connection:
        package = packages.find(connection, name)
        assert package is not None
        row = update(versions).where(versions.c.package_id == package.id)
        connection.execute(row.values(**values))
        packages.changed(connection, package.id, now=package.changed_at)
    while registry.http("GET", f"/{name}").json["_rev"] == before:
        time.sleep(0.1)


@pytest.mark.parametrize("client", CLIENTS)
def test_an_installed_version_has_a_verified_signature(client, bench, installed):
    ran = audit(bench, client, installed(client))

    assert ran.code == 0, ran.text
    assert "1 package has a verified registry signature" in ran.text


@pytest.mark.parametrize("client", CLIENTS)
def test_it_has_one_after_a_rotation_too(client, bench, registry, package, installed):
    folder = installed(client)
    rotate_keys(registry.registry, starts_in=0.0, overlap_seconds=HOUR, by="operator")
    before = audit(bench, client, folder)
    list(resign_versions(registry.registry, by="operator"))

    after = audit(bench, client, folder)

    assert (before.code, after.code) == (0, 0), before.text + after.text


@pytest.mark.parametrize("client", CLIENTS)
def test_another_versions_signature_is_reported(client, bench, registry, owner, package, installed):
    folder = installed(client)
    other = f"{package}-other"
    registry.seed(other, by=owner)
    with registry.database.reading() as connection:
        found = packages.find(connection, other)
        assert found is not None
        query = select(versions.c.signatures).where(versions.c.package_id == found.id)
        signatures = connection.execute(query).scalar()
    alter(registry, package, signatures=signatures)

    ran = audit(bench, client, folder)

    assert ran.code == 1
    assert package in ran.text
    assert "invalid" in ran.text


@pytest.mark.parametrize("client", CLIENTS)
def test_a_signature_that_was_taken_away_is_reported(client, bench, registry, package, installed):
    folder = installed(client)
    alter(registry, package, signatures=None, signed_with=None)

    ran = audit(bench, client, folder)

    assert ran.code == 1
    assert "missing" in ran.text
