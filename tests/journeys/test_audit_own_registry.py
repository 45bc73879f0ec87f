"""`imprint audit` of a package that a job published to an imprint registry, by the exchange."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.support import ci
from tests.support.instances import running_authority, signing_registry
from tests.support.npm_on_path import npm_on_path
from tests.support.workbench import Workbench

pytestmark = pytest.mark.xdist_group("audit-own-registry")

NAME = "@acme/audited"
REPOSITORY = {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory, issuer):
    folder = tmp_path_factory.mktemp("signing")
    with (
        running_authority(issuer) as face,
        signing_registry(folder, issuer=issuer, face=face) as running,
    ):
        yield running


@pytest.fixture
def job(registry, issuer, tmp_path):
    """Runs imprint in a job, in the folder of a package."""
    bench = Workbench(tmp_path / "bench", registry_url=registry.url)
    where = bench.package(NAME, repository=REPOSITORY, publishConfig={"access": "public"})
    variables = {
        **ci.github_runner(issuer).variables(),
        "PATH": npm_on_path(tmp_path / "bin", "npm10"),
    }

    def imprint(*words, folder=where):
        own = (f"--data={registry.folder}", "--format=json")
        return bench.imprint(*words, *own, folder=folder, ci=variables)

    return imprint


def write_lock(folder, registry):
    """Lock what the registry serves."""
    served = registry.http("GET", "/" + quote(NAME, safe="@")).json["versions"]["1.0.0"]
    dist = served["dist"]
    entry = {"version": "1.0.0", "resolved": dist["tarball"], "integrity": dist["integrity"]}
    packages = {"": {"dependencies": {NAME: "1.0.0"}}, f"node_modules/{NAME}": entry}
    lock = {"name": "app", "lockfileVersion": 3, "packages": packages}
    folder.mkdir()
    (folder / "package-lock.json").write_text(json.dumps(lock))
    (folder / "package.json").write_text(json.dumps({"dependencies": {NAME: "1.0.0"}}))


def test_what_a_job_published_with_provenance_is_of_the_best_grades(job, registry, tmp_path):
    registry.seed(NAME, by=registry.person("owner"))
    registry.trust(NAME)
    published = job("publish", "--provenance")
    assert published.code == 0, published.text
    write_lock(tmp_path / "app", registry)

    ran = job("audit", "--advisories=off", "--exit-zero", folder=tmp_path / "app")

    (package,) = json.loads(ran.stdout)["packages"]
    assert package["grade"] in {"L5", "L6", "L7"}, ran.text
    assert package["axes"]["auth"] == "oidc"
    assert package["axes"]["origin"] == "verified+bound"
    assert package["axes"]["signature"] == "valid"
    assert package["identity"]["repository"] == "acme/widget"
    # It is minutes old: nothing but its age is against it.
    assert {reason["code"] for reason in package["reasons"]} <= {"cooldown", "release-too-young"}
