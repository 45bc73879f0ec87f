"""A short run of the fuzz entries of tokens, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import fuzz_key_set, fuzz_token_envelope
from tests.support.claims import github_claims
from tests.support.issuer_keys import SigningIssuer, compact

TOKEN = SigningIssuer.rsa().sign(github_claims()).encode()
KEY_SET = SigningIssuer.rsa().jwks(SigningIssuer.ec())


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@given(data=damaged(TOKEN) | st.binary())
def test_a_damaged_token_is_malformed_or_still_one(data):
    fuzz_token_envelope.one_input(data)


@given(payload=damaged(b'{"iss":"https://ci.example.test","aud":["a",{"b":null}],"n":1.5e3}'))
def test_a_token_with_damaged_claims_is_malformed_or_still_one(payload):
    raw = compact({"alg": "RS256", "kid": "key-1"}, payload, b"signed").encode()

    fuzz_token_envelope.one_input(raw)


@given(data=damaged(KEY_SET) | st.binary())
def test_a_damaged_key_set_is_malformed_or_still_one(data):
    fuzz_key_set.one_input(data)


def test_whole_inputs_pass():
    fuzz_token_envelope.one_input(TOKEN)
    fuzz_key_set.one_input(KEY_SET)
