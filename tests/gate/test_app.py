"""The gate before a real registry and before another one on loopback: who answers what."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest

from tests.support.gated import gate_before, gated, npmrc
from tests.support.upstream_registry import upstream_registry

KEYS = "/-/npm/v1/keys"
BULK = "/-/npm/v1/security/advisories/bulk"


@pytest.fixture
def maintainer(world):
    """Has published `@acme/widget` here, before there was a gate."""
    person = world.person()
    assert world.put(person.token, "@acme/widget").status == 201
    return person


@pytest.fixture
def upstream(world, maintainer):
    """Another registry behind the gate, with `left-pad` and `@other/thing`."""
    with gated(world) as behind:
        behind.publish("left-pad", "1.0.0")
        behind.publish("@other/thing", "1.0.0")
        yield behind


def asked_of(upstream):
    """The paths that the upstream was asked for, but for its keys."""
    return [path for path in upstream.paths() if path != KEYS]


def plain(body):
    """What was sent, without its compression."""
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()


class TestUpstreamNames:
    """Reading what is the upstream's."""

    def test_its_packuments_and_tarballs_are_served(self, world, upstream):
        packument = world.request("GET", "/left-pad")
        address = packument.json["versions"]["1.0.0"]["dist"]["tarball"]
        tarball = world.request("GET", address.removeprefix("https://registry.example.test"))

        assert packument.status == tarball.status == 200
        assert address == "https://registry.example.test/left-pad/-/left-pad-1.0.0.tgz"
        assert tarball.body[:2] == b"\x1f\x8b"

    @pytest.mark.parametrize(
        "spelling", ["/@other%2fthing", "/@other%2Fthing", "/%40other%2fthing", "/@other/thing"]
    )
    def test_a_scoped_name_has_its_four_spellings(self, world, upstream, spelling):
        assert world.request("GET", spelling).json["name"] == "@other/thing"

    def test_one_version_and_the_tags_are_served(self, world, upstream):
        assert world.request("GET", "/left-pad/latest").json["version"] == "1.0.0"
        assert world.request("GET", "/left-pad/1.0.0").json["version"] == "1.0.0"
        tags = world.request("GET", "/-/package/left-pad/dist-tags")
        assert tags.json == {"latest": "1.0.0"}

    def test_attestations_are_asked_for_where_the_packument_says(self, world, upstream):
        upstream.put("elsewhere/proofs", {"attestations": []})
        claimed = {"url": "https://ignored.example.test/elsewhere/proofs"}
        upstream.change("left-pad", "1.0.0", attestations=claimed)

        answer = world.request("GET", "/-/npm/v1/attestations/left-pad@1.0.0")

        assert (answer.status, answer.json) == (200, {"attestations": []})
        assert "/elsewhere/proofs" in upstream.paths()

    @pytest.mark.parametrize("name", ["events", "JSONStream", "-", "_", "constructor"])
    def test_odd_and_early_names_are_names(self, world, upstream, name):
        upstream.put(name, {"name": name, "dist-tags": {}, "versions": {}, "time": {}})

        answer = world.request("GET", f"/{name}")

        assert (answer.status, answer.json["name"]) == (200, name)

    def test_the_tarball_of_the_package_that_is_a_dash(self, world, upstream):
        data = b"its bytes"
        dist = {"tarball": upstream.url + "d.tgz", "shasum": hashlib.sha1(data).hexdigest()}
        version = {"name": "-", "version": "0.0.1", "dist": dist}
        document = {"name": "-", "dist-tags": {}, "versions": {"0.0.1": version}, "time": {}}
        upstream.put("-", document)
        upstream.answers["/d.tgz"] = (200, data)

        answer = world.request("GET", "/-/-/--0.0.1.tgz")

        assert (answer.status, answer.body) == (200, data)

    def test_what_neither_has_is_a_404_without_a_notice(self, world, upstream):
        answer = world.request("GET", "/nobody-has-this")

        assert (answer.status, answer.code, answer.notice) == (404, "no-package", "")


class TestOwnNames:
    """Names that are ours are the registry's, and never go upstream."""

    READS = (
        "/@acme%2fwidget",
        "/@acme%2fwidget/latest",
        "/@acme/widget/-/widget-1.0.0.tgz",
        "/-/package/@acme%2fwidget/dist-tags",
        "/-/package/@acme%2fwidget/visibility",
        "/-/npm/v1/attestations/@acme%2fwidget@1.0.0",
        "/@acme%2funborn",
        "/@acme%2funborn/latest",
        "/@acme/unborn/-/unborn-1.0.0.tgz",
        "/-/package/@acme%2funborn/dist-tags",
        "/-/package/@acme%2funborn/visibility",
        "/-/npm/v1/attestations/@acme%2funborn@1.0.0",
        "/@ACME%2funborn",
        "/-/v1/search?text=@acme%2Funborn",
        "/-/v1/search?text=scope:acme",
        "/-/v1/search?@acme%2Funborn=1",
        "/-/v1/search?text=%2540acme%252Fwidget",
        "/-/anything/@acme/widget",
        "/-/anything?name=@acme%2fwidget",
    )

    @pytest.mark.parametrize("path", READS)
    def test_no_read_of_them_reaches_the_upstream(self, world, upstream, path):
        world.request("GET", path)
        world.request("HEAD", path)

        assert asked_of(upstream) == []

    @pytest.mark.parametrize(
        "path",
        [BULK, "/-/npm/v1/security/audits", "/-/npm/v1/security/audits/quick"],
        ids=["bulk", "audits", "quick"],
    )
    def test_no_question_about_them_reaches_the_upstream(self, world, upstream, path):
        graph = {"@acme/widget": ["1.0.0"], "@ACME/unborn": ["1.0.0"], "left-pad": ["1.0.0"]}
        tree = {"version": "1.0.0", "requires": {"@acme/unborn": "1"}}
        lock = {"name": "app", "version": "1.0.0", "dependencies": {"@acme/widget": tree}}

        world.request("POST", path, body=graph if path == BULK else lock)

        sent = [one.path + plain(one.body) for one in upstream.asked]
        assert not [text for text in sent if "acme" in text.lower()]
        assert [text for text in sent if "left-pad" in text] or path != BULK

    def test_our_package_is_served_as_it_is_without_a_gate(self, world, upstream):
        answer = world.request("GET", "/@acme%2fwidget")

        assert sorted(answer.json["versions"]) == ["1.0.0"]

    def test_a_kept_name_is_a_404_that_says_why(self, world, upstream):
        upstream.publish("@acme/unborn", "9.9.9")

        answer = world.request("GET", "/@acme%2funborn")

        assert (answer.status, answer.code) == (404, "name-reserved-here")
        assert "is not asked upstream" in answer.json["error"]

    def test_publishing_in_a_scope_of_ours_goes_on(self, world, maintainer, upstream):
        answer = world.put(maintainer.token, "@acme/second")

        assert answer.status == 201
        assert world.request("GET", "/@acme%2fsecond").status == 200

    def test_a_name_is_ours_at_once_when_it_was_published(self, world, maintainer):
        with gated(world, gate_names=("tool=own",)):
            before = world.request("GET", "/tool")
            world.put(maintainer.token, "tool")
            after = world.request("GET", "/tool")

        assert (before.status, after.status) == (404, 200)

    def test_a_name_on_both_sides_is_served_from_neither(self, world, maintainer, upstream):
        upstream.publish("shared", "1.0.0")
        assert world.request("GET", "/shared").status == 200
        registry, world.app = world.app, world.app._own
        assert world.put(maintainer.token, "shared").status == 201
        world.app = registry
        world.clock.pass_(1)

        answers = [world.request("GET", path) for path in ("/shared", "/shared/latest")]

        assert [(a.status, a.code) for a in answers] == [(403, "name-on-both-sides")] * 2
        assert "gate_names" in answers[0].json["hint"]

    def test_a_tarball_that_was_served_is_no_more_once_its_name_is_on_both_sides(
        self, world, maintainer, upstream
    ):
        upstream.publish("shared", "1.0.0")
        path = "/shared/-/shared-1.0.0.tgz"
        before = [world.request("GET", path).status for _ in range(2)]
        registry, world.app = world.app, world.app._own
        assert world.put(maintainer.token, "shared").status == 201
        world.app = registry
        world.clock.pass_(1)

        after = world.request("GET", path)

        assert before == [200, 200]
        assert (after.status, after.code) == (403, "name-on-both-sides")

    def test_what_writes_to_the_path_of_a_tarball_is_no_read_of_it(self, world, upstream):
        path = "/left-pad/-/left-pad-1.0.0.tgz"
        assert world.request("GET", path).status == 200

        answer = world.request("PUT", path)

        assert (answer.status, answer.code) == (403, "upstream-name")


class TestWrites:
    """Nothing is ever written upstream."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("PUT", "/left-pad"),
            ("PUT", "/left-pad/-rev/1-a"),
            ("DELETE", "/left-pad/-rev/1-a"),
            ("DELETE", "/left-pad/-/left-pad-1.0.0.tgz/-rev/1-a"),
            ("PUT", "/-/package/left-pad/dist-tags/latest"),
            ("DELETE", "/-/package/left-pad/dist-tags/latest"),
            ("POST", "/-/package/left-pad/trust"),
            ("GET", "/-/package/left-pad/trust"),
            ("POST", "/-/package/left-pad/access"),
            ("POST", "/-/stage/package/left-pad"),
            ("POST", "/-/npm/v1/oidc/token/exchange/package/left-pad"),
            ("PATCH", "/left-pad"),
        ],
    )
    def test_a_write_to_a_name_of_the_upstream_is_refused_with_the_reason(
        self, world, maintainer, upstream, method, path
    ):
        answer = world.request(method, path, body=b"{}", token=maintainer.token)

        assert (answer.status, answer.code) == (403, "upstream-name")
        assert "publish goes to that registry" in answer.notice
        assert asked_of(upstream) == []

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/-/v1/login"),
            ("GET", "/-/v1/done?authId=1"),
            ("PUT", "/-/user/org.couchdb.user:wile"),
            ("GET", "/-/user/org.couchdb.user:wile"),
            ("GET", "/-/user/wile/package"),
            ("GET", "/-/whoami"),
            ("GET", "/-/npm/v1/user"),
            ("GET", "/-/npm/v1/tokens"),
            ("GET", "/-/npm/v1/tokens/token/abc"),
            ("GET", "/-/org/other/package"),
            ("GET", "/-/team/other/core/package"),
            ("GET", "/-/NPM/v1/tokens/x"),
            ("GET", "/-/npm%2fv1/tokens"),
            ("POST", "/-/unknown"),
            ("DELETE", "/-/unknown"),
            ("GET", "/-/x/%2e%2e/%2e%2e/left-pad"),
            ("GET", "/-/x/..%2f..%2fleft-pad"),
            ("GET", "/-/x/%252e%252e/y"),
            ("GET", "/-//left-pad"),
        ],
    )
    def test_accounts_logins_and_detours_stay_here(self, world, upstream, method, path):
        answer = world.request(method, path)

        assert answer.status in {400, 401, 403, 404, 405}
        assert asked_of(upstream) == []


class TestPassingThrough:
    """Reads that no route of ours has."""

    def test_a_search_is_passed_on_without_anything_of_the_client(self, world, upstream):
        upstream.put("-/v1/search?text=pad&size=20", {"objects": [], "total": 0})

        answer = world.request(
            "GET",
            "/-/v1/search?text=pad&size=20",
            token="npm_secret",
            cookie="a=b",
            x_forwarded_for="10.0.0.1",
        )

        assert (answer.status, answer.json) == (200, {"objects": [], "total": 0})
        sent = upstream.asked[-1].headers
        assert not {"authorization", "cookie", "x-forwarded-for", "via"} & set(sent)

    def test_an_upstreams_page_does_not_run_as_one_of_ours(self, world, upstream):
        upstream.answers["/-/page"] = (200, b"<script>alert(1)</script>")
        upstream.headers["/-/page"] = {"Content-Type": "text/html", "Set-Cookie": "a=b"}

        answer = world.request("GET", "/-/page")

        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers

    def test_what_the_client_has_is_asked_about(self, world, upstream):
        upstream.put("-/thing", {"a": 1})
        upstream.headers["/-/thing"] = {"ETag": '"one"'}

        first = world.request("GET", "/-/thing")
        again = world.request("GET", "/-/thing", if_none_match=first.headers["etag"])

        assert (first.status, again.status, again.body) == (200, 304, b"")

    def test_what_is_large_comes_as_it_is(self, world, upstream):
        large = {"objects": ["x" * 1000] * 2000}
        upstream.put("-/v1/search", large)
        upstream.headers["/-/v1/search"] = {"ETag": '"one"'}

        answer = world.request("GET", "/-/v1/search")
        head = world.request("HEAD", "/-/v1/search")

        assert (answer.status, answer.json) == (200, large)
        assert answer.headers["content-security-policy"] == "sandbox"
        assert "content-length" not in answer.headers
        assert (head.status, head.body) == (200, b"")
        assert answer.headers["etag"] == head.headers["etag"] == '"one"'

    @pytest.mark.parametrize(("told", "status"), [(404, 404), (401, 404), (500, 502), (418, 502)])
    def test_an_upstreams_error_is_told_in_our_words(self, world, upstream, told, status):
        upstream.answers["/-/thing"] = (told, b'{"error":"theirs"}')

        answer = world.request("GET", "/-/thing")

        assert answer.status == status
        assert "theirs" not in answer.body.decode()


class TestKeys:
    """The union of the signing keys."""

    def test_ours_and_the_upstreams_are_one_list(self, world, upstream):
        found = {key["keyid"] for key in world.request("GET", KEYS).json["keys"]}
        theirs = {key["keyid"] for key in json.loads(upstream.answers[KEYS][1])["keys"]}

        assert len(found) == 2
        assert theirs < found

    def test_nobody_puts_another_key_in_the_place_of_ours(self, world, upstream):
        ours = world.request("GET", KEYS).json["keys"][0]
        upstream.put(KEYS.removeprefix("/"), {"keys": [ours | {"key": "theirs"}]})
        world.clock.pass_(301)

        assert world.request("GET", KEYS).json["keys"] == [ours]

    def test_without_an_upstreams_keys_there_is_no_list_at_all(self, world, upstream):
        upstream.answers[KEYS] = (500, b"")

        answer = world.request("GET", KEYS)

        assert (answer.status, answer.code) == (503, "upstream-keys")

    def test_keys_that_were_had_are_given_out_while_the_upstream_is_away(self, world, upstream):
        before = world.request("GET", KEYS).json
        upstream.answers[KEYS] = (500, b"")
        world.clock.pass_(3600)

        assert world.request("GET", KEYS).json == before

    def test_an_upstream_without_keys_adds_none(self, world, upstream):
        upstream.answers[KEYS] = (404, b"")

        assert len(world.request("GET", KEYS).json["keys"]) == 1


class TestSeveralUpstreams:
    """Scopes that come from elsewhere."""

    def test_each_scope_is_asked_of_its_own_upstream_alone(self, world):
        with upstream_registry() as first, upstream_registry() as second:
            first.publish("left-pad", "1.0.0")
            second.publish("@vendor/sdk", "2.0.0")
            scoped = (f"@vendor={second.url}",)
            with gate_before(world, upstream=first.url, upstreams=scoped):
                found = [world.request("GET", f"/{n}") for n in ("left-pad", "@vendor%2fsdk")]

            assert [answer.status for answer in found] == [200, 200]
            assert asked_of(first) == ["/left-pad"]
            assert asked_of(second) == ["/@vendor%2fsdk"]

    @pytest.mark.parametrize(
        "path",
        [
            "/-/v1/search?text=@vendor/secret",
            "/-/v1/search?text=scope:%40vendor",
            "/-/v1/search?text=a+%2540Vendor%252fsecret",
            "/-/by-name/@vendor%2fsecret",
            "/-/package/@vendor%2fsecret/other",
        ],
    )
    def test_no_upstream_is_told_what_is_asked_of_another(self, world, path):
        with upstream_registry() as first, upstream_registry() as second:
            scoped = (f"@vendor={second.url}",)
            with gate_before(world, upstream=first.url, upstreams=scoped):
                answer = world.request("GET", path)

            assert (answer.status, answer.code) == (404, "name-of-another-upstream")
            assert asked_of(first) == asked_of(second) == []

    def test_words_that_a_scope_is_called_by_are_searched_for(self, world):
        with upstream_registry() as first, upstream_registry() as second:
            first.put("-/v1/search?text=vendor", {"objects": []})
            scoped = (f"@vendor={second.url}",)
            with gate_before(world, upstream=first.url, upstreams=scoped):
                answer = world.request("GET", "/-/v1/search?text=vendor")

            assert (answer.status, answer.json) == (200, {"objects": []})

    def test_without_a_general_upstream_all_else_is_nowhere(self, world):
        with upstream_registry() as only:
            with gate_before(world, upstreams=(f"@vendor={only.url}",)):
                answers = [world.request("GET", path) for path in ("/left-pad", "/-/v1/search")]

            assert [(a.status, a.code) for a in answers] == [
                (404, "no-package"),
                (404, "no-route"),
            ]
            assert only.paths() == []

    def test_an_upstream_may_have_a_path(self, world):
        with upstream_registry() as behind:
            behind.publish("left-pad", "1.0.0")
            for path in ("/left-pad", KEYS):
                behind.answers[f"/api/npm{path}"] = behind.answers.pop(path)
            with gate_before(world, upstream=f"{behind.url}api/npm"):
                packument = world.request("GET", "/left-pad")
                tarball = world.request("GET", "/left-pad/-/left-pad-1.0.0.tgz")

            assert (packument.status, tarball.status) == (200, 200)

    def test_a_token_goes_to_its_upstream_and_nowhere_else(self, world, tmp_path):
        with upstream_registry() as first, upstream_registry() as second:
            first.publish("left-pad", "1.0.0")
            data = second.publish("@vendor/sdk", "2.0.0")
            first.change("left-pad", "1.0.0", tarball=f"{second.url}stolen.tgz")
            second.answers["/stolen.tgz"] = (200, data)
            place = second.url.removeprefix("http:")
            file = npmrc(tmp_path, **{place: "secret"})
            scoped = (f"@vendor={second.url}",)
            with gate_before(world, upstream=first.url, upstreams=scoped, upstream_npmrc=file):
                world.request("GET", "/left-pad")
                world.request("GET", "/@vendor%2fsdk")
                lured = world.request("GET", "/left-pad/-/left-pad-1.0.0.tgz")

            sent = {one.path: one.headers.get("authorization") for one in second.asked}
            assert sent["/@vendor%2fsdk"] == "Bearer secret"
            assert lured.status >= 400
            assert "/stolen.tgz" not in sent
            assert all("authorization" not in one.headers for one in first.asked)

    def test_who_publishes_a_package_reads_nothing_by_our_token(self, world, tmp_path):
        with upstream_registry() as behind:
            usual = "/-/npm/v1/attestations/rope@1.0.0"
            for name, path in (("left-pad", "/-/npm/v1/tokens"), ("rope", usual)):
                behind.publish(name, "1.0.0")
                claimed = {"url": behind.url.rstrip("/") + path}
                behind.change(name, "1.0.0", attestations=claimed)
                behind.put(path.removeprefix("/"), {})
            file = npmrc(tmp_path, **{behind.url.removeprefix("http:"): "secret"})
            with gate_before(world, upstream=behind.url, upstream_npmrc=file):
                world.request("GET", "/-/npm/v1/attestations/left-pad@1.0.0")
                world.request("GET", usual)

            sent = {one.path: one.headers.get("authorization") for one in behind.asked}
            assert sent["/-/npm/v1/tokens"] is None
            assert sent[usual] == "Bearer secret"

    @pytest.mark.parametrize("climb", ["%2f..%2f..%2f..%2f..%2f..%2f", "/../../../../../", "%2f"])
    def test_no_client_reads_other_addresses_by_our_token(self, world, tmp_path, climb):
        with upstream_registry() as behind:
            behind.publish("left-pad", "1.0.0")
            behind.put("-/npm/v1/tokens", {"secret": "yes"})
            file = npmrc(tmp_path, **{behind.url.removeprefix("http:"): "secret"})
            with gate_before(world, upstream=behind.url, upstream_npmrc=file):
                path = f"/-/npm/v1/attestations/left-pad@1.0.0{climb}-%2fnpm%2fv1%2ftokens"
                answer = world.request("GET", path)

            assert answer.status == 404
            assert "tokens" not in "".join(one.path for one in behind.asked)


class TestClients:
    """Who may use the gate."""

    def test_an_address_outside_the_named_networks_may_not(self, world, maintainer):
        with gated(world, gate_clients=("10.0.0.0/8", "2001:db8::/32")) as behind:
            behind.publish("left-pad", "1.0.0")
            answers = [
                world.request("GET", "/left-pad", address=address)
                for address in ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "192.0.2.1", "odd")
            ]
            ours = world.request("GET", "/@acme%2fwidget", address="192.0.2.1")

        assert [answer.status for answer in answers] == [200, 200, 200, 403, 403]
        assert answers[-1].code == "client-not-allowed"
        assert ours.status == 200

    def test_it_has_the_keys_of_our_own_packages_and_no_others(self, world, maintainer):
        with gated(world, gate_clients=("10.0.0.0/8",)):
            inside, outside = (
                world.request("GET", KEYS, address=address).json["keys"]
                for address in ("10.1.2.3", "192.0.2.1")
            )

        assert (len(inside), len(outside)) == (2, 1)
        assert outside[0] in inside


class TestBadInput:
    """What is no request is refused in one line."""

    @pytest.mark.parametrize(
        "path",
        [
            "/left%2fpad",
            "/left-pad%2f..%2fother",
            "/..%2f..%2fetc%2fpasswd",
            "/%2e%2e/%2e%2e/etc",
            "/left-pad%00",
            "/left-pad%0d%0aset-cookie:a=b",
            "/@other%2fthing%2fmore",
            "/@%2f",
            "/@/x",
            "/" + "a" * 215,
            "/" + "a" * 5000,
            "/node_modules",
            "/left%20pad",
            "/-/npm/v1/attestations/..%2f@1.0.0",
            "/-/package/%2e%2e/dist-tags",
            "/left-pad?" + "x" * 100_000,
            "/-/v1/search?text=" + "+".join(f"w{i}" for i in range(200)),
            "/-/v1/search?text=" + "y" * 10_000_000,
        ],
        ids=lambda path: path[:24],
    )
    def test_odd_addresses(self, world, upstream, path):
        answer = world.request("GET", path)

        assert answer.status in {400, 404, 414}
        assert asked_of(upstream) == []
        assert "\n" not in answer.json["error"]
        assert len(answer.body) < 2000

    def test_two_lengths_are_refused(self, world, upstream):
        answer = world.request("GET", "/left-pad", content_length="0", transfer_encoding="chunked")

        assert (answer.status, answer.code) == (400, "two-lengths")

    @pytest.mark.parametrize(
        ("body", "headers", "status"),
        [
            (gzip.compress(b"a" * 50_000_000), {"content_encoding": "gzip"}, 413),
            (b"no gzip", {"content_encoding": "gzip"}, 400),
            (gzip.compress(b"{}")[:-4], {"content_encoding": "gzip"}, 400),
            (b"{}", {"content_encoding": "br"}, 400),
            (b"x" * (4 * 1024 * 1024 + 1), {}, 413),
            (b"[", {}, 400),
        ],
        ids=["bomb", "no-gzip", "torn", "other", "large", "no-json"],
    )
    def test_bodies_that_are_no_graph(self, world, upstream, body, headers, status):
        answer = world.request("POST", BULK, body=body, **headers)

        assert answer.status == status
        assert "\n" not in answer.json["error"]

    def test_an_upstreams_header_cannot_add_one_of_ours(self, world, upstream):
        upstream.put("-/thing", {"a": 1})
        upstream.headers["/-/thing"] = {"ETag": '"a" \x7f x'}

        assert "etag" not in world.request("GET", "/-/thing").headers
