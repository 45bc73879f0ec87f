"""A short run of the fuzz entries of workflows, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_expression, fuzz_repository
from tests.support.repositories import RELEASE

WORKFLOW = b"workflow\n" + RELEASE.encode()
PIPELINE = b"gitlab\n.a: &a {script: [npm ci]}\nb:\n  <<: *a\n  extends: .a\n  image: {name: x}\n"
CONFIG = b"circleci\ncommands: {c: {steps: [run: x]}}\njobs:\n  a:\n    steps: [c, checkout]\n"
PACKAGE = b'package\n{"name": "a", "repository": {"url": "b"}, "workspaces": ["c/*"]}\n'
ACTION = b"action\nruns:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.a }}\n"
EXPRESSION = b"!contains(github.event.labels.*.name, 'a') && (matrix['b'] >= 0x1F || ${{ c }})"


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(
    data=damaged(WORKFLOW)
    | damaged(PIPELINE)
    | damaged(CONFIG)
    | damaged(PACKAGE)
    | damaged(ACTION)
    | st.binary()
)
def test_damaged_files_make_a_repository(data):
    fuzz_repository.one_input(data)


@given(data=damaged(EXPRESSION) | st.binary())
def test_a_damaged_expression_is_malformed_or_still_one(data):
    fuzz_expression.one_input(data)


def test_whole_inputs_pass():
    for whole in (WORKFLOW, PIPELINE, CONFIG, PACKAGE, ACTION):
        fuzz_repository.one_input(whole)
    fuzz_expression.one_input(b"github.ref == 'refs/heads/main'")
