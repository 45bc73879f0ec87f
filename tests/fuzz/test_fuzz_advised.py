"""A short run of the fuzz entries of advisories and licences, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_advisory, fuzz_license
from tests.npm.advisories.records import answer, record

RECORD = record()
ANSWER = answer()
WORDS = [
    "MIT",
    "GPL-3.0-only",
    "X",
    "AND",
    "OR",
    "WITH",
    "(",
    ")",
    "+",
    "LLVM-exception",
    "LicenseRef-a",
]


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(RECORD) | damaged(ANSWER) | st.binary())
def test_a_damaged_advisory_is_malformed_or_still_one(data):
    fuzz_advisory.one_input(data)


@given(
    data=st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join).map(str.encode) | st.binary()
)
def test_a_damaged_licence_is_judged(data):
    fuzz_license.one_input(data)


def test_whole_inputs_pass():
    fuzz_advisory.one_input(RECORD)
    fuzz_advisory.one_input(ANSWER)
    fuzz_license.one_input(b"MIT OR (GPL-3.0-only AND ISC)")
