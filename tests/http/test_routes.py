"""npm's paths: every text is a route, no route, or malformed, and nothing ever leaves its place."""

from __future__ import annotations

import string
import typing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imprint.http import routes
from imprint.http.routes import MAX_PATH_BYTES, route_of
from imprint.npm.names import PackageName
from imprint.refusals import Malformed

ROUTES = typing.get_args(routes.Route)
STAGED = "0d5c3a52-8a8e-4b5e-9d2c-1f2e3d4c5b6a"
WIDGET = PackageName.parse("@acme/widget")

SEGMENTS = st.sampled_from(
    ["-", "..", ".", "", "@acme", "widget", "@acme%2fwidget", "%2e%2e", "%2f", "-rev", "npm", "v1",
     "package", "stage", "trust", "dist-tags", "constructor", "toString", "__proto__", STAGED,
     "widget-1.0.0.tgz", "org.couchdb.user:x", "user", "token", "tokens", "oidc", "exchange", "%00",
     "\\", "C:", "1.0.0", "~", "%25", "%252f", "@", "latest", "approve", "tarball", "visibility"]
)  # fmt: skip
PATHS = st.one_of(
    st.lists(SEGMENTS, max_size=9).map(lambda parts: "/" + "/".join(parts)),
    st.text(string.printable, max_size=80).map(lambda text: "/" + text),
    st.text(max_size=80),
    st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")),
)


def outcome(path):
    """The route of a path, or the Malformed that it is."""
    try:
        return route_of(path)
    except Malformed as err:
        return err


@given(path=PATHS)
@example("")
@example("/")
@example("//")
@example("/@")
@example("/%40")
@example("/" + "a" * 5000)
@example("/-/npm/v1/oidc/token/exchange/package/")
def test_every_path_is_a_route_or_none_or_malformed(path):
    found = outcome(path)

    assert found is None or isinstance(found, (*ROUTES, Malformed))
    assert str(found).isprintable()


@given(path=PATHS)
def test_the_package_of_a_route_is_one_that_npm_would_take(path):
    package = getattr(outcome(path), "package", None)

    assert package is None or PackageName.parse(str(package)) == package


@given(path=PATHS)
def test_no_part_of_a_route_leads_up_or_holds_a_nul(path):
    route = outcome(path)

    parts = [getattr(route, name) for name in getattr(type(route), "__match_args__", ())]
    assert not any("\x00" in str(part) for part in parts)
    assert ".." not in [str(part) for part in parts if isinstance(part, PackageName)]


@pytest.mark.case("I10")
@pytest.mark.parametrize(
    "name",
    ["@acme/widget", "@acme%2fwidget", "@acme%2Fwidget", "%40acme%2fwidget", "%40acme/widget"],
)
@pytest.mark.parametrize(
    ("before", "after", "route"),
    [
        ("/", "", routes.Packument(WIDGET)),
        ("/", "/latest", routes.Manifest(WIDGET, "latest")),
        ("/", "/-rev/3-abc", routes.Revision(WIDGET, "3-abc")),
        ("/", "/-/widget-1.0.0.tgz", routes.Tarball(WIDGET, "1.0.0")),
        ("/", "/-/widget-1.0.0.tgz/-rev/3-abc", routes.Tarball(WIDGET, "1.0.0", "3-abc")),
        ("/-/package/", "/dist-tags", routes.DistTags(WIDGET)),
        ("/-/package/", "/dist-tags/next", routes.DistTags(WIDGET, "next")),
        ("/-/package/", "/trust", routes.Trust(WIDGET)),
        ("/-/package/", f"/trust/{STAGED}", routes.Trust(WIDGET, STAGED)),
        ("/-/package/", "/visibility", routes.PackageAspect(WIDGET, "visibility")),
        ("/-/npm/v1/attestations/", "@1.0.0", routes.Attestations(WIDGET, "1.0.0")),
        ("/-/npm/v1/attestations/", "%401.0.0", routes.Attestations(WIDGET, "1.0.0")),
        ("/-/stage/package/", "", routes.Stage(WIDGET)),
        ("/-/npm/v1/oidc/token/exchange/package/", "", routes.Exchange(WIDGET)),
    ],
)
def test_a_scoped_package_is_found_in_every_spelling(name, before, after, route):
    assert route_of(before + name + after) == route


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/widget", routes.Packument(PackageName.parse("widget"))),
        ("/widget/", routes.Packument(PackageName.parse("widget"))),
        ("/events", routes.Packument(PackageName.parse("events"))),
        ("/npm/1.0.0", routes.Manifest(PackageName.parse("npm"), "1.0.0")),
        ("/constructor", routes.Packument(PackageName.parse("constructor"))),
        ("/tostring/toString", routes.Manifest(PackageName.parse("tostring"), "toString")),
        ("/-/stage", routes.StagedItems()),
        (f"/-/stage/{STAGED}", routes.StagedItem(STAGED)),
        (f"/-/stage/{STAGED}/approve", routes.StagedItem(STAGED, "approve")),
        ("/-/user/org.couchdb.user:ada", routes.Account("ada")),
        ("/-/user/org.couchdb.user%3Aada/-rev/1", routes.Account("ada")),
        ("/-/user/token/imp_t_x", routes.OwnToken("imp_t_x")),
        ("/-/npm/v1/tokens", routes.Tokens()),
        ("/-/npm/v1/tokens/token/abc", routes.Tokens("abc")),
        ("/", routes.Word("root")),
        ("/-/whoami", routes.Word("whoami")),
        ("/-/ping", routes.Word("ping")),
    ],
)
def test_other_routes(path, route):
    assert route_of(path) == route


@pytest.mark.case("I09")
@pytest.mark.parametrize("prefix", ["", "/npm", "/some/where", "/-/odd", "//"])
def test_the_exchange_is_found_below_every_path(prefix):
    path = f"{prefix}/-/npm/v1/oidc/token/exchange/package/@acme%2fwidget"

    assert route_of(path) == routes.Exchange(WIDGET)


@pytest.mark.parametrize(
    "path",
    ["/@acme/widget/-/../../etc/passwd", "/widget/../../x", "/widget/-/x/y/z", "/-/package", "/-/",
     "/-/npm/v1/attestations/@acme", "/-/npm/v1/attestations/widget", "/-/package/widget", "/-/package/widget/trust/x/y", "/-/stage/not-a-uuid", f"/-/stage/{STAGED}/burn",
     f"/-/stage/{STAGED.upper()}", "/-/user/somebody", "/-/npm/v2/tokens", "/@acme", "/widget/-/other-1.0.0.tgz",
     "/widget/-/widget-1.0.0.zip", "/-/imprint/", "/widget//", "/widget/1.0.0/more", "/@acme%252fwidget"],
)  # fmt: skip
def test_what_is_no_route_is_none(path):
    assert route_of(path) is None


@pytest.mark.parametrize(
    "path",
    ["/..", "/../x", "/%2e%2e", "/.%2e/x", "/%2f%2fetc", "/WIDGET", "/@acme%2f..%2fx", "/@acme%2f%2fx",
     "/a%2fb", "/widget%00", "/node_modules", "/favicon.ico", "/" + "a" * 215, "/é",
     "/a b", "widget", "", "/\x7f", "/\n", "/_widget", "/.widget", "/" + "x" * MAX_PATH_BYTES,
     "/-/npm/v1/oidc/token/exchange/package/", "/-/npm/v1/oidc/token/exchange/package/a/b/c"],
)  # fmt: skip
def test_what_cannot_be_is_malformed(path):
    with pytest.raises(Malformed) as caught:
        route_of(path)

    assert caught.value.code in ("path", "invalid-package-name")


def test_a_path_is_decoded_once():
    assert route_of("/widget/%252e%252e") == routes.Manifest(PackageName.parse("widget"), "%2e%2e")
