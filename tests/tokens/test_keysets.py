"""Key sets: which keys count, and what happens to documents that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imprint.refusals import Malformed
from imprint.tokens.keysets import KeySet
from tests.support.issuer_keys import SigningIssuer, dump, jwks, rsa_key

GOOD = SigningIssuer.rsa("good")
SHORT = SigningIssuer(key_id="short", algorithm="RS256", private_key=rsa_key("short", 1024))


def key_ids(*entries: object) -> list[str]:
    return sorted(KeySet.parse(dump({"keys": [GOOD.jwk(), *entries]})).keys)


def refused(raw: bytes) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        KeySet.parse(raw)
    return caught.value.code, caught.value.message


def test_rsa_and_curve_keys_are_read_with_their_algorithm():
    keys = KeySet.parse(GOOD.jwks(SigningIssuer.ec("curve")))

    assert {key.key_id: key.algorithms for key in keys.keys.values()} == {
        "good": {"RS256"},
        "curve": {"ES256"},
    }


def test_a_key_that_names_no_algorithm_may_be_used_with_those_of_its_type():
    keys = KeySet.parse(jwks(GOOD.jwk(alg=None), SigningIssuer.ec("curve").jwk(alg=None)))

    assert keys.keys["good"].algorithms == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    assert keys.keys["curve"].algorithms == {"ES256"}


@pytest.mark.case("C14")
@pytest.mark.parametrize("key_id", [None, "", 7, "k" * 257])
def test_a_key_without_a_key_id_is_passed_over_and_others_are_used(key_id):
    assert key_ids(GOOD.jwk(kid=key_id)) == ["good"]


@pytest.mark.case("A07", "A08", "C14")
@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "kid": "x", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "x", "x": "AA"},
        {"kty": "unheard-of", "kid": "x"},
        {"kid": "x"},
        {"kty": ["RSA"], "kid": "x"},
        GOOD.jwk(kid="x", kty="EC"),
        GOOD.jwk(kid="x", alg="HS256"),
        GOOD.jwk(kid="x", alg="ES256"),
        GOOD.jwk(kid="x", alg="none"),
        GOOD.jwk(kid="x", alg=["RS256"]),
        GOOD.jwk(kid="x", use="enc"),
        GOOD.jwk(kid="x", use=["sig"]),
        GOOD.jwk(kid="x", key_ops=["encrypt"]),
        GOOD.jwk(kid="x", key_ops="verify"),
        GOOD.jwk(kid="x", d="AQAB"),
        GOOD.jwk(kid="x", n=None),
        GOOD.jwk(kid="x", n=7),
        GOOD.jwk(kid="x", n="!!"),
        GOOD.jwk(kid="x", n="ü"),
        GOOD.jwk(kid="x", e="AA"),
        GOOD.jwk(kid="x", e="Ag"),
        GOOD.jwk(kid="x", e="AQAAAAAAAAAB"),
        SHORT.jwk(kid="x"),
        SigningIssuer.ec("x").jwk(crv="secp256k1"),
        SigningIssuer.ec("x").jwk(crv=["P-256"]),
        SigningIssuer.ec("x").jwk(crv="P-384"),
        SigningIssuer.ec("x").jwk(x="AA"),
        SigningIssuer.ec("x").jwk(alg="ES384"),
        "a text",
        None,
        [],
    ],
)
def test_what_is_no_usable_signing_key_is_passed_over(entry):
    assert key_ids(entry) == ["good"]


def test_a_key_that_is_too_long_to_verify_quickly_is_passed_over():
    modulus = "_" * 1_400 + "w"

    assert key_ids(GOOD.jwk(kid="x", n=modulus)) == ["good"]


def test_of_two_keys_with_one_key_id_the_first_counts():
    other = SigningIssuer.rsa("good", key="other")

    keys = KeySet.parse(GOOD.jwks(other))

    assert keys.keys["good"].public_key == GOOD.private_key.public_key()


@pytest.mark.case("C08")
@pytest.mark.parametrize("entries", [[], [SHORT.jwk()], [{"kty": "oct", "kid": "x", "k": "AA"}]])
def test_a_set_without_a_usable_key_is_no_set(entries):
    assert refused(dump({"keys": entries})) == (
        "empty-key-set",
        f"key set has no usable key among `{len(entries)}`, expected one for signing",
    )


@pytest.mark.case("C08", "C09")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"keys":[],"keys":[]}',
    ],
)
def test_a_document_that_is_no_key_set_is_malformed(raw):
    assert refused(raw)[0] == "malformed-key-set"


def test_only_the_first_hundred_entries_are_read():
    entries = [{"kid": str(number)} for number in range(100)]

    assert refused(dump({"keys": [*entries, GOOD.jwk()]}))[0] == "empty-key-set"


JWK = st.fixed_dictionaries(
    {},
    optional={
        "kty": st.sampled_from(["RSA", "EC", "oct"]) | st.integers(),
        "kid": st.text(max_size=3) | st.none(),
        "alg": st.sampled_from(["RS256", "ES256", "none"]) | st.lists(st.text(), max_size=1),
        "crv": st.sampled_from(["P-256", "P-521", "x"]),
        "n": st.text(max_size=5) | st.just(GOOD.jwk()["n"]),
        "e": st.sampled_from(["AQAB", "AA", ""]) | st.integers(),
        "x": st.text(max_size=5),
        "y": st.text(max_size=5),
    },
)


@given(keys=st.lists(JWK, max_size=4) | st.none() | st.text())
def test_reading_raises_nothing_but_malformed(keys):
    try:
        outcome = bool(KeySet.parse(dump({"keys": keys})).keys)
    except Malformed as err:
        outcome = err.code in ("malformed-key-set", "empty-key-set")

    assert outcome


@given(raw=st.binary(max_size=60))
def test_reading_bytes_raises_nothing_but_malformed(raw):
    with pytest.raises(Malformed):
        KeySet.parse(raw)
