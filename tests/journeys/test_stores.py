"""The same journey on SQLite and PostgreSQL: publish, be refused, stage, approve, install."""

import json

import pytest

from tests.support import ci
from tests.support.server import running_registry
from tests.support.workbench import Workbench

NAME = "@acme/widget"


@pytest.mark.stores
def test_a_package_lives_on_either_database(database_address, issuer, tmp_path):
    with running_registry(
        tmp_path / "registry", issuer=issuer, database=database_address
    ) as registry:
        owner = registry.person("owner")
        registry.trust(NAME, by=owner, permissions=("publish", "stage"))
        bench = Workbench(tmp_path / "bench", registry_url=registry.url)

        def npm(*words, folder=tmp_path, job=None):
            return bench.run("npm12", *words, folder=folder, ci=job)

        folder = bench.package(NAME)
        published = npm("publish", folder=folder, job=ci.github(issuer))
        refused = npm("publish", folder=folder, job=ci.github(issuer, workflow="ci.yml"))
        folder = bench.package(NAME, "1.1.0")
        staged = npm("stage", "publish", folder=folder, job=ci.github(issuer))
        bench.npmrc(token=owner.token)
        listed = json.loads(npm("stage", "list", "--json").stdout)
        otp = f"--otp={registry.otp(owner)}"
        approved = npm("stage", "approve", listed[0]["id"], otp)
        application = bench.application({NAME: "^1.0.0"})
        installed = npm("install", folder=application)

        codes = [ran.code for ran in (published, refused, staged, approved, installed)]
        assert codes == [0, 1, 0, 0, 0]
        assert bench.node(f"require('{NAME}')", folder=application) == "1.1.0"
