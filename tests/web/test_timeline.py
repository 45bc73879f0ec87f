"""A package's timeline: from what the registry recorded, and addresses for owners alone."""

from __future__ import annotations

import json

import pytest

from tests.support.provenance import Signing
from tests.web.conftest import Beside

PATH = "/-/imprint/v1/packages/@acme/widget/timeline"


@pytest.fixture
def maintainer(world):
    return world.person()


@pytest.fixture
def signing(world, maintainer):
    """A registry with a log, and a package with a trusted publisher."""
    signing = Signing(world)
    world.put(maintainer.token, version="0.1.0")
    world.trust(by=maintainer)
    world.app = Beside(world.app)
    return signing


def newest_of(world, **asked):
    return world.request("GET", PATH, **asked).json["publications"][0]


@pytest.fixture
def published(site, maintainer):
    """A version by token, and one by a trusted publisher."""
    site.put(maintainer.token, version="0.1.0")
    site.clock.pass_(60)
    site.trust(by=maintainer)
    site.put(site.credential(), version="1.0.0")
    return maintainer


def test_the_newest_publication_comes_first_with_its_run(site, published):
    answer = site.request("GET", PATH)

    newest, oldest = answer.json["publications"]
    assert (newest["version"], newest["credential"]) == ("1.0.0", "trusted-publisher")
    assert newest["publisher"] == "github acme/rocket release.yml"
    assert newest["workload"]["repository_id"] == "901"
    assert newest["workload"]["ref"] == "refs/tags/v1.2.0"
    assert (oldest["version"], oldest["credential"], oldest["user"]) == (
        "0.1.0",
        "token",
        "maintainer",
    )
    assert oldest["workload"] is None


def test_addresses_are_for_owners(site, published):
    anybody = site.request("GET", PATH).json["publications"][0]
    owner = site.request("GET", PATH, token=published.token).json["publications"][0]

    assert "publish_address" not in anybody
    assert owner["publish_address"] == owner["exchange_address"] == "192.0.2.10"


def test_it_comes_in_pages(site, published):
    first = site.request("GET", f"{PATH}?limit=1").json
    second = site.request("GET", f"{PATH}?limit=1&before={first['next']}").json

    assert [p["version"] for p in first["publications"]] == ["1.0.0"]
    assert [p["version"] for p in second["publications"]] == ["0.1.0"]
    assert second["next"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "before=-1", "limit=1e3", "limit=²"])
def test_a_page_that_cannot_be_is_refused(site, published, query):
    assert site.request("GET", f"{PATH}?{query}").status == 400


def test_a_restricted_package_is_none_to_others(site, maintainer):
    site.put(maintainer.token, version="0.1.0", access="restricted")
    other = site.person("other")

    assert site.request("GET", PATH).code == "no-package"
    assert site.request("GET", PATH, token=other.token).code == "no-package"
    assert site.request("GET", PATH, token=maintainer.token).status == 200


def test_a_package_may_be_called_as_the_route_is(site, maintainer):
    site.put(maintainer.token, "timeline", "1.0.0")

    answer = site.request("GET", "/-/imprint/v1/packages/timeline/timeline")

    assert answer.json["package"] == "timeline"


@pytest.mark.stores
def test_it_says_what_is_proved_and_by_whom(world, signing):
    signing.published()

    newest = newest_of(world)

    provenance, own = newest["provenance"], newest["publish_attestation"]
    assert provenance["workload"]["repository_id"] == "901"
    assert (provenance["domain"], provenance["level"], provenance["log_index"]) == (
        "private",
        "full",
        2,
    )
    assert provenance["signed_at"] == "2026-11-18T11:06:40.000Z"
    assert (own["state"], own["domain"], own["log_index"]) == ("verified", "private", 3)
    assert newest["signed_with"] == [own["key_id"]]
    assert newest["source_hidden"] is False


def test_it_says_what_waits(world, signing):
    signing.log.is_away = True
    signing.published()

    own = newest_of(world)["publish_attestation"]

    assert (own["state"], own["logged_at"], own["log_index"]) == ("waiting", None, None)


class TestAPrivateSource:
    """A public package must not tell strangers what a private repository does."""

    @pytest.mark.parametrize("with_provenance", [True, False])
    def test_is_for_its_owners_alone(self, world, signing, maintainer, with_provenance):
        claims = signing.run(repository_visibility="private")
        if with_provenance:
            signing.published(claims)
        else:
            world.put(world.credential(world.sign(claims)))

        stranger, owner = newest_of(world), newest_of(world, token=maintainer.token)

        assert (stranger["source_hidden"], owner["source_hidden"]) == (True, False)
        assert (stranger["workload"], stranger["publisher"]) == (None, None)
        assert (stranger["provenance"] or {}).get("workload") is None
        assert owner["workload"]["repository"] == "acme/rocket"
        assert "rocket" not in json.dumps(stranger)

    def test_is_hidden_where_nobody_says_that_it_is_public(self, world, signing):
        claims = signing.run()
        del claims["repository_visibility"]
        world.put(world.credential(world.sign(claims)))

        assert newest_of(world)["source_hidden"] is True
