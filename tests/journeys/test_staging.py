"""Staged versions: a run stages, an owner looks and decides with a one-time password."""

import json

import pytest

from tests.support import ci

NPMS = ["npm11", "npm12"]


@pytest.fixture
def staged_by(registry, person, name):
    """A package of `person`, whose publisher may stage and nothing else."""
    registry.seed(name, by=person)
    registry.trust(name, permissions=("stage",))
    return name


def stage(client, bench, issuer, name, version="1.0.0"):
    """Stage a version; returns the run and the version's id."""
    folder = bench.package(name, version)
    ran = bench.run(client, "stage", "publish", folder=folder, ci=ci.github(issuer))
    assert ran.code == 0, ran.text
    return ran, ran.stdout.partition("staged with id ")[2].strip(")\n")


def versions(registry, name):
    return list(registry.http("GET", "/" + name.replace("/", "%2f")).json["versions"])


@pytest.mark.parametrize("client", NPMS)
def test_a_run_stages_and_its_owner_approves(client, bench, registry, issuer, person, staged_by):
    ran, staged_id = stage(client, bench, issuer, staged_by)
    before = versions(registry, staged_by)
    bench.npmrc(token=person.token)

    approved = bench.run(
        client,
        *("stage", "approve", staged_id, f"--otp={registry.otp(person)}"),
        folder=bench.folder,
    )

    assert ran.stdout == f"+ {staged_by}@1.0.0 (staged with id {staged_id})\n"
    assert ran.said == [
        f"Staging to {registry.url}/ with tag latest and default access",
        f"{staged_by}@1.0.0 is staged and waits for an owner's approval (`npm stage approve {staged_id}`)",
        f"stage package {staged_by}@1.0.0 has been staged with tag latest",
    ]
    assert approved.stdout == f"Staged package {staged_id} approved and published successfully.\n"
    assert f"{staged_by}@1.0.0 is published" in approved.notices
    assert (before, versions(registry, staged_by)) == (["0.0.1"], ["0.0.1", "1.0.0"])


@pytest.mark.parametrize("client", NPMS)
def test_the_owner_looks_at_what_waits(client, bench, registry, issuer, person, staged_by):
    _, staged_id = stage(client, bench, issuer, staged_by)
    bench.npmrc(token=person.token)
    folder = bench.folder

    listed = bench.run(client, "stage", "list", staged_by, "--json", folder=folder)
    viewed = bench.run(client, "stage", "view", staged_id, folder=folder)
    downloaded = bench.run(client, "stage", "download", staged_id, folder=folder)

    (item,) = json.loads(listed.stdout)
    assert (item["id"], item["status"], item["actorType"]) == (
        staged_id,
        "waiting",
        "trusted automation",
    )
    assert "staged by: github acme/widget release.yml (trusted automation)\n" in viewed.stdout
    assert (
        "workload: github acme/widget, workflow acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0, ref refs/tags/v1.0.0, environment npm, event push, run 17300200100\n"
    ) in viewed.stdout
    assert downloaded.code == 0
    assert [path.name for path in folder.glob("*.tgz")] == [downloaded.stdout.strip()]


@pytest.mark.parametrize("client", NPMS)
def test_what_is_rejected_is_never_published(client, bench, registry, issuer, person, staged_by):
    _, staged_id = stage(client, bench, issuer, staged_by)
    bench.npmrc(token=person.token)
    otp = f"--otp={registry.otp(person)}"

    rejected = bench.run(client, "stage", "reject", staged_id, otp, folder=bench.folder)
    approved = bench.run(client, "stage", "approve", staged_id, folder=bench.folder)

    assert rejected.code == 0, rejected.text
    assert approved.code == 1
    assert (
        f"{staged_by}@1.0.0 was decided on already: rejected by {person.name}" in approved.notices
    )
    assert versions(registry, staged_by) == ["0.0.1"]


@pytest.mark.parametrize("client", NPMS)
def test_approving_needs_a_one_time_password(client, bench, registry, issuer, person, staged_by):
    _, staged_id = stage(client, bench, issuer, staged_by)
    bench.npmrc(token=person.token)

    without = bench.run(client, "stage", "approve", staged_id, folder=bench.folder)
    wrong = bench.run(client, "stage", "approve", staged_id, "--otp=000000", folder=bench.folder)

    assert (without.code, without.errors[0]) == (1, "code EOTP")
    assert (
        "this operation requires a one-time password (hint: repeat it with `--otp=CODE` from your authenticator)"
        in without.notices
    )
    assert (wrong.code, wrong.errors[0]) == (1, "code EOTP")
    assert (
        "the one-time password is wrong, too old, or was used before (hint: wait for the next code of your authenticator, each is good once)"
        in wrong.notices
    )


@pytest.mark.case("H12")
@pytest.mark.parametrize("client", NPMS)
def test_a_publisher_that_may_stage_cannot_publish(client, bench, registry, issuer, staged_by):
    folder = bench.package(staged_by)

    ran = bench.run(client, "publish", folder=folder, ci=ci.github(issuer))

    assert ran.code == 1
    assert (
        ran.said[-1]
        == "the trusted publisher may not publish: it has permission `stage` (hint: add permission `publish` to the trusted publisher)"
    )


@pytest.mark.case("H12")
@pytest.mark.parametrize("client", NPMS)
def test_a_publisher_that_may_publish_cannot_stage(client, bench, registry, issuer, package):
    registry.trust(package)
    folder = bench.package(package)

    ran = bench.run(client, "stage", "publish", folder=folder, ci=ci.github(issuer))

    assert ran.code == 1
    assert (
        ran.said[-1]
        == "the trusted publisher may not stage: it has permission `publish` (hint: add permission `stage` to the trusted publisher)"
    )


@pytest.mark.parametrize("client", ["pnpm12", "yarn4"])
def test_the_other_clients_stage(client, bench, registry, issuer, person, staged_by):
    folder = bench.package(staged_by, publishConfig={"access": "public"})

    if client == "yarn4":
        ran = bench.publish(client, "--staged", folder=folder, ci=ci.github(issuer))
    else:
        ran = bench.run(
            client, "stage", "publish", "--no-git-checks", folder=folder, ci=ci.github(issuer)
        )

    assert ran.code == 0, ran.text
    assert [event["version"] for event in registry.events(staged_by, "version-staged")] == ["1.0.0"]


def test_pnpm_approves(bench, registry, issuer, person, staged_by):
    _, staged_id = stage("npm12", bench, issuer, staged_by)
    bench.npmrc(token=person.token)

    ran = bench.run(
        "pnpm12",
        *("stage", "approve", staged_id, f"--otp={registry.otp(person)}"),
        folder=bench.folder,
    )

    assert ran.code == 0, ran.text
    assert versions(registry, staged_by) == ["0.0.1", "1.0.0"]


# --- the first use of a publisher without ids -----------------------------------------------------


@pytest.fixture
def unpinned(registry, person, name):
    """A package of `person`, whose publisher was added by name alone, as npm adds it."""
    registry.seed(name, by=person)
    registry.trust(name, repository_id=None, owner_id=None)
    return name


@pytest.mark.case("F10")
@pytest.mark.parametrize("client", NPMS)
def test_the_first_use_of_a_publisher_without_ids_waits_for_its_owner(
    client, bench, registry, issuer, person, unpinned
):
    folder = bench.package(unpinned)

    first = bench.run(client, "publish", folder=folder, ci=ci.github(issuer))
    (event,) = registry.events(unpinned, "version-staged")
    bench.npmrc(token=person.token)
    staged_id = json.loads(bench.run(client, "stage", "list", "--json", folder=folder).stdout)[0][
        "id"
    ]
    approved = bench.run(
        client, "stage", "approve", staged_id, f"--otp={registry.otp(person)}", folder=folder
    )
    bench.npmrc()
    second = bench.run(
        client, "publish", folder=bench.package(unpinned, "1.0.1"), ci=ci.github(issuer)
    )

    assert (first.code, event["version"]) == (0, "1.0.0")
    assert first.said == [
        "this is the first use of a trusted publisher without ids: what is published now waits, staged, until an owner approves it",
        f"Publishing to {registry.url}/ with tag latest and default access",
        f"{unpinned}@1.0.0 is staged and waits for an owner's approval, since it is the first use of a trusted publisher without ids (`npm stage approve {staged_id}`)",
    ]
    assert (
        f"{unpinned}@1.0.0 is published, and its trusted publisher is confirmed" in approved.notices
    )
    assert second.said[-1].startswith(f"{unpinned}@1.0.1 is published, by trusted publisher")
    assert versions(registry, unpinned) == ["0.0.1", "1.0.0", "1.0.1"]


@pytest.mark.case("E10", "F11")
def test_after_the_first_use_another_repository_of_the_name_is_refused(
    bench, registry, issuer, unpinned
):
    bench.publish("npm12", folder=bench.package(unpinned), ci=ci.github(issuer))

    ran = bench.publish(
        "npm12",
        folder=bench.package(unpinned, "1.0.1"),
        ci=ci.github(issuer, repository_id="902", owner_id="43"),
    )

    assert ran.code == 1
    (sentence,) = ran.said
    assert sentence.startswith(f"no trusted publisher of `{unpinned}` accepts this run (hint: ")
