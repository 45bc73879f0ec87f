"""What becomes of a request, for every kind of route, method and standing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate import routing
from imprint.gate.model import NameStanding, Upstream
from imprint.http.routes import route_of
from imprint.npm.names import PackageName

UP = Upstream(label="registry.example.test", url="https://registry.example.test/")
PAD = PackageName.parse("left-pad")
PATHS = (
    "/left-pad",
    "/left-pad/latest",
    "/left-pad/-/left-pad-1.0.0.tgz",
    "/left-pad/-/left-pad-1.0.0.tgz/-rev/1",
    "/left-pad/-rev/1",
    "/-/package/left-pad/dist-tags",
    "/-/package/left-pad/dist-tags/next",
    "/-/package/left-pad/trust",
    "/-/package/left-pad/visibility",
    "/-/package/left-pad/collaborators",
    "/-/npm/v1/attestations/left-pad@1.0.0",
    "/-/stage/package/left-pad",
    "/-/npm/v1/oidc/token/exchange/package/left-pad",
)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get")


def becomes(path, method="GET", *, standing=NameStanding.UPSTREAM, upstream=UP):
    route = route_of(path, existing=True)
    package = routing.package_of(route)
    if route is None or package is None:
        return routing.nameless_destination(route, method, path)
    return routing.destination(
        route, method, path, package=package, standing=standing, upstream=upstream
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/left-pad", routing.UpstreamPackument(PAD, UP)),
        ("/left-pad/latest", routing.UpstreamManifest(PAD, UP, "latest")),
        ("/left-pad/-/left-pad-1.0.0.tgz", routing.UpstreamTarball(PAD, UP, "1.0.0")),
        ("/-/package/left-pad/dist-tags", routing.UpstreamDistTags(PAD, UP)),
        (
            "/-/npm/v1/attestations/left-pad@1.0.0",
            routing.UpstreamAttestations(PAD, UP, "1.0.0"),
        ),
        (
            "/-/package/left-pad/visibility",
            routing.UpstreamAspect(PAD, UP, "/-/package/left-pad/visibility"),
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reads_of_an_upstream_name_go_there(path, expected, method):
    assert becomes(path, method) == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/-/npm/v1/keys", routing.Keys()),
        ("POST", "/-/npm/v1/security/advisories/bulk", routing.Advisories()),
        ("POST", "/-/npm/v1/security/audits", routing.LegacyAudit(is_quick=False)),
        ("POST", "/-/npm/v1/security/audits/quick", routing.LegacyAudit(is_quick=True)),
        ("GET", "/-/v1/search", routing.PassThrough()),
        ("HEAD", "/-/v1/search", routing.PassThrough()),
        ("POST", "/-/v1/search", routing.Own(writes=True)),
        ("GET", "/-/ping", routing.Own()),
        ("GET", "/", routing.Own()),
        ("GET", "/-/npm/v1/security/audits", routing.Own()),
        ("GET", "/-/v1/login", routing.Own()),
        ("PUT", "/-/user/org.couchdb.user:wile", routing.Own(writes=True)),
        ("GET", "/some/path/of/nothing", routing.Own()),
    ],
)
def test_what_is_about_no_package(method, path, expected):
    assert becomes(path, method) == expected


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_our_own_names_are_always_the_registrys(path, method):
    found = becomes(path, method, standing=NameStanding.OWN)

    assert found == routing.Own(writes=method not in routing.READS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("standing", [NameStanding.RESERVED, NameStanding.BOTH])
def test_kept_names_never_go_upstream(path, method, standing):
    found = becomes(path, method, standing=standing)

    assert isinstance(found, routing.Own | routing.Denied)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS[2:])
def test_nothing_but_a_read_of_an_upstream_name_is_let_through(path, method):
    found = becomes(path, method)

    assert isinstance(found, routing.Denied)
    assert found.refusal.code == "upstream-name"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS)
def test_without_an_upstream_nothing_goes_anywhere(path, method):
    assert isinstance(becomes(path, method, upstream=None), routing.Own | routing.Denied)


@given(
    st.lists(st.sampled_from(["..", ".", "%2e%2e", "a", "%2f", "", "@b", "%5c", "%25"]), max_size=6)
)
def test_no_path_that_is_passed_on_steps_upwards(parts):
    path = "/-/" + "/".join(parts)

    passes = isinstance(routing.nameless_destination(None, "GET", path), routing.PassThrough)

    assert not passes or not {"..", "%2e%2e", "%5c", "%25", "."} & set(parts)


@pytest.mark.parametrize(
    "path",
    [
        "/-/-/--0.0.1.tgz/",
        "/-/%2d/--0.0.1.tgz",
        "/-/%2D%2f--0.0.1.tgz",
        "/-/-%2f--0.0.1.tgz",
        "/-/-/--0.0.1.tgz/-rev/1-a",
        "/-/-/other.tgz",
    ],
)
def test_files_of_the_package_that_is_called_by_a_dash_are_not_passed_on(path):
    route = route_of(path, existing=True)

    assert routing.package_of(route) is None
    assert routing.nameless_destination(route, "GET", path) == routing.Own()
