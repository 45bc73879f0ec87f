"""`imprint audit` of a package that a job published to an imprint registry, by the exchange."""

from __future__ import annotations

import itertools
import json
from urllib.parse import quote

import pytest

from tests.support import ci
from tests.support.instances import running_authority, signing_registry
from tests.support.npm_on_path import npm_on_path
from tests.support.workbench import Workbench

NAME = "@acme/audited"
_serial = itertools.count(1)
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


def write_lock(folder, registry, name=NAME, version="1.0.0"):
    """Lock what the registry serves."""
    served = registry.http("GET", "/" + quote(name, safe="@")).json["versions"][version]
    dist = served["dist"]
    entry = {"version": version, "resolved": dist["tarball"], "integrity": dist["integrity"]}
    packages = {"": {"dependencies": {name: version}}, f"node_modules/{name}": entry}
    lock = {"name": "app", "lockfileVersion": 3, "packages": packages}
    folder.mkdir()
    (folder / "package-lock.json").write_text(json.dumps(lock))
    (folder / "package.json").write_text(json.dumps({"dependencies": {name: version}}))


def audited(job, folder):
    """Return what the audit says of the only package."""
    ran = job("audit", "--advisories=off", "--exit-zero", folder=folder)
    (package,) = json.loads(ran.stdout)["packages"]
    return package


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
    # No certificate has these: the registry signed them.
    assert package["axes_from"]["auth"] == "verified"
    assert package["identity"]["environment"] == "npm"
    assert package["identity"]["ref_protected"] is True
    # It is minutes old: nothing but its age is against it.
    assert {reason["code"] for reason in package["reasons"]} <= {"cooldown", "release-too-young"}


@pytest.fixture
def person(registry, issuer):
    return registry.person(f"person{next(_serial)}")


@pytest.fixture
def name():
    return f"@acme/credential{next(_serial)}"


def test_a_publication_by_token_is_told_as_one_and_signed(job, registry, person, name, tmp_path):
    registry.seed(name, by=person)
    write_lock(tmp_path / "app", registry, name, "0.0.1")

    package = audited(job, tmp_path / "app")

    assert (package["axes"]["auth"], package["axes_from"]["auth"]) == ("token", "verified")
    assert package["axes"]["approval"] == "none"
    assert (package["axes"]["signature"], package["grade"]) == ("valid", "L1")


def test_a_publication_with_a_one_time_password_is_a_persons(registry, person, name, tmp_path, job):
    bench = Workbench(tmp_path / "person", registry_url=registry.url)
    where = bench.package(name, publishConfig={"access": "public"})
    bench.npmrc(token=person.token)
    ran = bench.run("npm11", "publish", f"--otp={registry.otp(person)}", folder=where)
    assert ran.code == 0, ran.text
    write_lock(tmp_path / "app", registry, name)

    package = audited(job, tmp_path / "app")

    assert (package["axes"]["auth"], package["axes_from"]["auth"]) == ("human-2fa", "verified")
    assert package["grade"] == "L2"
    assert package["publisher"] == f"a person ({person.name})"


def test_a_wrong_one_time_password_publishes_nothing(registry, person, name, tmp_path):
    bench = Workbench(tmp_path / "person", registry_url=registry.url)
    where = bench.package(name, publishConfig={"access": "public"})
    bench.npmrc(token=person.token)

    ran = bench.run("npm11", "publish", "--otp=000000", folder=where)

    assert ran.code != 0
    assert registry.http("GET", "/" + quote(name, safe="@")).status == 404


def test_an_approved_publication_is_told_as_staged(registry, issuer, person, name, tmp_path, job):
    registry.seed(name, by=person)
    registry.trust(name, permissions=("stage",))
    bench = Workbench(tmp_path / "person", registry_url=registry.url)
    where = bench.package(name, repository=REPOSITORY)
    staged = bench.run("npm11", "stage", "publish", folder=where, ci=ci.github(issuer))
    assert staged.code == 0, staged.text
    staged_id = staged.stdout.partition("staged with id ")[2].strip(")\n")
    bench.npmrc(token=person.token)
    words = ("stage", "approve", staged_id, f"--otp={registry.otp(person)}")
    approved = bench.run("npm11", *words, folder=bench.folder)
    assert approved.code == 0, approved.text
    write_lock(tmp_path / "app", registry, name)

    package = audited(job, tmp_path / "app")

    assert (package["axes"]["approval"], package["axes_from"]["approval"]) == (
        "staged-2fa",
        "verified",
    )
    assert (package["axes"]["auth"], package["axes_from"]["auth"]) == ("oidc", "verified")
