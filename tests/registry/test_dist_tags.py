"""Dist-tags: by an owner, by a run with the permission, and never pointing at nothing."""

from __future__ import annotations

import pytest

TAGS = "/-/package/@acme%2fwidget/dist-tags"


@pytest.fixture
def versions(world, widget):
    world.put(widget.token, version="0.2.0")
    return widget


def test_they_are_listed(world, versions):
    assert world.request("GET", TAGS).json == {"latest": "0.2.0"}


def test_an_owner_sets_and_removes_one(world, versions):
    put = world.request("PUT", f"{TAGS}/next", body=b'"0.1.0"', token=versions.token)
    during = world.packument().json["dist-tags"]
    removed = world.request("DELETE", f"{TAGS}/next", token=versions.token)

    assert (put.status, removed.status) == (201, 200)
    assert during == {"latest": "0.2.0", "next": "0.1.0"}
    assert world.packument().json["dist-tags"] == {"latest": "0.2.0"}
    assert [e["version"] for e in world.events("dist-tag-changed")] == ["0.1.0", None]


def test_a_run_with_the_permission_sets_one(world, versions):
    world.trust(permissions=("publish", "dist-tag"), dist_tags=("next",), version_range="0.2.x")
    credential = world.credential()

    answers = [
        world.request("PUT", f"{TAGS}/{tag}", body=f'"{version}"'.encode(), token=credential)
        for tag, version in (("next", "0.2.0"), ("beta", "0.2.0"), ("next", "0.1.0"))
    ]

    assert [answer.status for answer in answers] == [201, 403, 403]
    assert [answer.code for answer in answers[1:]] == ["dist-tag-denied", "version-out-of-range"]


def test_a_run_tags_as_often_as_it_likes(world, versions):
    world.trust(permissions=("publish", "dist-tag"))
    credential = world.credential()
    world.put(credential)

    answers = [
        world.request("PUT", f"{TAGS}/{tag}", body=b'"1.0.0"', token=credential)
        for tag in ("next", "beta")
    ]

    assert [answer.status for answer in answers] == [201, 201]


def test_a_run_tags_no_other_package(world, versions):
    world.put(versions.token, "@acme/gadget")
    world.trust(permissions=("publish", "dist-tag"))

    answer = world.request(
        "PUT",
        "/-/package/@acme%2fgadget/dist-tags/next",
        body=b'"1.0.0"',
        token=world.credential(),
    )

    assert (answer.status, answer.code) == (403, "wrong-package")


@pytest.mark.parametrize("body", [b"", b"1.0.0", b"{}", b'["0.1.0"]', b"\xff"])
def test_a_body_that_is_no_version_is_refused(world, versions, body):
    answer = world.request("PUT", f"{TAGS}/next", body=body, token=versions.token)

    assert (answer.status, answer.code) == (400, "malformed-body")


@pytest.mark.stores
@pytest.mark.parametrize("body", [b'"9.9.9"', b'"__proto__"', b'""', b'"a\\u0000b"'])
def test_a_version_that_is_not_there_is_not_tagged(world, versions, body):
    before = world.row_counts()

    answer = world.request("PUT", f"{TAGS}/next", body=body, token=versions.token)

    assert (answer.status, answer.code) == (404, "no-version")
    assert world.row_counts() == before


@pytest.mark.parametrize(
    "tag", ["1.0.0", "v1", "%5E1", "x", "__proto__", "constructor", "%2e%2e", "a%2fb"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_is_no_tag_is_refused(world, versions, method, tag):
    answer = world.request(method, f"{TAGS}/{tag}", body=b'"0.1.0"', token=versions.token)

    assert (answer.status, answer.code) == (400, "invalid-dist-tag")


def test_latest_stays(world, versions):
    answer = world.request("DELETE", f"{TAGS}/latest", token=versions.token)

    assert (answer.status, answer.code) == (403, "latest-stays")


def test_a_tag_that_is_not_there_cannot_be_removed(world, versions):
    answer = world.request("DELETE", f"{TAGS}/next", token=versions.token)

    assert (answer.status, answer.code) == (404, "no-tag")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_nobody_else_changes_them(world, versions, method):
    stranger = world.person("stranger")

    answers = [
        world.request(method, f"{TAGS}/next", body=b'"0.1.0"', token=token)
        for token in (None, stranger.token)
    ]

    assert [answer.code for answer in answers] == ["not-authenticated", "not-an-owner"]


def test_where_tokens_cannot_publish_a_code_is_needed(world, versions):
    world.trust()
    without = world.request("PUT", f"{TAGS}/next", body=b'"0.1.0"', token=versions.token)

    with_code = world.request(
        "PUT", f"{TAGS}/next", body=b'"0.1.0"', token=versions.token, npm_otp=world.otp(versions)
    )

    assert (without.code, with_code.status) == ("second-factor-needed", 201)


@pytest.mark.stores
def test_eight_at_once_leave_one(world, versions):
    answers = world.together(
        *(
            world.send(
                "PUT", f"{TAGS}/next", body=f'"0.{n % 2 + 1}.0"'.encode(), token=versions.token
            )
            for n in range(8)
        )
    )

    assert {answer.status for answer in answers} == {201}
    assert world.request("GET", TAGS).json["next"] in ("0.1.0", "0.2.0")


def test_those_of_a_restricted_package_are_for_its_owners(world, maintainer):
    world.put(maintainer.token, access="restricted")

    answers = [world.request("GET", TAGS), world.request("GET", TAGS, token=maintainer.token)]

    assert [answer.status for answer in answers] == [404, 200]
