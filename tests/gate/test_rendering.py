"""Packuments without what is withheld: exact to the byte where nothing has to change."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from imprint.gate.addresses import GateAddresses
from imprint.gate.packuments.rendering import Packument
from imprint.npm.names import PackageName
from imprint.refusals import Malformed

UPSTREAM = "https://registry.example.test"
GATE = "https://gate.example.test"
SCOPED = "@acme/widget"


def addresses(name="widget", url=GATE):
    return GateAddresses(base_url=url, package=PackageName.parse(name))


def entry(version, name="widget", **more):
    stem = name.rpartition("/")[2]
    dist = {
        "integrity": "sha512-AA==",
        "tarball": f"{UPSTREAM}/{name}/-/{stem}-{version}.tgz",
        "signatures": [{"keyid": "SHA256:k", "sig": "AA=="}],
        **more.pop("dist", {}),
    }
    return {"name": name, "version": version, "dist": dist, **more}


def document(*versions, name="widget", **more):
    texts = versions or ("1.0.0", "1.1.0", "2.0.0")
    return {
        "_id": name,
        "name": name,
        "dist-tags": {"latest": texts[-1]},
        "versions": {version: entry(version, name) for version in texts},
        "time": {
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-03-01T00:00:00.000Z",
            **dict.fromkeys(texts, "2026-02-01T00:00:00.000Z"),
        },
        "readme": "# widget",
        **more,
    }


def raw(value):
    return json.dumps(value, ensure_ascii=False).encode()


def full(value, *, withheld=(), at=None):
    rendered = Packument(raw(value)).full(withheld=set(withheld), addresses=at or addresses())
    return json.loads(rendered.body)


def abbreviated(value, *, withheld=(), at=None):
    whole = Packument(raw(value))
    return json.loads(whole.abbreviated(withheld=set(withheld), addresses=at or addresses()).body)


def with_addresses(value, at):
    """The same document, parsed and rewritten in the plain way."""
    changed = copy.deepcopy(value)
    for version, one in changed["versions"].items():
        if not isinstance(one, dict) or not isinstance(one.get("dist"), dict):
            continue
        dist = one["dist"]
        if isinstance(dist.get("tarball"), str):
            dist["tarball"] = at.tarball(version)
        attestations = dist.get("attestations")
        if isinstance(attestations, dict) and isinstance(attestations.get("url"), str):
            attestations["url"] = at.attestations(version)
    return changed


def test_what_has_the_gates_addresses_already_stays_byte_for_byte():
    came = b' {"versions" : {"1.0.0":{"dist":{"tarball":"%b"}}}, "name":"widget"}\n' % (
        b"https://gate.example.test/widget/-/widget-1.0.0.tgz"
    )

    rendered = Packument(came).full(addresses=addresses())

    assert rendered.body is came
    assert rendered.removed == 0


def test_a_version_that_is_not_there_is_no_change():
    came = raw(document())

    rendered = Packument(came).full(withheld={"7.0.0"}, addresses=addresses(url=UPSTREAM))

    assert rendered.body is came


def test_what_is_withheld_is_nowhere_in_the_document():
    found = full(document(), withheld=["2.0.0"])

    assert list(found["versions"]) == ["1.0.0", "1.1.0"]
    assert found["dist-tags"] == {"latest": "1.1.0"}
    assert "2.0.0" not in found["time"]
    assert found["readme"] == "# widget"


def test_all_else_is_as_it_was_and_in_its_order():
    came = document(bugs={"url": "x"}, users={"ada": True})
    expected = with_addresses(came, addresses())
    del expected["versions"]["1.0.0"]
    del expected["time"]["1.0.0"]

    found = full(came, withheld=["1.0.0"])

    assert found == expected
    assert list(found) == list(came)


def test_with_every_version_withheld_it_is_a_package_without_versions():
    found = full(document("1.0.0"), withheld=["1.0.0"])

    assert found["versions"] == {}
    assert found["dist-tags"] == {}


def test_a_version_is_withheld_however_its_name_is_written():
    came = raw(document("1.0.0", "2.0.0")).replace(b'"2.0.0": {', rb'"2.0.\u0030": {')

    found = json.loads(Packument(came).full(withheld={"2.0.0"}, addresses=addresses()).body)

    assert list(found["versions"]) == ["1.0.0"]


def test_addresses_are_made_of_name_and_version():
    attestations = {"url": f"{UPSTREAM}/-/npm/v1/attestations/@acme%2fwidget@1.0.0"}
    came = document("1.0.0", name=SCOPED)
    came["versions"]["1.0.0"] = entry(
        "1.0.0",
        SCOPED,
        dist={"tarball": "https://elsewhere.example.test/odd.tgz", "attestations": attestations},
    )

    dist = full(came, at=addresses(SCOPED))["versions"]["1.0.0"]["dist"]

    assert dist["tarball"] == f"{GATE}/@acme/widget/-/widget-1.0.0.tgz"
    assert dist["attestations"]["url"] == f"{GATE}/-/npm/v1/attestations/@acme%2fwidget@1.0.0"
    assert dist["signatures"] == [{"keyid": "SHA256:k", "sig": "AA=="}]


def test_a_text_that_happens_to_be_the_address_stays():
    came = document("1.0.0")
    tarball = came["versions"]["1.0.0"]["dist"]["tarball"]
    came["versions"]["1.0.0"] |= {"homepage": tarball, "description": f'see "{tarball}"'}

    found = full(came)["versions"]["1.0.0"]

    assert found["homepage"] == tarball
    assert found["description"] == f'see "{tarball}"'
    assert found["dist"]["tarball"] == f"{GATE}/widget/-/widget-1.0.0.tgz"


def test_an_address_that_stands_twice_in_dist_is_rewritten_where_it_is_one():
    came = document("1.0.0")
    dist = came["versions"]["1.0.0"]["dist"]
    dist |= {"attestations": {"url": dist["tarball"]}, "mirror": dist["tarball"]}

    found = full(came)["versions"]["1.0.0"]["dist"]

    assert found["mirror"] == dist["tarball"]
    assert found["tarball"] == f"{GATE}/widget/-/widget-1.0.0.tgz"
    assert found["attestations"]["url"] == f"{GATE}/-/npm/v1/attestations/widget@1.0.0"


@pytest.mark.parametrize("tarball", [":", ",", "}", "", '"', "\\", "tarball"], ids=repr)
def test_an_address_that_looks_like_json_is_rewritten_where_it_stands(tarball):
    came = document("1.0.0")
    came["versions"]["1.0.0"]["dist"]["tarball"] = tarball

    assert full(came) == with_addresses(came, addresses())


@pytest.mark.parametrize("last", [f"{UPSTREAM}/x.tgz", f"{GATE}/widget/-/widget-1.0.0.tgz"])
@pytest.mark.parametrize("key", ["tarball", "t\\u0061rball"])
@pytest.mark.parametrize(
    "written",
    ['{"dist":{"tarball":"ELSE","KEY":"LAST"}}', '{"dist":{"KEY":"ELSE","tarball":"LAST"}}'],
)
def test_no_second_address_is_left_for_who_takes_the_first(written, key, last):
    text = written.replace("KEY", key).replace("ELSE", "https://else.test/x.tgz")
    came = Packument(b'{"versions":{"1.0.0":%b}}' % text.replace("LAST", last).encode())

    for render in (came.full, came.abbreviated):
        assert b"else.test" not in render(addresses=addresses()).body


@pytest.mark.parametrize("key", ["dist", "d\\u0069st"])
def test_no_second_dist_is_left_for_who_takes_the_first(key):
    text = '{"KEY":{"tarball":"https://else.test/x.tgz"},"dist" :{"tarball":"https://x.test/x"}}'
    came = Packument(b'{"versions":{"1.0.0":%b}}' % text.replace("KEY", key).encode())

    for render in (came.full, came.abbreviated):
        assert b"else.test" not in render(addresses=addresses()).body


@pytest.mark.parametrize("place", ['{"\xff":1,"dist":{ADDRESS}}', '{"dist":{"\xff":1,ADDRESS}}'])
def test_an_address_that_cannot_be_replaced_is_never_served(place):
    text = place.replace("ADDRESS", '"tarball":"\\u0068ttps://else.test/x.tgz"')
    came = Packument(b'{"versions":{"1.0.0":%b}}' % text.encode("latin-1"))

    with pytest.raises(Malformed, match="cannot be taken apart"):
        came.full(addresses=addresses())


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(None, id="null"),
        pytest.param("text", id="text"),
        pytest.param([], id="list"),
        pytest.param({"dist": None}, id="null-dist"),
        pytest.param({"dist": "text"}, id="text-dist"),
        pytest.param({"dist": {"tarball": 1}}, id="number-tarball"),
        pytest.param({"dist": {"tarball": f"{UPSTREAM}/x.tgz", "attestations": 1}}, id="number"),
        pytest.param({"dist": {"attestations": {"url": ["x"]}}}, id="list-url"),
    ],
)
def test_odd_shapes_pass_as_they_are(odd):
    came = document("1.0.0")
    came["versions"]["1.0.0"] = odd

    assert full(came) == with_addresses(came, addresses())
    assert list(abbreviated(came)["versions"]) == ["1.0.0"]


@pytest.mark.parametrize(
    "came",
    [b"", b"[]", b"{", b'{"versions":[]}', b'{"versions":{"1.0.0":}}', b"\xff", b"[" * 100_000],
    ids=["nothing", "list", "cut", "versions-list", "hole", "not-utf8", "deep"],
)
def test_what_cannot_be_taken_apart_is_malformed(came):
    with pytest.raises(Malformed) as caught:
        Packument(came)

    assert caught.value.code == "malformed-packument"


def test_the_abbreviated_document_has_npms_fields_and_no_others():
    came = document("1.0.0")
    came["versions"]["1.0.0"] |= {
        "_id": "widget@1.0.0",
        "_npmUser": {"name": "ada"},
        "_hasShrinkwrap": False,
        "bin": {"widget": "cli.js"},
        "bundledDependencies": ["left"],
        "cpu": ["x64"],
        "dependencies": {"left": "^1.0.0"},
        "deprecated": "use another",
        "description": "a widget",
        "devDependencies": {"right": "1"},
        "directories": {},
        "engines": {"node": ">=20"},
        "funding": {"url": "https://example.test"},
        "gitHead": "0" * 40,
        "libc": ["glibc"],
        "optionalDependencies": {"up": "1"},
        "os": ["linux"],
        "peerDependencies": {"down": "1"},
        "peerDependenciesMeta": {"down": {"optional": True}},
        "readme": "# no",
        "scripts": {"postinstall": "node x.js", "test": "node test.js"},
    }

    assert abbreviated(came) == snapshot(
        {
            "name": "widget",
            "dist-tags": {"latest": "1.0.0"},
            "modified": "2026-03-01T00:00:00.000Z",
            "versions": {
                "1.0.0": {
                    "name": "widget",
                    "version": "1.0.0",
                    "deprecated": "use another",
                    "dependencies": {"left": "^1.0.0"},
                    "optionalDependencies": {"up": "1"},
                    "devDependencies": {"right": "1"},
                    "peerDependencies": {"down": "1"},
                    "peerDependenciesMeta": {"down": {"optional": True}},
                    "bin": {"widget": "cli.js"},
                    "directories": {},
                    "engines": {"node": ">=20"},
                    "os": ["linux"],
                    "cpu": ["x64"],
                    "libc": ["glibc"],
                    "funding": {"url": "https://example.test"},
                    "_hasShrinkwrap": False,
                    "bundleDependencies": ["left"],
                    "dist": {
                        "integrity": "sha512-AA==",
                        "tarball": "https://gate.example.test/widget/-/widget-1.0.0.tgz",
                        "signatures": [{"keyid": "SHA256:k", "sig": "AA=="}],
                    },
                    "hasInstallScript": True,
                }
            },
        }
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({"scripts": {"install": "node-gyp rebuild"}}, True, id="install"),
        pytest.param({"scripts": {"preinstall": "x"}}, True, id="preinstall"),
        pytest.param({"scripts": {"prepublish": "install"}}, None, id="another-script"),
        pytest.param({"scripts": {"install": ""}}, None, id="empty"),
        pytest.param({"scripts": "install"}, None, id="no-object"),
        pytest.param({"hasInstallScript": True}, True, id="said"),
        pytest.param({"hasInstallScript": False}, None, id="said-not"),
    ],
)
def test_it_says_whether_scripts_run_at_installation(more, expected):
    came = document("1.0.0")
    came["versions"]["1.0.0"] |= more

    assert abbreviated(came)["versions"]["1.0.0"].get("hasInstallScript") is expected


def test_an_escaped_script_name_counts():
    came = raw(document("1.0.0")).replace(
        b'"name": "widget", "version"', rb'"scripts": {"in\u0073tall": "x"}, "version"'
    )

    rendered = Packument(came).abbreviated(addresses=addresses())

    assert json.loads(rendered.body)["versions"]["1.0.0"]["hasInstallScript"] is True


def test_the_abbreviated_document_is_without_what_is_withheld():
    found = abbreviated(document(), withheld=["2.0.0"])

    assert list(found["versions"]) == ["1.0.0", "1.1.0"]
    assert found["dist-tags"] == {"latest": "1.1.0"}


def test_one_version_is_as_it_is_in_the_full_document():
    came = document()

    found = Packument(raw(came)).manifest("1.1.0", addresses=addresses())

    assert json.loads(found or b"") == full(came)["versions"]["1.1.0"]
    assert Packument(raw(came)).manifest("9.0.0", addresses=addresses()) is None


# --- any packument ------------------------------------------------------------------------------

texts = st.sampled_from(
    ["https://a.test/x.tgz", "http", "", ":", 'a"b', "https://a.test/é\\", "tarball", "\u2028"]
)
leaves = st.none() | st.booleans() | st.integers(-5, 5) | texts
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["url", "tarball", "dist", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
dists = st.dictionaries(st.sampled_from(["tarball", "attestations", "mirror", "shasum"]), values)
entries = st.dictionaries(
    st.sampled_from(["name", "homepage", "dist", "scripts", "dependencies", "tarball"]),
    dists | values,
)
numbers = st.sampled_from(["1.0.0", "1.1.0", "2.0.0-rc.1", "2.0.0", "odd", "__proto__"])


@st.composite
def packuments(draw):
    versions = draw(st.dictionaries(numbers, entries | leaves, max_size=5))
    tags = draw(st.dictionaries(st.sampled_from(["latest", "next"]), numbers | leaves))
    times = draw(st.dictionaries(numbers | st.just("modified"), leaves))
    rest = draw(st.dictionaries(st.sampled_from(["readme", "users", "tarball"]), values))
    return {"name": "widget", "dist-tags": tags, "versions": versions, "time": times, **rest}


@given(came=packuments(), indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_exactly_the_addresses_are_rewritten(came, indent, ascii_only):
    document = json.dumps(came, indent=indent, ensure_ascii=ascii_only).encode()

    rendered = Packument(document).full(addresses=addresses())

    expected = with_addresses(came, addresses())
    assert json.loads(rendered.body) == expected
    assert (rendered.body == document) is (expected == came)


@given(came=packuments(), withheld=st.sets(numbers))
def test_what_is_withheld_and_what_is_served_is_all_there_was(came, withheld):
    whole = Packument(raw(came))

    rendered = whole.full(withheld=withheld, addresses=addresses())
    found = json.loads(rendered.body)
    small = json.loads(whole.abbreviated(withheld=withheld, addresses=addresses()).body)

    assert found["versions"].keys() | (withheld & came["versions"].keys()) == set(came["versions"])
    assert not withheld & found["versions"].keys()
    assert not withheld & found["time"].keys()
    assert not withheld & {tag for tag in found["dist-tags"].values() if isinstance(tag, str)}
    assert rendered.removed == len(came["versions"]) - len(found["versions"])
    assert list(small["versions"]) == list(found["versions"])
    assert small["dist-tags"] == {
        tag: text for tag, text in found["dist-tags"].items() if isinstance(text, str) and text
    }


@pytest.mark.parametrize("form", ["full", "abbreviated"])
def test_tags_that_tell_of_what_is_withheld_name_what_is_admitted(form):
    render = getattr(Packument(raw(document())), form)

    rendered = render(
        withheld={"1.1.0"}, addresses=addresses(), telling={"1.1.0 is refused: why": "1.1.0"}
    )

    assert json.loads(rendered.body)["dist-tags"] == {
        "latest": "2.0.0",
        "1.1.0 is refused: why": "1.0.0",
    }


def first_of_each(pairs):
    """What a reader has that takes the first of two members of one name."""
    return dict(reversed(pairs))


EVIL = b'{"dist":{"tarball":"https://evil.example.test/x.tgz"}}'
HERE = b'{"dist":{"tarball":"https://gate.example.test/widget/-/widget-1.0.0.tgz"}}'


@pytest.mark.parametrize(
    "written",
    [
        b'{"name":"widget","versions":{"6.6.6":%b},"versions":{}}' % EVIL,
        b'{"name":"widget","version\\u0073":{"6.6.6":%b},"versions":{}}' % EVIL,
        b'{"name":"widget","versions":{"1.0.0":%b,"1.0.0":%b}}' % (EVIL, HERE),
        b'{"name":"widget","versions":{"1.0.0":%b,"dist":5}}}' % EVIL[:-1],
    ],
    ids=["versions", "escaped", "version", "dist"],
)
def test_whoever_takes_the_first_of_two_members_has_nothing_that_was_not_judged(written):
    rendered = Packument(written).full(addresses=addresses())

    first = json.loads(rendered.body, object_pairs_hook=first_of_each)
    assert first == json.loads(written) == json.loads(rendered.body)
    assert b"evil" not in rendered.body
