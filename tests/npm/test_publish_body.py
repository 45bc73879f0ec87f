"""The bodies of all clients: what is published, deprecated, owned; and what is none of it."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.integrity import Digests
from imprint.npm.names import PackageName
from imprint.npm.publish_body import (
    Access,
    Deprecations,
    MaintainersEdit,
    Publication,
    decode,
)
from imprint.npm.versions import Version
from imprint.refusals import Malformed
from tests.npm.refusing import code, outcome, refusal
from tests.support.tarballs import publish_body

WIDGET = PackageName.parse("@acme/widget")
TARBALL = b"not looked into"
OURS = Digests.of(TARBALL)
OTHER = Digests.of(b"other")
TGZ = "@acme/widget-1.0.0.tgz"
SIGSTORE = "@acme/widget-1.0.0.sigstore"
BUNDLE = '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","é":"\N{GRINNING FACE}"}'


def body(**differences) -> bytes:
    return publish_body(data=TARBALL, **differences)


def read(raw) -> Any:
    return decode(raw, package=WIDGET)


def attachment(data=TARBALL, **differences):
    return {"data": base64.b64encode(data).decode(), "length": len(data), **differences}


def test_a_publication_of_npm_is_read():
    found = read(body())

    assert isinstance(found, Publication)
    assert (found.package, found.version) == (WIDGET, Version.parse("1.0.0"))
    assert found.tarball == TARBALL
    assert found.digests.sha256 == hashlib.sha256(TARBALL).hexdigest()
    assert (found.dist_tags, found.access, found.bundle) == (("latest",), None, None)
    assert found.manifest["_npmVersion"] == "11.21.2"


@pytest.mark.parametrize(
    "differences",
    [
        # pnpm: no tool versions, no length
        {"attachments": {TGZ: {"data": attachment()["data"]}}},
        # yarn: a readme beside the versions, gitHead
        {"readme": "# widget", "manifest": {"gitHead": "0" * 40}},
        # bun: digests also in the manifest
        {"manifest": {"_integrity": "sha512-x", "integrity": "sha512-x", "shasum": "x"}},
        # a client that does not hash
        {"manifest": {"dist": {}}},
        {"manifest": {"dist": None}},
        # npm sends no description where there is none, others null
        {"description": None, "_rev": None, "maintainers": None},
    ],
)
def test_a_publication_of_another_client_is_read(differences):
    found = read(body(**differences))

    assert isinstance(found, Publication)
    assert found.tarball == TARBALL


@pytest.mark.parametrize(
    ("said", "access"), [(None, None), ("public", Access.PUBLIC), ("restricted", Access.RESTRICTED)]
)
def test_access_is_what_npm_says(said, access):
    assert read(body(access=said)).access is access


@pytest.mark.parametrize("length", [len(BUNDLE) + 1, len(BUNDLE.encode()), None])
def test_a_bundle_is_kept_as_it_was_sent_whether_units_or_bytes_are_counted(length):
    attached = {SIGSTORE: {"content_type": "x", "data": BUNDLE, "length": length}}

    assert read(body(attachments=attached)).bundle == BUNDLE


def test_no_and_several_dist_tags_are_read():
    assert read(body(**{"dist-tags": {}})).dist_tags == ()
    assert read(body(**{"dist-tags": {"next": "1.0.0", "beta": "1.0.0"}})).dist_tags == (
        "next",
        "beta",
    )


@pytest.mark.parametrize(
    ("differences", "expected", "message"),
    [
        (
            {"_id": "@acme/other"},
            "name-mismatch",
            "the request body names `@acme/other`: the URL names `@acme/widget`",
        ),
        (
            {"manifest": {"name": "widget"}},
            "name-mismatch",
            "the request body names `widget`: the URL names `@acme/widget`",
        ),
        (
            {"manifest": {"version": "1.0.1"}},
            "version-mismatch",
            "the manifest has version `1.0.1`: `1.0.0` is being published",
        ),
        (
            {"dist-tags": {"latest": "0.9.0"}},
            "version-mismatch",
            "dist-tag `latest` points to `0.9.0`: `1.0.0` is being published",
        ),
        (
            {"dist-tags": {"1.x": "1.0.0"}},
            "invalid-dist-tag",
            "dist-tag `1.x` is none: one is a word, like `latest`, and no range",
        ),
        (
            {"versions": {}},
            "malformed-body",
            "the request body has 0 versions: a publication has one",
        ),
        (
            {"versions": {"1.0.0": {}, "1.0.1": {}}},
            "malformed-body",
            "the request body has 2 versions: a publication has one",
        ),
        (
            {"versions": {"__proto__": {}}},
            "invalid-version",
            "version `__proto__` is none: one is `1.2.3` or `1.2.3-beta.1`, at most 256 characters",
        ),
        (
            {"versions": {"1.0.0": {"version": "1.0.0"}}},
            "malformed-body",
            "the request body is malformed: object missing required field `name`",
        ),
        (
            {"versions": [1]},
            "malformed-body",
            "the request body is malformed: expected `object`, got `array` - at `$.versions`",
        ),
        (
            {"access": "private"},
            "malformed-body",
            "access `private` is none: it is `public` or `restricted`",
        ),
        (
            {"attachments": {"../../x.tgz": attachment()}},
            "attachment-name",
            f"attachment `../../x.tgz` is not of this version: its tarball is called `{TGZ}`",
        ),
        (
            {"_attachments": {SIGSTORE: {"data": BUNDLE}}},
            "missing-tarball",
            f"the request body has no attachment `{TGZ}`",
        ),
        (
            {"_attachments": {}},
            "missing-tarball",
            "the request body has a version and no tarball for it",
        ),
        (
            {"attachments": {TGZ: {"data": "QUJ*"}}},
            "attachment-encoding",
            f"attachment `{TGZ}` is no base64",
        ),
        (
            {"attachments": {TGZ: attachment(length=3)}},
            "attachment-length",
            f"attachment `{TGZ}` has 15 bytes: its `length` says 3",
        ),
        (
            {"attachments": {SIGSTORE: {"data": "e30=", "length": 4}}},
            "malformed-bundle",
            "the `.sigstore` attachment is not JSON at character 0",
        ),
        (
            {"attachments": {SIGSTORE: {"data": "{}", "length": 4}}},
            "attachment-length",
            "the `.sigstore` attachment has 2 bytes: its `length` says 4",
        ),
        (
            {"manifest": {"dist": {"integrity": "sha256-x"}}},
            "malformed-integrity",
            "integrity `sha256-x` is none: one is `sha512-<base64>`",
        ),
        (
            {"manifest": {"dist": {"shasum": "0" * 40}}},
            "integrity-mismatch",
            f"shasum `{'0' * 40}` is not the tarball's: that is `{OURS.shasum}`",
        ),
        (
            {"manifest": {"dist": {"integrity": OTHER.integrity}}},
            "integrity-mismatch",
            f"integrity `{OTHER.integrity}` is not the tarball's: that is `{OURS.integrity}`",
        ),
    ],
)  # fmt: skip
def test_parts_that_do_not_agree_are_refused(differences, expected, message):
    differences = dict(differences)
    if "_attachments" in differences or "versions" in differences or "_id" in differences:
        raw = json.dumps(json.loads(body()) | differences).encode()
    else:
        raw = body(**differences)

    assert refusal(read, raw) == (expected, message)


@pytest.mark.parametrize("data", ["QUI", "QUJD====", "QUJD\n", "QU-_", "=QUJ", "é"])
def test_only_strict_base64_is_a_tarball(data):
    raw = body(attachments={TGZ: {"data": data}}, manifest={"dist": {}})

    assert code(read, raw) == "attachment-encoding"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b"\xff", "malformed-json"),
        (b'{"name":"\\ud800"}', "malformed-json"),
        (b'{"name":"@acme/widget","name":"@acme/widget"}', "malformed-json"),
        (b"[]", "malformed-json"),
        (b"null", "malformed-json"),
        (b"[" * 100_000, "json-too-deep"),
        (b'{"a":' * 100_000, "json-too-deep"),
        (b'{"_attachments":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json-too-deep"),
        (b"{}", "malformed-body"),
        (b'{"versions":null}', "malformed-body"),
        (b'{"_rev":1}', "malformed-body"),
        (b'{"_attachments":{"x":"y"}}', "malformed-body"),
    ],
)
def test_what_is_no_document_of_npm_is_refused(raw, expected):
    assert code(read, raw) == expected


def test_a_body_is_bounded():
    assert refusal(decode, body(), package=WIDGET, max_bytes=10) == (
        "malformed-json",
        f"the request body has {len(body())} bytes: at most 10 are read",
    )


def packument(**versions):
    """A packument as it was served, sent back; each version with what is said of it."""
    return {
        "_id": "@acme/widget",
        "_rev": "3-abc",
        "name": "@acme/widget",
        "dist-tags": {"latest": "1.1.0"},
        "versions": {
            "1.0.0": {"name": "@acme/widget", "version": "1.0.0"} | versions.get("first", {}),
            "1.1.0": {"name": "@acme/widget", "version": "1.1.0"} | versions.get("second", {}),
        },
        "time": {"created": "2026-01-01T00:00:00.000Z"},
        "maintainers": [{"name": "ann", "email": "ann@example.test"}],
        "_attachments": {},
    }


def test_a_packument_sent_back_is_deprecations():
    sent = packument(first={"deprecated": "use 1.1.0"}, second={"deprecated": ""})

    assert read(json.dumps(sent).encode()) == Deprecations(
        package=WIDGET,
        revision="3-abc",
        messages={"1.0.0": "use 1.1.0", "1.1.0": None},
        dist_tags={"latest": "1.1.0"},
    )


def test_a_packument_sent_back_without_a_version_lacks_it():
    sent = packument()
    del sent["versions"]["1.0.0"]

    assert list(read(json.dumps(sent).encode()).messages) == ["1.1.0"]


def test_a_deprecation_needs_no_revision():
    sent = packument(first={"deprecated": "use 1.1.0"}, second={"deprecated": False})
    del sent["_rev"]

    assert read(json.dumps(sent).encode()).messages == {"1.0.0": "use 1.1.0", "1.1.0": None}


@pytest.mark.parametrize(
    ("said", "expected", "message"),
    [
        (True, "malformed-body", "`deprecated` of `1.0.0` is true: it is a message"),
        (
            3,
            "malformed-body",
            "the request body is malformed: expected `bool | str | null`, got `int` - at `$.deprecated`",
        ),
        (
            "x" * 1025,
            "deprecation-too-long",
            "the deprecation message of `1.0.0` has 1025 characters: at most 1024 are kept",
        ),
    ],
)
def test_a_deprecation_is_a_message_of_some_length(said, expected, message):
    sent = packument(first={"deprecated": said})

    assert refusal(read, json.dumps(sent).encode()) == (expected, message)


def test_owners_are_read():
    sent = {
        "_id": "@acme/widget",
        "_rev": "3-abc",
        "maintainers": [{"name": "ann", "email": "ann@example.test"}, {"name": "bob"}],
    }

    assert read(json.dumps(sent).encode()) == MaintainersEdit(
        package=WIDGET, revision="3-abc", names=("ann", "bob")
    )


@pytest.mark.parametrize("maintainers", [["ann"], [{"email": "x"}], {"name": "ann"}, [{"name": 1}]])
def test_owners_have_names(maintainers):
    assert code(read, json.dumps({"maintainers": maintainers}).encode()) == "malformed-body"


WHOLE = body(attachments={SIGSTORE: {"data": "{}", "length": 2}})


@given(data=st.data())
def test_a_damaged_body_is_malformed_or_still_one(data):
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(len(WHOLE), start + 20)))
    damage = data.draw(st.binary(max_size=20) | st.text('{}[]",:01').map(str.encode))

    found = outcome(read, WHOLE[:start] + damage + WHOLE[end:])

    assert isinstance(found, Publication | Deprecations | MaintainersEdit | Malformed)
