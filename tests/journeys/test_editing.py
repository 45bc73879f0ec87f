"""What owners change afterwards: deprecation, owners, access, unpublishing."""

import pytest

NPMS = ["npm10", "npm12"]


@pytest.fixture
def mine(registry, person, name, bench):
    """A package of `person` with two versions; `person` is signed in."""
    registry.seed(name, by=person)
    registry.seed(name, by=person, version="0.0.2")
    bench.npmrc(token=person.token)
    return name


def npm(bench, client, *words):
    return bench.run(client, *words, folder=bench.folder)


@pytest.mark.parametrize("client", NPMS)
def test_a_version_is_deprecated_and_undeprecated(client, bench, mine):
    deprecated = npm(bench, client, "deprecate", f"{mine}@0.0.1", "do not use")
    shown = npm(bench, client, "view", f"{mine}@0.0.1", "deprecated")
    undeprecated = npm(bench, client, "deprecate", f"{mine}@0.0.1", "")
    after = npm(bench, client, "view", f"{mine}@0.0.1", "deprecated")

    assert [ran.code for ran in (deprecated, undeprecated)] == [0, 0]
    assert (shown.stdout, after.stdout) == ("do not use\n", "")


@pytest.mark.parametrize("client", NPMS)
def test_owners_are_added_listed_and_removed(client, bench, registry, owner, person, mine):
    otp, next_otp = (f"--otp={registry.otp(person, after=seconds)}" for seconds in (0, 30))

    without = npm(bench, client, "owner", "add", "owner", mine)
    added = npm(bench, client, "owner", "add", "owner", mine, otp)
    listed = npm(bench, client, "owner", "ls", mine)
    removed = npm(bench, client, "owner", "rm", "owner", mine, next_otp)

    assert without.code == 1
    assert (
        "this operation requires a one-time password (hint: repeat it with `--otp=CODE` from your authenticator)"
        in without.notices
    )
    assert (added.code, added.stdout) == (0, f"+ owner ({mine})\n")
    assert listed.stdout == (
        f"owner <owner@acme.example.test>\n{person.name} <{person.name}@acme.example.test>\n"
    )
    assert (removed.code, removed.stdout) == (0, f"- owner ({mine})\n")


@pytest.mark.parametrize("client", NPMS)
def test_a_version_is_unpublished_and_its_name_stays_taken(client, bench, registry, mine):
    unpublished = npm(bench, client, "unpublish", f"{mine}@0.0.2")
    left = npm(bench, client, "view", mine, "versions", "dist-tags.latest", "--json")
    again = bench.publish(client, folder=bench.package(mine, "0.0.2"))

    assert (unpublished.code, unpublished.stdout) == (0, f"- {mine}@0.0.2\n")
    assert '"dist-tags.latest": "0.0.1"' in left.stdout
    assert "0.0.2" not in left.stdout
    assert again.code == 1
    assert (
        f"You cannot publish over the previously published versions: 0.0.2. (hint: `{mine}@0.0.2` is taken for ever: raise the version)"
        in again.notices
    )


def test_a_whole_package_is_unpublished_with_a_one_time_password(bench, registry, person, mine):
    otp = f"--otp={registry.otp(person)}"

    without = npm(bench, "npm12", "unpublish", mine, "--force")
    given = npm(bench, "npm12", "unpublish", mine, "--force", otp)
    gone = npm(bench, "npm12", "view", mine)

    assert without.errors[:1] == ["code EOTP"]
    assert (given.code, given.stdout) == (0, f"- {mine}\n")
    assert gone.errors[0] == "code E404"


@pytest.mark.parametrize("client", NPMS)
def test_access_is_told_and_set(client, bench, registry, person, mine):
    otp = f"--otp={registry.otp(person)}"

    before = npm(bench, client, "access", "get", "status", mine)
    closed = npm(bench, client, "access", "set", "status=private", mine)
    between = npm(bench, client, "access", "get", "status", mine)
    hidden = registry.http("GET", f"/{mine.replace('/', '%2f')}")
    opened = npm(bench, client, "access", "set", "status=public", mine, otp)
    people = npm(bench, client, "access", "list", "collaborators", mine)

    assert (before.stdout, between.stdout) == (f"{mine}: public\n", f"{mine}: private\n")
    assert [ran.code for ran in (closed, opened)] == [0, 0]
    assert hidden.status == 404
    assert people.stdout == f"{person.name}: read-write\n"


@pytest.mark.case("I02", "I03")
@pytest.mark.parametrize("client", NPMS)
def test_disallowing_tokens_is_easy_and_allowing_them_needs_a_password(
    client, bench, registry, person, mine
):
    folder = bench.package(mine)

    tightened = npm(bench, client, "access", "set", "mfa=publish", mine)
    refused = bench.publish(client, folder=folder)
    without = npm(bench, client, "access", "set", "mfa=none", mine)
    otp = f"--otp={registry.otp(person)}"
    loosened = npm(bench, client, "access", "set", "mfa=none", mine, otp)
    accepted = bench.publish(client, folder=folder)

    assert [ran.code for ran in (tightened, refused, without, loosened, accepted)] == [
        *(0, 1, 1, 0, 0)
    ]
    assert refused.said[-1] == (
        f"tokens cannot publish `{mine}`: its owner disallowed them (hint: publish from the CI workflow that is its trusted publisher)"
    )
    assert without.errors[0] == "code EOTP"
