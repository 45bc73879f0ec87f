"""Signatures: which kinds of key verify what, and that nothing else does."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.attestations.signatures import supports, verifies, verifies_digest
from tests.attestations.authorities import key, sign

DATA = b"what was signed"
KINDS = ["P-256", "P-384", "P-521", "Ed25519", "RSA-2048"]
ALGORITHMS = {"P-256": "sha256", "P-384": "sha384", "P-521": "SHA2_512", "RSA-2048": "SHA2_256"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_key_verifies_its_own_signatures(kind):
    private_key = key("a", kind)

    signature = sign(private_key, DATA)

    assert verifies(private_key.public_key(), signature, DATA)
    assert not verifies(private_key.public_key(), signature, DATA + b".")
    assert not verifies(key("b", kind).public_key(), signature, DATA)


@pytest.mark.parametrize(("kind", "algorithm"), ALGORITHMS.items())
def test_a_digest_stands_for_what_was_signed(kind, algorithm):
    private_key = key("a", kind)
    signature = sign(private_key, DATA)

    digest = hashlib.new(algorithm.replace("SHA2_", "sha"), DATA).digest()

    assert verifies_digest(private_key.public_key(), signature, digest, algorithm)
    assert not verifies_digest(private_key.public_key(), signature, digest[::-1], algorithm)
    assert not verifies_digest(private_key.public_key(), signature, digest[1:], algorithm)


@pytest.mark.parametrize("kind", ["P-224", "RSA-1024"])
def test_a_key_that_is_too_weak_verifies_nothing(kind):
    private_key = key("weak", kind)
    public_key = private_key.public_key()

    signature = sign(private_key, DATA)

    assert not supports(public_key)
    assert not verifies(public_key, signature, DATA)
    assert not verifies_digest(public_key, signature, hashlib.sha256(DATA).digest(), "sha256")


@pytest.mark.parametrize("algorithm", ["", "md5", "sha1", "SHA256", "sha-256"])
def test_another_digest_than_sha_2_verifies_nothing(algorithm):
    private_key = key("a", "P-256")
    signature = sign(private_key, DATA)

    digest = hashlib.sha256(DATA).digest()

    assert not verifies_digest(private_key.public_key(), signature, digest, algorithm)


def test_ed25519_verifies_no_digests():
    private_key = key("a", "Ed25519")
    digest = hashlib.sha256(DATA).digest()

    signature = private_key.sign(digest)

    assert not verifies_digest(private_key.public_key(), signature, digest, "sha256")


@pytest.mark.parametrize("kind", KINDS)
@given(signature=st.binary(max_size=600), data=st.binary(max_size=40))
def test_arbitrary_bytes_are_no_signature(kind, signature, data):
    public_key = key("a", kind).public_key()

    assert not verifies(public_key, signature, data)
    assert not verifies_digest(public_key, signature, data, "sha256")
