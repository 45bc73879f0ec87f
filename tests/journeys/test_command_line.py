"""imprint's own command line beside the real npm: in a job, and at its owner's desk."""

import json
import stat

import pytest

from tests.support import ci


@pytest.fixture
def trusted(registry, package):
    registry.trust(package)
    return package


@pytest.mark.case("L08")
def test_a_dry_run_in_the_job_burns_nothing(bench, registry, issuer, trusted):
    folder, job = bench.package(trusted), ci.github_runner(issuer)

    asked = bench.imprint("exchange", trusted, "--dry-run", folder=folder, ci=job.variables())
    replayed = ci.github_with_token(job.issued[0])
    ran = bench.run("npm12", "publish", folder=folder, ci=replayed)

    assert (asked.code, asked.stdout) == (
        0,
        "accepted by github acme/widget release.yml\n  may: publish\n",
    )
    assert ran.code == 0, ran.text


@pytest.mark.case("L08")
def test_a_dry_run_says_what_npm_would_be_told(bench, registry, issuer, trusted):
    folder = bench.package(trusted)
    job = {"workflow": "ci.yml"}

    asked = bench.imprint(
        "exchange",
        *(trusted, "--dry-run", "--format=json"),
        folder=folder,
        ci=ci.github(issuer, **job),
    )
    ran = bench.run("npm12", "publish", folder=folder, ci=ci.github(issuer, **job))

    answer = json.loads(asked.stdout)
    assert (asked.code, answer["accepted"]) == (1, False)
    assert ran.said == [answer["message"]]
    assert [mismatch["claim"] for mismatch in answer["mismatches"]] == ["workflow_ref"]


def test_npm_10_publishes_with_what_the_command_line_exchanged(bench, registry, issuer, trusted):
    folder, job = bench.package(trusted), ci.github(issuer)
    npmrc = bench.home / ".npmrc"

    given = bench.imprint("exchange", trusted, "--write-npmrc", folder=folder, ci=job)
    mode = stat.S_IMODE(npmrc.stat().st_mode)
    ran = bench.run("npm10", "publish", folder=folder, ci=job)
    revoked = bench.imprint("exchange", trusted, "--revoke", folder=folder, ci=job)

    assert (given.code, mode, ran.code, revoked.code) == (0, 0o600, 0, 0), ran.text
    assert ran.said[-1] == (
        f"{trusted}@1.0.0 is published, by trusted publisher github acme/widget release.yml"
    )
    assert "_authToken" not in npmrc.read_text()


def test_an_owner_adds_tests_lists_and_revokes_over_http(bench, registry, issuer, person, name):
    registry.seed(name, by=person)
    bench.npmrc(token=person.token)
    folder = bench.package(name)
    run = ("--repository", "acme/widget", "--workflow", "release.yml")
    ids = ("--repository-id", "901", "--owner-id", "42")
    otp = f"--otp={registry.otp(person)}"

    added = bench.imprint("trust", "add", "github", name, *run, *ids, otp, folder=folder)
    tested = bench.imprint("trust", "test", name, *run, *ids, folder=folder)
    shown = json.loads(bench.run("npm12", "trust", "list", name, "--json", folder=folder).stdout)
    revoked = bench.imprint("trust", "revoke", name, shown["id"], folder=folder)
    gone = bench.run("npm12", "trust", "list", name, folder=folder)

    assert [ran.code for ran in (added, tested, revoked)] == [0, 0, 0], added.text + revoked.text
    assert shown["repository"] == "acme/widget"
    assert gone.stdout == f"No trust configurations found for package ({name})\n"
