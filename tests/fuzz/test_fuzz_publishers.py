"""A short run of the fuzz entries of publishers, from good inputs that are damaged."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_trust_body, fuzz_workflow_reference

BODIES = [
    msgspec.json.encode([body])
    for body in (
        {
            "type": "github",
            "claims": {"repository": "acme/rocket", "workflow_ref": {"file": "release.yml"}},
            "permissions": ["createPackage"],
            "imprint": {"refs": ["refs/tags/v*"], "tag_template": "v{{version}}"},
        },
        {
            "type": "gitlab",
            "claims": {
                "project_path": "acme/tools/rocket",
                "ci_config_ref_uri": "gitlab.example.test/acme/tools/rocket//a.yml@refs/heads/b",
            },
            "permissions": ["createStagedPackage"],
        },
        {
            "type": "generic",
            "claims": {"pipeline_slug": "rocket"},
            "imprint": {"permissions": ["dist-tag"]},
        },
    )
]
REFERENCES = [
    b"acme/rocket/.github/workflows/release.yml@refs/tags/v1.2.0",
    b"acme/shared/.github/workflows/publish.yml@refs/heads/main",
]


@st.composite
def damaged(draw, wholes):
    whole = draw(st.sampled_from(wholes))
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(BODIES) | st.binary())
def test_a_damaged_trust_body_is_malformed_or_still_one(data):
    fuzz_trust_body.one_input(data)


@given(data=damaged(REFERENCES) | st.binary())
def test_a_damaged_reference_is_refused_or_still_the_one(data):
    fuzz_workflow_reference.one_input(data)


def test_whole_inputs_pass():
    for body in BODIES:
        fuzz_trust_body.one_input(body)
    for reference in REFERENCES:
        fuzz_workflow_reference.one_input(reference)
