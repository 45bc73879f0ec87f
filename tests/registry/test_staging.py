"""Staged versions: who sees them, who decides, and what a decision does."""

from __future__ import annotations

import pytest

from tests.support.tarballs import tarball

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def staged(world, widget):
    """The id of `@acme/widget@1.0.0`, which a run has staged."""
    world.trust(permissions=("stage",))
    answer = world.stage(world.credential())
    assert answer.status == 201, answer.body
    return answer.json["stageId"]


@pytest.fixture
def decide(world, widget):
    def send(staged_id, verb="approve", *, by=widget, with_code=True):
        method, path = ("POST", f"/{verb}") if verb == "approve" else ("DELETE", "")
        headers = {"npm_otp": world.otp(by)} if with_code else {}
        return world.request(method, f"/-/stage/{staged_id}{path}", token=by.token, **headers)

    return send


def test_a_staged_version_is_kept_and_not_served(world, staged):
    assert "1.0.0" not in world.packument().json["versions"]
    assert world.request("GET", "/@acme/widget/-/widget-1.0.0.tgz").status == 404
    assert world.events("version-staged")[0]["version"] == "1.0.0"


def test_npm_is_told_what_to_do_next(world, widget):
    world.trust(permissions=("stage",))

    answer = world.stage(world.credential())

    staged_id = answer.json["stageId"]
    assert (
        answer.json["message"]
        == answer.notice
        == (
            "@acme/widget@1.0.0 is staged and waits for an owner's approval"
            f" (`npm stage approve {staged_id}`)"
        )
    )


def test_its_item_says_who_published_it_from_where(world, widget, staged):
    item = world.request("GET", f"/-/stage/{staged}", token=widget.token).json

    workload = item.pop("workload")
    shasum = item.pop("shasum")
    assert "acme/rocket" in workload
    assert len(shasum) == 40
    assert item == {
        "id": staged,
        "packageName": "@acme/widget",
        "version": "1.0.0",
        "tag": "latest",
        "createdAt": "2026-11-18T11:06:40.000Z",
        "actor": "github acme/rocket release.yml",
        "actorType": "trusted automation",
        "access": None,
        "status": "waiting",
        "reason": "requested",
        "publishedBy": "github acme/rocket release.yml",
    }


def test_its_bytes_can_be_looked_at_before(world, widget, staged):
    answer = world.request("GET", f"/-/stage/{staged}/tarball", token=widget.token)

    assert answer.body == tarball()
    assert answer.headers["cache-control"] == "private, no-store"


class TestApproving:
    def test_an_owner_with_a_code_publishes_it(self, world, staged, decide):
        answer = decide(staged)

        assert answer.status == 201
        assert answer.json["message"] == "@acme/widget@1.0.0 is published"
        served = world.packument().json["versions"]["1.0.0"]
        assert served["_npmUser"]["approver"] == {
            "name": "maintainer",
            "email": "maintainer@acme.example.test",
        }
        assert served["_npmUser"]["trustedPublisher"]["id"] == "github"
        assert world.packument().json["dist-tags"] == {"latest": "1.0.0"}

    def test_an_owner_without_a_code_does_not(self, world, staged, decide):
        answer = decide(staged, with_code=False)

        assert (answer.status, answer.code) == (401, "second-factor-needed")
        assert "1.0.0" not in world.packument().json["versions"]

    def test_it_is_decided_once(self, staged, decide):
        decide(staged)

        again = decide(staged, with_code=False)

        assert (again.status, again.code) == (409, "already-decided")

    @pytest.mark.stores
    def test_of_eight_approvals_at_once_one_publishes(self, world, widget, staged, decide):
        world.request(
            "GET", "/-/package/@acme%2fwidget/trust", token=widget.token, npm_otp=world.otp(widget)
        )

        answers = world.together(
            *(
                world.send("POST", f"/-/stage/{staged}/approve", token=widget.token)
                for _ in range(8)
            )
        )

        assert sorted(answer.status for answer in answers) == [201] + [409] * 7
        assert len(world.packument().json["versions"]) == 2

    @pytest.mark.stores
    def test_of_an_approval_and_a_rejection_at_once_one_stands(self, world, widget, staged):
        world.request(
            "GET", "/-/package/@acme%2fwidget/trust", token=widget.token, npm_otp=world.otp(widget)
        )

        answers = world.together(
            world.send("POST", f"/-/stage/{staged}/approve", token=widget.token),
            world.send("DELETE", f"/-/stage/{staged}", token=widget.token),
        )

        is_served = "1.0.0" in world.packument().json["versions"]
        assert [answer.status for answer in answers] == ([201, 409] if is_served else [409, 204])

    def test_a_version_that_was_published_meanwhile_stays_as_it_is(self, world, staged, decide):
        world.trust(environment="npm")
        served = world.put(world.credential(), data=tarball(description="the other"))

        answer = decide(staged)

        assert served.status == 201
        assert (answer.status, answer.code) == (403, "version-exists")
        assert decide(staged).code == "version-exists"

    def test_the_blob_is_served_after_the_approval(self, world, staged, decide):
        decide(staged)

        assert world.request("GET", "/@acme/widget/-/widget-1.0.0.tgz").body == tarball()


class TestRejecting:
    def test_an_owner_with_a_code_rejects_it(self, world, staged, decide):
        answer = decide(staged, "reject")

        assert (answer.status, answer.body) == (204, b"")
        assert "1.0.0" not in world.packument().json["versions"]
        assert len(world.events("stage-rejected")) == 1

    def test_the_version_can_be_staged_again_then(self, world, staged, decide):
        decide(staged, "reject")

        assert world.stage(world.credential()).status == 201

    def test_the_version_waits_once(self, world, staged):
        answer = world.stage(world.credential(), data=tarball(description="the other"))

        assert (answer.status, answer.code) == (409, "version-staged")

    def test_an_identical_repetition_is_answered_with_the_same_id(self, world, widget):
        world.trust(permissions=("stage",))
        credential = world.credential()
        first = world.stage(credential)
        before = world.row_counts()

        again = world.stage(credential)

        assert again.json["stageId"] == first.json["stageId"]
        assert world.row_counts() == before


class TestWho:
    @pytest.mark.parametrize("path", ["", "/tarball"])
    def test_others_are_told_that_nothing_is_there(self, world, staged, path):
        stranger = world.person("stranger")

        known = world.request("GET", f"/-/stage/{staged}{path}", token=stranger.token)
        unknown = world.request("GET", f"/-/stage/{UNKNOWN}{path}", token=stranger.token)

        assert [(a.status, a.code) for a in (known, unknown)] == [(404, "no-staged-version")] * 2

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", ""), ("GET", "/tarball"), ("POST", "/approve"), ("DELETE", "")]
    )
    def test_a_publish_credential_decides_nothing(self, world, staged, method, path):
        answer = world.request(method, f"/-/stage/{staged}{path}", token=world.credential())

        assert (answer.status, answer.code) == (403, "outside-package")

    def test_nobody_without_a_token(self, world, staged):
        assert world.request("GET", f"/-/stage/{staged}").status == 401

    def test_a_token_for_another_package_sees_nothing(self, world, widget, staged):
        token = world.token_of(widget, targets=("@acme/gadget",))

        answer = world.request("POST", f"/-/stage/{staged}/approve", token=token)

        assert (answer.status, answer.code) == (403, "token-permission")

    def test_what_will_create_a_package_is_decided_by_whoever_will_own_it(
        self, world, maintainer, decide
    ):
        world.trust("@acme/new", by=maintainer, permissions=("stage",))
        staged = world.stage(world.credential(package="@acme/new"), "@acme/new").json["stageId"]
        stranger = world.person("stranger")

        refused = decide(staged, by=stranger)
        approved = decide(staged, by=maintainer)

        assert (refused.status, approved.status) == (404, 201)
        assert "1.0.0" in world.packument("@acme/new").json["versions"]


class TestListing:
    def test_owners_see_what_waits_in_their_packages(self, world, widget, staged):
        answer = world.request("GET", "/-/stage?page=0&perPage=100", token=widget.token).json

        assert [item["id"] for item in answer["items"]] == [staged]
        assert (answer["total"], answer["page"], answer["perPage"]) == (1, 0, 100)

    def test_it_comes_in_pages_oldest_first(self, world, widget):
        world.trust(permissions=("stage",))
        for n in range(3):
            world.clock.pass_(1)
            world.stage(world.credential(), version=f"1.0.{n}")

        pages = [
            world.request("GET", f"/-/stage?page={n}&perPage=2", token=widget.token).json
            for n in range(3)
        ]

        assert [[i["version"] for i in page["items"]] for page in pages] == [
            ["1.0.0", "1.0.1"],
            ["1.0.2"],
            [],
        ]
        assert {page["total"] for page in pages} == {3}

    @pytest.mark.parametrize(
        "query", ["page=-1", "perPage=x", "page=99999999999999999999", "perPage=0", "page=%00"]
    )
    def test_odd_numbers_do_no_harm(self, world, widget, staged, query):
        assert world.request("GET", f"/-/stage?{query}", token=widget.token).status == 200

    def test_it_can_be_asked_for_one_package(self, world, widget, staged):
        here, elsewhere = (
            world.request("GET", f"/-/stage?package={name}", token=widget.token).json["total"]
            for name in ("%40acme%2Fwidget", "%40acme%2Fgadget")
        )

        assert (here, elsewhere) == (1, 0)

    def test_strangers_see_nothing(self, world, staged):
        stranger = world.person("stranger")

        assert world.request("GET", "/-/stage", token=stranger.token).json["items"] == []
