"""`npm dist-tag` by a run of CI, and by a person."""

import pytest

from imprint.identity.workload import Provider
from tests.support import ci

# npm 11 exchanges for dist-tags since 11.20 or so; the facts' 11.19 did not.
CLIENTS = ["npm11", "npm12", "pnpm12"]


def tags(registry, name):
    path = f"/-/package/{name.replace('/', '%2f')}/dist-tags"
    return registry.http("GET", path).json


@pytest.mark.parametrize("client", CLIENTS)
def test_a_run_sets_and_removes_a_tag(client, bench, registry, issuer, package):
    registry.trust(package, permissions=("publish", "dist-tag"))

    added = bench.run(
        client,
        *("dist-tag", "add", f"{package}@0.0.1", "next"),
        folder=bench.folder,
        ci=ci.github(issuer),
    )
    between = tags(registry, package)
    removed = bench.run(
        client,
        *("dist-tag", "rm", package, "next"),
        folder=bench.folder,
        ci=ci.github(issuer),
    )

    assert added.code == 0, added.text
    assert f"+next: {package}@0.0.1" in added.stdout
    assert between == {"latest": "0.0.1", "next": "0.0.1"}
    assert removed.code == 0, removed.text
    assert tags(registry, package) == {"latest": "0.0.1"}


def test_a_publisher_without_the_permission_is_told_so(bench, registry, issuer, package):
    registry.trust(package)

    ran = bench.run(
        "npm12",
        *("dist-tag", "add", f"{package}@0.0.1", "next"),
        folder=bench.folder,
        ci=ci.github(issuer),
    )

    assert ran.code == 1
    assert ran.said == [
        "the trusted publisher may not change dist-tags: it has permission `publish` (hint: add permission `dist-tag` to the trusted publisher)"
    ]


@pytest.mark.case("G02")
def test_the_id_token_of_a_gitlab_job_tags_what_the_job_published(bench, registry, issuer, package):
    registry.trust(package, provider=Provider.GITLAB, permissions=("publish", "dist-tag"))
    folder, job = bench.package(package), ci.gitlab(issuer)

    published = bench.run("npm12", "publish", folder=folder, ci=job)
    tagged = [
        bench.run("npm12", "dist-tag", "add", f"{package}@1.0.0", tag, folder=folder, ci=job)
        for tag in ("stable", "lts")
    ]
    again = bench.run("npm12", "publish", folder=bench.package(package, "1.0.1"), ci=job)

    assert [ran.code for ran in (published, *tagged, again)] == [0, 0, 0, 1]
    assert tags(registry, package) == {"latest": "1.0.0", "stable": "1.0.0", "lts": "1.0.0"}
    assert again.said[-1] == "this job has published already: its credential is for dist-tags alone"


def test_latest_stays(bench, registry, issuer, package):
    registry.trust(package, permissions=("publish", "dist-tag"))

    ran = bench.run(
        "npm12", "dist-tag", "rm", package, "latest", folder=bench.folder, ci=ci.github(issuer)
    )

    assert ran.code == 1
    assert ran.said == [
        f"the dist-tag `latest` of `{package}` cannot be removed (hint: point it elsewhere: `npm dist-tag add {package}@VERSION latest`)"
    ]


def test_a_persons_token_tags_where_nobody_is_trusted(bench, registry, owner, package):
    bench.npmrc(token=owner.token)

    ran = bench.run("npm10", "dist-tag", "add", f"{package}@0.0.1", "next", folder=bench.folder)

    assert (ran.code, ran.stdout) == (0, f"+next: {package}@0.0.1\n")


def test_beside_a_publisher_a_persons_token_needs_a_one_time_password(
    bench, registry, person, name
):
    registry.seed(name, by=person)
    registry.trust(name)
    bench.npmrc(token=person.token)
    command = ("dist-tag", "add", f"{name}@0.0.1", "next")

    without = bench.run("npm12", *command, folder=bench.folder)
    otp = f"--otp={registry.otp(person)}"
    given = bench.run("npm12", *command, otp, folder=bench.folder)

    assert (without.code, without.errors[0]) == (1, "code EOTP")
    assert (given.code, given.stdout) == (0, f"+next: {name}@0.0.1\n")
