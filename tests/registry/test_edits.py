"""Deprecation, owners and unpublishing, as npm sends them: documents of which the difference counts."""

from __future__ import annotations

import pytest

from imprint.storage import packages
from tests.support.tarballs import publish_body

EDIT = "/@acme%2fwidget?write=true"
REVISION = "/@acme%2fwidget/-rev/1-abc"


@pytest.fixture
def two(world, widget):
    """The owner of `@acme/widget`, of which there are 0.1.0 and 0.2.0."""
    world.put(widget.token, version="0.2.0")
    return widget


def document(world, person):
    return world.request("GET", EDIT, token=person.token).json


def owners(world):
    with world.database.reading() as connection:
        package = packages.find(connection, "@acme/widget")
        return [owner.name for owner in packages.owners_of(connection, package.id)]


class TestDeprecating:
    def deprecate(self, world, person, messages, **headers):
        edited = document(world, person)
        for version, message in messages.items():
            edited["versions"][version]["deprecated"] = message
        return world.request("PUT", "/@acme%2fwidget", body=edited, token=person.token, **headers)

    def test_a_message_is_served_and_taken_back(self, world, two):
        self.deprecate(world, two, {"0.1.0": "use 0.2.0"})
        during = world.packument().json["versions"]
        self.deprecate(world, two, {"0.1.0": ""})

        assert during["0.1.0"]["deprecated"] == "use 0.2.0"
        assert "deprecated" not in during["0.2.0"]
        assert "deprecated" not in world.packument().json["versions"]["0.1.0"]
        assert [e["versions"] for e in world.events("versions-deprecated")] == [["0.1.0"]] * 2

    def test_nothing_else_of_the_document_is_taken(self, world, two):
        before = world.packument().json
        edited = document(world, two)
        edited["versions"]["0.1.0"].update(
            deprecated="old", scripts={"postinstall": "evil"}, dist={"tarball": "evil"}
        )
        edited["dist-tags"] = {"latest": "0.1.0"}
        edited["maintainers"] = [{"name": "evil"}]

        answer = world.request("PUT", "/@acme%2fwidget", body=edited, token=two.token)

        after = world.packument().json
        assert answer.status == 200
        assert after["versions"]["0.1.0"].pop("deprecated") == "old"
        for name in ("versions", "dist-tags", "maintainers"):
            assert after[name] == before[name]

    def test_a_version_that_is_left_out_stays(self, world, two):
        edited = document(world, two)
        del edited["versions"]["0.1.0"]
        edited["versions"]["0.2.0"]["deprecated"] = "old"

        world.request("PUT", "/@acme%2fwidget", body=edited, token=two.token)

        assert sorted(world.packument().json["versions"]) == ["0.1.0", "0.2.0"]

    def test_a_version_that_is_not_there_is_not_made(self, world, two):
        edited = document(world, two)
        edited["versions"]["9.9.9"] = {**edited["versions"]["0.1.0"], "deprecated": "x"}

        world.request("PUT", "/@acme%2fwidget", body=edited, token=two.token)

        assert sorted(world.packument().json["versions"]) == ["0.1.0", "0.2.0"]

    def test_where_tokens_cannot_publish_a_code_is_needed(self, world, two):
        world.trust()

        without = self.deprecate(world, two, {"0.1.0": "old"})
        with_code = self.deprecate(world, two, {"0.1.0": "old"}, npm_otp=world.otp(two))

        assert (without.status, without.code) == (401, "second-factor-needed")
        assert with_code.status == 200

    def test_nobody_else_does(self, world, two):
        world.trust()
        stranger = world.person("stranger")

        answers = [
            world.request("PUT", "/@acme%2fwidget", body=document(world, two), token=token)
            for token in (stranger.token, world.credential(), None)
        ]

        assert [a.status for a in answers] == [403, 403, 401]

    def test_a_message_that_is_too_long_or_none_is_refused(self, world, two):
        answers = [self.deprecate(world, two, {"0.1.0": text}) for text in ("x" * 1025, True, 7)]

        assert [a.status for a in answers] == [400] * 3


class TestOwners:
    def send(self, world, person, names, **headers):
        body = {
            "_id": "@acme/widget",
            "_rev": "1-abc",
            "maintainers": [{"name": name, "email": ""} for name in names],
        }
        return world.request("PUT", REVISION, body=body, token=person.token, **headers)

    def test_an_owner_with_a_code_adds_one_and_leaves(self, world, widget):
        other = world.person("other")
        added = self.send(world, widget, ["maintainer", "other"], npm_otp=world.otp(widget))
        both = owners(world)
        world.clock.pass_(30)
        left = self.send(world, widget, ["other"], npm_otp=world.otp(widget))

        assert (added.status, left.status) == (200, 200)
        assert (both, owners(world)) == (["maintainer", "other"], ["other"])
        assert world.put(other.token).status == 201
        assert world.put(widget.token, version="1.0.1").code == "not-an-owner"

    def test_without_a_code_nothing_changes(self, world, widget):
        world.person("other")

        answer = self.send(world, widget, ["other"])

        assert (answer.status, answer.code) == (401, "second-factor-needed")
        assert owners(world) == ["maintainer"]

    @pytest.mark.parametrize("names", [[], ["nobody"], ["maintainer", "nobody"]])
    def test_a_package_is_never_left_to_nobody(self, world, widget, names):
        answer = self.send(world, widget, names, npm_otp=world.otp(widget))

        assert answer.status in (400, 404)
        assert owners(world) == ["maintainer"]

    def test_nobody_else_changes_them(self, world, widget):
        stranger = world.person("stranger")

        answer = self.send(world, stranger, ["stranger"], npm_otp=world.otp(stranger))

        assert (answer.status, answer.code) == (403, "not-an-owner")

    def test_a_publish_credential_does_not_change_them(self, world, widget):
        world.trust()
        body = {"maintainers": [{"name": "maintainer"}]}

        answer = world.request("PUT", REVISION, body=body, token=world.credential())

        assert (answer.status, answer.code) == (403, "outside-package")

    def test_the_change_is_an_event_and_owners_before_and_after_are_told(self, world, widget):
        world.person("other")

        self.send(world, widget, ["other"], npm_otp=world.otp(widget))

        (event,) = world.events("owners-changed")
        assert (event["before"], event["after"]) == (["maintainer"], ["other"])
        assert {mail["recipient"] for mail in world.mails("owners-changed")} == {
            "maintainer@acme.example.test",
            "other@acme.example.test",
        }

    def test_they_are_shown_in_the_packument(self, world, widget):
        world.person("other")

        self.send(world, widget, ["maintainer", "other"], npm_otp=world.otp(widget))

        assert [m["name"] for m in world.packument().json["maintainers"]] == ["maintainer", "other"]


class TestUnpublishing:
    def without(self, world, person, *versions, **headers):
        edited = document(world, person)
        for version in versions:
            del edited["versions"][version]
        return world.request("PUT", REVISION, body=edited, token=person.token, **headers)

    def test_one_version_goes_and_its_number_is_never_given_again(self, world, two):
        removed = self.without(world, two, "0.2.0")
        path = "/@acme/widget/-/widget-0.2.0.tgz"
        finished = world.request("DELETE", f"{path}/-rev/2-abc", token=two.token)

        assert (removed.status, finished.status) == (200, 200)
        assert sorted(world.packument().json["versions"]) == ["0.1.0"]
        assert world.request("GET", path).status == 404
        assert world.put(two.token, version="0.2.0").code == "version-exists"

    def test_latest_moves_to_the_newest_that_is_left_and_other_tags_go(self, world, two):
        world.put(two.token, version="1.0.0-rc.1", tag="next")
        world.put(two.token, version="0.10.0")

        self.without(world, two, "0.10.0", "1.0.0-rc.1")

        assert world.packument().json["dist-tags"] == {"latest": "0.2.0"}

    def test_a_document_without_any_version_unpublishes_none(self, world, widget):
        self.without(world, widget, "0.1.0", npm_otp=world.otp(widget))

        assert sorted(world.packument().json["versions"]) == ["0.1.0"]

    def test_the_whole_package_goes_with_a_code_and_its_name_stays_taken(self, world, two):
        without = world.request("DELETE", REVISION, token=two.token)
        with_code = world.request("DELETE", REVISION, token=two.token, npm_otp=world.otp(two))

        assert (without.code, with_code.status) == ("second-factor-needed", 200)
        assert world.packument().status == 404
        assert world.request("GET", "/@acme/widget/-/widget-0.1.0.tgz").status == 404
        assert world.request("GET", "/@acme%2fwidget/0.1.0").status == 404

    def test_a_name_that_was_unpublished_is_not_given_again(self, world, two):
        world.request("DELETE", REVISION, token=two.token, npm_otp=world.otp(two))
        other = world.person("other")

        answers = [world.put(person.token, version="2.0.0") for person in (two, other)]

        assert [(a.status, a.code) for a in answers] == [(403, "name-unpublished")] * 2

    def test_publishers_of_an_unpublished_package_mint_nothing_that_publishes(self, world, two):
        world.trust()
        world.request("DELETE", REVISION, token=two.token, npm_otp=world.otp(two))

        answer = world.exchange()

        assert answer.status in (201, 403, 404)
        if answer.status == 201:
            assert world.put(answer.json["token"], version="2.0.0").code == "name-unpublished"

    def test_owners_are_told_of_both(self, world, two):
        self.without(world, two, "0.2.0")
        world.request("DELETE", REVISION, token=two.token, npm_otp=world.otp(two))

        assert [mail["versions"] for mail in world.mails("versions-unpublished")] == [["0.2.0"]]
        assert [mail["package"] for mail in world.mails("package-unpublished")] == ["@acme/widget"]

    def test_nobody_else_unpublishes(self, world, two):
        world.trust()
        stranger = world.person("stranger")

        answers = [
            world.request("DELETE", REVISION, token=token)
            for token in (stranger.token, world.credential(), None)
        ]

        assert [a.status for a in answers] == [403, 403, 401]
        assert world.packument().status == 200

    def test_a_tarball_alone_does_not_go(self, world, two):
        answer = world.request("DELETE", "/@acme/widget/-/widget-0.1.0.tgz/-rev/1", token=two.token)

        assert answer.status == 404
        assert world.request("GET", "/@acme/widget/-/widget-0.1.0.tgz").status == 200

    def test_a_publication_is_not_made_at_a_revision(self, world, two):
        answer = world.request("PUT", REVISION, body=publish_body(), token=two.token)

        assert (answer.status, answer.code) == (400, "malformed-body")
