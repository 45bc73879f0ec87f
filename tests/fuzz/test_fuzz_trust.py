"""A short run of the fuzz entries of what is trusted, from good inputs that are damaged."""

from hypothesis import given
from hypothesis import strategies as st

from tests.attestations.authorities import dump, encoded, key, spki, trusted_root_json
from tests.fuzz import (
    fuzz_registry_keys,
    fuzz_signed_timestamp,
    fuzz_signing_certificate,
    fuzz_trusted_root,
)

TIMESTAMP = fuzz_signed_timestamp.whole()
CERTIFICATE = fuzz_signing_certificate.whole()
ROOT = dump(trusted_root_json())
KEYS = dump(
    {
        "keys": [
            {
                "expires": "2030-01-01T00:00:00.000Z",
                "keyid": "SHA256:key",
                "keytype": "ecdsa-sha2-nistp256",
                "scheme": "ecdsa-sha2-nistp256",
                "key": encoded(spki(key("registry").public_key())),
            }
        ]
    }
)


@st.composite
def damaged(draw, whole):
    start = draw(st.integers(0, len(whole)))
    end = draw(st.integers(start, min(len(whole), start + 20)))
    return whole[:start] + draw(st.binary(max_size=20)) + whole[end:]


@st.composite
def flipped(draw, whole):
    place = draw(st.integers(0, len(whole) - 1))
    return whole[:place] + bytes([draw(st.integers(0, 255))]) + whole[place + 1 :]


@given(data=damaged(TIMESTAMP) | flipped(TIMESTAMP) | st.binary())
def test_a_damaged_timestamp_is_rejected_or_says_the_same(data):
    fuzz_signed_timestamp.one_input(data)


@given(data=damaged(CERTIFICATE) | flipped(CERTIFICATE) | st.binary())
def test_a_damaged_certificate_is_malformed_or_rejected(data):
    fuzz_signing_certificate.one_input(data)


@given(data=damaged(ROOT) | st.binary())
def test_a_damaged_root_is_malformed_or_still_one(data):
    fuzz_trusted_root.one_input(data)


@given(data=damaged(KEYS) | st.binary())
def test_damaged_keys_are_malformed_or_still_some(data):
    fuzz_registry_keys.one_input(data)


def test_whole_inputs_pass():
    fuzz_signed_timestamp.one_input(TIMESTAMP)
    fuzz_signing_certificate.one_input(CERTIFICATE)
    fuzz_trusted_root.one_input(ROOT)
    fuzz_registry_keys.one_input(KEYS)
