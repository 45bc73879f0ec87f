"""Secrets that must be read again: sealed under the server's key, bound to their purpose."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed, Unavailable
from imprint.storage.sealing import Seal

SEAL = Seal(b"k" * 32)


@given(secret=st.binary(max_size=100), purpose=st.text(st.characters(codec="utf-8"), max_size=30))
def test_what_is_sealed_is_opened_again(secret, purpose):
    assert SEAL.open(SEAL.seal(secret, purpose=purpose), purpose=purpose) == secret


def test_the_same_secret_is_never_sealed_alike():
    assert SEAL.seal(b"secret", purpose="totp:1") != SEAL.seal(b"secret", purpose="totp:1")
    assert b"secret" not in SEAL.seal(b"secret", purpose="totp:1")


@pytest.mark.parametrize("seal", [SEAL, Seal(b"l" * 32)])
def test_another_key_or_purpose_opens_nothing(seal):
    sealed = seal.seal(b"secret", purpose="totp:2")

    with pytest.raises(Unavailable) as caught:
        SEAL.open(sealed, purpose="totp:1")

    assert caught.value.code == "sealed-by-another-key"


@given(at=st.integers(min_value=0, max_value=33))
def test_a_changed_byte_opens_nothing(at):
    sealed = bytearray(SEAL.seal(b"secret", purpose="totp:1"))
    sealed[at] ^= 1

    with pytest.raises(Unavailable):
        SEAL.open(bytes(sealed), purpose="totp:1")


@given(sealed=st.binary(max_size=40))
def test_what_was_never_sealed_opens_nothing(sealed):
    with pytest.raises(Unavailable):
        SEAL.open(sealed, purpose="totp:1")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length):
    with pytest.raises(Malformed) as caught:
        Seal(b"k" * length)

    assert caught.value.message == f"the secret key has {length} bytes: it needs 32"


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "secret.key"
    sealed = Seal.of_file(path).seal(b"secret", purpose="x")

    assert Seal.of_file(path).open(sealed, purpose="x") == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_servers_that_start_together_have_one_key(tmp_path):
    path = tmp_path / "secret.key"

    with ThreadPoolExecutor(8) as pool:
        seals = list(pool.map(lambda _: Seal.of_file(path), range(8)))

    sealed = seals[0].seal(b"secret", purpose="x")
    assert {seal.open(sealed, purpose="x") for seal in seals} == {b"secret"}
