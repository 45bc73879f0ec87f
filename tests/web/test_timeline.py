"""A package's timeline: from what the registry recorded, and addresses for owners alone."""

from __future__ import annotations

import pytest

PATH = "/-/imprint/v1/packages/@acme/widget/timeline"


@pytest.fixture
def maintainer(site):
    return site.person()


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
