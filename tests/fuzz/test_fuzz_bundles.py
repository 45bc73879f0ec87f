"""A short run of the fuzz entries of bundles, from good inputs that are damaged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.authority.bundles import CURRENT, PROMISED, REKOR_V2, document_of
from tests.fuzz import fuzz_base64, fuzz_bundle, fuzz_checkpoint, fuzz_statement
from tests.support.attested import PROVENANCE_STATEMENT, read, stand_in, whole

WHOLE = [whole(generation=generation) for generation in (PROMISED, CURRENT, REKOR_V2)]
BUNDLES = [json.dumps(bundle).encode() for bundle in (*WHOLE, document_of(*WHOLE))]
CHECKPOINTS = [log.checkpoint().encode() for log in (stand_in().log, stand_in().second_log)]
STATEMENTS = [PROVENANCE_STATEMENT, *(read(bundle).entries[0].body for bundle in WHOLE)]
TEXTS = [b"YWJj", b"YWI=", b"YQ==", b"-_-_", b"YQ"]


@st.composite
def damaged(draw, wholes):
    whole_input = draw(st.sampled_from(wholes))
    start = draw(st.integers(0, len(whole_input)))
    end = draw(st.integers(start, min(len(whole_input), start + 20)))
    return whole_input[:start] + draw(st.binary(max_size=20)) + whole_input[end:]


@given(data=damaged(BUNDLES) | st.binary())
def test_a_damaged_bundle_is_malformed_or_proves_nothing(data):
    fuzz_bundle.one_input(data)


@given(data=damaged(CHECKPOINTS) | st.binary())
def test_a_damaged_checkpoint_is_malformed_or_not_the_logs(data):
    fuzz_checkpoint.one_input(data)


@given(data=damaged(STATEMENTS) | st.binary())
def test_a_damaged_statement_or_body_is_malformed_or_still_one(data):
    fuzz_statement.one_input(data)


@given(data=damaged(TEXTS) | st.binary())
def test_damaged_base64_is_none_or_still_some(data):
    fuzz_base64.one_input(data)


def test_whole_inputs_pass():
    for data in BUNDLES:
        fuzz_bundle.one_input(data)
    for data in CHECKPOINTS:
        fuzz_checkpoint.one_input(data)
    for data in STATEMENTS:
        fuzz_statement.one_input(data)
    for data in TEXTS:
        fuzz_base64.one_input(data)
