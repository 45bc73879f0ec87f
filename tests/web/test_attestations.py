"""Attestations of one version and of many, with what clients may keep of them."""

from __future__ import annotations

import pytest

from imprint.registry.reading import attestations as reading
from imprint.storage import attestations
from tests.support.provenance import Signing
from tests.web.conftest import Beside

NPM = "/-/npm/v1/attestations/@acme/widget@1.0.0"
OURS = "/-/imprint/v1/attestations/@acme/widget@1.0.0"
MANY = "/-/imprint/v1/attestations"
FIVE_MINUTES = "public, max-age=300"


@pytest.fixture
def maintainer(world):
    return world.person()


@pytest.fixture
def signing(world, maintainer):
    """A registry with a log, our routes beside npm's, and a package with a trusted publisher."""
    signing = Signing(world)
    assert world.put(maintainer.token, version="0.1.0").status == 201
    world.trust()
    world.app = Beside(world.app)
    return signing


@pytest.fixture
def published(world, signing):
    """`@acme/widget@1.0.0`, with provenance."""
    assert signing.published().status == 201


def types(answer):
    return [one["predicateType"].rpartition("/")[0] for one in answer.json["attestations"]]


@pytest.mark.parametrize(
    "path", [NPM, NPM.replace("@acme/", "@acme%2f"), NPM.replace("@acme/", "%40acme%2F"), OURS]
)
def test_a_document_is_kept_for_minutes_once_it_is_whole(world, published, path):
    answer = world.request("GET", path)

    assert (answer.status, answer.headers["cache-control"]) == (200, FIVE_MINUTES)
    assert len(answer.json["attestations"]) == 2


def test_who_has_it_is_sent_nothing(world, published):
    etag = world.request("GET", NPM).headers["etag"]

    answer = world.request("GET", NPM, if_none_match=etag)

    assert (answer.status, answer.body) == (304, b"")


def test_what_waits_is_in_our_answer_alone_and_is_not_kept(world, signing):
    signing.log.is_away = True
    signing.published()

    ours, npms = world.request("GET", OURS), world.request("GET", NPM)

    assert (len(ours.json["attestations"]), len(ours.json["waiting"])) == (1, 1)
    assert ours.headers["cache-control"] == npms.headers["cache-control"] == "public, no-cache"
    assert list(npms.json) == ["attestations"]


@pytest.mark.parametrize("path", [NPM, OURS])
def test_what_is_not_there_is_said(world, signing, path):
    assert world.request("GET", path).code == "no-version"
    assert world.request("GET", path.replace("widget", "other")).code == "no-package"


def test_a_version_without_verified_attestations_has_none(world, signing):
    signing.log.is_away = True
    world.put(world.credential())

    answer = world.request("GET", NPM)

    assert (answer.status, answer.code) == (404, "no-attestations")
    assert OURS in answer.json["hint"]


def test_an_unpublished_version_has_none(world, signing, maintainer, published):
    revision = world.packument(write="true").json["_rev"]
    world.request(
        "DELETE",
        f"/@acme%2fwidget/-rev/{revision}",
        token=maintainer.token,
        npm_otp=world.otp(maintainer),
    )

    assert world.request("GET", NPM).status == world.request("GET", OURS).status == 404


class TestRestricted:
    """A restricted package is none to whoever may not read it."""

    @pytest.fixture
    def restricted(self, world, published, maintainer):
        answer = world.request(
            "POST",
            "/-/package/@acme%2fwidget/access",
            body={"access": "restricted"},
            token=maintainer.token,
        )
        assert answer.status == 200, answer.body

    @pytest.mark.parametrize("path", [NPM, OURS])
    def test_its_document_is_for_its_readers(self, world, restricted, maintainer, path):
        stranger = world.person("stranger")

        answer = world.request("GET", path, token=maintainer.token)

        assert world.request("GET", path).code == "no-package"
        assert world.request("GET", path, token=stranger.token).code == "no-package"
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-store")

    def test_its_item_is_for_its_readers(self, world, restricted, maintainer):
        body = {"packages": ["@acme/widget@1.0.0"]}

        others = world.request("POST", MANY, body=body).json["packages"]
        owners = world.request("POST", MANY, body=body, token=maintainer.token).json["packages"]

        assert others[0]["code"] == "no-package"
        assert len(owners[0]["attestations"]) == 2


class TestMany:
    """The bulk route."""

    def ask(self, world, *packages):
        answer = world.request("POST", MANY, body={"packages": list(packages)})
        assert answer.status == 200, answer.body
        return answer.json["packages"]

    @pytest.mark.stores
    def test_each_is_answered_for_itself_in_order(self, world, published):
        asked = [
            "@acme/widget@1.0.0",
            "@acme/widget@9.9.9",
            "@acme/other@1.0.0",
            "@acme/widget@0.1.0",
            "WIDGET@1.0.0",
            "",
            "@acme/widget",
            "@acme/widget@1.0.0",
        ]

        found = self.ask(world, *asked)

        assert [one["id"] for one in found] == asked
        assert [one.get("code") or len(one["attestations"]) for one in found] == [
            2,
            "no-version",
            "no-package",
            1,
            "invalid-package-name",
            "invalid-package-name",
            "invalid-package-name",
            2,
        ]

    def test_it_serves_what_the_single_route_does(self, world, published):
        (found,) = self.ask(world, "@acme/widget@1.0.0")

        assert found["attestations"] == world.request("GET", NPM).json["attestations"]

    def test_another_tarball_is_told(self, world, published):
        manifest = world.packument().json["versions"]["1.0.0"]
        timeline = world.request("GET", "/-/imprint/v1/packages/@acme/widget/timeline").json
        sha512 = timeline["publications"][0]["sha512"]

        right, wrong = self.ask(
            world,
            {"id": "@acme/widget@1.0.0", "sha512": sha512},
            {"id": "@acme/widget@1.0.0", "sha512": "00" * 64},
        )

        assert manifest["dist"]["integrity"].startswith("sha512-")
        assert len(right["attestations"]) == 2
        assert (wrong["code"], sha512 in wrong["message"]) == ("artifact-differs", True)

    def test_an_answer_has_its_bound(self, world, published, monkeypatch):
        monkeypatch.setattr(reading, "MOST_ANSWER_BYTES", 20_000)

        found = self.ask(world, *["@acme/widget@1.0.0"] * 4)

        assert "attestations" in found[0]
        assert found[-1]["code"] == "answer-full"

    def test_no_more_is_read_than_an_answer_has(self, world, published, monkeypatch):
        monkeypatch.setattr(reading, "MOST_ANSWER_BYTES", 10_000)
        monkeypatch.setattr(reading, "_READ_AT_ONCE", 1)
        read, of_versions = [], attestations.of_versions

        def counted(connection, wanted):
            read.extend(wanted)
            return of_versions(connection, wanted)

        monkeypatch.setattr(attestations, "of_versions", counted)

        found = self.ask(world, "@acme/widget@1.0.0", "@acme/widget@0.1.0", "@acme/none@1.0.0")

        assert read == [("@acme/widget", "1.0.0")]
        assert [one.get("code") for one in found] == ["answer-full", "answer-full", "no-package"]

    def test_a_body_that_is_none_is_not_repeated(self, world, published):
        answer = world.request("POST", MANY, body=b'{"\\u001b[31m' + b"a" * 100_000 + b'": 1}')

        assert (answer.status, answer.code) == (400, "malformed-body")
        assert answer.json["message"].isprintable()
        assert len(answer.body) < 2_000

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            {},
            {"packages": "all"},
            {"packages": [1]},
            {"packages": [{"id": "@acme/widget@1.0.0", "sha512": "short"}]},
            {"packages": ["@acme/widget@1.0.0"], "more": 1},
            {"packages": ["x"] * 501},
        ],
    )
    def test_what_is_no_list_is_refused(self, world, signing, body):
        answer = world.request("POST", MANY, body=body)

        assert (answer.status, answer.code) == (400, "malformed-body")
