"""Where a name comes from, how far requests reach, and which credential goes where."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.upstream.upstreams import Upstreams, address_of
from imprint.npm.names import PackageName
from imprint.npm.npmrc import NpmrcLayer
from imprint.refusals import Malformed
from imprint.upstream.targets import Reach

PUBLIC = "https://registry.example.test/"
PRIVATE = "https://vendor.example.test/npm/private/"
NEIGHBOUR = "https://vendor.example.test/npm/"
TOKENS = {
    "//registry.example.test/:_authToken": "public-token",
    "//vendor.example.test/npm/private/:_authToken": "private-token",
    "//vendor.example.test/:_authToken": "host-token",
    "//elsewhere.example.test/:_authToken": "other-token",
}


def upstreams(general=PUBLIC, scoped=(f"@vendor={PRIVATE}",), tokens=TOKENS):
    layer = NpmrcLayer(origin="test", values=tokens)
    return Upstreams.parse(general, scoped, credentials=layer)


def token(found, upstream, url):
    secret = found.credential_for(upstream, url)
    return None if secret is None else secret.reveal()


def refused(text, scoped=()):
    with pytest.raises(Malformed) as caught:
        Upstreams.parse(text, scoped)
    return caught.value


def test_a_scope_comes_from_its_own_upstream_and_all_else_from_the_general_one():
    found = upstreams()

    assert found.of(PackageName.parse("left-pad")).url == PUBLIC
    assert found.of(PackageName.parse("@other/x")).url == PUBLIC
    assert found.of(PackageName.parse("@vendor/x")).url == PRIVATE
    assert found.of(PackageName.parse_existing("@Vendor/X")).url == PRIVATE


def test_without_a_general_upstream_other_names_come_from_nowhere():
    assert upstreams(general="").of(PackageName.parse("left-pad")) is None


def test_scopes_with_one_address_are_one_upstream():
    found = upstreams(scoped=(f"@a={PRIVATE}", f"@b={PRIVATE.rstrip('/')}"))

    assert [sorted(one.scopes) for one in found.scoped] == [["a", "b"]]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://registry.example.test", PUBLIC),
        ("https://Registry.Example.test/", PUBLIC),
        (" https://vendor.example.test/npm/private ", PRIVATE),
        ("http://127.0.0.1:4873", "http://127.0.0.1:4873/"),
        ("http://localhost/a//", "http://localhost/a/"),
    ],
)
def test_an_address_is_written_in_one_way(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "registry.example.test",
        "http://registry.example.test",
        "ftp://registry.example.test",
        "https://",
        "https://user:secret@registry.example.test",
        "https://registry.example.test/?a=b",
        "https://registry.example.test/#a",
        "https://registry.example.test:port/",
        "https://registry.example.test/a/../b",
        "https://registry.example.test/a/%2e%2E/b",
        "https://registry.example.test/a\r\nb",
        "https://" + "a" * 2000,
    ],
    ids=lambda text: text[:40],
)
def test_what_can_be_no_upstream_is_refused(text):
    err = refused(text)

    assert err.code == "upstream-address"
    assert "secret" not in err.message


@pytest.mark.parametrize(
    "scoped", [("vendor",), ("@vendor",), ("=https://a.test",), (f"@a={PRIVATE}", f"@A={PUBLIC}")]
)
def test_what_names_no_scope_or_one_twice_is_refused(scoped):
    assert refused("", scoped).code == "upstream-address"


class TestCredentials:
    """A token goes to the upstream that it is for."""

    def test_it_is_sent_below_the_upstreams_address_and_to_its_host(self):
        found = upstreams()
        general, private = found.all

        assert token(found, general, PUBLIC + "left-pad") == "public-token"
        assert token(found, private, PRIVATE + "@vendor%2fx") == "private-token"
        assert token(found, private, "https://vendor.example.test/files/x.tgz") == "host-token"

    @pytest.mark.parametrize(
        "url",
        [
            "https://elsewhere.example.test/x.tgz",
            "https://vendor.example.test/npm/private/x.tgz",
            "https://registry.example.test:8443/x.tgz",
            "http://registry.example.test/x.tgz",
            "https://registry.example.test.evil.example/x.tgz",
            "https://registry.example.test@evil.example/x.tgz",
            "no url",
            "https://[",
        ],
    )
    def test_what_a_packument_names_elsewhere_gets_none_and_is_learned(self, url):
        found = upstreams()

        assert token(found, found.all[0], url) is None
        assert found.reach_of(found.all[0], url) is Reach.LEARNED

    @pytest.mark.parametrize(
        "path",
        [
            "npm/private/x.tgz",
            "npm/public/../private/x.tgz",
            "npm/public/%2e%2e/private/x.tgz",
            "npm/public/..%2fprivate/x.tgz",
            "npm/public/%252e%252e/private/x.tgz",
            "npm/public\\..\\private/x.tgz",
        ],
    )
    def test_one_upstream_of_a_host_does_not_reach_into_another(self, path):
        public = "https://vendor.example.test/npm/public/"
        found = upstreams(general=public)

        assert token(found, found.all[0], f"https://vendor.example.test/{path}") is None

    def test_the_longest_address_says_whose_an_address_is(self):
        found = upstreams(general=NEIGHBOUR)
        outer, inner = found.all

        assert token(found, inner, PRIVATE + "x.tgz") == "private-token"
        assert token(found, outer, PRIVATE + "x.tgz") is None
        assert token(found, outer, NEIGHBOUR + "x.tgz") == "host-token"

    def test_a_variable_that_is_not_set_is_no_token(self):
        tokens = {"//registry.example.test/:_authToken": "${MISSING}"}
        found = upstreams(tokens=tokens)

        assert token(found, found.all[0], PUBLIC) is None

    def test_no_text_of_them_shows_one(self):
        assert "token" not in repr(upstreams()).replace("_authToken", "")


@given(st.text(max_size=200))
def test_reading_an_address_never_raises_anything_but_malformed(text):
    with suppress(Malformed):
        assert address_of(text).endswith("/")


@given(st.text(max_size=120))
def test_any_address_of_a_packument_is_judged(url):
    found = upstreams()

    is_ours = url.lower().startswith(PUBLIC.rstrip("/"))
    assert is_ours or found.reach_of(found.all[0], url) is Reach.LEARNED
