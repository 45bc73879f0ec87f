"""What is sent to publish a version is what the registry's own parser takes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm import publish_body as wire
from imprint.npm.publish_body import Access
from imprint.publish.body import Terms, publish_body, stage_id_of, terms_of
from imprint.publish.packed import read_packed
from imprint.refusals import Malformed
from tests.support.tarballs import tarball

URL = "https://registry.example.test/"
NAME = "@acme/widget"


@pytest.fixture
def packed(tmp_path):
    """Return a package by its version and what its package.json has besides."""

    def read(version="1.0.0", **package_json):
        path = tmp_path / "widget.tgz"
        path.write_bytes(tarball(NAME, version, **package_json))
        return read_packed(path)

    return read


def terms(**changes):
    defaults = {"tag": "latest", "access": None, "stages": False}
    return Terms(**{**defaults, **changes})


def sent(packed, bundle=None, **changes):
    """What the registry reads of a body."""
    body = publish_body(packed, terms(**changes), registry_url=URL, bundle=bundle)
    found = wire.decode(body, package=packed.name)
    assert isinstance(found, wire.Publication)
    return found


def test_the_registry_reads_the_version_with_its_tarball(packed):
    package = packed(main="index.js")

    found = sent(package, tag="next", access=Access.PUBLIC)

    assert (found.package, found.version) == (package.name, package.version)
    assert (found.tarball, found.digests) == (package.data, package.digests)
    assert (found.dist_tags, found.access, found.bundle) == (("next",), Access.PUBLIC, None)
    assert found.manifest["main"] == "index.js"


def test_a_bundle_is_sent_as_the_text_that_it_is(packed):
    bundle = json.dumps({"mediaType": "é"}, ensure_ascii=False)

    assert sent(packed(), bundle).bundle == bundle


def test_publish_config_says_what_nobody_asked_for(packed):
    package = packed(publishConfig={"tag": "beta", "access": "restricted"})

    assert terms_of(package, tag=None, access=None, stages=False) == terms(
        tag="beta", access=Access.RESTRICTED
    )
    assert terms_of(package, tag="next", access="public", stages=True) == terms(
        tag="next", access=Access.PUBLIC, stages=True
    )


@pytest.mark.parametrize(
    ("version", "package_json", "tag", "code"),
    [
        ("1.0.0-rc.1", {}, None, "prerelease-tag"),
        ("1.0.0", {}, "1.x", "invalid-dist-tag"),
        ("1.0.0", {"publishConfig": {"access": "secret"}}, None, "malformed-package-json"),
    ],
)
def test_terms_that_cannot_be_are_refused_here(packed, version, package_json, tag, code):
    with pytest.raises(Malformed) as raised:
        terms_of(packed(version, **package_json), tag=tag, access=None, stages=False)

    assert raised.value.code == code


def test_a_prerelease_with_a_tag_is_good(packed):
    assert terms_of(packed("1.0.0-rc.1"), tag="next", access=None, stages=False).tag == "next"


def test_a_private_package_is_never_published(packed):
    with pytest.raises(Malformed) as raised:
        packed(private=True)

    assert raised.value.code == "private-package"


@pytest.mark.parametrize("wrong", [{"version": 1}, {"name": None}])
def test_a_package_without_a_name_or_version_is_none(tmp_path, wrong):
    path = tmp_path / "widget.tgz"
    path.write_bytes(tarball(**{"name": NAME, "version": "1.0.0", **wrong}))

    with pytest.raises(Malformed) as raised:
        read_packed(path)

    assert raised.value.code == "malformed-package-json"


def test_a_file_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(Malformed) as raised:
        read_packed(tmp_path / "none.tgz")

    assert raised.value.code == "unreadable-file"


def test_what_waits_is_known_by_its_id():
    assert stage_id_of(b'{"ok": true, "stageId": "7"}') == "7"
    assert stage_id_of(b'{"ok": true}') is None


@given(st.binary())
def test_any_answer_is_read_without_an_error(answer):
    assert stage_id_of(answer) is None or isinstance(stage_id_of(answer), str)
