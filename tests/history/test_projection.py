"""Projecting packuments: every column, in every shape that registries have it."""

import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.history.packuments import MAX_SIGNATURES, UNNAMED
from imprint.history.projection import PackumentHistory, encode, project
from imprint.history.publications import Publication
from imprint.refusals import Malformed

NAME = "@acme/widget"
VERSION: dict[str, Any] = {
    "name": NAME,
    "version": "1.0.0",
    "description": "not kept",
    "license": "MIT",
    "repository": {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"},
    "gitHead": "0123456789abcdef0123456789abcdef01234567",
    "maintainers": [{"name": "zoe", "email": "z@acme.example.test"}, {"name": "ada"}],
    "scripts": {"test": "exit 0", "postinstall": "node install.js"},
    "dependencies": {"right": "^1.0.0", "left": "acme/left"},
    "optionalDependencies": {"maybe": "npm:other@1"},
    "peerDependencies": {"peer": "file:../peer"},
    "devDependencies": {"unread": "acme/unread"},
    "deprecated": "use another",
    "_npmUser": {
        "name": "GitHub Actions",
        "email": "bot@forge.example.test",
        "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"},
        "approver": {"name": "ada"},
    },
    "dist": {
        "integrity": "sha512-" + "A" * 86 + "==",
        "shasum": "89abcdef" * 5,
        "tarball": "https://registry.example.test/@acme/widget/-/widget-1.0.0.tgz",
        "unpackedSize": 1234,
        "signatures": [{"keyid": "SHA256:k", "sig": "c2ln"}],
        "attestations": {
            "url": "https://registry.example.test/-/npm/v1/attestations/@acme%2fwidget@1.0.0",
            "provenance": {"predicateType": "https://slsa.dev/provenance/v1"},
        },
        "imprint": {"credential": "trusted-publisher"},
    },
}
WHOLE = Publication(
    version="1.0.0",
    published=1_767_323_045.678,
    integrity=VERSION["dist"]["integrity"],
    shasum=VERSION["dist"]["shasum"],
    tarball=VERSION["dist"]["tarball"],
    signatures=(("SHA256:k", "c2ln"),),
    provenance_type="https://slsa.dev/provenance/v1",
    attestations_url=VERSION["dist"]["attestations"]["url"],
    has_attestations=True,
    user="GitHub Actions",
    email="bot@forge.example.test",
    trusted_publisher="github",
    configuration_id="oidc:1",
    approver="ada",
    maintainers=("ada", "zoe"),
    repository="git+https://forge.example.test/acme/widget.git",
    commit=VERSION["gitHead"],
    unpacked_bytes=1234,
    install_scripts=("postinstall",),
    exotic_dependencies=("left@acme/left", "peer@file:../peer"),
    dependencies=("left", "maybe", "right"),
    license="MIT",
    is_deprecated=True,
    credential="trusted-publisher",
)


def packument(*versions, **document):
    """The bytes of a packument; without versions, of one that has all there is."""
    times = {"created": "2026-01-01T00:00:00.000Z", "1.0.0": "2026-01-02T03:04:05.678Z"}
    by_version = {one["version"]: one for one in versions or (VERSION,)}
    whole = {"name": NAME, "dist-tags": {"latest": "1.0.0"}, "time": times}
    return json.dumps(whole | {"versions": by_version} | document).encode()


def row(**members):
    """The row of a version that has these members alone, read from a packument."""
    found = project(packument({"name": NAME, "version": "1.0.0"} | members), NAME)
    return found.publications[0]


def changed(member, value):
    """The row of a version that has one member in another shape."""
    return project(packument(VERSION | {member: value}), NAME).publications[0]


def test_every_column_is_read():
    found = project(packument(), NAME)

    assert found.publications == (WHOLE,)
    assert found.dist_tags == {"latest": "1.0.0"}
    assert found.first_published == 1_767_225_600.0
    assert not found.gone
    assert not found.unreadable


def test_a_version_that_says_nothing_has_an_empty_row():
    assert row() == Publication(version="1.0.0", published=WHOLE.published)


@pytest.mark.parametrize("value", [None, 7, 1.5, True, "text", [], ["x"], {}, [[]], {"x": {}}])
@pytest.mark.parametrize("member", [key for key in VERSION if key not in {"name", "version"}])
def test_a_member_of_another_type_costs_its_own_columns_alone(member, value):
    columns = {
        "dist": {"integrity", "shasum", "tarball", "signatures", "provenance_type", "credential"}
        | {"attestations_url", "has_attestations", "unpacked_bytes"},
        "_npmUser": {"user", "email", "trusted_publisher", "configuration_id", "approver"},
        "scripts": {"install_scripts"},
        "gitHead": {"commit"},
        "dependencies": {"dependencies", "exotic_dependencies"},
        "optionalDependencies": {"dependencies", "exotic_dependencies"},
        "peerDependencies": {"exotic_dependencies"},
        "deprecated": {"is_deprecated"},
    }.get(member, {member})

    found, usual = msgspec.structs.asdict(changed(member, value)), msgspec.structs.asdict(WHOLE)

    assert {name for name in usual if found[name] != usual[name]} <= columns


@pytest.mark.parametrize("value", [7, None, [], {}, True])
@pytest.mark.parametrize("member", ["integrity", "shasum", "tarball", "signatures", "attestations"])
def test_a_member_of_dist_of_another_type_leaves_the_others(member, value):
    found = changed("dist", VERSION["dist"] | {member: value})

    assert found.unpacked_bytes == 1234
    assert found.user == "GitHub Actions"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "ada <ada@acme.example.test> (https://acme.example.test)",
            ("ada", "ada@acme.example.test"),
        ),
        ("ada", ("ada", None)),
        ({"name": "ada"}, ("ada", None)),
        ({"name": 7, "email": "ada@acme.example.test"}, (None, "ada@acme.example.test")),
        ({}, (None, None)),
    ],
)
def test_a_publisher_has_several_shapes(value, expected):
    found = row(_npmUser=value)

    assert (found.user, found.email) == expected


def test_a_trusted_publisher_or_approver_without_a_name_is_still_one():
    found = row(_npmUser={"trustedPublisher": {}, "approver": {"name": 7}})

    assert (found.trusted_publisher, found.approver) == (UNNAMED, UNNAMED)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"scripts": {"install": "x", "preinstall": "y"}}, ("preinstall", "install")),
        ({"scripts": {"install": ""}}, ()),
        ({"gypfile": True}, ("install",)),
        ({"gypfile": True, "scripts": {"postinstall": "x"}}, ("install", "postinstall")),
        ({"gypfile": True, "scripts": {"preinstall": "x"}}, ("preinstall",)),
        ({"gypfile": False}, ()),
        ({"hasInstallScript": True}, ("install",)),
        ({"hasInstallScript": True, "scripts": {"postinstall": "x"}}, ("postinstall",)),
        ({"hasInstallScript": "yes"}, ()),
    ],
)
def test_install_scripts_are_those_that_npm_would_run(members, expected):
    assert row(**members).install_scripts == expected


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"license": "MIT OR Apache-2.0"}, "MIT OR Apache-2.0"),
        ({"license": {"type": "MIT", "url": "https://acme.example.test"}}, "MIT"),
        ({"licenses": [{"type": "MIT"}, {"type": "BSD"}]}, "MIT OR BSD"),
        ({"licenses": ["MIT", 7]}, "MIT"),
        ({"license": ["MIT", "ISC"]}, "MIT OR ISC"),
        ({"license": {"name": "ISC"}}, "ISC"),
        ({"license": ""}, None),
        ({"license": 7}, None),
    ],
)
def test_a_licence_has_the_shapes_of_fifteen_years(members, expected):
    assert row(**members).license == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("acme/widget", "acme/widget"), ({"url": 7}, None), ("", None)]
)
def test_a_repository_is_what_is_written(value, expected):
    assert row(repository=value).repository == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), ("no", True), ("", False), (False, False), (None, False), ({}, False)],
)
def test_deprecation_is_a_text_or_true(value, expected):
    assert row(deprecated=value).is_deprecated is expected


@pytest.mark.parametrize("size", [-1, 2**60, 1.5, True, "7"])
def test_a_size_that_is_none_is_unknown(size):
    assert row(dist={"unpackedSize": size}).unpacked_bytes is None


def test_a_signature_that_is_cut_short_is_not_passed_over():
    found = row(dist={"signatures": [{"keyid": "SHA256:k"}, "x", {"sig": 7}]})

    assert found.signatures == (("SHA256:k", ""), ("", ""), ("", ""))


def test_no_more_signatures_are_read_than_any_version_has():
    assert len(row(dist={"signatures": [{}] * 99}).signatures) == MAX_SIGNATURES


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"provenance": {"state": "verified", "predicateType": "t"}}, (True, "t")),
        ({"provenance": {"state": "failed", "predicateType": "t"}}, (False, None)),
        ({"publish": {"state": "verified"}}, (True, None)),
        ({"publish": 7}, (False, None)),
        (7, (False, None)),
    ],
)
def test_attestations_that_only_imprint_is_told_of_count_if_they_are_served(told, expected):
    found = row(dist={"imprint": {"attestations": told}})

    assert (found.has_attestations, found.provenance_type) == expected


def test_versions_that_time_alone_still_has_are_gone():
    times = {"created": "2026-01-01T00:00:00Z", "unpublished": {"time": "x"}, "0.9.0": "2026-01-01"}

    found = project(packument(time=times), NAME)

    assert found.gone == {"0.9.0": 1_767_225_600.0}
    assert found.publications[0].published is None


@pytest.mark.parametrize("broken", [None, [], "text", {"name": "other", "version": "2.0.0"}])
def test_a_broken_version_is_unreadable_and_neither_gone_nor_the_others_fault(broken):
    times = {"1.0.0": "2026-01-02T03:04:05.678Z", "2.0.0": "2026-01-03"}
    document = packument(versions={"1.0.0": VERSION, "2.0.0": broken}, time=times)

    found = project(document, NAME)

    assert found.publications == (WHOLE,)
    assert found.unreadable == ("2.0.0",)
    assert not found.gone


def test_a_number_that_no_reader_takes_costs_its_version():
    raw = packument(versions={"1.0.0": VERSION, "2.0.0": {"gitHead": "@"}}).replace(
        b'"@"', b"1e999"
    )

    found = project(raw, NAME)

    assert found.publications == (WHOLE,)
    assert found.unreadable == ("2.0.0",)


@pytest.mark.parametrize("text", [rb"\ud800", rb"\udc00", rb"\ud800\ud800", b"\xff", rb"\\\ud83d"])
def test_text_that_is_no_unicode_costs_nothing_but_itself(text):
    raw = packument(VERSION | {"description": "@", "license": "@"}).replace(b'"@"', b'"%b"' % text)

    found = project(raw, NAME)

    assert msgspec.structs.replace(found.publications[0], license="MIT") == WHOLE


def test_a_pair_of_surrogates_beside_half_a_one_stays():
    raw = packument(VERSION | {"license": "@"}).replace(b'"@"', rb'"\\\ud83d\ude00\ud800"')

    assert project(raw, NAME).publications[0].license == "\\\U0001f600\ufffd"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'{"versions":{}}',
        b'{"name":"other"}',
        b'{"name":7}',
        packument()[:-1],
        packument() + b"x",
        packument(versions=[]),
        b"[" * 100_000,
    ],
)
def test_what_is_no_packument_of_the_name_is_malformed(raw):
    with pytest.raises(Malformed) as caught:
        project(raw, NAME)

    assert caught.value.code == "malformed-packument"


def test_a_package_without_versions_has_an_empty_history():
    history = PackumentHistory.of(project(b'{"name":"%b"}' % NAME.encode(), NAME))

    assert (history.name, dict(history.moments), history.first_published) == (NAME, {}, None)
    assert history.publication("1.0.0") is None


def test_a_history_has_what_was_projected():
    projection = project(packument(VERSION, VERSION | {"version": "2.0.0"}), NAME)

    history = PackumentHistory(encode(projection))

    assert history.moments == {"1.0.0": WHOLE.published, "2.0.0": None}
    assert history.dist_tags == {"latest": "1.0.0"}
    assert history.publications(["2.0.0", "3.0.0", "1.0.0"]) == projection.publications[::-1]
    assert history.publication("1.0.0") is history.publication("1.0.0")
    assert history.first_published == projection.first_published


def test_a_history_says_which_fields_its_packument_has():
    full = PackumentHistory.of(project(packument(), NAME)).carries
    bare = PackumentHistory.of(project(packument({"version": "1.0.0"}, time={}), NAME)).carries

    assert all(getattr(full, name) for name in full.__struct_fields__)
    assert not any(getattr(bare, name) for name in bare.__struct_fields__)


@pytest.mark.parametrize("share", range(50))
def test_kept_rows_that_are_cut_off_are_malformed(share):
    data = encode(project(packument(), NAME))
    length = len(data) * share // 50

    with pytest.raises(Malformed) as caught:
        PackumentHistory(data[:length]).publication("1.0.0")

    assert caught.value.code == "malformed-projection"


def test_kept_rows_of_another_format_are_malformed():
    data = encode(project(packument(), NAME))

    with pytest.raises(Malformed, match="format"):
        PackumentHistory(b"\xff" + data[1:])


TEXTS = st.none() | st.text()
PUBLICATIONS = st.builds(
    Publication,
    version=st.text(),
    published=st.none() | st.floats(0, 4e9) | st.integers(0, 4 * 10**12).map(lambda ms: ms / 1000),
    integrity=TEXTS
    | st.binary(min_size=64, max_size=64).map(lambda raw: "sha512-" + b64encode(raw).decode()),
    shasum=TEXTS | st.binary(min_size=20, max_size=20).map(bytes.hex),
    commit=TEXTS | st.binary(min_size=20, max_size=20).map(bytes.hex),
    signatures=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    dependencies=st.lists(st.text(), max_size=5).map(tuple),
    unpacked_bytes=st.none() | st.integers(0, 2**53),
)


@given(rows=st.lists(PUBLICATIONS, max_size=6, unique_by=lambda row: row.version))
def test_whatever_rows_there_are_come_back(rows):
    projection = project(packument(), NAME)
    kept = type(projection)(name=NAME, dist_tags={}, first_published=None, publications=tuple(rows))

    history = PackumentHistory(encode(kept))

    assert history.publications(list(history.moments)) == tuple(rows)
