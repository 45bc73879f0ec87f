"""`imprint publish` in a job of npm 10: signed by one's own instance, and found out by `verify`."""

import base64
import json
from urllib.parse import quote

import pytest

from tests.support import ci
from tests.support.instances import running_authority, signing_registry
from tests.support.npm_on_path import npm_on_path
from tests.support.workbench import Workbench

NAME = "@acme/signed"
REPOSITORY = {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"}


@pytest.fixture(scope="module")
def face(issuer):
    with running_authority(issuer) as running:
        yield running


@pytest.fixture(scope="module")
def registry(tmp_path_factory, issuer, face):
    folder = tmp_path_factory.mktemp("signing")
    with signing_registry(folder, issuer=issuer, face=face) as running:
        yield running


@pytest.fixture
def package(registry, issuer, tmp_path):
    """A folder with a package that a job may publish, and what runs imprint there."""
    bench = Workbench(tmp_path / "bench", registry_url=registry.url)
    where = bench.package(NAME, repository=REPOSITORY, publishConfig={"access": "public"})
    runner = ci.github_runner(issuer)
    job = {**runner.variables(), "PATH": npm_on_path(tmp_path / "bin", "npm10")}

    def imprint(*words):
        trust = f"--data={registry.folder}"
        return bench.imprint(*words, trust, "--format=json", folder=where, ci=job)

    return imprint, runner


def audiences(runner):
    """What the job's ID tokens were asked for."""
    found = []
    for token in runner.issued:
        part = token.split(".")[1]
        found.append(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["aud"])
    return found


def test_a_job_publishes_with_provenance_and_verify_says_who(package, registry, face):
    imprint, runner = package
    registry.seed(NAME, by=registry.person("owner"))
    registry.trust(NAME)

    rehearsed = imprint("publish", "--provenance", "--dry-run")
    before = registry.http("GET", "/" + quote(NAME, safe="@")).json
    published = imprint("publish", "--provenance")
    again = imprint("publish", "--provenance")
    verified = imprint("verify", f"{NAME}@1.0.0", "--no-cache")

    assert rehearsed.code == 0, rehearsed.text
    assert "1.0.0" not in before["versions"]
    assert published.code == 0, published.text
    assert json.loads(published.stdout)["provenance"]["domain"] == "private"
    assert json.loads(again.stdout)["summary"] == {"outcome": "present"}, again.text
    assert verified.code == 0, verified.text
    assert "acme/widget" in verified.stdout
    assert "release.yml" in verified.stdout
    assert set(audiences(runner)) == {
        ci.AUDIENCE,
        f"imprint-authority:{face.address.removeprefix('http://')}",
    }
