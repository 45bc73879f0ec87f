"""Short runs of the gate's fuzz entries, from good inputs that are damaged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_gate_packument, fuzz_gate_request
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
