"""Short runs of the gate's fuzz entries, from good inputs that are damaged."""

import hashlib
import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from imprint.gate.archives.layout import (
    KIND,
    SCHEMA,
    ArchivedKeys,
    ArchivedPackument,
    Manifest,
    encode_manifest,
    members_of,
)
from imprint.gate.archives.tar import END, header_of, padding_of
from tests.fuzz import fuzz_gate_archive, fuzz_gate_packument, fuzz_gate_request
from tests.fuzz.test_fuzz_npm import damaged


def entry(version):
    url = f"https://registry.example.test/@acme/widget/-/widget-{version}.tgz"
    return {"name": "@acme/widget", "version": version, "dist": {"tarball": url}, "homepage": url}


PACKUMENT = json.dumps(
    {
        "name": "@acme/widget",
        "dist-tags": {"latest": "1.1.0"},
        "versions": {"1.0.0": entry("1.0.0"), "1.1.0": entry("1.1.0")},
        "time": {"modified": "2026-01-02T00:00:00.000Z", "1.1.0": "2026-01-02T00:00:00.000Z"},
    }
).encode()


@given(data=damaged(PACKUMENT) | st.binary())
def test_a_damaged_packument_is_malformed_or_still_one(data):
    fuzz_gate_packument.one_input(data)


def test_a_whole_packument_passes():
    fuzz_gate_packument.one_input(PACKUMENT)


PATHS = (
    b"/-/v1/search",
    b"/-/npm/v1/attestations/@acme%2fwidget@1.0.0",
    b"/-/package/@acme%2Fwidget/dist-tags",
    b"/@acme/widget/-/widget-1.0.0.tgz",
    b"/-/-/--1.0.0.tgz",
    b"/-/x/%2e%2e/y/..%2f",
)


@given(data=st.sampled_from(PATHS).flatmap(damaged) | st.binary().map(lambda tail: b"/-/" + tail))
def test_a_damaged_path_goes_nowhere_that_it_must_not(data):
    fuzz_gate_request.one_input(data)


def archive():
    """A whole archive, of one packument and its upstream's keys."""
    keys, stored = b'{"keys":[]}', zlib.compress(PACKUMENT)
    upstream = fuzz_gate_archive.UPSTREAM
    manifest = Manifest(
        kind=KIND,
        schema=SCHEMA,
        upstreams=[upstream],
        keys=[
            ArchivedKeys(
                upstream=upstream,
                digest=hashlib.sha256(keys).hexdigest(),
                size_bytes=len(keys),
                confirmed_at=1.0,
            )
        ],
        packuments=[
            ArchivedPackument(
                upstream=upstream,
                name="@acme/widget",
                digest=hashlib.sha256(PACKUMENT).hexdigest(),
                size_bytes=len(PACKUMENT),
                stored_bytes=len(stored),
                etag='"1"',
                last_modified="",
                confirmed_at=1.0,
            )
        ],
        attestations=[],
        tarballs=[],
    )
    contents = [("manifest.json", encode_manifest(manifest))]
    contents += zip((one.path for one in members_of(manifest)), (keys, stored), strict=True)
    files = (header_of(path, len(data)) + data + padding_of(len(data)) for path, data in contents)
    return b"".join([*files, END])


ARCHIVE = archive()


@given(data=damaged(ARCHIVE) | st.binary())
def test_a_damaged_archive_is_malformed_or_still_one(data):
    fuzz_gate_archive.one_input(data)


def test_a_whole_archive_passes():
    fuzz_gate_archive.one_input(ARCHIVE)
