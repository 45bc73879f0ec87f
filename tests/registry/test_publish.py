"""Publications: by a run, by a token, again, at once, and what is recorded of them."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from imprint.publishers.publications import CredentialKind, publication_from_json
from imprint.storage import packages, switches
from tests.support.tarballs import publish_body, tarball
from tests.support.world import ADDRESS


@pytest.fixture
def publisher(world, widget):
    return world.trust()


@pytest.mark.stores
@pytest.mark.case("I01")
def test_the_whole_way_from_first_publication_to_a_dead_credential(world):
    maintainer = world.person()
    first = world.put(maintainer.token, version="0.1.0")
    trusted = world.request(
        "POST",
        "/-/package/@acme%2fwidget/trust",
        token=maintainer.token,
        npm_otp=world.otp(maintainer),
        body=[
            {
                "type": "github",
                "claims": {"repository": "acme/rocket", "workflow_ref": {"file": "release.yml"}},
                "permissions": ["createPackage"],
                "imprint": {"repository_id": "901", "owner_id": "42"},
            }
        ],
    )
    credential = world.credential()
    published = world.put(credential)
    again = world.put(credential, version="1.0.1")

    assert [first.status, trusted.status, published.status, again.status] == [201, 201, 201, 403]
    assert world.packument().json["dist-tags"] == {"latest": "1.0.0"}
    assert [mail["template"] for mail in world.mails()] == [
        "package-created",
        "version-published",
        "publisher-added",
        "version-published",
    ]
    assert [event["kind"] for event in world.events()] == [
        "package-created",
        "version-published",
        "publisher-added",
        "exchange-minted",
        "version-published",
    ]


@pytest.mark.case("I01")
def test_npm_is_told_by_whom_a_version_was_published(world, publisher):
    answer = world.put(world.credential())

    assert answer.json == {"ok": True, "success": True, "id": "@acme/widget"}
    assert answer.notice == (
        "@acme/widget@1.0.0 is published, by trusted publisher github acme/rocket release.yml"
    )


@pytest.mark.case("I06")
def test_a_run_cannot_create_a_package_without_a_pending_publisher(world, maintainer):
    answer = world.exchange(package="@acme/brand-new")

    assert (answer.status, answer.code) == (404, "no-publisher")
    assert answer.json["message"] == "no trusted publisher of `@acme/brand-new` accepts this run"
    assert "issuer `https://ci.example.test`" in answer.json["hint"]


@pytest.mark.case("I07", "D25", "E24")
def test_who_published_a_version_and_from_where_is_recorded(world, publisher):
    called = "acme/shared/.github/workflows/publish.yml@refs/heads/main"
    world.trust(environment="npm", called_workflow="publish.yml", called_repository="acme/shared")

    world.put(world.credential(world.sign(world.claims(job_workflow_ref=called))))

    recorded = evidence_of(world, "1.0.0")
    workload = recorded.workload
    assert recorded.credential is CredentialKind.TRUSTED_PUBLISHER
    assert recorded.publisher_id is not None
    assert (workload.provider.value, workload.repository, workload.repository_id) == (
        "github",
        "acme/rocket",
        "901",
    )
    assert (workload.owner_id, workload.ref, workload.run_id) == (
        "42",
        "refs/tags/v1.2.0",
        "17300200100",
    )
    assert len(workload.commit) == 40
    assert (workload.runner.value, workload.visibility.value) == ("hosted", "public")
    assert workload.called_workflow_ref == called
    assert workload.caller_workflow_ref != called
    assert (recorded.exchange_address, recorded.publish_address) == (ADDRESS, ADDRESS)
    assert len(recorded.claims_digest) == 64


@pytest.mark.case("I07")
def test_of_a_publication_by_token_its_holder_is_recorded(world, widget):
    recorded = evidence_of(world, "0.1.0")

    assert recorded.credential is CredentialKind.TOKEN
    assert (recorded.user, recorded.workload, recorded.publisher_id) == ("maintainer", None, None)


@pytest.mark.case("I08")
def test_publications_of_runs_count_against_the_packages_limit(world, publisher):
    world.serve(publications_per_hour=2)
    world.put(world.credential())

    refused = world.put(world.credential(), version="1.0.1")
    world.clock.pass_(3601)
    accepted = world.put(world.credential(), version="1.0.1")

    assert (refused.status, refused.code) == (429, "too-many-publications")
    assert refused.headers["retry-after"] == "3600"
    assert accepted.status == 201


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "path", ["/@acme%2fwidget", "/@acme%2Fwidget", "/%40acme%2Fwidget", "/@acme/widget"]
)
def test_every_spelling_of_a_name_publishes_the_same_package(world, publisher, path):
    answer = world.request("PUT", path, body=publish_body(), token=world.credential())

    assert answer.status == 201
    assert "1.0.0" in world.packument().json["versions"]


@pytest.mark.stores
def test_of_eight_publications_of_one_version_at_once_one_wins_and_its_bytes_are_served(
    world, widget
):
    bodies = [
        publish_body(data=tarball(files={"package/n.txt": str(n).encode()})) for n in range(8)
    ]

    answers = world.together(*(world.putting(widget.token, body=body) for body in bodies))

    assert sorted(answer.status for answer in answers) == [201] + [403] * 7
    dist = world.packument().json["versions"]["1.0.0"]["dist"]
    served = world.request("GET", "/@acme/widget/-/widget-1.0.0.tgz").body
    digest = base64.b64encode(hashlib.sha512(served).digest()).decode()
    assert dist["integrity"] == f"sha512-{digest}"
    won = bodies[[answer.status for answer in answers].index(201)]
    assert json.loads(won)["versions"]["1.0.0"]["dist"]["integrity"] == dist["integrity"]
    assert len(world.blob_files()) == 2


@pytest.mark.stores
def test_eight_runs_publish_eight_versions_at_once(world, publisher):
    credentials = [world.credential() for _ in range(8)]

    answers = world.together(
        *(world.putting(one, version=f"1.0.{n}", tag="next") for n, one in enumerate(credentials))
    )

    assert [answer.status for answer in answers] == [201] * 8
    packument = world.packument().json
    assert len(packument["versions"]) == 9
    assert packument["dist-tags"]["next"] in packument["versions"]


@pytest.mark.stores
def test_eight_first_publications_of_a_package_at_once_create_it_once(world, maintainer):
    answers = world.together(
        *(world.putting(maintainer.token, "brand-new", f"1.0.{n}") for n in range(8))
    )

    assert [answer.status for answer in answers] == [201] * 8
    assert world.row_counts()["packages"] == 1
    assert len(world.events("package-created")) == 1


@pytest.mark.stores
def test_of_two_people_who_create_a_package_at_once_one_owns_it(world):
    people = [world.person("first"), world.person("second")]

    answers = world.together(
        *(world.putting(p.token, "brand-new", f"1.0.{n}") for n, p in enumerate(people))
    )

    assert sorted(answer.status for answer in answers) == [201, 403]
    assert world.row_counts()["owners"] == 1
    assert len(world.packument("brand-new").json["versions"]) == 1


class TestAgain:
    def test_an_identical_publication_is_answered_and_writes_nothing(self, world, publisher):
        credential = world.credential()
        world.put(credential)
        before, blobs = world.row_counts(), world.blob_files()

        again = world.put(credential)

        assert again.status == 200
        assert again.notice == "@acme/widget@1.0.0 was published already, exactly so"
        assert (world.row_counts(), world.blob_files()) == (before, blobs)

    @pytest.mark.parametrize(
        "changes",
        [
            {"tag": "next"},
            {"access": "public"},
            {"data": tarball(files={"package/more.txt": b"more"})},
            {"manifest": {"homepage": "https://acme.example.test"}},
            {
                "attachments": {
                    "@acme/widget-1.0.0.sigstore": {
                        "content_type": "application/vnd.dev.sigstore.bundle.v0.3+json",
                        "data": "{}",
                        "length": 2,
                    }
                }
            },
        ],
        ids=["tag", "access", "tarball", "manifest", "bundle"],
    )
    def test_a_publication_that_differs_in_anything_is_refused(self, world, publisher, changes):
        credential = world.credential()
        world.put(credential)
        before = world.row_counts()

        again = world.put(credential, **changes)

        assert (again.status, again.code) == (403, "version-exists")
        assert again.json["message"] == (
            "You cannot publish over the previously published versions: 1.0.0."
        )
        assert world.row_counts() == before

    def test_somebody_elses_identical_publication_is_refused(self, world, publisher):
        world.put(world.credential())

        again = world.put(world.credential())

        assert (again.status, again.code) == (403, "version-exists")

    def test_a_token_may_repeat_what_its_holder_published(self, world, widget):
        again = world.put(widget.token, version="0.1.0")

        assert again.status == 200

    @pytest.mark.stores
    def test_the_same_publication_twice_at_once_is_one(self, world, publisher):
        credential = world.credential()

        answers = world.together(*(world.putting(credential) for _ in range(4)))

        assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
        assert len(world.events("version-published")) == 2


class TestAccess:
    def test_a_new_package_is_as_it_was_asked_for(self, world, maintainer):
        world.put(maintainer.token, access="restricted")

        assert world.packument().status == 404
        own = world.request("GET", "/@acme%2fwidget", token=maintainer.token)
        assert own.status == 200

    def test_a_publication_does_not_change_who_may_read(self, world, publisher):
        answer = world.put(world.credential(), access="restricted")

        assert (answer.status, answer.code) == (403, "access-differs")
        assert answer.json["message"] == (
            "`@acme/widget` is public, the publication asks for `restricted`"
        )

    @pytest.mark.parametrize(
        "path", ["/@acme%2fwidget", "/@acme%2fwidget/1.0.0", "/@acme/widget/-/widget-1.0.0.tgz"]
    )
    def test_a_restricted_package_looks_like_none_to_others(self, world, maintainer, path):
        world.put(maintainer.token, access="restricted")
        other = world.person("other")

        answers = [world.request("GET", path), world.request("GET", path, token=other.token)]

        assert [(a.status, a.code) for a in answers] == [(404, "no-package")] * 2


class TestNames:
    @pytest.mark.case("J05")
    @pytest.mark.parametrize("name", ["fs", "node", "constructor"])
    def test_a_reserved_name_is_refused(self, world, maintainer, name):
        answer = world.put(maintainer.token, name)

        assert (answer.status, answer.code) == (403, "reserved-name")

    @pytest.mark.case("J05")
    def test_a_name_that_differs_in_punctuation_alone_is_refused(self, world, maintainer):
        world.put(maintainer.token, "rocket-launcher")

        answer = world.put(maintainer.token, "rocket.launcher")

        assert (answer.status, answer.code) == (403, "name-too-similar")
        assert answer.json["message"] == (
            "the name `rocket.launcher` is too similar to the package `rocket-launcher`"
        )


def test_publishing_can_be_switched_off_for_all_and_for_one(world, publisher):
    credential = world.credential()
    with world.database.writing() as connection:
        switches.switch_off(connection, kind="publish", target="", reason="read-only", now=1.0)

    answer = world.put(credential)

    assert (answer.status, answer.code) == (403, "publishing-switched-off")
    assert answer.json["message"] == "publishing is switched off: read-only"


def evidence_of(world, version):
    with world.database.reading() as connection:
        package = packages.find(connection, "@acme/widget")
        stored = packages.version_of(connection, package.id, version)
    return publication_from_json(stored.evidence)
