"""The application on real sockets: the same on granian and on uvicorn."""

from __future__ import annotations

import json

import pytest

from tests.support.tarballs import publish_body, tarball

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(scope="module")
def published(site, token):
    """`@acme/widget@1.0.0`, with 1 MB in it; gives the tarball's bytes."""
    # Random enough not to shrink: several pieces on the wire.
    noise = bytes(index * index % 251 for index in range(1_000_000))
    data = tarball(files={"package/noise.bin": noise})
    body = publish_body(data=data)
    answer = site.request("PUT", "/@acme%2fwidget", body=body, authorization=f"Bearer {token}")
    assert answer.status == 201, answer.body
    return data


def test_npm_s_routes_and_ours_answer(site):
    assert site.request("GET", "/-/ping").json == {}
    assert site.request("GET", "/-/imprint/health").json == {"status": "ok"}
    assert site.request("GET", "/-/imprint/ready").json == {"status": "ok"}


def test_the_root_leads_to_the_page(site):
    answer = site.request("GET", "/")

    assert (answer.status, answer.headers["location"]) == (302, "/-/imprint/")
    assert site.request("GET", "/-/imprint/").body.startswith(b"<!doctype html>")


def test_the_audience_follows_from_where_it_listens(site):
    port = site.url.rpartition(":")[2]

    assert site.request("GET", "/-/imprint/v1/audience").json == {
        "audience": "npm:127.0.0.1",
        "audiences": ["npm:127.0.0.1", f"npm:127.0.0.1:{port}"],
    }


@pytest.mark.parametrize("path", ["/@acme%2fwidget", "/@acme%2Fwidget", "/@acme/widget"])
def test_a_name_has_its_three_spellings(site, published, path):
    answer = site.request("GET", path)

    assert answer.json["name"] == "@acme/widget"
    assert answer.json["dist-tags"] == {"latest": "1.0.0"}


def test_a_tarball_comes_whole(site, published):
    document = site.request("GET", "/@acme%2fwidget").json
    url = document["versions"]["1.0.0"]["dist"]["tarball"]

    answer = site.request("GET", url.removeprefix(site.url))

    assert url == f"{site.url}/@acme/widget/-/widget-1.0.0.tgz"
    assert answer.headers["content-length"] == str(len(published))
    assert answer.body == published


def test_a_range_of_a_tarball_comes_alone(site, published):
    answer = site.request("GET", "/@acme/widget/-/widget-1.0.0.tgz", range="bytes=10-19")

    assert (answer.status, answer.body) == (206, published[10:20])


def test_head_says_how_much_there_is(site, published):
    answer = site.request("HEAD", "/@acme/widget/-/widget-1.0.0.tgz")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(published))


def test_the_timeline_knows_the_publication(site, published):
    answer = site.request("GET", "/-/imprint/v1/packages/@acme%2fwidget/timeline")

    (publication,) = answer.json["publications"]
    assert (publication["version"], publication["user"]) == ("1.0.0", "wile")


def test_a_refusal_is_the_same_sentence_everywhere(site):
    answer = site.request("GET", "/nothing-here")

    said = "there is no package `nothing-here` in this registry"
    assert answer.status == 404
    assert answer.json["error"] == answer.json["message"] == said
    assert answer.json["body"] == {"message": said}


def test_a_publication_that_is_too_large_is_refused_with_its_limit(site, token):
    body = json.dumps({"name": "@acme/widget", "filler": "x" * (65 * 1024 * 1024)}).encode()

    answer = site.request("PUT", "/@acme%2fwidget", body=body, authorization=f"Bearer {token}")

    assert (answer.status, answer.json["code"]) == (413, "body-too-large")
