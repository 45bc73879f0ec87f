"""A short run of the fuzz entry of projections, from good inputs that are damaged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from imprint.history.projection import encode, project
from tests.fuzz import fuzz_projection
from tests.fuzz.test_fuzz_npm import damaged

PACKUMENT = json.dumps(
    {
        "name": "@acme/widget",
        "dist-tags": {"latest": "1.0.0"},
        "time": {"created": "2026-01-01T00:00:00.000Z", "1.0.0": "2026-01-02T00:00:00.000Z"},
        "versions": {
            "1.0.0": {
                "name": "@acme/widget",
                "license": "MIT",
                "dependencies": {"left": "acme/left"},
                "_npmUser": {"name": "ada", "trustedPublisher": {"id": "github"}},
                "dist": {"integrity": "sha512-" + "A" * 86 + "==", "signatures": [{"sig": "AA=="}]},
            }
        },
    }
).encode()
KEPT = encode(project(PACKUMENT, "@acme/widget"))


@given(data=damaged(PACKUMENT) | damaged(KEPT) | st.binary())
def test_a_damaged_packument_or_projection_is_malformed_or_still_one(data):
    fuzz_projection.one_input(data)


def test_whole_inputs_pass():
    fuzz_projection.one_input(PACKUMENT)
    fuzz_projection.one_input(KEPT)
