"""Packuments: fragments put together are the documents that clients read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from imprint.npm.packument import (
    PackumentParts,
    PackumentVersion,
    iso,
    render_corgi,
    render_full,
    render_manifest,
)

CREATED = 1_795_000_000.0


def version(text="1.0.0", **differences) -> PackumentVersion:
    whole: Any = {
        "version": text,
        "full": json.dumps(
            {
                "name": "@acme/widget",
                "version": text,
                "description": f"Widget {text}",
                "main": "x.js",
            },
            separators=(",", ":"),
        ).encode(),
        "corgi": json.dumps(
            {"name": "@acme/widget", "version": text}, separators=(",", ":")
        ).encode(),
        "dist": b'{"integrity":"sha512-x","shasum":"y"}',
        "published_at": CREATED + 1.25,
    }
    return PackumentVersion(**(whole | differences))


def parts(*versions, **differences) -> PackumentParts:
    whole: Any = {
        "name": "@acme/widget",
        "revision": "7-abc",
        "dist_tags": {"latest": "1.0.0"},
        "versions": versions or (version(),),
        "created_at": CREATED,
        "modified_at": CREATED + 60.0,
        "readme": '# Widget\n\nSays "hi".',
        "maintainers": b'[{"name":"ann","email":"ann@example.test"}]',
        "base_url": "https://registry.example.test",
    }
    return PackumentParts(**(whole | differences))


def test_the_full_document_has_what_npm_has_in_it():
    made = parts(
        version("0.9.0", deprecated='use "1"'),
        version(npm_user=b'{"name":"GitHub Actions","email":"x@example.test"}'),
    )

    assert json.loads(render_full(made)) == snapshot(
        {
            "_id": "@acme/widget",
            "_rev": "7-abc",
            "name": "@acme/widget",
            "dist-tags": {"latest": "1.0.0"},
            "versions": {
                "0.9.0": {
                    "name": "@acme/widget",
                    "version": "0.9.0",
                    "description": "Widget 0.9.0",
                    "main": "x.js",
                    "dist": {
                        "integrity": "sha512-x",
                        "shasum": "y",
                        "tarball": "https://registry.example.test/@acme/widget/-/widget-0.9.0.tgz",
                    },
                    "deprecated": 'use "1"',
                },
                "1.0.0": {
                    "name": "@acme/widget",
                    "version": "1.0.0",
                    "description": "Widget 1.0.0",
                    "main": "x.js",
                    "dist": {
                        "integrity": "sha512-x",
                        "shasum": "y",
                        "tarball": "https://registry.example.test/@acme/widget/-/widget-1.0.0.tgz",
                    },
                    "_npmUser": {"name": "GitHub Actions", "email": "x@example.test"},
                },
            },
            "time": {
                "created": "2026-11-18T11:06:40.000Z",
                "modified": "2026-11-18T11:07:40.000Z",
                "0.9.0": "2026-11-18T11:06:41.250Z",
                "1.0.0": "2026-11-18T11:06:41.250Z",
            },
            "maintainers": [{"name": "ann", "email": "ann@example.test"}],
            "description": "Widget 1.0.0",
            "readme": '# Widget\n\nSays "hi".',
        }
    )


def test_the_abbreviated_document_has_what_installing_needs():
    assert json.loads(render_corgi(parts(version(deprecated="old", npm_user=b"{}")))) == snapshot(
        {
            "name": "@acme/widget",
            "dist-tags": {"latest": "1.0.0"},
            "modified": "2026-11-18T11:07:40.000Z",
            "versions": {
                "1.0.0": {
                    "name": "@acme/widget",
                    "version": "1.0.0",
                    "dist": {
                        "integrity": "sha512-x",
                        "shasum": "y",
                        "tarball": "https://registry.example.test/@acme/widget/-/widget-1.0.0.tgz",
                    },
                    "deprecated": "old",
                }
            },
        }
    )


def test_one_manifest_is_as_in_the_full_document():
    made = parts(version(npm_user=b'{"name":"ann"}'))

    manifest = json.loads(render_manifest(made, made.versions[0]))

    assert manifest == json.loads(render_full(made))["versions"]["1.0.0"]


def test_only_the_latest_version_speaks_for_the_package():
    older = version(
        "0.9.0", full=b'{"name":"x","license":"MIT","keywords":["a"],"bugs":{"url":"u"}}'
    )

    without = json.loads(render_full(parts(older, version())))
    with_it = json.loads(render_full(parts(older, version(), dist_tags={"latest": "0.9.0"})))

    assert "license" not in without
    assert (with_it["license"], with_it["keywords"], with_it["bugs"]) == (
        "MIT",
        ["a"],
        {"url": "u"},
    )


def test_a_package_without_a_latest_version_speaks_not_at_all():
    made = parts(version(), dist_tags={"next": "1.0.0"})

    assert "description" not in json.loads(render_full(made))


def test_an_unscoped_tarball_and_one_of_another_file_name_have_their_address():
    made = parts(version(), version("1.1.0", file_name="old.tgz", dist=b"{}"), name="widget")

    versions = json.loads(render_corgi(made))["versions"]

    assert (
        versions["1.0.0"]["dist"]["tarball"]
        == "https://registry.example.test/widget/-/widget-1.0.0.tgz"
    )
    assert versions["1.1.0"]["dist"] == {
        "tarball": "https://registry.example.test/widget/-/old.tgz"
    }


def test_a_package_of_no_version_is_a_document_all_the_same():
    made = parts(dist_tags={})
    empty = PackumentParts(
        **{name: getattr(made, name) for name in made.__struct_fields__} | {"versions": ()}
    )

    assert json.loads(render_full(empty))["versions"] == {}
    assert json.loads(render_corgi(empty))["versions"] == {}


@given(readme=st.text(), message=st.text(), tags=st.dictionaries(st.text(), st.text()))
def test_any_text_arrives_as_it_was(readme, message, tags):
    full = json.loads(
        render_full(parts(version(deprecated=message), readme=readme, dist_tags=tags))
    )

    assert (full["readme"], full["dist-tags"]) == (readme, tags)
    assert full["versions"]["1.0.0"]["deprecated"] == message


@pytest.mark.parametrize(
    ("timestamp", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_795_000_000.123, "2026-11-18T11:06:40.123Z"),
        (1_795_000_000.9999999, "2026-11-18T11:06:41.000Z"),
    ],
)
def test_times_are_written_as_npm_does(timestamp, text):
    assert iso(timestamp) == text
