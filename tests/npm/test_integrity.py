"""Digests, and the texts that claim them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.npm.integrity import Digests, parse_sri
from imprint.refusals import Malformed
from tests.npm.refusing import code, outcome, refusal

OURS = Digests.of(b"ours")
THEIRS = Digests.of(b"theirs")
SHA1 = "sha1-ytXJOFR6F3WdzMn8njWGEpmNoqs="


def test_digests_are_those_that_npm_and_its_clients_go_by():
    digests = Digests.of(b"")

    assert digests.shasum == "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert digests.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digests.sha512.startswith(
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    )
    assert digests.integrity == (
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
    )


@pytest.mark.parametrize(
    "text", [OURS.integrity, f"{SHA1} {OURS.integrity}", f"{OURS.integrity} {OURS.integrity}"]
)
def test_an_integrity_of_this_very_data_is_taken(text):
    OURS.require_integrity(text)


@pytest.mark.parametrize("text", [THEIRS.integrity, f"{OURS.integrity} {THEIRS.integrity}"])
def test_an_integrity_with_another_sha512_is_refused(text):
    assert code(OURS.require_integrity, text) == "integrity-mismatch"


def test_the_refusal_says_what_the_integrity_is():
    assert refusal(OURS.require_integrity, THEIRS.integrity) == (
        "integrity-mismatch",
        f"integrity `{THEIRS.integrity}` is not the tarball's: that is `{OURS.integrity}`",
    )


def test_an_integrity_without_a_sha512_is_refused():
    assert refusal(OURS.require_integrity, SHA1) == (
        "malformed-integrity",
        f"integrity `{SHA1}` has no `sha512-...` hash",
    )


def test_a_shasum_is_compared_to_the_letter():
    OURS.require_shasum(OURS.shasum)

    assert refusal(OURS.require_shasum, OURS.shasum.upper()) == (
        "integrity-mismatch",
        f"shasum `{OURS.shasum.upper()}` is not the tarball's: that is `{OURS.shasum}`",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "sha512-",
        "sha512-AAAA",
        "sha3-AAAA",
        "sha512",
        OURS.integrity[:-1],
        OURS.integrity + "=",
        OURS.integrity + "?option",
        OURS.integrity.replace("sha512", "SHA512"),
        OURS.integrity.replace("==", "\n=="),
        "sha1-ytXJOFR6F3WdzMn8njWGEpmNoqt=",
        "sha512-é",
        f"{SHA1}\t{SHA1}",
        f"{SHA1} " * 100,
    ],
)
def test_what_is_no_sri_is_refused(text):
    assert code(parse_sri, text) == "malformed-integrity"


@given(data=st.binary(), text=st.text())
def test_only_the_integrity_of_the_data_is_taken(data, text):
    digests = Digests.of(data)

    digests.require_integrity(digests.integrity)

    assert isinstance(outcome(digests.require_integrity, text), Malformed)
