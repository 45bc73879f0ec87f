"""A short run of the fuzz entry of graphs, from good ones that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_graph

BODIES = [
    b'{"widget": ["1.0.0", "2.0.0-x"], "@acme/widget": []}',
    (
        b'{"widget": [{"id": 7, "url": "https://a.example.test", "title": "t", "severity": "low",'
        b' "vulnerable_versions": "<2", "cwe": ["CWE-1"], "cvss": {"score": 1, "vectorString": "x"}}]}'
    ),
    (
        b'{"requires": {"widget": "1"}, "dependencies": {"widget": {"version": "1.0.0", "dev": true,'
        b' "dependencies": {"@acme/widget": {"version": "2.0.0"}}}}}'
    ),
]


@st.composite
def damaged(draw):
    whole = draw(st.sampled_from(BODIES))
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged() | st.binary())
def test_a_damaged_graph_is_malformed_or_still_one(data):
    fuzz_graph.one_input(data)


def test_whole_inputs_pass():
    for body in BODIES:
        fuzz_graph.one_input(body)
