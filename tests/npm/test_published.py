"""What a packument says of its versions, read leniently where no client is strict."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.published import (
    MAX_SIGNATURES,
    ClaimedAttestations,
    ClaimedPublisher,
    ClaimedSignature,
    moment_of,
    read_packument,
)
from imprint.refusals import Malformed

NAME = "@acme/widget"


def packument(manifest=None, **document):
    """A packument of one version; `manifest` changes its members."""
    version = {"name": NAME, "version": "1.0.0", "dist": {}} | (manifest or {})
    whole = {"name": NAME, "versions": {"1.0.0": version}, "time": {}} | document
    return read_packument(json.dumps(whole).encode(), name=NAME)


def published(manifest=None, **document):
    return packument(manifest, **document).version("1.0.0")


def test_everything_that_is_claimed_is_read():
    found = published(
        {
            "dist": {
                "integrity": "sha512-AA==",
                "tarball": "https://registry.example.test/a.tgz",
                "signatures": [{"keyid": "SHA256:k", "sig": "c2ln"}],
                "attestations": {
                    "url": "https://x.example.test",
                    "provenance": {"predicateType": "p"},
                },
            },
            "_npmUser": {
                "name": "GitHub Actions",
                "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"},
                "approver": {"name": "wile"},
            },
            "repository": {"type": "git", "url": "git+https://forge.example.test/acme/widget.git"},
            "gitHead": "5d",
        },
        time={"1.0.0": "2026-01-13T12:00:00.000Z"},
    )

    assert found.integrity == "sha512-AA=="
    assert found.signatures == (ClaimedSignature(key_id="SHA256:k", signature="c2ln"),)
    assert found.attestations == ClaimedAttestations(
        url="https://x.example.test", provenance_type="p"
    )
    assert found.publisher == ClaimedPublisher(
        name="GitHub Actions",
        trusted_publisher="github",
        configuration_id="oidc:1",
        approver="wile",
    )
    assert found.repository == "git+https://forge.example.test/acme/widget.git"
    assert (found.commit, found.published_at) == ("5d", 1_768_305_600.0)


@pytest.mark.parametrize(
    "odd",
    [
        {"dist": None},
        {"dist": []},
        {"dist": {"integrity": 1, "tarball": {}, "signatures": "x", "attestations": "x"}},
        {"dist": {}, "_npmUser": "wile", "repository": ["x"], "gitHead": None},
    ],
)
def test_odd_shapes_are_not_there(odd):
    found = published(odd)

    assert (found.integrity, found.tarball, found.signatures) == (None, None, ())
    assert (found.attestations, found.publisher, found.repository) == (None, None, None)
    assert found.commit is None


@pytest.mark.parametrize(
    ("publish", "provenance", "claimed"),
    [
        ("verified", "verified", (True, "p")),
        ("verified", None, (True, None)),
        ("verified", "waiting", (True, None)),
        ("waiting", "verified", (False, "p")),
    ],
)
def test_an_imprint_registry_claims_what_it_serves(publish, provenance, claimed):
    told = {"publish": {"state": publish}}
    told |= {"provenance": {"state": provenance, "predicateType": "p"}} if provenance else {}

    found = published({"dist": {"imprint": {"attestations": told}}}).attestations

    assert (found.has_publish, found.provenance_type) == claimed


@pytest.mark.parametrize(
    "told", [None, [], {"attestations": 1}, {"attestations": {"publish": {"state": "waiting"}}}]
)
def test_what_waits_is_not_claimed(told):
    assert published({"dist": {"imprint": told}}).attestations is None


def test_a_signature_that_was_cut_short_is_not_passed_over():
    found = published({"dist": {"signatures": ["x", {"keyid": "k"}]}})

    assert found.signatures == (
        ClaimedSignature(key_id="", signature=""),
        ClaimedSignature(key_id="k", signature=""),
    )


def test_a_repository_may_be_a_text():
    assert published({"repository": "acme/widget"}).repository == "acme/widget"


def test_a_version_that_is_not_there_is_none():
    assert packument().version("2.0.0") is None


@pytest.mark.parametrize("manifest", [{"name": "other"}, {"version": "2.0.0"}, {"name": None}])
def test_a_version_of_another_name_or_version_is_malformed(manifest):
    with pytest.raises(Malformed) as caught:
        published(manifest)

    assert caught.value.code == "malformed-packument"


def test_more_signatures_than_any_registry_makes_are_malformed():
    many = [{"keyid": "k", "sig": "s"}] * (MAX_SIGNATURES + 1)

    with pytest.raises(Malformed):
        published({"dist": {"signatures": many}})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"name": "@acme/other"}',
        b'{"name": "@acme/widget", "versions": []}',
        b'{"name": "@acme/widget", "versions": ' + b'{"a":' * 5_000,
    ],
)
def test_what_is_no_packument_is_malformed(raw):
    with pytest.raises(Malformed) as caught:
        read_packument(raw, name=NAME)

    assert caught.value.code == "malformed-packument"
    assert "\n" not in caught.value.message


def test_a_time_that_is_none_is_unknown():
    found = packument(time={"1.0.0": {"odd": 1}, "unpublished": {"time": "x"}})

    assert found.version("1.0.0").published_at is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-13T12:00:00.000Z", 1_768_305_600.0),
        ("2026-01-13T12:00:00", 1_768_305_600.0),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_read_in_utc(text, moment):
    assert moment_of(text) == moment


@given(st.binary(max_size=200) | st.text().map(lambda text: json.dumps(text).encode()))
def test_reading_raises_nothing_but_malformed(raw):
    with pytest.raises(Malformed):
        read_packument(raw, name=NAME)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_members_of_any_shape_are_read(dist):
    found = packument({"dist": {"signatures": None, "x": dist}, "_npmUser": dist, "gitHead": dist})

    assert found.version("1.0.0").signatures == ()
