"""A trusted publisher for a name to come: its first publication creates the package."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from imprint.publishers.publisher import PENDING_LIFE_SECONDS
from imprint.registry.cleanup import REMIND_SECONDS, clean_up
from imprint.storage import packages, publishers, users
from tests.support.tarballs import tarball

NAME = "@acme/brand-new"
TRUST = "/-/package/@acme%2fbrand-new/trust"


@pytest.fixture
def pending(world, maintainer):
    return world.trust(NAME, by=maintainer)


def body(repository="acme/rocket", **extension):
    return [
        {
            "type": "github",
            "claims": {"repository": repository, "workflow_ref": {"file": "release.yml"}},
            "permissions": ["createPackage"],
            "imprint": {"repository_id": "901", "owner_id": "42", **extension},
        }
    ]


@pytest.mark.stores
@pytest.mark.case("J01")
def test_the_first_publication_creates_the_package_for_whoever_registered_it(world, pending):
    answer = world.put(world.credential(package=NAME), NAME)

    with world.database.reading() as connection:
        package = packages.find(connection, NAME)
        owners = packages.owners_of(connection, package.id)
        publisher = publishers.find(connection, pending.id)
        still_pending = publishers.count_pending(connection, owners[0].user_id, now=world.clock())
    assert answer.status == 201
    assert [owner.name for owner in owners] == ["maintainer"]
    assert (publisher.pending, publisher.expires_at, still_pending) == (False, None, 0)
    assert [mail["recipient"] for mail in world.mails("package-created")] == [
        "maintainer@acme.example.test"
    ]


@pytest.mark.case("J02")
def test_the_same_publisher_serves_the_package_from_then_on(world, pending):
    world.put(world.credential(package=NAME), NAME)

    answer = world.put(world.credential(package=NAME), NAME, "1.0.1")

    with world.database.reading() as connection:
        assert [p.id for p in publishers.of_target(connection, NAME)] == [pending.id]
    assert answer.status == 201


@pytest.mark.case("J02")
def test_an_identical_pending_publisher_is_not_made_twice(world, pending, maintainer):
    answer = world.request(
        "POST", TRUST, body=body(), token=maintainer.token, npm_otp=world.otp(maintainer)
    )

    assert (answer.status, answer.code) == (409, "publisher-exists")


@pytest.mark.case("J03")
def test_a_pending_publisher_of_a_package_that_exists_counts_no_more_and_says_so(world, pending):
    other = world.person("other")
    world.put(other.token, NAME)

    answer = world.exchange(package=NAME)

    assert (answer.status, answer.code) == (404, "no-publisher")
    with world.database.reading() as connection:
        assert publishers.of_target(connection, NAME) == ()


@pytest.mark.case("J04")
def test_whoever_else_waited_for_the_name_is_told_that_it_is_gone(world, pending):
    other = world.person("other")
    world.trust(NAME, by=other, repository="acme/other", repository_id="902")

    world.put(world.credential(package=NAME), NAME)

    (mail,) = world.mails("pending-publisher-invalidated")
    assert mail["recipient"] == "other@acme.example.test"
    assert mail["package"] == NAME
    assert len(world.events("pending-publisher-invalidated")) == 1


@pytest.mark.stores
@pytest.mark.case("J04")
def test_of_two_pending_publishers_used_at_once_one_creates_the_package(world, pending):
    world.trust(NAME, by=world.person("other"), repository="acme/other", repository_id="902")
    reference = "acme/other/.github/workflows/release.yml@refs/tags/v1.2.0"
    theirs = world.claims(
        repository="acme/other",
        repository_id="902",
        workflow_ref=reference,
        job_workflow_ref=reference,
    )
    mine = world.credential(package=NAME)
    other = world.credential(world.sign(theirs), package=NAME)

    answers = world.together(world.putting(mine, NAME), world.putting(other, NAME, "2.0.0"))

    assert sorted(answer.status for answer in answers) == [201, 403]
    assert world.row_counts()["packages"] == world.row_counts()["owners"] == 1
    assert len(world.packument(NAME).json["versions"]) == 1


@pytest.mark.case("J05")
@pytest.mark.parametrize(
    ("name", "code"), [("fs", "reserved-name"), ("rocketlauncher", "name-too-similar")]
)
def test_a_name_that_nobody_may_have_is_refused_at_configuration(world, maintainer, name, code):
    world.put(maintainer.token, "rocket-launcher")

    answer = world.request(
        "POST",
        f"/-/package/{name}/trust",
        body=body(),
        token=maintainer.token,
        npm_otp=world.otp(maintainer),
    )

    assert (answer.status, answer.code) == (403, code)


@pytest.mark.case("J05")
def test_a_name_that_became_too_similar_meanwhile_is_refused_at_use(world, maintainer):
    world.trust("rocketlauncher", by=maintainer)
    world.put(world.person("other").token, "rocket-launcher")

    answer = world.exchange(package="rocketlauncher")

    assert (answer.status, answer.code) == (403, "name-too-similar")


class TestLife:
    @pytest.mark.case("J06")
    def test_nothing_is_due_at_first(self, world, pending):
        done = clean_up(world.registry)

        assert (done.expired, done.reminded) == (0, 0)

    @pytest.mark.case("J06")
    def test_its_owner_is_reminded_once(self, world, pending):
        world.clock.pass_(PENDING_LIFE_SECONDS - REMIND_SECONDS + 1)

        done = [clean_up(world.registry).reminded for _ in range(2)]

        assert done == [1, 0]
        assert len(world.mails("pending-publisher-expiring")) == 1

    @pytest.mark.case("J06")
    def test_it_goes_when_its_time_is_over_and_its_owner_is_told(self, world, pending):
        world.clock.pass_(PENDING_LIFE_SECONDS + 1)

        done = [clean_up(world.registry).expired for _ in range(2)]

        assert done == [1, 0]
        assert len(world.mails("pending-publisher-expired")) == 1
        assert world.row_counts()["publishers"] == 0

    @pytest.mark.case("J06")
    def test_it_mints_nothing_past_its_time_even_before_it_is_removed(self, world, pending):
        world.clock.pass_(PENDING_LIFE_SECONDS)

        answer = world.exchange(package=NAME)

        assert (answer.status, answer.code) == (403, "publisher-expired")


class TestWhose:
    @pytest.mark.case("J07")
    def test_one_person_has_three_at_most(self, world, maintainer):
        for n in range(3):
            world.trust(f"@acme/new-{n}", by=maintainer)

        answer = world.request(
            "POST", TRUST, body=body(), token=maintainer.token, npm_otp=world.otp(maintainer)
        )

        assert (answer.status, answer.code) == (429, "too-many-publishers")

    @pytest.mark.case("J07")
    def test_somebody_elses_is_neither_seen_nor_removed(self, world, pending):
        other = world.person("other")
        otp = world.otp(other)

        listed = world.request("GET", TRUST, token=other.token, npm_otp=otp)
        removed = world.request("DELETE", f"{TRUST}/{pending.id}", token=other.token)

        assert listed.json == []
        assert (removed.status, removed.code) == (404, "no-such-publisher")

    @pytest.mark.case("J07")
    def test_ones_own_is_seen_and_removed(self, world, pending, maintainer):
        otp = world.otp(maintainer)

        listed = world.request("GET", TRUST, token=maintainer.token, npm_otp=otp)
        removed = world.request("DELETE", f"{TRUST}/{pending.id}", token=maintainer.token)

        assert [item["id"] for item in listed.json] == [pending.id]
        assert removed.status == 204
        assert world.exchange(package=NAME).status == 404

    def test_it_needs_ids(self, world, maintainer):
        answer = world.request(
            "POST",
            TRUST,
            body=body(repository_id=None, owner_id=None),
            token=maintainer.token,
            npm_otp=world.otp(maintainer),
        )

        assert (answer.status, answer.code) == (400, "invalid-publisher")

    def test_an_owner_who_is_disabled_gets_no_package(self, world, pending, maintainer):
        with world.database.writing() as connection:
            users.set_disabled(connection, maintainer.id, at=world.clock())

        assert world.exchange(package=NAME).code == "no-able-owner"


@pytest.mark.case("J08")
def test_a_tarball_of_another_name_says_both(world, pending):
    answer = world.put(world.credential(package=NAME), NAME, data=tarball("@acme/other-name"))

    assert (answer.status, answer.code) == (400, "name-mismatch")
    assert "`@acme/other-name`" in answer.json["message"]
    assert f"`{NAME}`" in answer.json["message"]


class TestPatterns:
    def test_a_pattern_creates_packages_only_when_it_says_so(self, world, maintainer):
        world.trust("@acme/*", by=maintainer)
        refused = world.exchange(package=NAME)
        world.trust("@acme/brand-*", by=maintainer, create=True)

        accepted = world.put(world.credential(package=NAME), NAME)

        assert refused.status == 404
        assert accepted.status == 201

    def test_what_a_pattern_creates_belongs_to_whoever_set_it(self, world, maintainer):
        world.trust("@acme/*", by=maintainer, create=True)

        world.put(world.credential(package=NAME), NAME)

        with world.database.reading() as connection:
            package = packages.find(connection, NAME)
            assert [o.name for o in packages.owners_of(connection, package.id)] == ["maintainer"]


@pytest.mark.case("L07")
@pytest.mark.parametrize("others", [0, 300])
def test_minting_asks_the_database_as_often_for_one_publisher_as_for_many(world, widget, others):
    for n in range(others):
        world.clock.pass_(1000)
        world.trust(environment=f"environment-{n}")
    world.trust()
    asked = []
    event.listen(
        world.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2])
    )

    world.exchange()

    assert world.live_credentials() == 1
    assert len(asked) <= 20
